package journal_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
)

// oneByOne are loops that go one by one, and restarts in one of their items: the
// others are kept as far as they ended well.
var oneByOne = []struct {
	name, flow, fails, from string
	calls, output           string
}{
	{
		name:  "gathered errors",
		flow:  flowOf(`{id: l, forEach: "${1..6}", as: i, onError: collect, do: [{id: a, call: test.change, with: {name: "a${i}", value: "${now()}"}}, {id: b, call: test.change, with: {name: "b${i}", value: "${i}"}}], collect: "${steps.b}"}`, call("z")) + "output: \"${[steps.l.items, len(steps.l.errors)]}\"\n",
		fails: "b3 b5 z", from: "/l[2]/b", calls: "b3+ b5+ z+", output: "[[1,2,3,4,5,6],0]",
	},
	{
		name:  "the item that failed is not the one",
		flow:  flowOf(call("p"), `{id: l, forEach: "${1..6}", as: i, do: [{id: a, call: test.change, with: {name: "a${i}"}}, {id: b, call: test.change, with: {name: "b${i}"}}]}`, call("z")),
		fails: "b5", from: "/l[1]/b", calls: "b2= b5+ a6+ b6+ z+", output: "null",
	},
	{
		name:  "in one another",
		flow:  flowOf(`{id: l, forEach: "${1..3}", as: i, onError: collect, do: [{id: a, call: test.change, with: {name: "a${i}"}}, {id: m, forEach: "${1..3}", as: k, do: [{id: b, call: test.change, with: {name: "b${i}${k}", value: "${now()}"}}]}, {id: c, call: test.change, with: {name: "c${i}"}}]}`, call("z")),
		fails: "z", from: "/l[1]/m[1]/b", calls: "b22= c2= z+", output: "null",
	},
	{
		name: "branches inside and behind",
		flow: flowOf(`{parallel: {x: [`+call("x")+`], y: [`+call("y")+`]}}`,
			`{id: l, forEach: "${1..4}", as: i, do: [{id: p, parallel: {one: [{id: a, call: test.change, with: {name: "a${i}"}}], two: [{id: b, call: test.change, with: {name: "b${i}"}}]}}, {id: c, call: test.change, with: {name: "c${i}"}}]}`,
			`{id: q, parallel: {one: [`+call("v")+`], two: [`+call("w")+`]}}`, call("z")),
		fails: "z", from: "/l[2]/p/one/a", calls: "a3= c3= v= w= z+", output: "null",
	},
	{
		name:  "behind a part that is one record",
		flow:  flowOf(`{id: l, forEach: "${1..300}", as: i, do: [{id: a, call: test.change, with: {name: "a${i}"}}], collect: "${i}"}`, `{set: {k: 0}}`, `{id: r, repeat: [{set: {k: "${ctx.k + 1}"}}], until: "${ctx.k == 3}"}`, call("z")) + "output: \"${sum(steps.l)}\"\n",
		fails: "z", from: "/l[280]/a", calls: "a281= z+", output: "45150",
	},
	{
		name:  "rounds and parts inside",
		flow:  flowOf(`{id: l, forEach: "${1..3}", as: i, do: [{set: {k: 0}}, {id: r, repeat: [{set: {k: "${ctx.k + 1}"}}, {parallel: {one: [{wait: 1ms}], two: [{wait: 1ms}]}}], until: "${ctx.k == 300}"}, {id: m, forEach: "${1..260}", do: [{wait: 0s}]}, {id: a, call: test.change, with: {name: "a${i}"}}]}`, call("z")),
		fails: "z", from: "/l[1]/a", calls: "a2= z+", output: "null",
	},
	{
		name:  "undone with their block",
		flow:  flowOf(`{id: t, try: [{id: l, forEach: "${1..4}", as: i, do: [{id: a, call: test.change, with: {name: "a${i}"}, undo: {call: test.change, with: {name: "ua${i}"}}}]}, `+call("y")+`]}`, call("z")),
		fails: "z ua1 ua2 ua3 ua4", from: "/t/try/l[1]/a", calls: "a2= y= z+", output: "null",
	},
}

func TestRestartInItemsOneByOne(t *testing.T) {
	for _, tt := range oneByOne {
		t.Run(tt.name, func(t *testing.T) {
			path := newPath(t)
			j, first, second := open(t, path), &calls{}, &calls{}
			failOnce(t, j, load(t, first, tt.flow), first, tt.fails, nil)
			// Another program, in what does not matter, so that parameters are compared.
			for _, flow := range []*flows.Flow{nil, load(t, first, strings.Replace(tt.flow, "flow: t\n", "flow: t\ndescription: mended\n", 1))} {
				if _, err := j.PlanRestart(t.Context(), "r", second.registry(t), journal.Restart{From: tt.from, Flow: flow}); err != nil {
					t.Fatalf("with another program %v: %v", flow != nil, err)
				}
			}
			result, err := j.Restart(t.Context(), "r", second.registry(t), journal.Restart{From: tt.from})
			if err != nil {
				t.Fatal(err)
			}
			made, want := keyed(first, second), strings.Fields(tt.calls)
			if strings.Contains(tt.flow, "parallel") {
				slices.Sort(made)
				slices.Sort(want)
			}
			if !slices.Equal(made, want) || jsonOf(t, result.Output) != tt.output {
				t.Errorf("calls %v, output %s", made, jsonOf(t, result.Output))
			}
			if problems, _, err := j.Verify(t.Context()); err != nil || len(problems) > 0 {
				t.Errorf("%v %v", problems, err)
			}
			if d, err := j.Show(t.Context(), "r.2"); err != nil || j.ReadBack(t.Context(), d, first.registry(t)) != nil {
				t.Errorf("it cannot be read back: %v", err)
			}
			closed(t, j)
			kept := count(t, path, "SELECT max(seq) FROM records WHERE run = 2") - int64(len(want))*2 - 1
			for cut := count(t, path, "SELECT max(seq) FROM records WHERE run = 2") - 1; cut >= max(kept, 1); cut-- {
				change(t, path, "DELETE FROM records WHERE run = 2 AND seq > ?", cut)
				change(t, path, "UPDATE runs SET state = 'running', ended = 0, owner = '' WHERE id = 'r.2'")
				rest := &calls{}
				again := open(t, path, journal.WithAcceptedLoss())
				result, err := again.Resume(t.Context(), "r.2", rest.registry(t))
				if err != nil || jsonOf(t, result.Output) != tt.output {
					t.Fatalf("cut after %d: %v", cut, err)
				}
				for i, name := range rest.list {
					if at := slices.Index(second.list, name); at < 0 || second.keys[at] != rest.keys[i] {
						t.Errorf("cut after %d: %s has another key than in the restart, or is made again", cut, name)
					}
				}
				closed(t, again)
			}
		})
	}
}

// A restart in an item is restarted in another one, and each keeps what the ones
// before kept.
func TestRestartInItemsAgain(t *testing.T) {
	flow := flowOf(`{id: l, forEach: "${1..5}", as: i, onError: collect, do: [{id: a, call: test.change, with: {name: "a${i}", value: "${now()}"}}, {id: b, call: test.change, with: {name: "b${i}"}}]}`, call("z"))
	j := open(t, newPath(t))
	var made [4]calls
	failOnce(t, j, load(t, &made[0], flow), &made[0], "b2 b4 z", nil)
	for n, tt := range []struct{ fails, from, calls string }{
		{"b4 z", "/l[1]/b", "b2+ b4+ z+"},
		{"z", "/l[3]/b", "b4+ z+"},
		{"", "/l[0]/a", "a1= b1= z+"},
	} {
		c := &made[n+1]
		c.fail = failing(tt.fails)
		id := "r"
		if n > 0 {
			id = fmt.Sprintf("r.%d", n+1)
		}
		_, err := j.Restart(t.Context(), id, c.registry(t), journal.Restart{From: tt.from})
		var refused *journal.RestartError
		if errors.As(err, &refused) || (err == nil) != (tt.fails == "") {
			t.Fatal(err)
		}
		if got := strings.Join(keyed(&made[0], c), " "); got != tt.calls {
			t.Errorf("restart %d calls %s, want %s", n+1, got, tt.calls)
		}
	}
}

// What is encrypted is read in its new place; in a loop in which the run was found
// to be stopped, or to which it came twice, the items behind the step run again.
func TestRestartInItemsOtherwise(t *testing.T) {
	t.Run("encrypted", func(t *testing.T) {
		flow := flowOf(`{id: l, forEach: "${1..4}", as: i, do: [{id: a, call: test.login, with: {name: "a${i}"}}, {id: b, call: test.change, with: {name: "b${i}", value: "${steps.a.token}"}}]}`, call("z"))
		path := newPath(t)
		j, first, second := open(t, path, journal.WithKeys(testKeys(t, 1))), &calls{}, &calls{}
		failOnce(t, j, load(t, first, flow), first, "z", nil)
		if _, err := j.Restart(t.Context(), "r", second.registry(t), journal.Restart{From: "/l[1]/b"}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(keyed(first, second), " "); got != "b2= z+" {
			t.Errorf("calls %s", got)
		}
		if problems, _, err := j.Verify(t.Context()); err != nil || len(problems) > 0 {
			t.Errorf("%v %v", problems, err)
		}
	})
	t.Run("stopped", func(t *testing.T) {
		flow := flowOf(`{id: l, forEach: "${1..4}", as: i, do: [{id: a, call: test.change, with: {name: "a${i}"}}, {id: b, call: test.change, with: {name: "b${i}"}}]}`, call("z"))
		j, first, second := open(t, newPath(t)), &calls{fail: failing("")}, &calls{}
		endBadly(t, j, load(t, first, flow), first, "r", "a3")
		if _, err := j.Restart(t.Context(), "r", second.registry(t), journal.Restart{From: "/l[0]/b"}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(keyed(first, second), " "); got != "b1= a2= b2= a3= b3+ a4+ b4+ z+" {
			t.Errorf("calls %s", got)
		}
	})
	t.Run("twice", func(t *testing.T) {
		flow := flowOf(`{id: t, try: [{id: l, forEach: "${1..3}", as: i, do: [{id: a, call: test.change, with: {name: "a${i}"}}]}, {fail: {code: Other, message: m}}], retry: {attempts: 2, on: Other, delay: 1ms}}`)
		j, first, second := open(t, newPath(t)), &calls{}, &calls{}
		failOnce(t, j, load(t, first, flow), first, "", nil)
		_, err := j.Restart(t.Context(), "r", second.registry(t), journal.Restart{From: "/t/try/l[0]/a"})
		var refused *journal.RestartError
		if err == nil || errors.As(err, &refused) {
			t.Fatal(err)
		}
		if !slices.Equal(second.list[:3], []string{"a1", "a2", "a3"}) {
			t.Errorf("calls %v", second.list)
		}
	})
}
