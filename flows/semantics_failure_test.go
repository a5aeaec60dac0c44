package flows_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
)

// What handlers see of an error, and what leaves the flow.
func TestFailureSemantics(t *testing.T) {
	const seen = `{code: "${error.code}", class: "${error.class}", step: "${error.step}", attempts: "${error.attempts}"}`
	tests := []struct {
		name  string
		flow  string
		want  string // output as JSON, or "code step" of the failure
		calls string
	}{
		{
			"the time limit of a try has a step", `
steps:
  - id: slow
    try: [{call: test.sleep, with: {for: 10s, name: long}}]
    timeout: 200ms
    catch: [{do: [{set: {seen: ` + seen + `}}]}]
output: "${ctx.seen}"
`, `{"attempts":1,"class":"timeout","code":"Timeout","step":"/slow"}`, "stopped:long",
		},
		{
			"the time limit of a try is thrown again unchanged", `
steps:
  - id: slow
    try: [{call: test.sleep, with: {for: 10s, name: long}}]
    timeout: 200ms
    catch: [{do: [{fail: "${error}"}]}]
`, "Timeout /slow", "stopped:long",
		},
		{
			"the time limit of a try is retried where the retry says so", `
steps:
  - try: [{call: test.sleep, with: {for: 10s, name: long}}]
    timeout: 200ms
    retry: {attempts: 2, delay: 1ms, on: timeout}
    catch: [{do: []}]
`, "null", "stopped:long stopped:long",
		},
		{
			"the end of within is retried around where the retry says so", `
steps:
  - try:
      - {call: test.sleep, with: {for: 10s, name: long}, retry: {within: 200ms}}
    retry: {attempts: 2, delay: 1ms, on: timeout}
    catch: [{on: timeout, do: [{set: {seen: ` + seen + `}}]}]
output: "${ctx.seen}"
`, `{"attempts":1,"class":"timeout","code":"Timeout","step":"/1/try/1"}`, "stopped:long stopped:long",
		},
		{
			"the end of within while waiting keeps the failure", `
steps:
  - try:
      - {call: test.fail, with: {name: x}, retry: {within: 200ms, delay: 10s, jitter: false}}
    catch: [{do: [{set: {seen: "${error.code} after ${error.cause.code}"}}]}]
output: "${ctx.seen}"
`, `"Timeout after Broken"`, "fail:x",
		},
		{
			"the time limit of a block is caught around it", `
steps:
  - try:
      - if: true
        then: [{wait: 10s}]
        timeout: 20ms
    catch: [{on: timeout, do: [{set: {seen: "${error.step}"}}]}]
output: "${ctx.seen}"
`, `"/1/try/1"`, "",
		},
		{
			"a handler's error in a handler's error", `
steps:
  - try: [{call: test.fail, with: {name: a, code: First}}]
    catch:
      - do:
          - try: [{call: test.fail, with: {name: b, code: Second}}]
            catch: [{do: [{fail: {code: Third, message: m}}]}]
`, "Third /1/catch[0]/1/catch[0]/1 < Second < First", "fail:a fail:b",
		},
		{
			"an error of a condition of a handler", `
steps:
  - try: [{call: test.fail, with: {name: a, code: First}}]
    catch: [{if: "${error.details.missing > 3}", do: []}]
`, "ExpressionFailed /1 < First", "fail:a",
		},
		{
			"a call of unknown outcome that says it is idempotent is made again", `
steps: [{call: test.fail, idempotent: true, with: {name: a, unknown: true, times: 1}, retry: {attempts: 3, delay: 1ms}}]
`, "null", "fail:a fail:a",
		},
		{
			"one that may be made once is not", `
steps: [{call: test.fail, atMostOnce: true, with: {name: a, unknown: true, times: 1}, retry: {attempts: 3, delay: 1ms}}]
`, "Broken /1", "fail:a",
		},
		{
			"nor is one that is known to have failed", `
steps: [{call: test.fail, atMostOnce: true, with: {name: a, times: 1}, retry: {attempts: 3, delay: 1ms}}]
`, "Broken /1", "fail:a",
		},
		{
			"a block around it begins again where it is known to have failed", `
steps: [{try: [{call: test.fail, atMostOnce: true, with: {name: a, times: 1}}], retry: {attempts: 3, delay: 1ms}}]
`, "null", "fail:a fail:a",
		},
		{
			"and not where nobody knows", `
steps: [{try: [{call: test.fail, atMostOnce: true, with: {name: a, unknown: true, times: 1}}], retry: {attempts: 3, delay: 1ms}}]
`, "Broken /1/try/1", "fail:a",
		},
		{
			"fail needs its code and message when it runs", `
inputs: {m: {type: string}}
steps: [{fail: {code: Bad, message: "${ctx.m}"}}]
`, "InvalidFailure /1", "",
		},
		{
			"the flow's failure keeps what an inner undo could not do, through a time limit", `
steps:
  - if: true
    timeout: 200ms
    then:
      - try:
          - {call: test.change, with: {name: a}, undo: {call: test.fail, with: {name: undo, class: denied}}}
          - wait: 10s
`, "Timeout /1 undo:Broken", "change:a fail:undo",
		},
	}
	for _, tt := range tests {
		subtest(t, tt.name, func(t *testing.T) {
			r := &recorder{}
			result, err := carry(t.Context(), t, probed(t, r, map[string]string{"flow.yaml": "flow: f\n" + tt.flow}), nil)
			if diff := cmp.Diff(tt.want, outcome(t, result, err)); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.calls, r.noted()); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
}

// outcome tells a run's end in a line: its output, or the failure with its
// causes and the errors of its undos.
func outcome(t *testing.T, result *flows.Result, err error) string {
	t.Helper()
	if err == nil {
		out, err := value.EncodeJSON(result.Output)
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	var failure *report.RunError
	if !errors.As(err, &failure) {
		return err.Error()
	}
	text := failure.Code + " " + failure.Step
	for cause, ok := failure.Cause.(*report.RunError); ok; cause, ok = cause.Cause.(*report.RunError) {
		text += " < " + cause.Code
	}
	for _, undo := range failure.UndoErrors {
		text += " undo:" + undo.Code
	}
	for _, late := range failure.Suppressed {
		text += " suppressed:" + late.Message
	}
	return text
}
