package awsemu_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/medlar-flow/medlar/internal/testenv"
)

// streamed is what InvokeWithResponseStream gave.
type streamed struct {
	text   string
	chunks int
	took   time.Duration // until the first chunk
	last   types.InvokeWithResponseStreamCompleteEvent
}

func (r *rig) stream(t testing.TB, function, payload string) streamed {
	t.Helper()
	started := time.Now()
	out := ok(r.lambda(t).InvokeWithResponseStream(t.Context(), &lambda.InvokeWithResponseStreamInput{
		FunctionName: &function, Payload: []byte(payload), LogType: types.LogTypeTail,
	}))(t)
	same(t, "$LATEST", aws.ToString(out.ExecutedVersion))
	events := out.GetStream()
	defer events.Close()
	var s streamed
	for event := range events.Events() {
		switch e := event.(type) {
		case *types.InvokeWithResponseStreamResponseEventMemberPayloadChunk:
			if s.chunks++; s.chunks == 1 {
				s.took = time.Since(started)
			}
			s.text += string(e.Value.Payload)
		case *types.InvokeWithResponseStreamResponseEventMemberInvokeComplete:
			s.last = e.Value
		}
	}
	if err := events.Err(); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestResponseStream(t *testing.T) {
	r := start(t, goFixture(t, "  greet: {reply: {message: hello}}\n  broken: {error: {errorType: Broken, errorMessage: no}}\n"))
	parts := r.stream(t, "stream", `{"N":5,"Sleep":50}`)
	same(t, "part 0\npart 1\npart 2\npart 3\npart 4\n", parts.text)
	if parts.chunks < 3 {
		t.Errorf("the answer came in %d chunks", parts.chunks)
	}
	if parts.last.ErrorCode != nil || !strings.Contains(aws.ToString(parts.last.LogResult), "U1RBUl") {
		t.Errorf("the end is %+v", parts.last)
	}
	whole := r.stream(t, "greet", `{}`)
	same(t, `{"message":"hello"}`, whole.text)
	broken := r.stream(t, "broken", `{}`)
	same(t, "Broken", aws.ToString(broken.last.ErrorCode))
	same(t, `{"errorMessage":"no","errorType":"Broken"}`, aws.ToString(broken.last.ErrorDetails))
	same(t, "errorString", aws.ToString(r.stream(t, "stream", `{"Do":"fail"}`).last.ErrorCode))
	half := r.stream(t, "stream", `{"Do":"break","N":2}`)
	same(t, "part 0\npart 1\n", half.text)
	if aws.ToString(half.last.ErrorCode) == "" || !strings.Contains(aws.ToString(half.last.ErrorDetails), "broken off") {
		t.Errorf("the end is %v %v", aws.ToString(half.last.ErrorCode), aws.ToString(half.last.ErrorDetails))
	}
	// A function that streams can be invoked without a stream, too.
	same(t, "part 0\n", string(r.call(t, "stream", `{"N":1}`).Payload))
	_, err := r.lambda(t).InvokeWithResponseStream(t.Context(), &lambda.InvokeWithResponseStreamInput{FunctionName: aws.String("nobody")})
	fails(t, err, "ResourceNotFoundException", 404)
}

// A stream may have 200 MiB, which nobody holds in memory, and no more.
func TestResponseStreamLimit(t *testing.T) {
	testenv.NeedThorough(t, "it streams 400 MiB")
	r := start(t, goFixture(t, ""))
	for _, row := range []struct{ payload, code string }{
		{`{"Do":"bulk","N":200}`, ""},
		{`{"Do":"bulk","N":200,"Text":"x"}`, "Function.ResponseSizeTooLarge"},
	} {
		out := ok(r.lambda(t).InvokeWithResponseStream(t.Context(), &lambda.InvokeWithResponseStreamInput{
			FunctionName: aws.String("bulk"), Payload: []byte(row.payload),
		}))(t)
		events, size, code, most := out.GetStream(), 0, "none", uint64(0)
		for event := range events.Events() {
			switch e := event.(type) {
			case *types.InvokeWithResponseStreamResponseEventMemberPayloadChunk:
				if size += len(e.Value.Payload); size%(16<<20) < len(e.Value.Payload) {
					runtime.GC() // what other tests left behind does not count
					var now runtime.MemStats
					runtime.ReadMemStats(&now)
					most = max(most, now.HeapAlloc)
				}
			case *types.InvokeWithResponseStreamResponseEventMemberInvokeComplete:
				code = aws.ToString(e.Value.ErrorCode)
			}
		}
		_ = events.Close()
		same(t, row.code, code)
		if size != 200<<20 {
			t.Errorf("%d bytes came", size)
		}
		t.Logf("%d MiB of memory at the most", most>>20)
		if most > 150<<20 {
			t.Error("the stream is held in memory")
		}
	}
}

func TestNodeStream(t *testing.T) {
	testenv.Node.Find(t)
	r := start(t, nodeFixture(t))
	parts := r.stream(t, "flow", `{"n":3}`)
	same(t, "part 0\npart 1\npart 2\n", parts.text)
	if parts.chunks < 2 || parts.last.ErrorCode != nil {
		t.Errorf("%d chunks, %v", parts.chunks, parts.last)
	}
	broken := r.stream(t, "flow", `{"n":1,"do":"fail"}`)
	same(t, "part 0\n", broken.text)
	same(t, "Error", aws.ToString(broken.last.ErrorCode))
}

// The SDK for JavaScript reads the same stream.
func TestJavaScriptStream(t *testing.T) {
	node, folder := testenv.Node.Find(t), testenv.Folder(t, "MEDLAR_NODE_MODULES", nodeModules)
	r := start(t, "functions: {greet: {reply: {message: hello}}}")
	script := filepath.Join(t.TempDir(), "stream.cjs")
	text := `const {LambdaClient, InvokeWithResponseStreamCommand} = require(process.argv[2] + '/node_modules/@aws-sdk/client-lambda');
(async () => {
  const client = new LambdaClient({maxAttempts: 1});
  const out = await client.send(new InvokeWithResponseStreamCommand({FunctionName: 'greet'}));
  for await (const e of out.EventStream) process.stdout.write(e.PayloadChunk ? Buffer.from(e.PayloadChunk.Payload).toString() : ' end');
  client.destroy();
})();`
	if err := os.WriteFile(script, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd, cancel := testenv.Command(t.Context(), node, script, folder)
	defer cancel()
	cmd.Env = append(os.Environ(), r.Env()...)
	same(t, `{"message":"hello"} end`, string(ok(cmd.Output())(t)))
}
