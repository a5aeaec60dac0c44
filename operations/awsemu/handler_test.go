package awsemu_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/medlar-flow/medlar/internal/testenv"
)

const nodeHandler = `
export const handler = async (event, context) => {
  if (event.do === 'fail') throw new TypeError('told to fail');
  if (event.do === 'exit') process.exit(4);
  console.log('hello from node');
  return {n: event.n, name: context.functionName, id: context.awsRequestId, left: context.getRemainingTimeInMillis(), client: context.clientContext};
};
export const old = (event, context, callback) => setTimeout(() => callback(null, event.n), 5);
export const flow = awslambda.streamifyResponse(async (event, stream) => {
  for (let i = 0; i < event.n; i++) { stream.write('part ' + i + '\n'); await new Promise((done) => setTimeout(done, 5)); }
  if (event.do === 'fail') throw new Error('broken off');
  stream.end();
});
`

func nodeFixture(t testing.TB) string {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "index.mjs"), []byte(nodeHandler), 0o600); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(`
functions:
  node: {code: %q, runtime: nodejs22.x, handler: index.handler, timeout: 5}
  old: {code: %[1]q, runtime: nodejs22.x, handler: index.old}
  flow: {code: %[1]q, runtime: nodejs22.x, handler: index.flow}
  nofile: {code: %[1]q, runtime: nodejs22.x, handler: nothing.handler}
  noexport: {code: %[1]q, runtime: nodejs22.x, handler: index.nothing}
`, dir)
}

func TestNodeFunction(t *testing.T) {
	testenv.Node.Find(t)
	r := start(t, nodeFixture(t))
	out := r.call(t, "node", `{"n":7}`)
	same(t, "", out.failure)
	same(t, any(7.0), out.body["n"])
	same(t, any("node"), out.body["name"])
	if !strings.Contains(out.log, "hello from node\n") || out.body["left"].(float64) > 5000 {
		t.Errorf("got %s\n%s", out.Payload, out.log)
	}
	same(t, "5", string(r.call(t, "old", `{"n":5}`).Payload))
	for _, row := range []struct{ function, payload, kind, message string }{
		{"node", `{"do":"fail"}`, "TypeError", "told to fail"},
		{"node", `{"do":"exit"}`, "Runtime.ExitError", "exit status 4"},
		{"nofile", `{}`, "Runtime.ImportModuleError", "Cannot find module 'nothing'"},
		{"noexport", `{}`, "Runtime.HandlerNotFound", "index.nothing is undefined"},
	} {
		out := r.call(t, row.function, row.payload)
		same(t, "Unhandled", out.failure)
		same(t, any(row.kind), out.body["errorType"])
		if message, _ := out.body["errorMessage"].(string); !strings.Contains(message, row.message) {
			t.Errorf("the message is %q", message)
		}
	}
}

const pythonHandler = `
import sys
def handler(event, context):
    if event.get("do") == "fail":
        raise KeyError("told to fail")
    if event.get("do") == "exit":
        sys.exit(4)
    print("hello from python")
    return {"n": event["n"], "name": context.function_name, "id": context.aws_request_id, "left": context.get_remaining_time_in_millis()}
`

func TestPythonFunction(t *testing.T) {
	testenv.Python3.Find(t)
	r := start(t, "")
	client := r.lambda(t)
	for name, handler := range map[string]string{"py": "app.main.handler", "nomodule": "nothing.handler", "nofunction": "app.main.nothing"} {
		in := newFunction(t, name)
		in.Runtime, in.Handler = types.RuntimePython313, &handler
		in.Code.ZipFile = zipOf(t, map[string]string{"app/__init__.py": "", "app/main.py": pythonHandler})
		ok(client.CreateFunction(t.Context(), in))(t)
	}
	out := r.call(t, "py", `{"n":7}`)
	same(t, "", out.failure)
	same(t, any(7.0), out.body["n"])
	if !strings.Contains(out.log, "hello from python\n") {
		t.Errorf("the log is\n%s", out.log)
	}
	for _, row := range []struct{ function, payload, kind, message string }{
		{"py", `{"do":"fail"}`, "KeyError", "told to fail"},
		{"py", `{"do":"exit"}`, "Runtime.ExitError", "exit status 4"},
		{"nomodule", `{}`, "Runtime.ImportModuleError", "Unable to import module 'nothing'"},
		{"nofunction", `{}`, "Runtime.HandlerNotFound", "Handler 'nothing' missing"},
	} {
		out := r.call(t, row.function, row.payload)
		same(t, "Unhandled", out.failure)
		same(t, any(row.kind), out.body["errorType"])
		if message, _ := out.body["errorMessage"].(string); !strings.Contains(message, row.message) {
			t.Errorf("the message is %q", message)
		}
	}
}
