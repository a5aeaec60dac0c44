package flows_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
)

// faultFlow has twelve steps that change something, each with an undo, inside
// try, parallel and forEach. Each fails if it is named as the one to fail.
const faultFlow = `flow: t
inputs: {bad: {type: string, required: true}}
steps:
  - {call: test.fault, with: {name: s01, bad: "${ctx.bad}"}, undo: {call: test.change, with: {name: undo-s01}}}
  - try:
      - {call: test.fault, with: {name: s02, bad: "${ctx.bad}"}, undo: {call: test.change, with: {name: undo-s02}}}
      - try:
          - {call: test.fault, with: {name: s03, bad: "${ctx.bad}"}, undo: {call: test.change, with: {name: undo-s03}}}
        finally:
          - {call: test.fault, with: {name: s04, bad: "${ctx.bad}"}}
      - parallel:
          left:
            - {call: test.fault, with: {name: s05, bad: "${ctx.bad}"}, undo: {call: test.change, with: {name: undo-s05}}}
            - {call: test.fault, with: {name: s06, bad: "${ctx.bad}"}, undo: {call: test.change, with: {name: undo-s06}}}
          right:
            - try:
                - {call: test.fault, with: {name: s07, bad: "${ctx.bad}"}, undo: {call: test.change, with: {name: undo-s07}}}
              catch: [{on: denied, do: []}]
              undo: {call: test.change, with: {name: undo-try7}}
            - {call: test.fault, with: {name: s08, bad: "${ctx.bad}"}, undo: {call: test.change, with: {name: undo-s08}}}
  - forEach: [1, 2, 3]
    concurrency: 3
    as: n
    do:
      - {call: test.fault, with: {name: "s09-${n}", bad: "${ctx.bad}"}, undo: {call: test.change, with: {name: "undo-s09-${n}"}}}
      - {call: test.fault, with: {name: "s10-${n}", bad: "${ctx.bad}"}, undo: {call: test.change, with: {name: "undo-s10-${n}"}}}
  - {call: test.fault, with: {name: s11, bad: "${ctx.bad}"}, undo: {call: test.change, with: {name: undo-s11}}}
  - {call: test.fault, with: {name: s12, bad: "${ctx.bad}"}, undo: {call: test.change, with: {name: undo-s12}}}
  - fail: {code: End, message: whatever happened}
`

// structure lists what the undos are called, in program order.
var structure = []string{
	"s01", "s02", "s03", "s05", "s06", "s07", "try7", "s08",
	"s09-1", "s10-1", "s09-2", "s10-2", "s09-3", "s10-3", "s11", "s12",
}

type faultIn struct {
	Name string `param:"name"`
	Bad  string `param:"bad"`
}

func (r *recorder) fault(_ context.Context, in faultIn) (any, error) {
	if in.Name == in.Bad {
		return nil, &connector.Error{Code: "Fault", Class: connector.ClassUnavailable, Message: "as asked"}
	}
	r.note("did:%s", in.Name)
	return in.Name, nil
}

// TestFaultAtEveryStep: whatever fails, what was done is undone once, and in
// reverse program order; a try that fails undoes its own part before the rest.
func TestFaultAtEveryStep(t *testing.T) {
	bad := []string{"none", "s04"}
	for _, name := range structure {
		if name != "try7" {
			bad = append(bad, name)
		}
	}
	for _, name := range bad {
		for round := range 5 {
			t.Run(fmt.Sprintf("%s-%d", name, round), func(t *testing.T) {
				r := &recorder{}
				f := load(t, r, faultFlow)
				err := faultRun(t, f, name)
				done, undone := sides(r)
				checkUndone(t, done, undone)
				if want := map[bool]string{true: "End", false: "Fault"}[name == "none"]; err.Code != want {
					t.Errorf("the error is %v, want %s", err, want)
				}
				if len(err.UndoErrors)+len(err.NotUndone) != 0 {
					t.Errorf("not undone: %v %v", err.UndoErrors, err.NotUndone)
				}
			})
		}
	}
}

func faultRun(t *testing.T, f *flows.Flow, bad string) *report.RunError {
	t.Helper()
	_, err := carry(t.Context(), t, f, map[string]any{"bad": bad})
	return report.AsRunError(err)
}

// sides takes the record apart.
func sides(r *recorder) (done, undone []string) {
	for call := range strings.SplitSeq(r.noted(), " ") {
		if name, ok := strings.CutPrefix(call, "did:"); ok {
			done = append(done, name)
		}
		if name, ok := strings.CutPrefix(call, "change:undo-"); ok {
			undone = append(undone, name)
		}
	}
	return done, undone
}

func checkUndone(t *testing.T, done, undone []string) {
	t.Helper()
	var want []string
	for _, name := range slices.Backward(structure) {
		owed := slices.Contains(done, name)
		if name == "try7" { // owed where its body was not undone by itself
			owed = slices.Contains(done, "s07") && slices.Contains(undone, "try7")
		}
		if owed {
			want = append(want, name)
		}
	}
	// A body that undid itself did so before the rest, and nothing of it is
	// left for the flow: the parts are in order, each by itself.
	if diff := cmp.Diff(want, undone); diff != "" {
		t.Errorf("undone (-want +got):\n%s\ndone: %v", diff, done)
	}
}
