package awsemu_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/medlar-flow/medlar/internal/testenv"
	"github.com/medlar-flow/medlar/operations/awsemu"
)

// Streams come as they are made, and a function that fails in the middle ends
// the connection.
func TestFunctionURLStreams(t *testing.T) {
	r := start(t, goFixture(t, "  plain: {reply: {statusCode: 500, body: as it is}}\n  broken: {error: {errorType: E}}\n"))
	stream := func(name string) string {
		in := open(name)
		in.InvokeMode = types.InvokeModeResponseStream
		return r.url(t, in)
	}
	url := stream("stream")
	client := &trackedClient{}
	defer client.close()
	request := ok(http.NewRequestWithContext(t.Context(), http.MethodGet, url+"?N=3&Sleep=300", nil))(t)
	out := ok(client.http().Do(request))(t)
	defer out.Body.Close()
	lines := bufio.NewReader(out.Body)
	began := time.Now()
	same(t, "part 0\n", ok(lines.ReadString('\n'))(t))
	first := time.Since(began)
	rest := string(ok(io.ReadAll(lines))(t))
	same(t, "part 1\npart 2\n", rest)
	if all := time.Since(began); all-first < 300*time.Millisecond {
		t.Errorf("the first part came after %s of %s", first, all)
	}
	plain := ask(t, "GET", stream("plain"), "", nil)
	same(t, 200, plain.status)
	same(t, `{"body":"as it is","statusCode":500}`, plain.body)
	same(t, 502, ask(t, "GET", stream("broken"), "", nil).status)
	same(t, 502, ask(t, "GET", url+"?Do=fail", "", nil).status)
	half := ask(t, "GET", url+"?Do=break&N=2", "", nil)
	if half.err == nil || half.body != "part 0\npart 1\n" {
		t.Errorf("got %q, %v", half.body, half.err)
	}
	same(t, "", ask(t, "GET", url+"?N=0", "", nil).body)
}

// A stream in Node decides on status, headers and cookies.
func TestFunctionURLStreamsOfNode(t *testing.T) {
	testenv.Node.Find(t)
	dir := t.TempDir()
	text := `
exports.full = awslambda.streamifyResponse(async (event, stream) => {
  const out = awslambda.HttpResponseStream.from(stream, { statusCode: 201, headers: { 'content-type': 'text/plain', 'x-a': event.rawPath }, cookies: ['a=1'] });
  out.write('one ');
  out.end('two');
});
exports.typed = awslambda.streamifyResponse(async (event, stream) => { stream.setContentType('text/css'); stream.end('p{}'); });
exports.bare = awslambda.streamifyResponse(async (event, stream) => { stream.end('bytes'); });
exports.buffered = async () => ({ statusCode: 418, body: 'x' });
`
	if err := os.WriteFile(filepath.Join(dir, "index.js"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	file := "functions:\n"
	for _, name := range []string{"full", "typed", "bare", "buffered"} {
		file += fmt.Sprintf("  %s: {code: %q, runtime: nodejs22.x, handler: index.%[1]s, memorySize: 512, url: {authType: NONE, invokeMode: RESPONSE_STREAM}}\n", name, dir)
	}
	r := start(t, file)
	for _, row := range []struct {
		name, kind, body string
		status           int
	}{
		{"full", "text/plain", "one two", 201},
		{"typed", "text/css", "p{}", 200},
		{"bare", "application/octet-stream", "bytes", 200},
		{"buffered", "application/json", `{"statusCode":418,"body":"x"}`, 200},
	} {
		url := *ok(r.lambda(t).GetFunctionUrlConfig(t.Context(), &lambda.GetFunctionUrlConfigInput{FunctionName: aws.String(row.name)}))(t).FunctionUrl
		answer := ask(t, "GET", url+"path", "", nil)
		same(t, row.status, answer.status)
		same(t, row.kind, answer.header.Get("Content-Type"))
		same(t, row.body, answer.body)
		if row.name == "full" {
			same(t, [2]string{"/path", "a=1"}, [2]string{answer.header.Get("X-A"), answer.header.Get("Set-Cookie")})
		}
	}
}

// The address of a declared function serves from the start, and is the same in
// every run; one that was made is there after the emulator's end.
func TestFunctionURLsLast(t *testing.T) {
	dir := t.TempDir()
	text := "functions: {f: {reply: {path: '${event.rawPath}'}, url: {authType: NONE}}, g: {reply: g}}"
	keep := func(o *awsemu.Options) { o.Data = dir }
	r := startWith(t, text, keep)
	path := strings.TrimPrefix(*ok(r.lambda(t).GetFunctionUrlConfig(t.Context(), &lambda.GetFunctionUrlConfigInput{FunctionName: aws.String("f")}))(t).FunctionUrl, r.URL())
	made := strings.TrimPrefix(r.url(t, open("g")), r.URL())
	fresh := start(t, text)
	same(t, `{"path":"/x"}`, ask(t, "GET", fresh.URL()+path+"x", "", nil).body)
	same(t, http.StatusNotFound, ask(t, "GET", fresh.URL()+made, "", nil).status)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	same(t, `"g"`, ask(t, "GET", startWith(t, text, keep).URL()+made, "", nil).body)
	same(t, http.StatusNotFound, ask(t, "GET", fresh.URL()+"/_awsemu/urls/nowhere/x/", "", nil).status)
}

// A durable function answers at the address of its alias when its execution is
// over.
func TestFunctionURLOfDurableFunctions(t *testing.T) {
	r := startWith(t, "functions: {d: {durable: {executionTimeout: 60}, versions: {1: {}}, aliases: {live: {version: 1}}}}", withHandlers(map[string]awsemu.Handler{
		"d": func(_ context.Context, event []byte) ([]byte, error) {
			var in turn
			if err := json.Unmarshal(event, &in); err != nil || len(in.State.Operations) == 0 {
				return nil, fmt.Errorf("no envelope: %w", err)
			}
			return []byte(`{"Status":"SUCCEEDED","Result":"{\"statusCode\":202,\"body\":\"done\"}"}`), nil
		},
	}))
	same(t, http.StatusBadRequest, ask(t, "GET", r.url(t, open("d")), "", nil).status)
	in := open("d")
	in.Qualifier = aws.String("live")
	answer := ask(t, "GET", r.url(t, in), "", nil)
	same(t, [2]any{202, "done"}, [2]any{answer.status, answer.body})
}

// Faults meet calls at addresses, too.
func TestFunctionURLFaults(t *testing.T) {
	r := start(t, "functions: {f: {reply: 1, url: {authType: NONE}}}\nfaults: [{kind: throttle, operation: lambda.InvokeFunctionUrl, function: f, times: 1}]")
	url := *ok(r.lambda(t).GetFunctionUrlConfig(t.Context(), &lambda.GetFunctionUrlConfigInput{FunctionName: aws.String("f")}))(t).FunctionUrl
	same(t, http.StatusTooManyRequests, ask(t, "GET", url, "", nil).status)
	same(t, "1", ask(t, "GET", url, "", nil).body)
}
