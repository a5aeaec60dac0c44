package journal_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
)

// cutFlows are run, cut off after each of their records, and resumed.
var cutFlows = map[string]string{
	"sequence": `flow: t
steps:
  - {id: a, call: test.change, with: {name: a, value: 1}}
  - {id: b, call: test.read, with: {name: b, value: "${steps.a + 1}"}}
  - {id: c, call: test.change, with: {name: c, value: "${steps.b + 1}"}}
output: "${[steps.a, steps.b, steps.c]}"
`,
	"loop": `flow: t
steps:
  - id: l
    forEach: "${1..6}"
    as: n
    concurrency: 3
    do:
      - {id: x, call: test.change, with: {name: "x${n}", value: "${n * 10}"}}
      - {id: y, call: test.change, with: {name: "y${n}", value: "${steps.x + 1}"}}
    collect: "${steps.y}"
output: "${steps.l}"
`,
	"undo": `flow: t
steps:
  - {id: a, call: test.change, with: {name: a, value: 1}, undo: {call: test.change, with: {name: "undo-a-${result}"}}}
  - id: l
    forEach: [x, y]
    do:
      - {id: b, call: test.change, with: {name: "b-${item}"}, undo: [{call: test.change, with: {name: "undo-b-${item}"}}, {call: test.change, with: {name: "more-${item}"}}]}
  - {id: c, call: test.change, with: {name: broken}}
`,
	"retry": `flow: t
steps:
  - {id: a, call: test.change, with: {name: flaky2, value: done}, retry: {attempts: 4, delay: 2ms, on: [unavailable]}}
  - {wait: 2ms}
  - {try: [{call: test.change, with: {name: broken}}], catch: [{do: [{call: test.change, with: {name: handler}}]}], finally: [{call: test.read, with: {name: finally}}]}
output: "${steps.a}"
`,
	"retried block": `flow: t
steps:
  - set: {n: 0}
  - try:
      - {id: a, call: test.change, with: {name: a}, undo: {call: test.change, with: {name: undo-a}}}
      - parallel:
          left: [{call: test.change, with: {name: left}, undo: {call: test.change, with: {name: undo-left}}}, {call: test.read, with: {name: left2}}]
          right: [{call: test.change, with: {name: flaky2}}]
    retry: {attempts: 3, delay: 1ms}
output: done
`,
	"branches and their errors": `flow: t
steps:
  - id: p
    parallel:
      a: [{call: test.change, with: {name: a1}, undo: {call: test.change, with: {name: undo-a1}}}, {call: test.change, with: {name: broken}}]
      b: [{call: test.change, with: {name: b1}}, {forEach: [1, 2, 3], concurrency: 2, do: [{call: test.change, with: {name: "b2-${item}"}}]}]
    onError: collect
  - {set: {k: 0}}
  - {repeat: [{set: {k: "${ctx.k + 1}"}}, {id: r, call: test.change, with: {name: "r${ctx.k}", value: "${ctx.k}"}}], until: "${steps.r == 3}", every: 1ms}
output: "${map(keys(steps.p.errors), steps.p.errors[#].code)}"
`,
	"a branch stops the others": `flow: t
steps:
  - forEach: "${1..8}"
    as: n
    concurrency: 4
    do:
      - {call: test.change, with: {name: "x${n}"}, undo: {call: test.change, with: {name: "undo-x${n}"}}}
      - {if: "${n == 3}", call: test.change, with: {name: broken}}
      - {call: test.change, with: {name: "y${n}"}, undo: {call: test.change, with: {name: "undo-y${n}"}}}
`,
	"limits": `flow: t
timeout: 1m
steps:
  - {if: "${true}", timeout: 30s, then: [{call: test.change, with: {name: a}, timeout: 5s}]}
  - {id: u, set: {id: "${uuid()}", at: "${now()}"}}
  - {call: test.change, with: {name: b}, retry: {attempts: 2, within: 20s}}
output: "${ctx.id}"
`,
}

// brokenOrFlaky fails calls named broken, and the first n of flakyN.
func brokenOrFlaky() func(string) error {
	tries := map[string]int{}
	return func(name string) error {
		tries[name]++
		e := &connector.Error{Code: "Broken", Class: connector.ClassUnavailable, Message: "it broke", Details: map[string]any{"n": int64(1)}}
		if name == "broken" || strings.HasPrefix(name, "flaky") && tries[name] <= int(name[len(name)-1]-'0') {
			return e
		}
		return nil
	}
}

// TestCutAtEveryRecord: wherever the process ends, a resume ends as the run
// would have ended, what was recorded is not called again, and all is called.
func TestCutAtEveryRecord(t *testing.T) {
	for name, text := range cutFlows {
		t.Run(name, func(t *testing.T) {
			path := newPath(t)
			whole := &calls{fail: brokenOrFlaky()}
			j := open(t, path)
			result, err := j.Run(t.Context(), load(t, whole, text), nil, flows.WithRunID("r"))
			want := outcome(t, result, err)
			last := count(t, path, "SELECT max(seq) FROM records")
			for cut := last - 1; cut >= 0; cut-- {
				cutAt(t, j, path, cut)
				rest := &calls{fail: whole.fail}
				result, err := j.Resume(t.Context(), "r", rest.registry(t))
				var interrupted *journal.InterruptedError
				if errors.As(err, &interrupted) {
					t.Fatalf("cut after %d: %v", cut, err)
				}
				if got := outcome(t, result, err); got != want && name != "a branch stops the others" {
					t.Errorf("cut after %d of %d: %s\nwant %s", cut, last, got, want)
				}
				if result != nil && result.RunID != "r" {
					t.Errorf("the run is called %s", result.RunID)
				}
				checkUndos(t, path, cut, name == "a branch stops the others")
			}
		})
	}
}

func cutAt(t *testing.T, j *journal.Journal, path string, cut int64) {
	t.Helper()
	change(t, path, "DELETE FROM records WHERE seq > ?", cut)
	change(t, path, "UPDATE runs SET state = 'running'")
	if _, err := j.Show(t.Context(), "r"); err != nil {
		t.Fatal(err)
	}
}

// checkUndos: what was undone was undone once; where all steps have an undo, it
// is what was done.
func checkUndos(t *testing.T, path string, cut int64, allOwe bool) {
	t.Helper()
	j, err := journal.Inspect(path)
	if err != nil {
		t.Fatal(err)
	}
	defer closed(t, j)
	d, err := j.Show(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	if problems, _, err := j.Verify(t.Context()); err != nil || len(problems) > 0 {
		t.Errorf("cut after %d: %v %v", cut, problems, err)
	}
	if d.State != journal.Failed {
		return
	}
	slices.Sort(d.Err.Undone)
	var done []string
	for _, s := range d.Steps {
		if s.Err == nil && !s.Ended.IsZero() && !strings.Contains(s.Path, "/undo/") {
			done = append(done, s.Path)
		}
	}
	slices.Sort(done)
	if diff := cmp.Diff(done, d.Err.Undone); allOwe && diff != "" {
		t.Errorf("cut after %d, undone (-done +undone):\n%s", cut, diff)
	}
	if unique := slices.Compact(slices.Clone(d.Err.Undone)); len(unique) != len(d.Err.Undone) || len(d.Err.NotUndone) > 0 {
		t.Errorf("cut after %d: undone %v, not undone %v", cut, d.Err.Undone, d.Err.NotUndone)
	}
}

// TestResumeCallsWhatIsLeft: after each cut, the calls that are recorded and
// those of the resume are the calls of the whole run.
func TestResumeCallsWhatIsLeft(t *testing.T) {
	path := newPath(t)
	j := open(t, path)
	whole := &calls{fail: brokenOrFlaky()}
	text := cutFlows["undo"]
	if _, err := j.Run(t.Context(), load(t, whole, text), nil, flows.WithRunID("r")); err == nil {
		t.Fatal("the run succeeded")
	}
	want := whole.noted()
	last := count(t, path, "SELECT max(seq) FROM records")
	for cut := last - 1; cut >= 0; cut-- {
		cutAt(t, j, path, cut)
		d, err := j.Show(t.Context(), "r")
		if err != nil {
			t.Fatal(err)
		}
		recorded := 0
		for _, s := range d.Steps {
			if !s.Ended.IsZero() {
				recorded++
			}
		}
		rest := &calls{fail: brokenOrFlaky()}
		if _, err := j.Resume(t.Context(), "r", rest.registry(t)); err == nil {
			t.Fatal("the resumed run succeeded")
		}
		if diff := cmp.Diff(fmt.Sprint(want[recorded:]), fmt.Sprint(rest.noted())); diff != "" {
			t.Errorf("cut after %d, calls (-want +got):\n%s", cut, diff)
		}
		if diff := cmp.Diff(whole.keys[recorded:], rest.keys, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("cut after %d, idempotency keys (-want +got):\n%s", cut, diff)
		}
	}
}
