package journal_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/flows/journal"
)

// fork is a parallel with a step behind it, items a loop with one.
func fork(branches, more string) string {
	return flowOf("{id: p, parallel: {"+branches+"}"+more+"}", call("z"))
}

func items(more string) string {
	return flowOf(`{id: l, forEach: "${1..4}", as: i, do: [{id: m, call: test.change, with: {name: "m${i}"}}]`+more+"}", call("z"))
}

const (
	won     = "output: \"${steps.p.won}\"\n"
	wonItem = "output: \"${steps.l.won}\"\n"
	hour    = "{wait: 1h}"
)

func branch(name string, steps ...string) string {
	return name + ": [" + strings.Join(steps, ", ") + "]"
}

var (
	ax, by, cv = branch("x", call("a")), branch("y", call("b")), branch("v", call("c"))
	loser      = ", " + branch("y", hour, call("b"))
	fast       = ", " + branch("y", "{wait: 1ms}", call("b"))
	late       = branch("y", "{wait: 30ms}", call("b"))
)

// forkChanges are restarts with a program in which a parallel or a loop ends by other rules,
// or has others beside it.
var forkChanges = []restarting{
	// Who has won, and what was undone for that, is not made anew.
	{name: "enough taken away", flow: fork(ax+loser, ", enough: 1"), changed: fork(ax+fast, ""), fails: "z", refused: "step /p: 1 of its 2 branches or items were enough, and all have to succeed", latest: "/p"},
	{name: "enough taken away, in a loser", flow: fork(ax+loser, ", enough: 1"), changed: fork(ax+fast, ""), fails: "z", from: "/p/y/b", refused: "step /p: 1 of its 2", latest: "/p"},
	{name: "enough taken away, from there", flow: fork(ax+loser, ", enough: 1"), changed: fork(ax+fast, ""), fails: "z", from: "/p", calls: "a= b+ z+", outcome: "done null"},
	{name: "more are enough", flow: fork(ax+loser, ", enough: 1") + won, changed: fork(ax+fast, ", enough: 2") + won, fails: "z", refused: "step /p: 1 of its 2 branches or items were enough, and 2 of 2 are", latest: "/p"},
	{name: "more are enough, from there", flow: fork(ax+loser, ", enough: 1") + won, changed: fork(ax+fast, ", enough: 2") + won, fails: "z", from: "/p", calls: "a= b+ z+", outcome: `done ["x","y"]`},
	{name: "fewer are enough", flow: fork(ax+", "+by+", "+branch("v", hour), ", enough: 2") + won, changed: fork(ax+", "+by+", "+branch("v", hour), ", enough: 1") + won, fails: "z", refused: "step /p: 2 of its 3 branches or items were enough, and 1 of 3 are", latest: "/p"},
	{name: "enough added", flow: fork(ax+", "+by, ""), changed: fork(ax+", "+by, ", enough: 1") + won, fails: "z", refused: "step /p: all of its 2 branches or items had to succeed, and 1 are enough", latest: "/p"},
	{name: "enough added where a branch failed", flow: fork(branch("x", "{wait: 30ms}", call("a"))+", "+by, ""), changed: fork(branch("x", "{wait: 30ms}", call("a"))+", "+by, ", enough: 2") + won, fails: "a", calls: "a+ z+", outcome: `done ["x","y"]`},
	{name: "enough of items added", flow: items(", concurrency: 2"), changed: items(", concurrency: 2, enough: 2") + wonItem, fails: "z", refused: "step /l: all of its 4 branches or items had to succeed, and 2 are enough", latest: "/l"},
	{name: "enough of items taken away", flow: items(", concurrency: 2, enough: 2"), changed: items(", concurrency: 2"), fails: "z", refused: "step /l: 2 of its 4 branches or items were enough", latest: "/l"},
	{name: "the same is enough", flow: items(", concurrency: 2, enough: 4"), changed: items(", concurrency: 3, enough: 4") + wonItem, fails: "z", calls: "z+", outcome: "done [0,1,2,3]"},
	{name: "a winner taken away", flow: fork(ax+", "+branch("y", hour)+", "+branch("v", hour), ", enough: 1") + won, changed: fork(branch("y", hour)+", "+branch("v", "{wait: 1ms}"), ", enough: 1") + won, fails: "z", refused: "step /p: 1 of its 3 branches or items were enough, and 1 of 2 are", latest: "/p"},
	{name: "a loser added", flow: fork(ax+", "+branch("v", hour), ", enough: 1") + won, changed: fork(branch("y", hour)+", "+ax+", "+branch("v", hour), ", enough: 1") + won, fails: "z", refused: "step /p: 1 of its 2 branches or items were enough, and 1 of 3 are", latest: "/p"},

	// What ended the others, or did not, ends as it did.
	{name: "failures are gathered no more", flow: items(", concurrency: 2, onError: collect"), changed: items(", concurrency: 2"), fails: "m1 z", refused: "step /l: one of its branches or items ends it with what is changed, and did not before", latest: "/l"},
	{
		name: "failures are gathered that were caught", flow: flowOf(`{id: t, try: [{id: p, parallel: {`+ax+`, `+branch("y", call("b"))+`}}], catch: [{do: []}]}`, call("z")),
		changed: flowOf(`{id: t, try: [{id: p, onError: collect, parallel: {`+ax+`, `+branch("y", call("b"))+`}}], catch: [{do: []}]}`, call("z")),
		fails:   "b z", refused: "step /t/try/p: one of its branches or items ended it, and does not with what is changed", latest: "/t/try/p",
	},

	// Branches are known by their numbers.
	{name: "a branch added behind", flow: fork(ax+", "+by, ""), changed: fork(ax+", "+by+", "+cv, ""), fails: "z", refused: "the run comes to /p/v/c first", latest: "/p/v/c"},
	{name: "a branch added behind, from there", flow: fork(ax+", "+by, ""), changed: fork(ax+", "+by+", "+cv, ""), fails: "z", from: "/p/v/c", calls: "c+ z+", outcome: "done null"},
	{name: "a branch added behind, in another one", flow: fork(ax+", "+late, ""), changed: fork(ax+", "+late+", "+cv, ""), fails: "b", calls: "b+ c+ z+", outcome: "done null"},
	{name: "a branch added in front", flow: fork(ax+", "+by, ""), changed: fork(cv+", "+ax+", "+by, ""), fails: "z", refused: "the run comes to /p/v/c first", latest: "/p/v/c"},
	{name: "a branch taken away", flow: fork(ax+", "+by+", "+cv, ""), changed: fork(ax+", "+cv, ""), fails: "z", refused: "the run comes to /p/v/c first", latest: "/p/v/c"},
	{name: "the last branch taken away", flow: fork(ax+", "+by+", "+cv, ""), changed: fork(ax+", "+by, ""), fails: "z", refused: "step /p/v/c: it changed something before, and the program does not come to it any more", latest: "/p/v/c"},

	// Items that go one by one are no branches.
	{name: "concurrency added", flow: items(""), changed: items(", concurrency: 2"), fails: "m3", refused: "the run comes to /l[0]/m first", latest: "/l[0]/m"},
	{name: "concurrency added, from there", flow: items(""), changed: items(", concurrency: 2"), fails: "m3", from: "/l", calls: "m1= m2= m3+ m4+ z+", outcome: "done null"},
	{name: "concurrency taken away", flow: items(", concurrency: 2"), changed: items(""), fails: "z", refused: "the run comes to /l[0]/m first", latest: "/l[0]/m"},
	{name: "concurrency changed", flow: items(", concurrency: 2"), changed: items(", concurrency: 3"), fails: "z", calls: "z+", outcome: "done null"},
	{name: "enough of items one by one", flow: items(""), changed: items(", enough: 3") + wonItem, fails: "m3", calls: "m3+ z+", outcome: "done [0,1,2]"},
	{name: "enough before what was made", flow: items(""), changed: items(", enough: 2") + wonItem, fails: "z", refused: "step /l[2]/m: it changed something before, and the program does not come to it any more", latest: "/l[2]/m"},
	{name: "enough before the item", flow: items(""), changed: items(", enough: 2") + wonItem, fails: "z", from: "/l[2]/m", calls: "z+", outcome: "done [0,1]"},
	{name: "enough before the item, from what is named", flow: items(""), changed: items(", enough: 2") + wonItem, fails: "z", from: "/l[0]/m", calls: "m1= z+", outcome: "done [0,1]"},
	{name: "enough one by one, taken away", flow: items(", enough: 2"), changed: items(""), fails: "z", from: "/l[1]/m", calls: "m2= m3+ m4+ z+", outcome: "done null"},

	// Handlers and attempts.
	{name: "catch added", flow: flowOf(call("a"), "{id: t, try: ["+call("b")+"]}", call("z")), changed: flowOf(call("a"), "{id: t, try: ["+call("b")+"], catch: [{do: ["+call("h")+"]}]}", call("z")), fails: "b", then: "b", calls: "b+ h+ z+", outcome: "done null"},
	{name: "catch taken away", flow: flowOf("{id: t, try: ["+call("b")+"], catch: [{do: ["+call("h")+"]}]}", call("z")), changed: flowOf("{id: t, try: ["+call("b")+"]}", call("z")), fails: "b z", refused: "step /t/catch[0]/h: it changed something before, and the program does not come to it", latest: "/t/catch[0]/h"},
	{name: "catch changed", flow: flowOf("{id: t, try: ["+call("b")+"], catch: [{do: ["+call("h")+"]}]}", call("z")), changed: flowOf("{id: t, try: ["+call("b")+"], catch: [{do: ["+call("c")+"]}]}", call("z")), fails: "b z", refused: "the run comes to /t/catch[0]/c first", latest: "/t/catch[0]/c"},
	{name: "retry added", flow: flowOf(call("a"), call("b")), changed: flowOf(call("a"), call("b", "retry: {attempts: 3, delay: 1ms, on: [Broken]}")), fails: "b", then: "b", calls: "b+ b+ b+", outcome: "Broken at /b, undone , not undone "},
}

// A program in which a parallel or a loop ends by other rules goes on where what was recorded
// is a run of it, too, and is refused where it is not: never with winners of another race.
func TestRestartForks(t *testing.T) {
	j := open(t, newPath(t))
	for _, tt := range forkChanges {
		t.Run(tt.name, func(t *testing.T) {
			first := &calls{}
			tt.run(t, j, first)
			tt.restart(t, j, first)
			for _, id := range []string{"r", "r.2"} {
				var unknown *journal.UnknownRunError
				if err := j.Delete(t.Context(), id, false); err != nil && !errors.As(err, &unknown) {
					t.Error(err)
				}
			}
		})
	}
}

// So it is on Temporal, but for items that go one by one: they are branches there, and each
// is one record.
func TestRestartForksOnTemporal(t *testing.T) {
	for _, tt := range forkChanges {
		if strings.Contains(tt.flow, "forEach") && !strings.Contains(tt.flow, "concurrency") {
			continue
		}
		t.Run(tt.name, func(t *testing.T) {
			first, second := &calls{fail: failing(tt.fails)}, &calls{fail: failing(tt.then)}
			ended := onTemporal(t, load(t, first, tt.flow), first, "r", tt.cancel)
			result, _, err := again(t, ended, second, journal.Restart{From: tt.from, Flow: load(t, second, tt.changed)})
			var refused *journal.RestartError
			switch {
			case errors.As(err, &refused):
				if tt.refused == "" && !strings.Contains(err.Error(), "one record") || len(second.list) > 0 {
					t.Errorf("%v, calls %v", err, second.list)
				}
			case strings.Contains(tt.refused, "enough"):
				t.Errorf("%s, calls %v, want it refused: %s", outcome(t, result, err), second.list, tt.refused)
			case tt.refused == "":
				made, want := keyed(first, second), strings.Fields(tt.calls)
				slices.Sort(made)
				slices.Sort(want)
				if got := outcome(t, result, err); got != tt.outcome || !slices.Equal(made, want) {
					t.Errorf("calls %v, %s; want %v, %s", made, got, want, tt.outcome)
				}
			}
		})
	}
}
