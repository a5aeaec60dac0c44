package journal_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
)

// foldFlows have loops of more than one part of three iterations.
var foldFlows = map[string]string{
	"in turn": `flow: t
steps:
  - {id: l, forEach: "${1..11}", as: n, do: [{id: x, call: test.change, with: {name: "x${n}", value: "${n * 10}"}}, {wait: 1ms}], collect: "${steps.x}"}
  - {call: test.change, with: {name: after}}
output: "${steps.l}"
`,
	"side by side": `flow: t
steps:
  - {id: l, forEach: "${1..14}", as: n, concurrency: 4, do: [{id: x, call: test.change, with: {name: "x${n}", value: "${n * 10}"}}, {call: test.read, with: {name: "y${n}"}}], collect: "${steps.x}"}
  - {call: test.change, with: {name: after}}
output: "${steps.l}"
`,
	"gathered errors": `flow: t
steps:
  - {id: l, forEach: "${1..12}", as: n, concurrency: 2, onError: collect, do: [{id: x, call: test.change, with: {name: "${n % 3 == 0 ? 'broken' : 'x'}${n}", value: "${n}"}}], collect: "${steps.x}"}
output: {items: "${steps.l.items}", codes: "${map(steps.l.errors, string(.index) + .error.code)}"}
`,
	"loops in loops": `flow: t
steps:
  - id: l
    forEach: "${1..7}"
    as: n
    concurrency: 2
    do:
      - {id: i, forEach: "${1..7}", as: m, do: [{id: x, call: test.change, with: {name: "x${n}-${m}", value: "${m}"}}], collect: "${steps.x}"}
      - {forEach: "${1..4}", as: m, concurrency: 2, do: [{call: test.change, with: {name: "y${n}-${m}"}}]}
    collect: "${sum(steps.i)}"
output: "${steps.l}"
`,
	"loops in turn with branches inside": `flow: t
steps:
  - id: l
    forEach: "${1..7}"
    as: n
    do:
      - parallel: {a: [{id: a, call: test.change, with: {name: "a${n}", value: "${n}"}}], b: [{call: test.change, with: {name: "b${n}"}}]}
    collect: "${steps.a}"
  - parallel: {a: [{call: test.change, with: {name: c}}], b: [{call: test.change, with: {name: d}}]}
output: "${steps.l}"
`,
	"rounds": `flow: t
steps:
  - set: {n: 0, kept: [], other: before}
  - id: r
    repeat:
      - {id: x, call: test.change, with: {name: "x${ctx.n}", value: "${ctx.n * 10}"}}
      - set: {n: "${ctx.n + 1}", last: "${steps.x}"}
      - if: "${ctx.n % 2 == 0}"
        then: [{set: {kept: "${concat(ctx.kept, [ctx.n])}", id: "${uuid()}"}}]
      - {wait: 1ms}
    until: "${steps.x == 100}"
  - {call: test.change, with: {name: after}}
output: {rounds: "${steps.r}", x: "${steps.x}", ctx: ["${ctx.n}", "${ctx.last}", "${ctx.kept}", "${ctx.other}", "${ctx.id}"]}
`,
	"rounds with branches inside": `flow: t
steps:
  - set: {n: 0}
  - id: r
    repeat:
      - parallel: {a: [{id: a, call: test.change, with: {name: "a${ctx.n}"}}], b: [{call: test.change, with: {name: "b${ctx.n}"}}, {set: {n: "${ctx.n + 1}"}}]}
      - {forEach: "${1..4}", as: m, do: [{call: test.read, with: {name: "y${ctx.n}-${m}"}}]}
    until: "${ctx.n == 8}"
    every: 1ms
  - parallel: {a: [{call: test.change, with: {name: c}}], b: [{call: test.change, with: {name: d}}]}
output: ["${steps.r}", "${ctx.n}"]
`,
	"rounds beside rounds": `flow: t
steps:
  - set: {n: 0, m: 0}
  - parallel:
      a: [{repeat: [{call: test.change, with: {name: "a${ctx.n}"}}, {set: {n: "${ctx.n + 1}"}}], until: "${ctx.n == 11}"}]
      b: [{repeat: [{call: test.change, with: {name: "b${ctx.m}"}}, {set: {m: "${ctx.m + 1}"}}], until: "${ctx.m == 9}"}]
output: ["${ctx.n}", "${ctx.m}"]
`,
	"rounds in rounds in iterations": `flow: t
steps:
  - id: l
    forEach: "${1..4}"
    as: i
    concurrency: 2
    do:
      - set: {n: 0}
      - repeat:
          - set: {m: 0, n: "${ctx.n + 1}"}
          - {repeat: [{set: {m: "${ctx.m + 1}"}}, {call: test.change, with: {name: "x${i}-${ctx.n}-${ctx.m}"}}], until: "${ctx.m == 4}"}
        until: "${ctx.n == 4}"
    collect: "${ctx.n * 10 + ctx.m}"
output: "${steps.l}"
`,
	"rounds that owe undos, then none": `flow: t
steps:
  - set: {n: 0}
  - repeat:
      - set: {n: "${ctx.n + 1}"}
      - if: "${ctx.n == 2 or ctx.n == 9}"
        then: [{call: test.change, with: {name: "owed${ctx.n}"}, undo: {call: test.change, with: {name: "undo${ctx.n}"}}}]
      - {call: test.change, with: {name: "x${ctx.n}"}}
    until: "${ctx.n == 17}"
  - {fail: {code: Over, message: it is over}}
`,
	"rounds that undo and go on": `flow: t
steps:
  - set: {n: 0}
  - repeat:
      - set: {n: "${ctx.n + 1}"}
      - try: [{call: test.change, with: {name: "x${ctx.n}"}, undo: {call: test.change, with: {name: "undo-x${ctx.n}"}}}, {if: "${ctx.n % 4 == 0}", fail: {code: Over, message: it is over}}]
        catch: [{on: Over, do: []}]
    until: "${ctx.n == 11}"
output: "${ctx.n}"
`,
	"rounds that run out": `flow: t
steps:
  - try: [{repeat: [{call: test.change, with: {name: x}}], until: "${false}", maxAttempts: 8}]
    catch: [{on: RepeatExhausted, do: [{call: test.change, with: {name: caught}}]}]
output: done
`,
	"a loop that is tried again": `flow: t
steps:
  - set: {n: 0}
  - try:
      - {forEach: "${1..7}", as: n, concurrency: 3, do: [{call: test.change, with: {name: "x${n}"}}]}
      - {call: test.change, with: {name: flaky1}}
    retry: {attempts: 3, delay: 1ms}
output: done
`,
	"what is undone and tried again": `flow: t
steps:
  - try:
      - {forEach: "${1..4}", as: n, concurrency: 2, do: [{call: test.change, with: {name: "x${n}"}, undo: {call: test.change, with: {name: "undo-x${n}"}}}]}
      - {forEach: "${1..4}", as: n, do: [{call: test.change, with: {name: "y${n}"}}]}
      - {call: test.change, with: {name: flaky1}}
    retry: {attempts: 3, delay: 1ms}
output: done
`,
	"undos of every iteration": `flow: t
steps:
  - {forEach: "${1..7}", as: n, concurrency: 2, do: [{call: test.change, with: {name: "x${n}"}, undo: {call: test.change, with: {name: "undo-x${n}"}}}]}
  - {fail: {code: Over, message: it is over}}
`,
	"undos inside the iterations": `flow: t
steps:
  - forEach: "${1..7}"
    as: n
    do:
      - try: [{call: test.change, with: {name: "x${n}"}, undo: {call: test.change, with: {name: "undo-x${n}"}}}, {fail: {code: Over, message: it is over}}]
        catch: [{on: Over, do: []}]
output: done
`,
}

// brokenNames fails calls whose names begin with broken, and the first one
// named flaky1.
func brokenNames() func(string) error {
	once := true
	return func(name string) error {
		flaky := name == "flaky1" && once
		once = once && !flaky
		if flaky || strings.HasPrefix(name, "broken") {
			return &connector.Error{Code: "Broken", Class: connector.ClassUnavailable, Message: "it broke"}
		}
		return nil
	}
}

// TestFoldedRuns interrupts runs after each of their calls: a resume ends as the
// run would have ended, and calls nothing again but what was in flight.
func TestFoldedRuns(t *testing.T) {
	for name, text := range foldFlows {
		t.Run(name, func(t *testing.T) {
			whole := &calls{fail: brokenNames()}
			j := open(t, newPath(t))
			journal.SetFold(j, 3)
			result, err := j.Run(t.Context(), load(t, whole, text), nil, flows.WithRunID("r"))
			want, all := outcome(t, result, err), whole.noted()
			if problems, _, err := j.Verify(t.Context()); err != nil || len(problems) > 0 {
				t.Errorf("the journal has problems: %v, %v", problems, err)
			}
			step := 1
			if !thorough {
				step += len(all) / 8
			}
			for stop := 1; stop < len(all); stop += step {
				interruptedAt(t, text, stop, want, all, whole.keys)
			}
		})
	}
}

func interruptedAt(t *testing.T, text string, stop int, want string, all, allKeys []string) {
	t.Helper()
	path := newPath(t)
	j := open(t, path)
	journal.SetFold(j, 3)
	broken := brokenNames()
	var closing sync.WaitGroup
	made := 0
	first := &calls{}
	first.fail = func(name string) error {
		if made++; made == stop {
			closing.Go(func() { _ = j.Close() })
		}
		return broken(name)
	}
	result, err := j.Run(t.Context(), load(t, first, text), nil, flows.WithRunID("r"))
	closing.Wait()
	calls, keys := first.noted(), slices.Clone(first.keys)
	var interrupted *journal.InterruptedError
	if errors.As(err, &interrupted) {
		j = open(t, path)
		journal.SetFold(j, 3)
		rest := &callsOf{t: t, fail: broken}
		result, err = j.Resume(t.Context(), "r", rest.registry())
		if problems, _, err := j.Verify(t.Context()); err != nil || len(problems) > 0 {
			t.Errorf("stopped after %d, the journal has problems: %v, %v", stop, problems, err)
		}
		calls, keys = append(calls, rest.calls.noted()...), append(keys, rest.calls.keys...)
	}
	if got := outcome(t, result, err); got != want {
		t.Errorf("stopped after %d: %s\nwant %s", stop, got, want)
	}
	const atOnce = 4
	slices.Sort(calls)
	for _, key := range keys {
		if !slices.Contains(allKeys, key) {
			t.Errorf("stopped after %d: a call has an idempotency key that no call of the whole run has", stop)
		}
	}
	distinct := len(slices.Compact(slices.Clone(calls)))
	sorted := slices.Sorted(slices.Values(all))
	if distinct != len(slices.Compact(sorted)) || len(calls) > len(all)+atOnce {
		t.Errorf("stopped after %d: %d calls of %d names: %v", stop, len(calls), distinct, calls)
	}
}

// callsOf makes calls whose failures go on where another process left off.
type callsOf struct {
	t     *testing.T
	fail  func(string) error
	calls calls
}

func (c *callsOf) registry() *connector.Registry {
	c.calls.fail = c.fail
	return c.calls.registry(c.t)
}

// TestResumeIsBounded: what a resume reads does not grow with the iterations
// that have ended.
func TestResumeIsBounded(t *testing.T) {
	if testing.Short() || raced {
		t.Skip("takes several seconds")
	}
	const atOnce = 200
	for _, n := range []int{1000, 8000} {
		path := newPath(t)
		j, err := journal.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		var made atomic.Int64
		c := &calls{}
		var closing sync.WaitGroup
		c.hold = func(call context.Context, _ string) {
			number := made.Add(1)
			if number == int64(n-atOnce) {
				closing.Go(func() { _ = j.Close() })
			}
			if number >= int64(n-atOnce) {
				<-call.Done() // however fast the others are, the run does not end before
			}
		}
		text := fmt.Sprintf("flow: t\nsteps: [{forEach: \"${1..%d}\", as: n, concurrency: %d, do: [{call: test.change, with: {name: \"x${n}\"}}]}]", n, atOnce)
		var interrupted *journal.InterruptedError
		if _, err := j.Run(t.Context(), load(t, c, text), nil, flows.WithRunID("r")); !errors.As(err, &interrupted) {
			t.Fatal(err)
		}
		closing.Wait()
		records := count(t, path, "SELECT count(*) FROM records")
		written := count(t, path, "SELECT max(seq) FROM records")
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		start := time.Now()
		j = open(t, path)
		d, err := j.Show(t.Context(), "r")
		if err != nil {
			t.Fatal(err)
		}
		shown := time.Since(start)
		rest := &calls{}
		if _, err := j.Resume(t.Context(), "r", rest.registry(t)); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		ended := int64(0)
		for _, s := range d.Steps {
			ended += s.Iterations
		}
		t.Logf("%d items: %d records were written, %d are left, of %d iterations; read in %s; the resume allocates %d KB and calls %d",
			n, written, records, ended, shown, (after.TotalAlloc-before.TotalAlloc)/1024, len(rest.noted()))
		// Two records for each iteration of a part that is open: as many parts as
		// so many branches can be in.
		if most := int64(2*(atOnce+3*256) + n/256 + 1); records > most {
			t.Errorf("%d records are left of %d, at most %d should be", records, written, most)
		}
	}
}

// TestGaps: a record that is missing, or there too much, is damage, also where
// others were taken out.
func TestGaps(t *testing.T) {
	for name, harm := range map[string]string{
		"a fold is gone":       "DELETE FROM records WHERE seq = (SELECT max(seq) FROM records WHERE seq < 27)",
		"a record is gone":     "DELETE FROM records WHERE seq = (SELECT max(seq) - 1 FROM records)",
		"a record is back":     "INSERT INTO records SELECT run, 1, data FROM records LIMIT 1",
		"the first is moved":   "UPDATE records SET seq = 2 WHERE seq = (SELECT min(seq) FROM records)",
		"all but the last":     "DELETE FROM records WHERE seq < (SELECT max(seq) FROM records)",
		"the order is changed": "UPDATE records SET seq = seq + 1000 WHERE seq = (SELECT min(seq) FROM records)",
	} {
		t.Run(name, func(t *testing.T) {
			path := newPath(t)
			j := open(t, path)
			journal.SetFold(j, 4)
			text := "flow: t\nsteps: [{forEach: \"${1..15}\", do: [{call: test.change}]}, {call: test.change}]"
			if _, err := j.Run(t.Context(), load(t, &calls{}, text), nil, flows.WithRunID("r")); err != nil {
				t.Fatal(err)
			}
			change(t, path, "UPDATE runs SET state = 'running'")
			change(t, path, "DELETE FROM records WHERE seq = (SELECT max(seq) FROM records)")
			if d, err := j.Show(t.Context(), "r"); err != nil || d.Steps[0].Iterations != 4 || d.Steps[0].Path != "/1[0..3]" {
				t.Fatalf("before the harm: %v, %+v", err, d.Steps)
			}
			change(t, path, harm)
			var damaged *journal.DamagedError
			if _, err := j.Resume(t.Context(), "r", (&calls{}).registry(t)); !errors.As(err, &damaged) {
				t.Errorf("the run is resumed: %v", err)
			}
		})
	}
}

// What iterations leave is encrypted where it holds a secret, and stays in its
// own records where it cannot be.
func TestFoldedSecrets(t *testing.T) {
	const text = `flow: t
steps:
  - {id: l, call: test.login}
  - {id: x, forEach: "${1..8}", do: [{id: c, call: test.change, with: {value: 1}}], collect: "${steps.l.token}"}
output: "${len(steps.x)}"
`
	for name, options := range map[string][]journal.Option{"with a key": {journal.WithKeys(testKeys(t, 1))}, "without": nil} {
		path := newPath(t)
		j := open(t, path, options...)
		journal.SetFold(j, 4)
		if _, err := j.Run(t.Context(), load(t, &calls{}, text), nil, flows.WithRunID("r")); err != nil {
			t.Fatal(err)
		}
		if n := count(t, path, "SELECT count(*) FROM records WHERE instr(data, 'a-token-that-is-secret') > 0"); n > 0 {
			t.Errorf("%s the secret stands in %d records", name, n)
		}
		d, err := j.Show(t.Context(), "r")
		if err != nil {
			t.Fatal(err)
		}
		folds := 0
		for _, s := range d.Steps {
			if s.Iterations > 0 {
				folds++
			}
		}
		if want := 2 * len(options); folds != want {
			t.Errorf("%s there are %d folds, want %d", name, folds, want)
		}
		change(t, path, "DELETE FROM records WHERE seq = (SELECT max(seq) FROM records)")
		change(t, path, "UPDATE runs SET state = 'running'")
		result, err := j.Resume(t.Context(), "r", (&calls{}).registry(t))
		if got := outcome(t, result, err); got != "done 8" {
			t.Errorf("%s the resumed run ends with %s", name, got)
		}
	}
}

// TestRoundsAreBounded: what rounds leave in the journal, and what a resume
// reads, does not grow with their number. A million of them take ten minutes and
// leave no more than a hundred thousand do.
func TestRoundsAreBounded(t *testing.T) {
	if testing.Short() || raced {
		t.Skip("takes several seconds")
	}
	n := 20_000
	if thorough {
		n = 100_000
	}
	for name, text := range map[string]string{
		"alone":  `flow: t` + "\n" + `steps: [{set: {n: 0}}, {repeat: [{call: test.read}, {set: {n: "${ctx.n + 1}"}}], until: "${ctx.n == %d}"}]` + "\n" + `output: "${ctx.n}"`,
		"beside": `flow: t` + "\n" + `steps: [{set: {n: 0, m: 0}}, {parallel: {a: [{repeat: [{call: test.read}, {set: {n: "${ctx.n + 1}"}}], until: "${ctx.n == %[1]d}"}], b: [{repeat: [{call: test.read}, {set: {m: "${ctx.m + 1}"}}], until: "${ctx.m == 3000}"}]}}]` + "\n" + `output: "${ctx.n}"`,
	} {
		t.Run(name, func(t *testing.T) {
			path := newPath(t)
			j, err := journal.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			var made atomic.Int64
			stop := int64(n) - 100
			c := &calls{light: true}
			var closing sync.WaitGroup
			c.hold = func(call context.Context, _ string) {
				if made.Add(1) == stop {
					closing.Go(func() { _ = j.Close() })
					<-call.Done() // however fast the rounds are, the run does not end before
				}
			}
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			start := time.Now()
			var interrupted *journal.InterruptedError
			if _, err := j.Run(t.Context(), load(t, c, fmt.Sprintf(text, n)), nil, flows.WithRunID("r")); !errors.As(err, &interrupted) {
				t.Fatal(err)
			}
			took := time.Since(start)
			closing.Wait()
			runtime.GC()
			runtime.ReadMemStats(&after)
			records := count(t, path, "SELECT count(*) FROM records")
			size := count(t, path, "SELECT sum(length(data)) FROM records")
			written := count(t, path, "SELECT max(seq) FROM records")
			rest := &calls{light: true}
			j = open(t, path)
			if problems, _, err := j.Verify(t.Context()); err != nil || len(problems) > 0 {
				t.Errorf("the journal has problems: %v, %v", problems, err)
			}
			result, err := j.Resume(t.Context(), "r", rest.registry(t))
			if err != nil || result.Output != int64(n) {
				t.Fatalf("the resumed run ends with %v, %v", result, err)
			}
			t.Logf("%d rounds in %s: %d records were written, %d of %d bytes are left; %d KB stay in memory",
				n, took.Round(time.Millisecond), written, records, size, (int64(after.HeapAlloc)-int64(before.HeapAlloc))/1024)
			// Beside another branch the records that a fold names lie apart, and
			// folds stay that name as many as they may.
			if most := int64(3*256 + n/256/20 + 100); records > most {
				t.Errorf("%d records are left of %d, at most %d should be", records, written, most)
			}
		})
	}
}

// What rounds leave is encrypted where it holds a secret; without a key their
// records stay.
func TestFoldedRoundsWithSecrets(t *testing.T) {
	const text = `flow: t
steps:
  - {id: l, call: test.login}
  - set: {n: 0, token: none}
  - {id: x, repeat: [{id: c, call: test.change, with: {value: 1}}, {set: {n: "${ctx.n + 1}", token: "${steps.l.token}"}}], until: "${ctx.n == 9}"}
output: [9, "${len(ctx.token)}"]
`
	for name, options := range map[string][]journal.Option{"with a key": {journal.WithKeys(testKeys(t, 1))}, "without": nil} {
		path := newPath(t)
		j := open(t, path, options...)
		journal.SetFold(j, 4)
		whole, err := j.Run(t.Context(), load(t, &calls{}, text), nil, flows.WithRunID("r"))
		want := outcome(t, whole, err)
		if n := count(t, path, "SELECT count(*) FROM records WHERE instr(data, 'a-token-that-is-secret') > 0"); n > 0 {
			t.Errorf("%s the secret stands in %d records", name, n)
		}
		d, err := j.Show(t.Context(), "r")
		if err != nil {
			t.Fatal(err)
		}
		folds := int64(0)
		for _, s := range d.Steps {
			folds += s.Iterations
		}
		if want := int64(8 * len(options)); folds != want {
			t.Errorf("%s %d rounds are folded, want %d", name, folds, want)
		}
		change(t, path, "DELETE FROM records WHERE seq = (SELECT max(seq) FROM records)")
		change(t, path, "UPDATE runs SET state = 'running'")
		result, err := j.Resume(t.Context(), "r", (&calls{}).registry(t))
		if got := outcome(t, result, err); got != want {
			t.Errorf("%s the resumed run ends with %s, want %s", name, got, want)
		}
	}
}
