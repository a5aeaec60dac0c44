package explore_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/explore"
	"github.com/medlar-flow/medlar/flows/flowtest"
)

// branched are flows with branches, and how many states of the others there are
// over all calls: counted by hand.
var branched = []struct {
	name, steps string
	states      int
}{
	{
		// Each of three calls on the left meets 0, 1 or 2 of the right, and each of
		// the two there 0 to 3 of the left.
		"two branches", `[{parallel: {l: [{call: pay.look}, {call: pay.charge}, {call: pay.ship}], r: [{call: pay.reserve}, {call: pay.release}]}}]`, 3*3 + 2*4,
	},
	{
		// 2 x 2 states of two other branches for each call.
		"three branches", `[{parallel: {a: [{call: pay.look}], b: [{call: pay.charge}], c: [{call: pay.ship}]}}]`, 3 * 4,
	},
	{
		// Beside the first item, which may have done 0 or 1 calls, one more runs: all
		// others ended, or not begun, or some of both, with one in between or none. Of
		// the last one there are only those where no more than one other has not ended.
		"a loop of two at a time", `[{forEach: [1, 2, 3, 4], concurrency: 2, as: n, do: [{call: pay.charge}, {call: pay.ship}]}]`, 2*6 + 2*3,
	},
	{
		// The call of the right meets 0, the first, either of the two inner ones, both,
		// or the last of the left.
		"branches in a branch", `[{parallel: {l: [{call: pay.look}, {parallel: {x: [{call: pay.charge}], y: [{call: pay.ship}]}}, {call: pay.reserve}], r: [{call: pay.release}]}}]`, 6 + 2 + 4 + 4 + 2,
	},
	{
		// The order of these two decides whether the second one works.
		"branches that touch one thing", `[{parallel: {l: [{try: [{call: pay.unlock}], catch: [{do: []}]}], r: [{try: [{call: pay.lock}], catch: [{do: []}]}]}}]`, 2 + 2,
	},
	{"a loop of one at a time", `[{forEach: [1, 2, 3], as: n, do: [{call: pay.charge}]}]`, 0},
	{"no branches", `[{call: pay.charge}, {call: pay.ship}]`, 0},
}

// TestOrders: every state of the other branches in which a call can be answered
// is tried once, each of them is one that can be, and none that branches come to
// by chance is missing.
func TestOrders(t *testing.T) {
	reg := registry(t, pay())
	for _, b := range branched {
		t.Run(b.name, func(t *testing.T) {
			suite := green(t, b.steps, reg)
			states, impossible := explore.States(t.Context(), suite, suite.Tests()[0])
			if len(impossible) > 0 {
				t.Errorf("cannot be: %s", strings.Join(impossible, "\n"))
			}
			if len(states) != b.states {
				t.Errorf("%d states, want %d:\n%s", len(states), b.states, strings.Join(states, "\n"))
			}
			for _, seen := range explore.Chances(t.Context(), suite, suite.Tests()[0], 300) {
				if !slices.Contains(states, seen) {
					t.Errorf("not tried: %s", seen)
				}
			}
		})
	}
}

// green returns the suite of a flow with one test in which all goes well.
func green(t *testing.T, steps string, reg *connector.Registry) *flowtest.Suite {
	t.Helper()
	tests := "tests:\n  - name: green\n    answers:\n"
	for _, op := range pay().Operations {
		tests += "      - {call: " + op.Name + ", result: {id: x-1, done: true}}\n"
	}
	fsys := fstest.MapFS{"f.yaml": {Data: []byte("flow: f\nsteps: " + steps + "\n")}, "f.test.yaml": {Data: []byte(tests)}}
	return load(t, fsys, "f.test.yaml", reg)
}
