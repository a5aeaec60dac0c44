package flows_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
)

// An undo has the cleanup timeout only once the run was stopped.
func TestUndoHasItsTime(t *testing.T) {
	r := &recorder{}
	err := failure(t, r, `flow: t
cleanupTimeout: 20ms
steps:
  - {call: test.change, undo: {call: test.sleep, with: {for: 100ms, name: slow}}}
  - fail: {code: X, message: m}
`, nil)
	if len(err.UndoErrors) != 0 || !strings.Contains(r.noted(), "slept:slow") {
		t.Errorf("calls: %s, errors: %v", r.noted(), err.UndoErrors)
	}
}

// Who stops a run while finally is at work waits for it, but not for ever.
func TestStoppedWhileFinallyRuns(t *testing.T) {
	tests := map[string]struct{ cleanup, want string }{
		"in time":  {"10s", "slept:f"},
		"too late": {"20ms", "stopped:f"},
	}
	for name, test := range tests {
		subtest(t, name, func(t *testing.T) {
			r := &recorder{}
			f := load(t, r, "flow: t\ncleanupTimeout: "+test.cleanup+`
steps:
  - try: [{call: test.echo}]
    finally: [{id: f, call: test.sleep, with: {for: 300ms, name: f}}]
`)
			ctx, cancel := context.WithCancel(t.Context())
			_, err := carry(ctx, t, f, nil, flows.WithListener(func(e report.Event) {
				if e.Type == report.StepStarted && strings.HasSuffix(e.Step, "/f") {
					time.AfterFunc(10*time.Millisecond, cancel)
				}
			}))
			if !strings.Contains(r.noted(), test.want) {
				t.Errorf("calls: %s (%v)", r.noted(), err)
			}
		})
	}
}

// A try is not tried again where a change may have happened in it.
func TestRetriedTryDoesNotRepeatTheUnknown(t *testing.T) {
	r := &recorder{}
	err := failure(t, r, "flow: t\nsteps: [{try: [{call: test.fail, with: {name: x, unknown: true}}], retry: {attempts: 3, delay: 1ms}}]", nil)
	if r.noted() != "fail:x" || err.Outcome != connector.OutcomeUnknown {
		t.Errorf("calls: %s, error %+v", r.noted(), err)
	}
}

// What goes wrong in the undos of one branch is told also where another
// branch's failure is the one that is reported.
func TestUndoErrorsOfTwoBranches(t *testing.T) {
	for name, rest := range map[string]string{
		"undone by the flow":     "undo: {call: test.change}}, {call: test.toil, with: {for: 60ms}}",
		"undone in the meantime": "undo: {call: test.toil, with: {for: 60ms}}}",
	} {
		subtest(t, name, func(t *testing.T) {
			err := failure(t, &recorder{}, `flow: t
steps:
  - parallel:
      a:
        - try:
            - {id: x, call: test.change, undo: {call: test.fail, with: {name: undo-x, code: Stuck}}}
            - {id: y, call: test.change, `+strings.ReplaceAll(rest, "}}, {", "}}\n            - {")+`
            - {call: test.fail, with: {name: a}}
      b:
        - {call: test.sleep, with: {for: 30ms}}
        - {call: test.fail, with: {name: b, code: First}}
`, nil)
			if err.Code != "First" && (err.Code != "Broken" || !onTemporal) {
				t.Errorf("the error is %v", err)
			}
			if len(err.NotUndone) != 1 || len(err.UndoErrors) != 1 || err.UndoErrors[0].Code != "Stuck" {
				t.Errorf("not undone %v, undo errors %v", err.NotUndone, err.UndoErrors)
			}
			if diff := cmp.Diff([]string{"/1/a/1/try/y"}, err.Undone); diff != "" {
				t.Errorf("undone (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWaitForNothing(t *testing.T) {
	err := failure(t, &recorder{}, "flow: t\ninputs: {d: {type: duration}}\nsteps: [{wait: \"${ctx.d}\"}]", nil)
	if err.Code != "InvalidDuration" {
		t.Errorf("the error is %v", err)
	}
}

func TestSuppressedIsSeenByHandlers(t *testing.T) {
	got := output(t, &recorder{}, "flow: t\nsteps: [{try: [{try: [{call: test.fail, with: {code: A}}], finally: [{call: test.fail, with: {code: B}}]}], catch: [{do: [{set: {x: \"${error.code} ${error.suppressed[0].code}\"}}]}]}]\noutput: \"${ctx.x}\"", nil)
	if got != `"A B"` {
		t.Errorf("the output is %s", got)
	}
}
