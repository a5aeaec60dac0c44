package journal_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/flows/journal"
)

// races are steps of which some branches or items are enough, and restarts behind and
// inside of them. The call a waits until b was made.
var races = []struct {
	name, flow, fails, from string
	calls, output           string
}{
	{
		name:  "behind it",
		flow:  flowOf(`{id: p, parallel: {x: [`+call("a")+`], y: [{wait: 1h}]}, enough: 1}`, call("z")) + "output: \"${steps.p.won}\"\n",
		fails: "z", calls: "z+", output: `["x"]`,
	},
	{
		name:  "behind it, where a loser was undone",
		flow:  flowOf(`{id: p, parallel: {x: [`+call("a")+`], y: [{id: b, call: test.change, with: {name: b}, undo: {call: test.change, with: {name: ub}}}, {wait: 1h}]}, enough: 1}`, call("z")) + "output: \"${steps.p.won}\"\n",
		fails: "z", calls: "z+", output: `["x"]`,
	},
	{
		name:  "in the winner",
		flow:  flowOf(`{id: p, parallel: {x: [`+call("a")+`], y: [{wait: 1h}, `+call("c")+`]}, enough: 1}`, call("z")) + "output: \"${steps.p.won}\"\n",
		fails: "z", from: "/p/x/a", calls: "a= z+", output: `["x"]`,
	},
	{
		name:  "in an item of a loop",
		flow:  flowOf(`{id: l, forEach: "${1..6}", as: i, do: [{id: m, call: test.change, with: {name: "m${i}"}}], collect: "${i}", enough: 3}`, call("z")) + "output: \"${[steps.l.items, steps.l.won]}\"\n",
		fails: "m1 z", from: "/l[2]/m", calls: "m3= m4= z+", output: `[[2,3,4],[1,2,3]]`,
	},
	{
		name:  "where too few items succeeded",
		flow:  flowOf(call("p"), `{id: l, forEach: "${1..3}", as: i, do: [{id: m, call: test.change, with: {name: "m${i}"}}], enough: 2}`, call("z")) + "output: \"${steps.l.won}\"\n",
		fails: "m2 m3", calls: "m1= m2+ z+", output: `[0,1]`,
	},
	{
		name:  "where too few branches succeeded",
		flow:  flowOf(call("p"), `{id: l, parallel: {x: [{wait: 1ms}, `+call("a")+`], y: [`+call("b")+`]}, enough: 2}`, call("z")) + "output: \"${steps.l.won}\"\n",
		fails: "a", from: "/l/x/a", calls: "a+ z+", output: `["x","y"]`,
	},
}

func TestRestartRaces(t *testing.T) {
	for _, tt := range races {
		t.Run(tt.name, func(t *testing.T) {
			j, first, second := open(t, newPath(t)), &calls{}, &calls{}
			first.hold = func(ctx context.Context, name string) {
				for name == "a" && strings.Contains(tt.flow, "name: b") && ctx.Err() == nil && !slices.Contains(first.noted(), "b") {
					time.Sleep(time.Millisecond)
				}
			}
			failOnce(t, j, load(t, first, tt.flow), first, tt.fails, nil)
			result, err := j.Restart(t.Context(), "r", second.registry(t), journal.Restart{From: tt.from})
			if err != nil {
				t.Fatal(err)
			}
			if made, want := keyed(first, second), strings.Fields(tt.calls); !slices.Equal(made, want) || jsonOf(t, result.Output) != tt.output {
				t.Errorf("calls %v, output %s", made, jsonOf(t, result.Output))
			}
			if d, err := j.Show(t.Context(), "r.2"); err != nil || j.ReadBack(t.Context(), d, first.registry(t)) != nil {
				t.Errorf("it cannot be read back: %v", err)
			}
			if problems, _, err := j.Verify(t.Context()); err != nil || len(problems) > 0 {
				t.Errorf("%v %v", problems, err)
			}
		})
	}
}
