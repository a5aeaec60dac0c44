package journal_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/temporal"
	"github.com/medlar-flow/medlar/flows/temporal/temporaltest"
)

// keyGave is a step that gives its key and a random value: both hang on its path.
func keyGave(id string) string {
	return "{id: " + id + ", call: test.change, with: {name: " + id + `, value: "${[step.idempotencyKey, uuid()]}"}}`
}

// movedRuns are restarts with a program whose steps stand elsewhere. kept are the
// calls of the first run whose steps are kept, by their paths now.
var movedRuns = []restarting{
	{
		name: "another order", flow: flowOf(call("a"), call("b"), call("c")), fails: "c",
		changed: flowOf(call("b"), call("a"), call("c")), calls: "c+", outcome: "done null",
	},
	{
		name: "into an if", flow: flowOf(call("a"), keyGave("b"), call("c")) + "output: \"${steps.b}\"\n", fails: "c",
		changed: flowOf(call("a"), `{id: g, if: "${true}", then: [`+keyGave("b")+`]}`, call("c")) + "output: \"${steps.b}\"\n",
		calls:   "c+", outcome: "done BEFORE",
	},
	{
		name: "out of an if that has no id", flow: flowOf(`{if: "${true}", then: [`+keyGave("b")+`]}`, call("c")) + "output: \"${steps.b}\"\n", fails: "c",
		changed: flowOf(keyGave("b"), call("c")) + "output: \"${steps.b}\"\n", calls: "c+", outcome: "done BEFORE",
	},
	{
		name: "the step that failed, into a try", flow: flowOf(call("a"), call("b"), call("c")), fails: "b",
		changed: flowOf(call("a"), `{try: [`+call("b")+`], catch: [{do: [`+call("h")+`]}]}`, call("c")), calls: "b+ h+ c+", outcome: "done null", then: "b",
	},
	{
		name: "one that may have happened, into a try, has its key again", flow: flowOf(call("a"), call("b")), fails: "b?",
		changed: flowOf(call("a"), `{id: t, try: [`+call("b")+`]}`), calls: "b=", outcome: "done null",
	},
	{
		name: "with other parameters", flow: flowOf(call("a"), call("b")), fails: "b?",
		changed: flowOf(call("a"), `{id: t, try: [{id: b, call: test.change, with: {name: b, value: 2}}]}`), calls: "", outcome: "RestartDiverged at /t/try/b, undone , not undone ",
	},
	{
		name: "a kept one with other parameters", flow: flowOf(call("a"), call("b")), fails: "b",
		changed: flowOf(`{id: t, try: [{id: a, call: test.change, with: {name: a, value: 2}}]}`, call("b")), refused: "step /t/try/a: its parameters are not those", latest: "/t/try/a",
	},
	{
		name: "by where it stood", flow: flowOf(call("a"), call("b"), call("c")), fails: "c", from: "/b",
		changed: flowOf(call("a"), `{id: t, try: [`+call("b")+`]}`, call("c")), calls: "b= c+", outcome: "done null",
	},
	{
		name: "by where it stands", flow: flowOf(call("a"), call("b"), call("c")), fails: "c", from: "/t/try/b",
		changed: flowOf(call("a"), `{id: t, try: [`+call("b")+`]}`, call("c")), calls: "b= c+", outcome: "done null",
	},
	{
		name: "what could not be undone is undone where it stands", flow: flowOf(undone("a"), call("b"), call("c")), fails: "b una", then: "c",
		changed: flowOf(`{id: g, if: "${true}", then: [`+undone("a")+`]}`, call("b"), call("c")), calls: "b+ c+ una+", outcome: "Broken at /c, undone /g/then/a, not undone ",
	},
	{
		name: "what was undone", flow: flowOf(undone("a"), call("b")), fails: "b",
		changed: flowOf(`{id: g, if: "${true}", then: [`+undone("a")+`]}`, call("b")), refused: "step /g/then/a: it was undone", latest: "/g/then/a",
	},
	{
		name: "at most once, with what it gave", flow: flowOf(call("a"), call("b", "atMostOnce: true"), call("c")) + "output: \"${steps.b}\"\n", fails: "b?", results: map[string]any{"b": "looked up"},
		changed: flowOf(call("a"), `{id: t, try: [`+call("b", "atMostOnce: true")+`]}`, call("c")) + "output: \"${steps.b}\"\n", calls: "c+", outcome: `done "looked up"`,
	},
	{
		name: "at most once, again by where it stood", flow: flowOf(call("b", "atMostOnce: true")), fails: "b?", again: []string{"/b"},
		changed: flowOf(`{id: t, try: [` + call("b", "atMostOnce: true") + `]}`), calls: "b=", outcome: "done null",
	},
	{
		name: "a loop with all of its items", from: "/l[1]/b",
		flow: flowOf(`{id: l, forEach: "${1..3}", as: i, concurrency: 3, onError: collect, do: [{id: a, call: test.change, with: {name: "a${i}", value: "${step.idempotencyKey}"}}, {wait: 20ms}, {id: b, call: test.change, with: {name: "b${i}"}}]}`, call("z")), fails: "b2 z",
		changed: flowOf(`{id: g, if: "${true}", then: [{id: l, forEach: "${1..3}", as: i, concurrency: 3, onError: collect, do: [{id: a, call: test.change, with: {name: "a${i}", value: "${step.idempotencyKey}"}}, {wait: 20ms}, {id: b, call: test.change, with: {name: "b${i}"}}]}]}`, call("z")),
		calls:   "b2+ z+", outcome: "done null",
	},
	{
		name: "within an item", from: "/l[1]/b",
		flow: flowOf(`{id: l, forEach: "${1..3}", as: i, do: [{id: a, call: test.change, with: {name: "a${i}"}}, {id: b, call: test.change, with: {name: "b${i}"}}]}`), fails: "b2",
		changed: flowOf(`{id: l, forEach: "${1..3}", as: i, do: [{id: a, call: test.change, with: {name: "a${i}"}}, {id: t, try: [{id: b, call: test.change, with: {name: "b${i}"}}]}]}`),
		calls:   "b2+ a3+ b3+", outcome: "done null",
	},
	{
		name: "a parallel with its branches",
		flow: flowOf(call("z"), "{id: p, parallel: {one: ["+call("a")+"], two: ["+call("b")+"]}}", call("c")), fails: "c",
		changed: flowOf(call("z"), "{id: g, if: \"${true}\", then: [{id: p, parallel: {one: [{try: ["+call("a")+"]}], two: ["+call("b")+"]}}]}", call("c")),
		calls:   "c+", outcome: "done null",
	},
	{
		name: "into a branch is another step", flow: flowOf(call("a"), call("b")), fails: "b",
		changed: flowOf("{id: p, parallel: {one: ["+call("a")+"], two: [{wait: 1ms}]}}", call("b")), refused: "step /b: with what is changed the run comes to /p/one/a first", latest: "/p/one/a",
	},
	{
		name: "into a loop is another step", flow: flowOf(call("a"), call("b")), fails: "b",
		changed: flowOf(`{id: l, forEach: [1], do: [`+call("a")+`]}`, call("b")), refused: "step /b: with what is changed the run comes to /l[0]/a first", latest: "/l[0]/a",
	},
	{
		name: "one without an id that moved with others", flow: flowOf(`{id: g, if: "${true}", then: [{call: test.change, with: {name: a}}]}`, call("b")), fails: "b",
		changed: flowOf(`{id: t, try: [{id: g, if: "${true}", then: [{call: test.change, with: {name: a}}]}]}`, call("b")), calls: "b+", outcome: "done null",
	},
	{
		name: "one without an id", flow: flowOf(`{call: test.change, with: {name: a}}`, call("b")), fails: "b",
		changed: flowOf(`{set: {q: 1}}`, `{call: test.change, with: {name: a}}`, call("b")),
		refused: "the run comes to /2 first, of which there is no record; the same call stood at /1 before: steps without an id are found by their places", latest: "/2",
	},
}

// before puts what the first run's calls of b gave in an outcome.
func (tt *restarting) before(j *journal.Journal, t *testing.T) {
	t.Helper()
	if !strings.Contains(tt.outcome, "BEFORE") {
		return
	}
	d, err := j.Show(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range d.Steps {
		if strings.HasSuffix(step.Path, "/b") {
			tt.outcome = strings.Replace(tt.outcome, "BEFORE", jsonOf(t, step.Result), 1)
		}
	}
}

// A step is found by its id where it stands in another block now, with its key and
// its random values; so is a loop, and what stands in it.
func TestRestartMoved(t *testing.T) {
	j := open(t, newPath(t))
	for _, tt := range movedRuns {
		t.Run(tt.name, func(t *testing.T) {
			first := &calls{}
			tt.run(t, j, first)
			tt.before(j, t)
			tt.restart(t, j, first)
			for _, id := range []string{"r", "r.2"} {
				var unknown *journal.UnknownRunError
				if err := j.Delete(t.Context(), id, false); err != nil && !errors.As(err, &unknown) {
					t.Error(err)
				}
			}
		})
	}
	if problems, _, err := j.Verify(t.Context()); err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
}

func TestRestartMovedOnTemporal(t *testing.T) {
	for _, tt := range movedRuns {
		if strings.Contains(tt.outcome, "BEFORE") || strings.HasPrefix(tt.from, "/l[1]") {
			continue // an item that has ended is one record there
		}
		t.Run(tt.name, func(t *testing.T) {
			first, second := &calls{fail: failing(tt.fails)}, &calls{fail: failing(tt.then)}
			ended := onTemporal(t, load(t, first, tt.flow), first, "r", tt.cancel)
			how := journal.Restart{From: tt.from, Flow: load(t, second, tt.changed), Again: tt.again, Results: tt.results}
			result, _, err := again(t, ended, second, how)
			var refused *journal.RestartError
			if errors.As(err, &refused) || tt.refused != "" {
				if refused == nil || !strings.Contains(err.Error(), tt.refused) || tt.refused == "" || refused.Latest != tt.latest {
					t.Fatalf("got %v (latest %q), want %q (latest %q)", err, refusedLatest(refused), tt.refused, tt.latest)
				}
				return
			}
			made, want := keyed(first, second), strings.Fields(tt.calls)
			slices.Sort(made)
			slices.Sort(want)
			if got := outcome(t, result, err); !slices.Equal(made, want) || got != tt.outcome {
				t.Errorf("calls %v, want %v; %s, want %s", made, want, got, tt.outcome)
			}
		})
	}
}

// What moved keeps its keys and its place over further restarts, also with a program
// in which it moves again and in which the order of the generations is another one.
func TestRestartMovedAgain(t *testing.T) {
	programs := []string{
		flowOf(keyGave("a"), keyGave("b"), call("c"), call("d")),
		flowOf(keyGave("a"), `{id: g, if: "${true}", then: [`+keyGave("b")+`, `+call("c")+`]}`, call("d")),
		flowOf(call("c"), `{id: g, if: "${true}", then: [{id: t, try: [`+keyGave("b")+`]}]}`, keyGave("a"), call("d")),
		flowOf(call("c"), keyGave("a"), keyGave("b"), call("d")),
	}
	fails := []string{"c", "d", "d?", ""}
	want := []string{"a+ b+ c+", "c+ d+", "d+", "d="}
	test := func(t *testing.T, restart func(i int, c *calls, flow *flows.Flow) error) {
		t.Helper()
		last := &calls{}
		for i, text := range programs {
			c := &calls{fail: failing(fails[i])}
			err := restart(i, c, load(t, c, text+"output: \"${[steps.a[0], steps.b[0]]}\"\n"))
			if (err == nil) != (fails[i] == "") {
				t.Fatalf("program %d: %v", i, err)
			}
			if got := strings.Join(keyed(last, c), " "); got != want[i] {
				t.Fatalf("program %d: %s, want %s (%v)", i, got, want[i], err)
			}
			last = c
		}
	}
	t.Run("on the journal", func(t *testing.T) {
		j := open(t, newPath(t))
		id, result := "r", (*flows.Result)(nil)
		keys := ""
		test(t, func(i int, c *calls, flow *flows.Flow) (err error) {
			if i == 0 {
				_, err = j.Run(t.Context(), flow, nil, flows.WithRunID(id))
				keys = jsonOf(t, c.keys[:2])
				return err
			}
			result, err = j.Restart(t.Context(), id, c.registry(t), journal.Restart{Flow: flow})
			id = "r." + string(rune('1'+i))
			return err
		})
		if got := jsonOf(t, result.Output); got != keys {
			t.Errorf("the keys are %s, were %s", got, keys)
		}
	})
	t.Run("on Temporal", func(t *testing.T) {
		var ended *temporal.Ended
		var result *flows.Result
		keys := ""
		test(t, func(i int, c *calls, flow *flows.Flow) (err error) {
			if i == 0 {
				ended = onTemporal(t, flow, c, "r", "")
				keys = jsonOf(t, c.keys[:2])
				return errors.New("it failed")
			}
			result, ended, err = again(t, ended, c, journal.Restart{Flow: flow})
			return err
		})
		if got := jsonOf(t, result.Output); got != keys {
			t.Errorf("the keys are %s, were %s", got, keys)
		}
	})
}

// The signals of a called flow go with the step that calls it, and one that does not
// fit what its wait accepts now is not kept.
func TestRestartMovedSignals(t *testing.T) {
	const sub = "flow: sub\nsteps:\n  - {id: ok, wait: {signal: approval, timeout: 1h, accepts: {yes: {type: boolean}}}}\n  - {id: more, if: \"${false}\", wait: {signal: early, timeout: 1h, accepts: {}}}\noutput: \"${steps.ok.yes}\"\n"
	first := map[string]string{"sub.yaml": sub, "flow.yaml": flowOf("{id: review, flow: sub.yaml}", call("b"))}
	moved := map[string]string{"sub.yaml": sub, "flow.yaml": flowOf("{id: t, try: [{id: review, flow: sub.yaml}]}", call("b")) + "output: \"${steps.review}\"\n"}
	typed := map[string]string{"sub.yaml": strings.Replace(sub, "boolean", "string", 1), "flow.yaml": moved["flow.yaml"]}
	for _, tt := range []struct {
		name, refused string
		files         map[string]string
	}{{"moved", "", moved}, {"accepts something else", "does not fit what it accepts now", typed}} {
		judge := func(t *testing.T, c *calls, result *flows.Result, err error) {
			t.Helper()
			var refused *journal.RestartError
			switch {
			case tt.refused != "":
				if !errors.As(err, &refused) || !strings.Contains(err.Error(), tt.refused) || refused.Latest != "/t/try/review/ok" {
					t.Errorf("%v (%s)", err, refusedLatest(refused))
				}
			case err != nil || jsonOf(t, result.Output) != "true" || strings.Join(c.noted(), " ") != "b":
				t.Errorf("%v, %v, calls %v", result, err, c.noted())
			}
		}
		t.Run(tt.name+" on the journal", func(t *testing.T) {
			j, c := open(t, newPath(t)), &calls{fail: failing("b")}
			h, err := j.Start(t.Context(), loadFiles(t, c, first), nil, flows.WithRunID("r"))
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(h.Signal(t.Context(), "/review/early", "", nil), h.Signal(t.Context(), "/review/approval", "", map[string]any{"yes": true})); err != nil {
				t.Fatal(err)
			}
			if _, err := h.Wait(t.Context()); err == nil {
				t.Fatal("it did not fail")
			}
			second := &calls{}
			plan, err := j.PlanRestart(t.Context(), "r", second.registry(t), journal.Restart{Flow: loadFiles(t, second, tt.files)})
			if err != nil {
				judge(t, second, nil, err)
				return
			}
			if h, err = plan.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			// It is kept under the name that it has now.
			if err := h.Signal(t.Context(), "/t/try/review/early", "", nil); err != nil {
				t.Error(err)
			}
			result, err := h.Wait(t.Context())
			judge(t, second, result, err)
		})
		t.Run(tt.name+" on Temporal", func(t *testing.T) {
			c, second := &calls{fail: failing("b")}, &calls{}
			p, err := temporal.Prepare(t.Context(), loadFiles(t, c, first), nil, temporal.PrepareOptions{}, flows.WithRunID("r"))
			if err != nil {
				t.Fatal(err)
			}
			signals := []temporaltest.Signal{{After: time.Second, Name: "/review/approval", Values: map[string]any{"yes": true}}}
			_, ended, err := temporaltest.RunPrepared(t.Context(), p, c.registry(t), signals, nil)
			if err == nil {
				t.Fatal("it did not fail")
			}
			result, _, err := again(t, ended, second, journal.Restart{Flow: loadFiles(t, second, tt.files)})
			judge(t, second, result, err)
		})
	}
}
