package awsemu_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/medlar-flow/medlar/internal/testenv"
)

const nodeCases = `
exports.sync = () => ({ ignored: true });
exports.never = (event, context, callback) => {};
exports.late = (event, context, callback) => { setTimeout(() => callback(null, 'late'), 20); };
exports.wrapped = (...args) => { setTimeout(() => args[2](null, 'wrapped'), 20); };
exports.succeed = function () { const context = arguments[1]; setTimeout(() => context.succeed('ok'), 20); };
exports.waits = (event, context, callback) => { setTimeout(() => console.log('after'), 50); callback(null, 'x'); };
exports.hurries = (event, context, callback) => {
  context.callbackWaitsForEmptyEventLoop = false;
  setTimeout(() => console.log('after'), 5000);
  callback(null, 'y');
};
exports.undef = async () => {};
exports.rejected = async () => { Promise.reject(new Error('stray')); await new Promise((r) => setTimeout(r, 500)); };
exports.uncaught = async () => { setTimeout(() => { throw new TypeError('later'); }, 10); await new Promise((r) => setTimeout(r, 500)); };
const throwing = (name, value) => { exports[name] = async () => { throw value; }; };
throwing('cyrillic', Object.assign(new Error('x'), { name: 'Ошибка' }));
throwing('newline', Object.assign(new Error('x'), { name: 'A\nB' }));
throwing('string', 'str');
throwing('object', { a: 1 });
throwing('nothing', null);
throwing('undefined', undefined);
throwing('cause', new Error('outer', { cause: new Error('inner') }));
throwing('nameless', Object.assign(new Error('m'), { name: undefined }));
exports.circle = async () => { const a = {}; a.a = a; return a; };
exports.main = async () => require.main === module;
throwing('deleted', Object.assign(new Error('a\x7Fb'), { name: 'A\x7FB' }));
exports.callbackError = (event, context, callback) => callback('plain');
exports.bigint = async () => ({ a: 1n });
exports.exit = async () => { process.exit(3); };
exports.deep = { down: { fn: async () => 'deep' } };
exports.env = async (event, context) => ({ trace: process.env._X_AMZN_TRACE_ID, tenant: context.tenantId ?? null, custom: context.clientContext?.custom });
exports.logs = async () => { console.log('hello %s', 'w'); console.error('bad'); console.log({ a: 1 }); };
exports.sdk = async () => { require('@aws-sdk/client-nothing'); };
const http = require('http');
http.request = () => { throw new Error('network is blocked'); };
http.Agent.prototype.addRequest = http.request;
exports.patched = async () => 'fine';
exports.stream = awslambda.streamifyResponse(async (event, stream) => {
  const out = awslambda.HttpResponseStream.from(stream, { statusCode: 201, headers: { 'x-a': 'b' } });
  out.write('one');
  out.end('two');
});
exports.early = awslambda.streamifyResponse(async () => { throw new RangeError('early'); });
exports.mid = awslambda.streamifyResponse(async (event, stream) => { stream.write('one'); throw new RangeError('mid'); });
`

// What handlers in Node come to, as on AWS: the answer, or the type of the
// error and a part of its message; and a pattern of the log.
func TestNodeRuntime(t *testing.T) {
	testenv.Node.Find(t)
	dir := t.TempDir()
	for name, text := range map[string]string{
		"index.js": nodeCases, "both.js": "exports.h = async () => 'js';", "both.mjs": "export const h = async () => 'mjs';",
		"await.mjs": "const v = await Promise.resolve(7); export const h = async () => v;", "syntax.js": "exports.h = async () => {",
		"needs.mjs": "import '@aws-sdk/client-nothing'; export const h = async () => 1;",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const stamp = `(?m)^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\t[0-9a-f-]{36}\t`
	rows := []struct{ handler, answer, kind, message, log string }{
		{"index.sync", "null", "", "", ""},
		{"index.never", "null", "", "", ""},
		{"index.late", `"late"`, "", "", ""},
		{"index.wrapped", `"wrapped"`, "", "", ""},
		{"index.succeed", `"ok"`, "", "", ""},
		{"index.waits", `"x"`, "", "", stamp + "INFO\tafter$"},
		{"index.hurries", `"y"`, "", "", ""},
		{"index.undef", "null", "", "", ""},
		{"index.rejected", "", "Runtime.UnhandledPromiseRejection", "Error: stray", "Unhandled Promise Rejection"},
		{"index.uncaught", "", "TypeError", "later", "Uncaught Exception"},
		{"index.cyrillic", "", "Ошибка", "x", ""},
		{"index.newline", "", "A\nB", "x", ""},
		{"index.string", "", "string", "str", stamp + "ERROR\tInvoke Error \t\\{\"errorType\":\"string\""},
		{"index.object", "", "object", "[object Object]", ""},
		{"index.nothing", "", "handled", "there was a problem", ""},
		{"index.undefined", "", "handled", "there was a problem", ""},
		{"index.cause", "", "Error", "outer", ""},
		{"index.circle", "", "Error", "Unable to stringify response body", ""},
		{"index.main", "false", "", "", ""},
		{"index.deleted", "", "A%7FB", "a%7Fb", ""},
		{"index.callbackError", "", "string", "plain", ""},
		{"index.bigint", "", "Error", "Unable to stringify response body", ""},
		{"index.exit", "", "Runtime.ExitError", "exit status 3", ""},
		{"index.deep.down.fn", `"deep"`, "", "", ""},
		{"index.patched", `"fine"`, "", "", ""},
		{"index.logs", "null", "", "", "(?s)INFO\thello w\n.*ERROR\tbad\n.*INFO\t{ a: 1 }\n"},
		{"index.sdk", "", "Error", "Cannot find module '@aws-sdk/client-nothing'", "@aws-sdk/client-nothing is not installed. AWS has it"},
		{"needs.h", "", "Runtime.ImportModuleError", "@aws-sdk/client-nothing is not installed. AWS has it", ""},
		{"both.h", `"js"`, "", "", ""},
		{"await.h", "7", "", "", ""},
		{"syntax.h", "", "Runtime.UserCodeSyntaxError", "SyntaxError", ""},
	}
	file := "functions:\n"
	handlers := []string{"index.env", "index.nameless"}
	for _, row := range rows {
		handlers = append(handlers, row.handler)
	}
	for _, handler := range handlers {
		file += fmt.Sprintf("  %s: {code: %q, runtime: nodejs22.x, handler: %[3]s, timeout: 10, memorySize: 512}\n", functionFor(handler), dir, handler)
	}
	r := start(t, file)
	for _, row := range rows {
		t.Run(row.handler, func(t *testing.T) {
			checkRuntime(t, r, functionFor(row.handler), row.answer, row.kind, row.message, row.log)
		})
	}
	out := ok(r.lambda(t).Invoke(t.Context(), &lambda.InvokeInput{
		FunctionName: aws.String("index-env"), ClientContext: aws.String(base64.StdEncoding.EncodeToString([]byte(`{"custom":{"a":"b"}}`))),
	}))(t)
	nameless := r.call(t, "index-nameless", `{}`)
	same(t, [3]any{"Unhandled", nil, "m"}, [3]any{nameless.failure, nameless.body["errorType"], nameless.body["errorMessage"]})
	var env struct{ Trace string }
	if err := json.Unmarshal(out.Payload, &env); err != nil || !strings.HasPrefix(env.Trace, "Root=1-") || !strings.Contains(string(out.Payload), `"custom":{"a":"b"}`) {
		t.Errorf("got %s", out.Payload)
	}
}

func functionFor(handler string) string { return strings.ReplaceAll(handler, ".", "-") }

// checkRuntime invokes a function and looks at what comes of it.
func checkRuntime(t *testing.T, r *rig, function, answer, kind, message, log string) {
	t.Helper()
	out := r.call(t, function, `{"q":1}`)
	if kind == "" {
		same(t, "", out.failure)
		same(t, answer, string(out.Payload))
	} else {
		same(t, "Unhandled", out.failure)
		same(t, any(kind), out.body["errorType"])
		if text, _ := out.body["errorMessage"].(string); !strings.Contains(text, message) {
			t.Errorf("the message is %q", text)
		}
	}
	if !regexp.MustCompile(log).MatchString(out.log) {
		t.Errorf("the log does not match %q:\n%s", log, out.log)
	}
}

// A stream that is an answer over HTTP begins with its status and headers.
func TestNodeStreams(t *testing.T) {
	testenv.Node.Find(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "index.js"), []byte(nodeCases), 0o600); err != nil {
		t.Fatal(err)
	}
	file := "functions:\n"
	for _, name := range []string{"stream", "early", "mid"} {
		file += fmt.Sprintf("  %s: {code: %q, runtime: nodejs22.x, handler: index.%[1]s, memorySize: 512}\n", name, dir)
	}
	client := start(t, file).lambda(t)
	for name, want := range map[string][2]string{
		"stream": {`{"statusCode":201,"headers":{"x-a":"b"}}` + strings.Repeat("\x00", 8) + "onetwo", ""},
		"early":  {"", "RangeError"},
		"mid":    {"one", "RangeError"},
	} {
		out := ok(client.InvokeWithResponseStream(t.Context(), &lambda.InvokeWithResponseStreamInput{FunctionName: aws.String(name)}))(t)
		got, code := "", ""
		for event := range out.GetStream().Events() {
			switch e := event.(type) {
			case *types.InvokeWithResponseStreamResponseEventMemberPayloadChunk:
				got += string(e.Value.Payload)
			case *types.InvokeWithResponseStreamResponseEventMemberInvokeComplete:
				code = aws.ToString(e.Value.ErrorCode)
			}
		}
		same(t, want, [2]string{got, code})
	}
}

const pythonCases = `
import datetime, decimal, logging, os, sys, time
logger = logging.getLogger()
logger.setLevel(logging.INFO)
def logs(e, c):
    logger.info("info line"); logging.getLogger("app").warning("warn line"); print("printed"); c.log("via context\n"); return 1
def slow(e, c):
    print("before"); time.sleep(10)
def dec(e, c): return {"a": decimal.Decimal("1.5")}
def dates(e, c): return {"a": datetime.datetime.now()}
def letters(e, c): return {"a": "é"}
def context(e, c):
    return {"custom": c.client_context.custom, "app": c.client_context.client.app_title, "id": c.identity.cognito_identity_id,
            "tenant": c.tenant_id, "trace": os.environ["_X_AMZN_TRACE_ID"][:5]}
def leave(e, c): sys.exit(2)
def at_once(e, c): os._exit(4)
def inner(): raise ValueError("line one\nline two")
def raises(e, c): inner()
async def coroutine(e, c): return 1
def raw(e, c): return b"x"
def nan(e, c): return float("nan")
class Custom(Exception): pass
def custom(e, c): raise Custom("c")
class 注文エラー(Exception): pass
def letters_of_errors(e, c): raise 注文エラー("在庫なし")
def broken_name(e, c): raise type("Bad\r\nName", (Exception,), {})("x")
def interrupted(e, c): raise KeyboardInterrupt()
def crashes(e, c):
    print("about to crash"); os.kill(os.getpid(), 11); time.sleep(5)
def large(e, c): return "x" * (6 * 1024 * 1024)
`

func TestPythonRuntime(t *testing.T) {
	testenv.Python3.Find(t)
	dir := t.TempDir()
	for name, text := range map[string]string{"app.py": pythonCases, "syntax.py": "def h(e, c:", "imports.py": "import no_such_module_here", "broken.py": "1/0"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	rows := []struct{ handler, answer, kind, message, log string }{
		{"app.logs", "1", "", "", `(?s)\[INFO\]\t\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z\t[0-9a-f-]{36}\tinfo line\n\[WARNING\]\t.*\twarn line\nprinted\nvia context\n`},
		{"app.slow", "", "Sandbox.Timedout", "Task timed out after 2.00 seconds", `before\n`},
		{"app.dec", `{"a": 1.5}`, "", "", ""},
		{"app.dates", "", "Runtime.MarshalError", "Unable to marshal response: Object of type datetime is not JSON serializable", ""},
		{"app.letters", `{"a": "é"}`, "", "", ""},
		{"app.leave", "", "Runtime.ExitError", "exit status 2", ""},
		{"app.at_once", "", "Runtime.ExitError", "exit status 4", ""},
		{"app.raises", "", "ValueError", "line one\nline two", `(?s)\[ERROR\] ValueError: line one\nline two\nTraceback \(most recent call last\):\n  File ".*app.py", line \d+, in raises\n`},
		{"app.coroutine", "", "Runtime.MarshalError", "Object of type coroutine is not JSON serializable", ""},
		{"app.raw", `"x"`, "", "", ""},
		{"app.nan", `NaN`, "", "", ""},
		{"app.custom", "", "Custom", "c", ""},
		{"app.letters_of_errors", "", "注文エラー", "在庫なし", `\[ERROR\] 注文エラー: 在庫なし\n`},
		{"app.broken_name", "", "Bad\r\nName", "x", ""},
		{"app.interrupted", "", "Runtime.ExitError", "Runtime exited with error", "KeyboardInterrupt"},
		{"app.crashes", "", "Runtime.ExitError", "signal: segmentation fault", `about to crash\n`},
		{"app.large", "", "Function.ResponseSizeTooLarge", "exceeded maximum allowed payload size (6291456 bytes)", ""},
		{"app.nothing", "", "Runtime.HandlerNotFound", "Handler 'nothing' missing on module 'app'", ""},
		{"syntax.h", "", "Runtime.UserCodeSyntaxError", "Syntax error in module 'syntax'", ""},
		{"imports.h", "", "Runtime.ImportModuleError", "Unable to import module 'imports': No module named 'no_such_module_here'", ""},
		{"broken.h", "", "ZeroDivisionError", "division by zero", ""},
	}
	file := "functions:\n"
	for _, row := range append(rows, struct{ handler, answer, kind, message, log string }{handler: "app.context"}) {
		timeout := 60
		if row.kind == "Sandbox.Timedout" {
			timeout = 2
		}
		file += fmt.Sprintf("  %s: {code: %q, runtime: python3.12, handler: %[3]s, timeout: %[4]d, memorySize: 512}\n", functionFor(row.handler), dir, row.handler, timeout)
	}
	r := start(t, file)
	for _, row := range rows {
		t.Run(row.handler, func(t *testing.T) {
			checkRuntime(t, r, functionFor(row.handler), row.answer, row.kind, row.message, row.log)
		})
	}
	out := r.call(t, "app-raises", `{}`)
	trace, _ := out.body["stackTrace"].([]any)
	if len(trace) != 2 || !strings.Contains(fmt.Sprint(trace[0]), "in raises") {
		t.Errorf("the stack trace is %q", trace)
	}
	answer := ok(r.lambda(t).Invoke(t.Context(), &lambda.InvokeInput{
		FunctionName: aws.String("app-context"), ClientContext: aws.String(base64.StdEncoding.EncodeToString([]byte(`{"client":{"app_title":"t"},"custom":{"a":"b"}}`))),
	}))(t)
	same(t, `{"custom": {"a": "b"}, "app": "t", "id": null, "tenant": null, "trace": "Root="}`, string(answer.Payload))
}

// A start that takes too long is tried again under the function's own timeout,
// tenants do not meet, and logs are lines of JSON where that is configured.
func TestRuntimeSettings(t *testing.T) {
	testenv.Node.Find(t)
	dir := t.TempDir()
	text := "let n = 0; exports.h = async (event, context) => { n++; console.log('hello', {n}); console.error(new TypeError('bad')); return { n, tenant: context.tenantId ?? null }; };"
	if err := os.WriteFile(filepath.Join(dir, "index.js"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r := start(t, fmt.Sprintf(`
functions:
  apart: {code: %q, runtime: nodejs22.x, handler: index.h, memorySize: 512, tenantIsolation: true}
  lines: {code: %[1]q, runtime: nodejs22.x, handler: index.h, memorySize: 512, logFormat: JSON}
`, dir))
	client := r.lambda(t)
	for _, row := range []struct{ tenant, want string }{{"a", `{"n":1,"tenant":"a"}`}, {"a", `{"n":2,"tenant":"a"}`}, {"b", `{"n":1,"tenant":"b"}`}} {
		out := ok(client.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String("apart"), TenantId: aws.String(row.tenant)}))(t)
		same(t, row.want, string(out.Payload))
	}
	_, err := client.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String("apart")})
	fails(t, err, "InvalidParameterValueException", 400)
	_, err = client.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String("lines"), TenantId: aws.String("a")})
	fails(t, err, "InvalidParameterValueException", 400)
	log := r.call(t, "lines", `{}`).log
	var first, second map[string]any
	lines := strings.Split(log, "\n")
	if err := json.Unmarshal([]byte(lines[1]), &first); err != nil {
		t.Fatalf("%v in\n%s", err, log)
	}
	if err := json.Unmarshal([]byte(lines[2]), &second); err != nil {
		t.Fatal(err)
	}
	same(t, any("hello { n: 1 }"), first["message"])
	same(t, any("INFO"), first["level"])
	same(t, any("TypeError"), second["errorType"])
	same(t, any("ERROR"), second["level"])
}
