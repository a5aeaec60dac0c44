package journal_test

import (
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/journal"
)

// A step that may not be made twice, and was in flight when its run was
// interrupted, ends as a failure of unknown outcome: a handler sees it, no
// retry repeats it, and what it may have done is undone.
func TestAtMostOnce(t *testing.T) {
	tests := map[string]struct {
		step    string
		outcome string
		calls   string // of the run that is resumed
	}{
		"fails": {
			`call: test.block, atMostOnce: true, with: {name: b}`,
			"OutcomeUnknown at /1, undone , not undone ", "",
		},
		"is not tried again": {
			`call: test.block, atMostOnce: true, with: {name: b}, retry: {attempts: 5, delay: 1ms, on: [internal, OutcomeUnknown]}`,
			"OutcomeUnknown at /1, undone , not undone ", "",
		},
		"is not tried again with the block around it": {
			`try: [{call: test.block, atMostOnce: true, with: {name: b}}], retry: {attempts: 5, delay: 1ms, on: internal}`,
			"OutcomeUnknown at /1/try/1, undone , not undone ", "",
		},
		"is caught": {
			`try: [{call: test.block, atMostOnce: true, with: {name: b}}], catch: [{on: OutcomeUnknown, do: [{call: test.change, with: {name: "${error.class} ${error.outcome}"}}]}]`,
			"done 1", "internal unknown",
		},
		"is undone": {
			`call: test.block, atMostOnce: true, with: {name: b}, undo: {call: test.change, with: {name: undo-b}}`,
			"OutcomeUnknown at /1, undone /1, not undone ", "undo-b",
		},
		"cannot be undone without its result": {
			`call: test.block, atMostOnce: true, with: {name: b}, undo: {call: test.change, with: {name: "${result}"}}`,
			"OutcomeUnknown at /1, undone , not undone /1", "",
		},
		"runs again where it may": {
			`call: test.block, with: {name: b}`,
			"done 1", "b",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			path := newPath(t)
			j := open(t, path)
			_, wait := started(t.Context(), t, j, "flow: t\nsteps:\n  - {"+test.step+"}\noutput: 1\n")
			closed(t, j)
			if _, err := wait(); err == nil {
				t.Fatal("the run was not interrupted")
			}
			j = open(t, path)
			rest := &calls{}
			result, err := j.Resume(t.Context(), "r", rest.registry(t))
			if got := outcome(t, result, err); got != test.outcome {
				t.Errorf("the run ended with %s\nwant %s", got, test.outcome)
			}
			if got := strings.Join(rest.noted(), " "); got != test.calls {
				t.Errorf("calls: %q, want %q", got, test.calls)
			}
		})
	}
}

// A step that is made again, since its process ended, may have happened although
// the service refuses it now: it is undone, or listed.
func TestRefusedTheSecondTime(t *testing.T) {
	for name, test := range map[string]struct{ step, outcome, calls string }{
		"is undone":                           {`call: test.block, with: {name: b}, undo: {call: test.change, with: {name: undo-b}}`, "Conflict at /1, undone /1, not undone ", "b undo-b"},
		"cannot be undone":                    {`call: test.block, with: {name: b}, undo: {call: test.change, with: {name: "${result}"}}`, "Conflict at /1, undone , not undone /1", "b"},
		"is tried again":                      {`call: test.block, with: {name: b}, retry: {attempts: 2, delay: 1ms, on: conflict}, undo: {call: test.change, with: {name: undo-b}}`, "Conflict at /1, undone /1, not undone ", "b b undo-b"},
		"has no undo":                         {`call: test.block, with: {name: b}`, "Conflict at /1, undone , not undone ", "b"},
		"is caught, and what is behind fails": {`try: [{call: test.block, with: {name: b}, undo: {call: test.change, with: {name: undo-b}}}], catch: [{on: conflict, do: [{fail: {code: Other, message: no}}]}]`, "Other at /1/catch[0]/1, undone /1/try/1, not undone ", "b undo-b"},
	} {
		t.Run(name, func(t *testing.T) {
			path := newPath(t)
			j := open(t, path)
			_, wait := started(t.Context(), t, j, "flow: t\nsteps:\n  - {"+test.step+"}\noutput: 1\n")
			closed(t, j)
			if _, err := wait(); err == nil {
				t.Fatal("the run was not interrupted")
			}
			rest := &calls{fail: func(name string) error {
				if name == "b" {
					return &connector.Error{Code: "Conflict", Class: connector.ClassConflict, Message: "it is there"}
				}
				return nil
			}}
			j = open(t, path)
			result, err := j.Resume(t.Context(), "r", rest.registry(t))
			if got := outcome(t, result, err); got != test.outcome {
				t.Errorf("the run ended with %s\nwant %s", got, test.outcome)
			}
			if got := strings.Join(rest.noted(), " "); got != test.calls {
				t.Errorf("calls: %q, want %q", got, test.calls)
			}
		})
	}
}

// What may not run again must be stored: a secret needs a key.
func TestAtMostOnceNeedsItsResult(t *testing.T) {
	const flow = "flow: t\nsteps: [{id: l, call: test.login, atMostOnce: true, with: {name: l}}]\noutput: \"${steps.l.user}\"\n"
	c := &calls{}
	result, err := open(t, newPath(t)).Run(t.Context(), load(t, c, flow), nil)
	if got, want := outcome(t, result, err), "ResultNotStored at /l, undone , not undone "; got != want {
		t.Errorf("without a key the run ended with %s, want %s", got, want)
	}
	if len(c.noted()) > 0 {
		t.Errorf("the step was called: %v", c.noted())
	}
	result, err = open(t, newPath(t), journal.WithKeys(testKeys(t, 1))).Run(t.Context(), load(t, c, flow), nil)
	if got, want := outcome(t, result, err), `done "ada"`; got != want {
		t.Errorf("with a key the run ended with %s, want %s", got, want)
	}
}

// TestKillAtMostOnce kills a process the moment such a step was called.
func TestKillAtMostOnce(t *testing.T) {
	for range 3 {
		k := newKilled(t, `flow: t
steps:
  - try: [{call: test.step, atMostOnce: true, with: {name: once, slow: true}}]
    catch: [{on: OutcomeUnknown, do: [{call: test.step, with: {name: handler}}]}]
output: "${'ended'}"
`)
		if k.start(1, 0) {
			t.Fatal("the child ended by itself")
		}
		k.start(1<<30, 0)
		names, _ := k.calls(0)
		if got := strings.Join(names, " "); got != "once handler" || k.outcome() != "done ended" {
			t.Errorf("calls: %s; outcome: %s", got, k.outcome())
		}
	}
}
