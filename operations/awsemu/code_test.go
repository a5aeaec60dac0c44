package awsemu_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/medlar-flow/medlar/internal/testenv"
	"github.com/medlar-flow/medlar/operations/awsemu"
)

// testFunction builds the Go function of these tests once, and gives its
// folder.
var testFunction = sync.OnceValues(buildTestFunction)

// builtIn is the folder to remove when the tests have ended.
var builtIn atomic.Pointer[string]

func buildTestFunction() (string, error) {
	dir, err := os.MkdirTemp("", "testfunction-")
	if err != nil {
		return "", err
	}
	builtIn.Store(&dir)
	cmd := exec.Command("go", "build", "-tags", "lambda.norpc", "-ldflags", "-s -w", "-o", filepath.Join(dir, "bootstrap"), "./internal/testfunction")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return dir, nil
}

func goFolder(t testing.TB) string {
	t.Helper()
	return ok(testFunction())(t)
}

// zipOf makes a zip; a name that ends in * is that of a program.
func zipOf(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, content := range files {
		header := &zip.FileHeader{Name: strings.TrimSuffix(name, "*"), Method: zip.Deflate}
		header.SetMode(0o644)
		if strings.HasSuffix(name, "*") {
			header.SetMode(0o755)
		}
		f := ok(w.CreateHeader(header))(t)
		ok(f.Write([]byte(content)))(t)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// called is what an invocation gave.
type called struct {
	*lambda.InvokeOutput
	failure string
	body    map[string]any
	log     string
}

func (r *rig) call(t testing.TB, function, payload string) called {
	t.Helper()
	return read(t, ok(r.lambda(t).Invoke(t.Context(), &lambda.InvokeInput{
		FunctionName: &function, Payload: []byte(payload), LogType: types.LogTypeTail,
	}))(t))
}

func read(t testing.TB, out *lambda.InvokeOutput) called {
	t.Helper()
	c := called{InvokeOutput: out, failure: aws.ToString(out.FunctionError)}
	_ = json.Unmarshal(out.Payload, &c.body) // some answers are no objects
	c.log = string(ok(base64.StdEncoding.DecodeString(aws.ToString(out.LogResult)))(t))
	return c
}

// goFixture declares functions that run the Go function of these tests.
func goFixture(t testing.TB, rest string) string {
	return fmt.Sprintf(`
functions:
  go: {code: %q, runtime: provided.al2023, memorySize: 128, timeout: 5, environment: {STAGE: test}}
  slow: {code: %q, runtime: provided.al2023, timeout: 1}
  noinit: {code: %[1]q, runtime: provided.al2023, environment: {FAIL_INIT: "1"}}
  stream: {code: %[1]q, runtime: provided.al2023, environment: {STREAM: "1"}}
  bulk: {code: %[1]q, runtime: provided.al2023, environment: {STREAM: "1"}, memorySize: 512, timeout: 120}
`, goFolder(t), goFolder(t)) + rest
}

func TestGoFunction(t *testing.T) {
	r := start(t, goFixture(t, ""))
	first := r.call(t, "go", `{"N":7,"Text":"hello"}`)
	same(t, "", first.failure)
	same(t, any(7.0), first.body["N"])
	same(t, any("go"), first.body["Name"])
	same(t, any("$LATEST"), first.body["Version"])
	same(t, any("arn:aws:lambda:us-east-1:000000000000:function:go"), first.body["ARN"])
	same(t, any("test"), first.body["Stage"])
	if left := first.body["Left"].(float64); left < 3000 || left > 5000 {
		t.Errorf("%v ms are left", left)
	}
	if role := first.body["Role"].(string); !strings.HasPrefix(role, "ASIA") {
		t.Errorf("the function's key is %q", role)
	}
	id := first.body["ID"].(string)
	for _, part := range []string{"START RequestId: " + id + " Version: $LATEST\n", "hello\n", "END RequestId: " + id + "\n", "REPORT RequestId: " + id + "\tDuration: ", "Memory Size: 128 MB", "Init Duration: "} {
		if !strings.Contains(first.log, part) {
			t.Errorf("no %q in\n%s", part, first.log)
		}
	}
	second := r.call(t, "go", `{"Text":"again"}`)
	same(t, first.body["PID"], second.body["PID"])
	if strings.Contains(second.log, "hello") || strings.Contains(second.log, "Init Duration") || !strings.Contains(second.log, "again\n") {
		t.Errorf("the second log is\n%s", second.log)
	}
}

func TestClientContextReachesTheFunction(t *testing.T) {
	r := start(t, goFixture(t, ""))
	out := read(t, ok(r.lambda(t).Invoke(t.Context(), &lambda.InvokeInput{
		FunctionName: aws.String("go"), ClientContext: aws.String(base64.StdEncoding.EncodeToString([]byte("{\"custom\":\n{\"who\":\"me ü\"}}"))),
	}))(t))
	same(t, any("me ü"), out.body["Client"])
}

func TestFunctionsThatFail(t *testing.T) {
	r := start(t, goFixture(t, ""))
	for _, row := range []struct{ name, function, payload, kind, message, log string }{
		{"error", "go", `{"Do":"fail"}`, "errorString", "told to fail", "REPORT"},
		{"panic", "go", `{"Do":"panic"}`, "string", "told to panic", "REPORT"},
		{"exit", "go", `{"Do":"exit","N":3}`, "Runtime.ExitError", "Runtime exited with error: exit status 3", "Runtime.ExitError"},
		{"exit 0", "go", `{"Do":"exit"}`, "Runtime.ExitError", "Runtime exited without providing a reason", "Runtime.ExitError"},
		{"memory", "go", `{"Do":"eat"}`, "Runtime.OutOfMemory", "Runtime exited with error: signal: killed", "Runtime.OutOfMemory"},
		{"timeout", "slow", `{"Sleep":5000,"Text":"dozing"}`, "Sandbox.Timedout", "Task timed out after 1.00 seconds", "dozing"},
		{"init", "noinit", `{}`, "Runtime.ExitError", "Runtime exited with error: exit status 3", "cannot start"},
		{"large", "go", `{"Do":"large","N":6291457}`, "Function.ResponseSizeTooLarge", "exceeded maximum allowed payload size", "REPORT"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			out := r.call(t, row.function, row.payload)
			same(t, "Unhandled", out.failure)
			same(t, any(row.kind), out.body["errorType"])
			if message, _ := out.body["errorMessage"].(string); !strings.Contains(message, row.message) {
				t.Errorf("the message is %q", message)
			}
			if !strings.Contains(out.log, row.log) {
				t.Errorf("no %q in\n%s", row.log, out.log)
			}
		})
	}
	after := r.call(t, "go", `{"N":1}`)
	same(t, "", after.failure)
	most := r.call(t, "go", `{"Do":"large","N":6291454}`)
	same(t, "", most.failure)
	same(t, 6<<20, len(most.Payload))
}

func TestLogTailIsTheEnd(t *testing.T) {
	r := start(t, goFixture(t, ""))
	out := r.call(t, "go", `{"Text":"`+strings.Repeat("begin", 4000)+`the end"}`)
	if len(out.log) != 4096 || strings.Contains(out.log, "START") || !strings.Contains(out.log, "beginthe end\nEND RequestId") {
		t.Errorf("%d bytes:\n%.200s", len(out.log), out.log)
	}
}

func TestTwoHundredInvocationsAtOnce(t *testing.T) {
	r := start(t, goFixture(t, ""))
	client := r.lambda(t)
	pids := map[float64]bool{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for n := range 200 {
		all.Go(func() {
			out, err := client.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String("go"), Payload: fmt.Appendf(nil, `{"N":%d,"Sleep":5}`, n)})
			if err != nil {
				t.Error(err)
				return
			}
			var body struct{ N, PID float64 }
			if err := json.Unmarshal(out.Payload, &body); err != nil || body.N != float64(n) {
				t.Errorf("%d: %s (%v)", n, out.Payload, err)
			}
			mu.Lock()
			defer mu.Unlock()
			pids[body.PID] = true
		})
	}
	all.Wait()
	if len(pids) < 2 || len(pids) > 8 {
		t.Errorf("%d processes, want 2 to 8", len(pids))
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	for pid := range pids {
		if running(int(pid)) {
			t.Errorf("process %v goes on", pid)
		}
	}
}

// running says whether a process is there and no zombie.
func running(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(rest, "Z")
}

// In this mode the test binary is an emulator that another test kills.
func serveForKill() {
	dir := os.Getenv("AWSEMU_SERVE")
	if dir == "" {
		return
	}
	f, err := awsemu.ReadFixture("f.yaml", []byte(fmt.Sprintf("functions: {go: {code: %q, runtime: provided.al2023, timeout: 60}}", dir)))
	if err != nil {
		panic(err)
	}
	e, err := awsemu.New(awsemu.Options{Fixture: f})
	if err == nil {
		err = e.Start()
	}
	if err != nil {
		panic(err)
	}
	fmt.Println(e.URL())
	time.Sleep(time.Minute)
	os.Exit(0)
}

func TestNothingIsLeftWhenTheEmulatorIsKilled(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("only Linux ends a process with its parent")
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "AWSEMU_SERVE="+goFolder(t))
	out := ok(cmd.StdoutPipe())(t)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 100)
	n := ok(out.Read(buf))(t)
	config := (&rig{Emulator: ok(awsemu.New(awsemu.Options{}))(t)}).config(t, "test", "test", "")
	config.BaseEndpoint = aws.String(strings.TrimSpace(string(buf[:n])))
	client := lambda.NewFromConfig(config)
	pids := map[float64]bool{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			out := read(t, ok(client.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String("go"), Payload: []byte(`{"Sleep":20}`)}))(t))
			mu.Lock()
			defer mu.Unlock()
			pids[out.body["PID"].(float64)] = true
		})
	}
	all.Wait()
	go func() {
		_, _ = client.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String("go"), Payload: []byte(`{"Sleep":50000}`)})
	}()
	time.Sleep(50 * time.Millisecond)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	for pid := range pids {
		for deadline := time.Now().Add(time.Minute); running(int(pid)); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("process %v goes on", pid)
			}
		}
	}
}

// A zip made anew for each version, started while others are unpacked: nothing
// may find its bootstrap busy.
func TestCodeOfZipsIsReplaced(t *testing.T) {
	testenv.Curl.Find(t)
	r := start(t, "")
	client := r.lambda(t)
	in := newFunction(t, "sh")
	in.Code.ZipFile = zipOf(t, map[string]string{"bootstrap*": shellFunction("0")})
	ok(client.CreateFunction(t.Context(), in))(t)
	same(t, `"0"`, string(r.call(t, "sh", `{}`).Payload))
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			name := fmt.Sprint("sh", n)
			in := newFunction(t, name)
			in.Code.ZipFile = zipOf(t, map[string]string{"bootstrap*": shellFunction(name)})
			ok(client.CreateFunction(t.Context(), in))(t)
			same(t, `"`+name+`"`, string(r.call(t, name, `{}`).Payload))
		})
	}
	all.Wait()
	changed := ok(client.UpdateFunctionCode(t.Context(), &lambda.UpdateFunctionCodeInput{
		FunctionName: aws.String("sh"), ZipFile: zipOf(t, map[string]string{"bootstrap*": shellFunction("1")}), Publish: true,
	}))(t)
	same(t, "1", *changed.Version)
	same(t, `"1"`, string(r.call(t, "sh", `{}`).Payload))
	same(t, `"1"`, string(r.call(t, "sh:1", `{}`).Payload))
}

// shellFunction is a bootstrap without any toolchain.
func shellFunction(answer string) string {
	return `#!/bin/sh
while true; do
  headers=$(mktemp)
  curl -sS -o /dev/null -D "$headers" "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/next" || exit 1
  id=$(grep -i Lambda-Runtime-Aws-Request-Id "$headers" | tr -d '[:space:]' | cut -d: -f2)
  rm "$headers"
  curl -sS -o /dev/null -d '"` + answer + `"' "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/$id/response"
done
`
}

func TestCodeThatCannotRun(t *testing.T) {
	r := start(t, "")
	client := r.lambda(t)
	for name, row := range map[string]struct {
		runtime types.Runtime
		files   map[string]string
		kind    string
	}{
		"nobootstrap": {types.RuntimeProvidedal2023, map[string]string{"main": ""}, "Runtime.InvalidEntrypoint"},
		"noprogram":   {types.RuntimeProvidedal2023, map[string]string{"bootstrap": "#!/bin/sh\n"}, "Runtime.InvalidEntrypoint"},
		"java":        {types.RuntimeJava21, map[string]string{"A.class": ""}, "Emulator.NotImplemented"},
	} {
		in := newFunction(t, name)
		in.Runtime, in.Code.ZipFile = row.runtime, zipOf(t, row.files)
		ok(client.CreateFunction(t.Context(), in))(t)
		out := r.call(t, name, `{}`)
		same(t, "Unhandled", out.failure)
		same(t, any(row.kind), out.body["errorType"])
	}
}

func TestTemporaryFilesGo(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	r := start(t, "")
	ok(r.lambda(t).CreateFunction(t.Context(), newFunction(t, "f")))(t)
	r.call(t, "f", "{}")
	left := func() []fs.DirEntry { return ok(os.ReadDir(os.Getenv("TMPDIR")))(t) }
	same(t, 2, len(left())) // the folder, and the lock that says whose it is
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	same(t, 0, len(left()))
}
