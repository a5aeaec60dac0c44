package operations_test

import (
	"net/http"
	"testing"
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
