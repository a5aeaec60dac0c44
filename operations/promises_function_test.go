package operations_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/operations"
	"github.com/medlar-flow/medlar/operations/awsmodel"
)

// retry.on and catch.on name the called function's own error type.
func TestPromiseOwnErrorTypes(t *testing.T) {
	e := answerBadly(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		answer(w, 200, `{"errorType":"CustomerNotFound","errorMessage":"none"}`, "X-Amz-Function-Error", "Unhandled")
	})
	got := runFlow(t, "memory", `
flow: own
`+awsConnections+`steps:
  - try: [{id: s, call: lambda.invoke, retry: {attempts: 3, delay: 1ms, on: [CustomerNotFound]}, with: {functionName: f}}]
    catch: [{on: [CustomerNotFound], do: [{set: {seen: "${error.code}"}}]}]
output: "${ctx.seen}"
`, e)
	if got.err != nil || got.output != "Lambda.FunctionError" || e.count() != 3 {
		t.Errorf("%v, %v after %d requests, want it caught after 3", got.output, got.err, e.count())
	}
}

// A name in retry.on or catch.on that nothing in the step can give is a warning.
func TestPromiseCodesThatNothingGives(t *testing.T) {
	retry := func(call, on string) string { return "{" + call + ", retry: {attempts: 3, on: [" + on + "]}}" }
	catch := func(steps, on string) string { return "{try: [" + steps + "], catch: [{on: [" + on + "], do: []}]}" }
	const (
		alias   = "call: lambda.getAlias, with: {functionName: f, name: live}"
		invoke  = "call: lambda.invoke, with: {functionName: f}"
		request = "call: http.request, with: {url: 'http://127.0.0.1:1/'}"
		message = "call: sqs.purgeQueue, with: {queueUrl: 'http://127.0.0.1:1/q'}"
		object  = "call: s3.deleteObject, with: {bucket: b-1, key: k}"
	)
	tests := []struct {
		name, step string
		help       string // empty for no warning
	}{
		{"a class", retry(alias, "throttled, unavailable"), ""},
		{"a code of the operation", retry(alias, "ResourceNotFoundException"), ""},
		{"a code of another operation of the service", retry(alias, "CodeStorageExceededException"), ""},
		{"a code of every service", retry(alias, "ThrottlingException, AccessDeniedException, ExpiredToken"), ""},
		{"a code of ours", retry(alias, "NetworkError, InvalidResponse, Timeout"), ""},
		{"a class that is spelt as a code", retry(alias, "Throttled"), "write throttled"},
		{"a name of Step Functions", retry(alias, "States.ALL"), "leave on out"},
		{"a name of Step Functions, where others may come", retry(invoke, "States.TaskFailed"), "leave on out"},
		{"a function's own, of an operation that calls none", retry(alias, "CustomerNotFound"), "runner ops"},
		{"a function's own", retry(invoke, "CustomerNotFound"), ""},
		{"a function's own, caught", catch("{"+invoke+"}", "CustomerNotFound"), ""},
		{"a function's own, caught where another is called", catch("{"+alias+"}", "CustomerNotFound"), "runner ops"},
		{"one of two calls", catch("{"+alias+"}, {"+invoke+"}", "CustomerNotFound"), ""},
		{"deep inside", catch("{forEach: [1], do: [{if: '${true}', then: [{parallel: {a: [{"+invoke+"}]}}]}]}", "CustomerNotFound"), ""},
		{"of a fail step", catch("{fail: {code: OutOfStock, message: m}}", "OutOfStock"), ""},
		{"of another fail step", catch("{fail: {code: OutOfStock, message: m}}", "OutOfStok"), "did you mean"},
		{"of a fail step that makes its code", catch("{fail: {code: \"${ctx.q}\", message: m}}", "OutOfStok"), ""},
		{"of a called flow", catch("{flow: sub.yaml}", "FromBelow"), ""},
		{"of no called flow", catch("{flow: sub.yaml}", "FromAbove"), "runner ops"},
		{"a retried flow", retry("flow: sub.yaml", "FromBelow"), ""},
		{"nothing but a line for the log", catch("{call: log.info, with: {message: m}}", "CustomerNotFound"), "runner ops"},
		{"a repeat that runs out", catch("{repeat: [], until: '${false}', maxAttempts: 1}", "RepeatExhausted"), ""},
		{"a status", retry(request, "TooManyRequests, ServiceUnavailable, NotFound, Status599, Status999"), ""},
		{"no status", retry(request, "ThrottlingException"), "runner ops"},
		{"a service from its model", retry(message, "QueueDoesNotExist"), ""},
		{"a service from its model, another code", retry(message, "CustomerNotFound"), "runner ops"},
		{"a service whose model lists few", retry(object, "MalformedACLError"), ""},
	}
	registry, err := connector.NewRegistry(operations.All()...)
	if err != nil {
		t.Fatal(err)
	}
	registry = registry.WithSource(awsmodel.Source())
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := fstest.MapFS{
				"flow.yaml": {Data: []byte("flow: f\ninputs: {q: {type: string, default: x}}\nconnections: {aws: {region: eu-west-1}}\nsteps: [" + tt.step + "]\n")},
				"sub.yaml":  {Data: []byte("flow: s\nsteps: [{fail: {code: FromBelow, message: m}}]\n")},
			}
			flow, err := flows.Load(files, "flow.yaml", registry)
			if err != nil {
				t.Fatal(err)
			}
			said := ""
			if w := flow.Warnings(); w != nil {
				for _, d := range w.Diagnostics {
					if d.Rule == "unknown-code" || d.Rule == "unknown-class" {
						said += d.Message + ": " + d.Help
					}
				}
			}
			if (said != "") != (tt.help != "") || !strings.Contains(said, tt.help) {
				t.Errorf("the check says %q, want %q", said, tt.help)
			}
		})
	}
}

// The members of a cause are known: those of a function's error, and those of
// another error.
func TestPromiseMembersOfCauses(t *testing.T) {
	e := answerBadly(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		answer(w, 200, `{"errorType":"CustomerNotFound","errorMessage":"none","stackTrace":["a"]}`, "X-Amz-Function-Error", "Unhandled")
	})
	text := `
flow: causes
` + awsConnections + `steps:
  - try:
      - try: [{id: s, call: lambda.invoke, with: {functionName: f}}]
        catch:
          - do:
              - set: {own: "${ {type: error.cause.errorType, message: error.cause.errorMessage, trace: error.cause.stackTrace, log: error.cause.logTail, kind: error.cause.functionError} }"}
              - fail: {code: Again, message: m}
    catch: [{do: [{set: {outer: "${ {code: error.cause.code, class: error.cause.class, inner: error.cause.cause.errorType, none: error.cause.errorType} }"}}]}]
output: ["${ctx.own}", "${ctx.outer}"]
`
	got := runFlow(t, "memory", text, e)
	want := []any{
		map[string]any{"type": "CustomerNotFound", "message": "none", "trace": []any{"a"}, "log": nil, "kind": "Unhandled"},
		map[string]any{"code": "Lambda.FunctionError", "class": "function", "inner": "CustomerNotFound", "none": nil},
	}
	if diff := cmp.Diff(any(want), got.output); got.err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", got.err, diff)
	}
	// What has a type is held against it.
	registry, err := connector.NewRegistry(operations.All()...)
	if err != nil {
		t.Fatal(err)
	}
	wrong := "flow: f\nconnections: {lambda: {region: eu-west-1}}\nsteps: [{try: [{call: lambda.invoke, with: {functionName: f}}], catch: [{if: \"${error.cause.errorType > 3}\", do: []}]}]\n"
	if _, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte(wrong)}}, "flow.yaml", registry); err == nil {
		t.Error("a text is compared with a number")
	}
}
