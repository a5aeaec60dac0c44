package journal_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
)

// restarting is a run that ended, and its restart.
type restarting struct {
	name string
	flow string
	// changed is the program of the restart; empty for the same.
	changed string
	fails   string // calls that fail in the first run; one with ? may have happened
	cancel  string // the call at which the first run is canceled
	from    string
	inputs  map[string]any
	again   []string
	results map[string]any

	// refused is what keeps the run from that, latest the step that is named.
	refused, latest string
	// calls are those of the restart, sorted where branches stand beside each
	// other: with = where they have the key that they had, + where it is another.
	calls   string
	outcome string
	then    string // calls that fail in the restart
}

// failing fails calls by their names.
func failing(names string) func(string) error {
	return func(name string) error {
		for _, failed := range strings.Fields(names) {
			bare := strings.TrimSuffix(failed, "?")
			if name != bare {
				continue
			}
			e := &connector.Error{Code: "Broken", Class: connector.ClassFailed, Message: "it broke"}
			if bare != failed {
				e.Outcome = connector.OutcomeUnknown
			}
			return e
		}
		return nil
	}
}

// run runs the first run to its end.
func (tt *restarting) run(t *testing.T, j *journal.Journal, c *calls) {
	t.Helper()
	c.fail = failing(tt.fails)
	endBadly(t, j, load(t, c, tt.flow), c, "r", tt.cancel)
}

// endBadly runs a flow until it fails, or is canceled at a call.
func endBadly(t *testing.T, j *journal.Journal, flow *flows.Flow, c *calls, id, cancel string) {
	t.Helper()
	fail := c.fail
	var h *journal.Handle
	started := make(chan struct{})
	c.fail = func(name string) error {
		if name == cancel {
			<-started
			h.Cancel()
		}
		return fail(name)
	}
	h, err := j.Start(t.Context(), flow, nil, flows.WithRunID(id))
	if err != nil {
		t.Fatal(err)
	}
	close(started)
	if _, err := h.Wait(t.Context()); err == nil {
		t.Fatal("the first run did not fail")
	}
}

// keyed tells the calls of a restart, and whether they had the key of before.
func keyed(first, second *calls) []string {
	before := map[string]string{}
	for i, name := range first.list {
		before[name] = first.keys[i]
	}
	list := make([]string, len(second.list))
	for i, name := range second.list {
		list[i] = name + "+"
		if before[name] == second.keys[i] {
			list[i] = name + "="
		}
	}
	return list
}

func (tt *restarting) restart(t *testing.T, j *journal.Journal, first *calls) {
	t.Helper()
	second := &calls{fail: failing(tt.then)}
	how := journal.Restart{From: tt.from, Inputs: tt.inputs, Again: tt.again, Results: tt.results}
	if tt.changed != "" {
		how.Flow = load(t, second, tt.changed)
	}
	result, err := j.Restart(t.Context(), "r", second.registry(t), how)
	var refused *journal.RestartError
	if errors.As(err, &refused) || tt.refused != "" {
		if refused == nil || !strings.Contains(err.Error(), tt.refused) || tt.refused == "" || refused.Latest != tt.latest {
			t.Fatalf("got %v (latest %q), want %q (latest %q)", err, refusedLatest(refused), tt.refused, tt.latest)
		}
		if len(second.list) > 0 {
			t.Errorf("it called %v", second.list)
		}
		return
	}
	made, want := keyed(first, second), strings.Fields(tt.calls)
	if text := tt.flow + tt.changed; strings.Contains(text, "parallel") || strings.Contains(text, "concurrency") {
		slices.Sort(made)
		slices.Sort(want)
	}
	if !slices.Equal(made, want) {
		t.Errorf("calls %v, want %v (%v)", made, want, err)
	}
	if got := outcome(t, result, err); got != tt.outcome {
		t.Errorf("%s\nwant %s", got, tt.outcome)
	}
	if result != nil && result.RunID != "r.2" {
		t.Errorf("the run is called %s", result.RunID)
	}
}

func refusedLatest(e *journal.RestartError) string {
	if e == nil {
		return ""
	}
	return e.Latest
}

func call(id string, more ...string) string {
	return fmt.Sprintf("{id: %s, call: test.change, with: {name: %s, value: %s-gave}%s}", id, id, id, strings.Join(append([]string{""}, more...), ", "))
}

func undone(id string) string {
	return call(id, fmt.Sprintf("undo: {call: test.change, with: {name: un%s}}", id))
}

func flowOf(steps ...string) string {
	return "flow: t\nsteps:\n  - " + strings.Join(steps, "\n  - ") + "\n"
}

var restarts = []restarting{
	{
		name: "the step that failed", flow: flowOf(call("a"), call("b"), call("c")), fails: "b",
		calls: "b+ c+", outcome: "done null",
	},
	{
		name: "a step before it, which has its key again", flow: flowOf(call("a"), call("b"), call("c")), fails: "c", from: "b",
		calls: "b= c+", outcome: "done null",
	},
	{
		name: "by its path", flow: flowOf(call("a"), call("b")), fails: "b", from: "/a", calls: "a= b+", outcome: "done null",
	},
	{
		name: "one that may have happened has its key again", flow: flowOf(call("a"), call("b")), fails: "b?", calls: "b=", outcome: "done null",
	},
	{
		name: "what was undone cannot be kept", flow: flowOf(undone("a"), call("b")), fails: "b",
		refused: "step /a: it was undone", latest: "/a",
	},
	{
		name: "what was undone has a new key", flow: flowOf(undone("a"), call("b")), fails: "b", from: "a", calls: "a+ b+", outcome: "done null",
	},
	{
		name: "what could not be undone is kept, and owed", flow: flowOf(undone("a"), call("b"), call("c")), fails: "b una", then: "c",
		calls: "b+ c+ una+", outcome: "Broken at /c, undone /a, not undone ",
	},
	{
		name: "what could not be undone and is not come to again is named", flow: flowOf(call("z"), call("a"), undone("b"), call("c")), fails: "c unb", from: "a", then: "a",
		calls: "a=", outcome: "Broken at /a, undone , not undone /b",
	},
	{
		name: "a step that the run did not come to", flow: flowOf(call("a"), call("b")), fails: "a", from: "/b", refused: "the run did not come to it",
	},
	{
		name: "an id that is not there", flow: flowOf(call("a"), call("b")), fails: "a", from: "q", refused: "the run did not come to a step of that id",
	},
	{
		name: "an undo", flow: flowOf(undone("a"), call("b")), fails: "b", from: "/a/undo/1", refused: "it stands in an undo or a finally",
	},
	{
		name: "a branch that ended well is kept", from: "",
		flow: flowOf("{id: p, parallel: {one: ["+call("a")+"], two: ["+call("w")+", {wait: 20ms}, "+call("b")+", "+call("c")+"]}}", call("d")), fails: "b",
		calls: "b+ c+ d+", outcome: "done null",
	},
	{
		name: "a branch that was stopped goes on where it was",
		flow: flowOf("{id: p, parallel: {one: [" + call("a") + ", {wait: 1m}, " + call("b") + "], two: [{wait: 30ms}, " + call("c") + "]}}"), fails: "c",
		changed: flowOf("{id: p, parallel: {one: [" + call("a") + ", {wait: 1ms}, " + call("b") + "], two: [{wait: 30ms}, " + call("c") + "]}}"),
		calls:   "b+ c+", outcome: "done null",
	},
	{
		name: "a branch whose step was undone runs again from there",
		flow: flowOf("{id: p, parallel: {one: [" + call("a") + ", " + undone("b") + ", " + call("c") + "], two: [{wait: 30ms}, " + call("d") + "]}}"), fails: "d",
		calls: "b+ c= d+", outcome: "done null",
	},
	{
		name: "items that ended well are kept", from: "/l[2]/b",
		flow: flowOf(`{id: l, forEach: "${1..4}", as: i, concurrency: 4, do: [{id: a, call: test.change, with: {name: "a${i}"}}, {wait: 20ms}, {id: b, call: test.change, with: {name: "b${i}"}}], onError: collect}`, call("z")), fails: "b2 b3 z",
		calls: "b2+ b3+ z+", outcome: "done null",
	},
	{
		name: "an item of a loop that goes one by one", from: "",
		flow: flowOf(`{id: l, forEach: "${1..4}", as: i, do: [{id: a, call: test.change, with: {name: "a${i}"}}, {id: b, call: test.change, with: {name: "b${i}"}}], collect: "${i}"}`, call("z")), fails: "b3",
		calls: "b3+ a4+ b4+ z+", outcome: "done null",
	},
	{
		name: "the whole loop", from: "l",
		flow: flowOf(`{id: l, forEach: "${1..2}", as: i, do: [{id: a, call: test.change, with: {name: "a${i}"}}]}`, call("z")), fails: "z",
		calls: "a1= a2= z+", outcome: "done null",
	},
	{
		name: "an id in more than one item", from: "a",
		flow: flowOf(`{id: l, forEach: "${1..3}", as: i, do: [{id: a, call: test.change, with: {name: "a${i}"}}]}`, call("z")), fails: "z",
		refused: "the id stands in 3 places",
	},
	{
		name: "earlier rounds are kept", from: "",
		flow: "flow: t\nsteps:\n  - {set: {k: 0}}\n  - {id: r, repeat: [{set: {k: \"${ctx.k + 1}\"}}, {id: a, call: test.change, with: {name: \"a${ctx.k}\"}}], until: \"${ctx.k == 3}\"}\n", fails: "a2",
		calls: "a2+ a3+", outcome: "done null",
	},
	{
		name: "in the body of a try whose handler ran", from: "b",
		flow: flowOf("{id: t, try: ["+call("a")+", "+call("b")+"], catch: [{do: ["+call("h")+"]}]}", call("c")), fails: "b c",
		calls: "b+ c+", outcome: "done null",
	},
	{
		name: "the handler runs anew", from: "b",
		flow: flowOf("{id: t, try: ["+call("a")+", "+call("b")+"], catch: [{do: ["+call("h")+"]}]}", call("c")), fails: "b c", then: "b",
		calls: "b+ h+ c+", outcome: "done null",
	},
	{
		name: "a step of a handler",
		flow: flowOf("{id: t, try: ["+call("a")+"], catch: [{do: ["+call("g")+", "+call("h")+"]}]}", call("c")), fails: "a h",
		calls: "h+ c+", outcome: "done null",
	},
	{
		name: "with a finally",
		flow: flowOf("{id: t, try: ["+call("a")+", "+call("b")+"], finally: ["+call("f")+"]}", call("c")), fails: "b",
		calls: "b+ f+ c+", outcome: "done null",
	},
	{
		name: "in a finally", from: "f",
		flow: flowOf("{id: t, try: ["+call("a")+"], finally: ["+call("f")+"]}", call("c")), fails: "f",
		refused: "the run did not come to a step of that id",
	},
	{
		name: "behind a try that was retried",
		flow: flowOf("{id: t, try: ["+undone("a")+", "+call("b")+"], retry: {attempts: 2, delay: 1ms, on: Broken}, catch: [{do: []}]}", call("c")), fails: "b c",
		calls: "c+", outcome: "done null",
	},
	{
		name: "in branches of if and switch",
		flow: flowOf("{id: q, if: \"${true}\", then: ["+call("a")+", {id: s, switch: 1, cases: [{is: 1, do: ["+call("b")+", "+call("c")+"]}]}]}", call("d")), fails: "c",
		calls: "c+ d+", outcome: "done null",
	},
	{
		name: "a changed program, mended at the step",
		flow: flowOf(call("a"), call("b"), call("c")), fails: "b", changed: flowOf(call("a"), call("x"), call("c")), from: "x",
		calls: "x+ c+", outcome: "done null",
	},
	{
		name: "a changed program, with a new step before",
		flow: flowOf(call("a"), call("b")), fails: "b", changed: flowOf(call("n"), call("a"), call("b")),
		refused: "step /b: with what is changed the run comes to /n first", latest: "/n",
	},
	{
		name: "a changed program, whose prefix has other parameters",
		flow: flowOf(call("a"), call("b")), fails: "b", changed: flowOf("{id: a, call: test.change, with: {name: other}}", call("b")),
		refused: "step /a: its parameters are not those", latest: "/a",
	},
	{
		name: "a changed program, that calls something else",
		flow: flowOf(call("a"), call("b")), fails: "b", changed: flowOf("{id: a, call: test.read, with: {name: a, value: a-gave}}", call("b")),
		refused: "step /a: it called test.change, and is to call test.read", latest: "/a",
	},
	{
		name: "a changed program, without a change that was made",
		flow: flowOf(call("a"), call("b")), fails: "b", changed: flowOf(call("b")),
		refused: "step /a: it changed something before", latest: "/a",
	},
	{
		name: "a changed program, without what only read",
		flow: flowOf("{id: a, call: test.read, with: {name: a}}", "{wait: 1ms}", call("b")), fails: "b", changed: flowOf(call("b")),
		calls: "b+", outcome: "done null",
	},
	{
		name: "a changed program, in another order of branches",
		flow: flowOf("{id: l, forEach: [1, 2], as: i, concurrency: 2, do: [{call: test.change, with: {name: \"a${i}\"}}]}", "{id: m, forEach: [1, 2], as: i, concurrency: 2, do: [{call: test.change, with: {name: \"b${i}\"}}]}", call("c")), fails: "c",
		changed: flowOf("{id: m, forEach: [1, 2], as: i, concurrency: 2, do: [{call: test.change, with: {name: \"b${i}\"}}]}", "{id: l, forEach: [1, 2], as: i, concurrency: 2, do: [{call: test.change, with: {name: \"a${i}\"}}]}", call("c")),
		calls:   "c+", outcome: "done null",
	},
	{
		name: "other inputs",
		flow: "flow: t\ninputs: {n: {type: integer, default: 1}}\nsteps:\n  - " + call("a") + "\n  - {id: b, call: test.change, with: {name: \"b${ctx.n}\"}}\n", fails: "b1", inputs: map[string]any{"n": 2},
		calls: "b2+", outcome: "done null",
	},
	{
		name: "other inputs, which what is kept was called with",
		flow: "flow: t\ninputs: {n: {type: integer, default: 1}}\nsteps:\n  - {id: a, call: test.change, with: {name: \"a${ctx.n}\"}}\n  - " + call("b") + "\n", fails: "b", inputs: map[string]any{"n": 2},
		refused: "step /a: its parameters are not those", latest: "/a",
	},
	{
		name: "what happened is not made again with other parameters", from: "r",
		flow: flowOf("{id: r, call: test.change, with: {name: r, value: \"${uuid()}\"}}", "{id: b, call: test.change, with: {name: \"b-${now()}\"}}", call("c")), fails: "c",
		calls: "r=", outcome: "RestartDiverged at /b, undone , not undone ",
	},
	{
		name: "at most once", flow: flowOf(call("a"), call("b", "atMostOnce: true")), fails: "b?",
		refused: "step /b: it has atMostOnce, and nobody knows whether it happened",
	},
	{
		name: "at most once, again", flow: flowOf(call("a"), call("b", "atMostOnce: true")), fails: "b?", again: []string{"b"},
		calls: "b=", outcome: "done null",
	},
	{
		name: "at most once, that happened", flow: flowOf(call("a"), call("b", "atMostOnce: true"), call("c")), fails: "c", from: "a",
		refused: "step /b: it has atMostOnce, and happened",
	},
	{
		name: "at most once, with what it gave", flow: flowOf(call("a"), call("b", "atMostOnce: true"), call("c")) + "output: \"${steps.b}\"\n", fails: "b?", results: map[string]any{"b": "looked up"},
		calls: "c+", outcome: `done "looked up"`,
	},
	{
		name: "a canceled run", flow: flowOf(call("a"), call("b"), call("c")), cancel: "b",
		calls: "c+", outcome: "done null",
	},
	{
		name: "a canceled run with branches", flow: flowOf(call("a"), "{id: p, parallel: {one: [{wait: 50ms}, "+call("b")+", {wait: 1ms}, "+call("c")+"], two: ["+call("d")+"]}}"), cancel: "b",
		calls: "c+", outcome: "done null",
	},
	{
		name: "times and random values are as they were", flow: flowOf("{id: u, set: {id: \"${uuid()}\", at: \"${run.startedAt}\", run: \"${run.id}\"}}", "{id: a, call: test.read, with: {name: a, value: \"${[ctx.id, ctx.at, ctx.run]}\"}}", call("b")) + "output: \"${steps.a == [ctx.id, ctx.at, ctx.run]}\"\n", fails: "b",
		calls: "b+", outcome: "done true",
	},
}

func TestRestart(t *testing.T) {
	for _, tt := range restarts {
		t.Run(tt.name, func(t *testing.T) {
			path := newPath(t)
			first := &calls{}
			j := open(t, path)
			tt.run(t, j, first)
			tt.restart(t, j, first)
			problems, _, err := j.Verify(t.Context())
			if err != nil || len(problems) > 0 {
				t.Errorf("%v, %v", problems, err)
			}
		})
	}
}
