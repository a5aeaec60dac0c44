package flows_test

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/medlar-flow/medlar/flows/report"
)

// Parts of the flows of these tests: a step before, and a list of steps that
// fails after one of its undos worked and another did not.
const (
	undoneBefore = "{id: o, call: test.change, with: {name: o}, undo: {call: test.change, with: {name: undo-o}}}"
	undoneBody   = "{id: a, call: test.change, with: {name: a}, undo: {call: test.change, with: {name: undo-a}}}, " +
		"{id: b, call: test.change, with: {name: b}, undo: {call: test.fail, with: {name: undo-b, code: Stuck}}}, " +
		"{fail: {code: Over, message: it is over}}"
	undoneTry  = "{id: t, try: [" + undoneBody + "]"
	undoneLate = "retry: {attempts: 3, delay: 10m, jitter: false, within: 1m, on: [Over]}"
)

// undoneTest is a step, with what is told when it fails.
type undoneTest struct {
	step, code  string
	undone, not []string
}

// What was undone inside of a failure is told with it, whatever the failure
// becomes on its way out, and so is what was not.
func TestUndoneOfInnerFailures(t *testing.T) {
	for name, test := range map[string]undoneTest{
		"as it is":           {undoneTry + "}", "Over", []string{"/t/try/a", "/o"}, []string{"/t/try/b"}},
		"a handler fails":    {undoneTry + ", catch: [{do: [{fail: {code: Worse, message: m}}]}]}", "Worse", []string{"/t/try/a", "/o"}, []string{"/t/try/b"}},
		"it is thrown again": {undoneTry + ", catch: [{do: [{fail: \"${error}\"}]}]}", "Over", []string{"/t/try/a", "/o"}, []string{"/t/try/b"}},
		"in a loop":          {"{forEach: [1], do: [" + undoneTry + "}]}", "Over", []string{"/2[0]/t/try/a", "/o"}, []string{"/2[0]/t/try/b"}},
		"in a branch":        {"{parallel: {x: [" + undoneTry + "}]}}", "Over", []string{"/2/x/t/try/a", "/o"}, []string{"/2/x/t/try/b"}},
		"in another flow":    {"{id: s, flow: sub.yaml}", "Over", []string{"/s/a", "/o"}, []string{"/s/b"}},
	} {
		t.Run(name, test.run)
	}
}

// Where attempts or a block take too long, the failure is another one, but it
// still tells what was undone.
func TestUndoneOfLateFailures(t *testing.T) {
	for name, test := range map[string]undoneTest{
		"attempts": {undoneTry + ", " + undoneLate + "}", "Timeout", []string{"/t/try/a", "/o"}, []string{"/t/try/b"}},
		"attempts of a flow": {
			"{id: s, flow: sub.yaml, " + undoneLate + "}", "Timeout", []string{"/s/a", "/o"}, []string{"/s/b"},
		},
		"a block": {
			"{id: i, if: true, timeout: 1m, then: [" + undoneTry + ", catch: [{do: [{wait: 10m}]}]}]}", "Timeout", []string{"/i/then/t/try/a", "/o"}, []string{"/i/then/t/try/b"},
		},
	} {
		subtest(t, name, test.run)
	}
}

func (test undoneTest) run(t *testing.T) {
	r := &recorder{}
	f, err := loadWith(fstest.MapFS{
		"flow.yaml": {Data: []byte("flow: f\nsteps:\n  - " + undoneBefore + "\n  - " + test.step + "\n")},
		"sub.yaml":  {Data: []byte("flow: s\nsteps: [" + undoneBody + "]\n")},
	}, "flow.yaml", r.registry(t))
	if err != nil {
		t.Fatal(err)
	}
	_, err = carry(t.Context(), t, f, nil)
	failure := report.AsRunError(err)
	if failure.Code != test.code {
		t.Errorf("the error is %v", failure)
	}
	if diff := cmp.Diff(test.undone, failure.Undone); diff != "" {
		t.Errorf("undone (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(test.not, failure.NotUndone); diff != "" {
		t.Errorf("not undone (-want +got):\n%s", diff)
	}
	if got := len(failure.UndoErrors); got != 1 {
		t.Errorf("%d errors of undos", got)
	}
}
