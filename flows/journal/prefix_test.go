package journal_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/testenv"
	"github.com/medlar-flow/medlar/internal/value"
)

// prefixFlows are run, and gone on with from what was on disk after each of their
// transactions. What they read is another value each time.
var prefixFlows = map[string]string{
	"a read that an undo restores from": `flow: t
steps:
  - {id: old, call: test.read, with: {name: weights}}
  - {id: set, call: test.change, with: {name: set, value: 90}, undo: {call: test.change, with: {name: back, value: "${steps.old}"}}}
  - {id: then, call: test.read, with: {name: health}}
  - {call: test.change, with: {name: broken, value: "${steps.then}"}}
`,
	"a price that is read again": `flow: t
steps:
  - {id: price, call: test.read, with: {name: price}}
  - {call: test.change, with: {name: charge, value: "${steps.price}"}, undo: {call: test.change, with: {name: refund, value: "${steps.price}"}}}
  - {id: more, call: test.read, with: {name: price}}
  - {call: test.change, with: {name: charge2, value: "${steps.price + steps.more}"}, undo: {call: test.change, with: {name: refund2, value: "${steps.more}"}}}
`,
	"a branch taken on a read": `flow: t
steps:
  - {id: n, call: test.read, with: {name: n}}
  - if: "${steps.n % 2 == 0}"
    then: [{call: test.change, with: {name: even, value: "${steps.n}"}, undo: {call: test.change, with: {name: undo-even}}}]
    else: [{call: test.change, with: {name: odd, value: "${steps.n}"}, undo: {call: test.change, with: {name: undo-odd}}}, {call: test.change, with: {name: odd2}, undo: {call: test.change, with: {name: undo-odd2}}}]
`,
	"two branches that meet in one call": `flow: t
steps:
  - id: p
    parallel:
      a: [{id: x, call: test.read, with: {name: a}}, {set: {a: "${steps.x}"}}]
      b: [{id: y, call: test.read, with: {name: b}}, {call: test.change, with: {name: b2, value: "${steps.y}"}, undo: {call: test.change, with: {name: undo-b2}}}, {id: z, call: test.read, with: {name: b3}}, {set: {b: "${steps.z}"}}]
  - {call: test.change, with: {name: met, value: "${[ctx.a, ctx.b]}"}, undo: {call: test.change, with: {name: undo-met}}}
`,
	"a failure of a read that is caught": `flow: t
steps:
  - try: [{id: r, call: test.read, with: {name: sometimes}}]
    catch: [{do: [{call: test.change, with: {name: instead, value: "${error.message}"}, undo: {call: test.change, with: {name: undo-instead}}}]}]
  - {call: test.change, with: {name: after}, undo: {call: test.change, with: {name: undo-after}}}
`,
	"a call that may not be made twice, and reads": `flow: t
steps:
  - {id: once, call: test.change, atMostOnce: true, with: {name: once, value: 1}}
  - {id: l, forEach: "${1..30}", do: [{id: r, call: test.read, with: {name: "r${item}"}}], collect: "${steps.r}"}
  - {call: test.change, with: {name: sum, value: "${sum(steps.l)}"}}
`,
	"the time after a read": `flow: t
steps:
  - {id: r, call: test.read, with: {name: r}}
  - {set: {at: "${now()}", id: "${uuid()}"}}
  - {call: test.change, with: {name: stamped, value: "${string(ctx.at)} ${ctx.id} ${steps.r}"}, undo: {call: test.change, with: {name: undo-stamped, value: "${string(ctx.at)}"}}}
`,
	"retries of reads": `flow: t
steps:
  - {id: r, call: test.read, with: {name: sometimes}, retry: {attempts: 3, delay: 1ms}}
  - {id: u, repeat: [{id: poll, call: test.read, with: {name: poll}}], until: "${steps.poll % 3 == 0}", every: 1ms}
  - {call: test.change, with: {name: done, value: "${[steps.r, steps.u]}"}, undo: {call: test.change, with: {name: undo-done}}}
`,
	"two waits for one signal": `flow: t
steps:
  - id: p
    parallel:
      a: [{id: r, call: test.read, with: {name: a}}, {id: w, wait: {signal: go, accepts: {n: {type: integer}}}}, {call: test.change, with: {name: a, value: "${[steps.r, steps.w.n]}"}, undo: {call: test.change, with: {name: undo-a}}}]
      b: [{id: v, wait: {signal: go, accepts: {n: {type: integer}}}}, {id: q, call: test.read, with: {name: b}}, {call: test.change, with: {name: b, value: "${[steps.q, steps.v.n]}"}, undo: {call: test.change, with: {name: undo-b}}}]
`,
	"a branch that is enough": `flow: t
steps:
  - id: p
    parallel:
      a: [{id: x, call: test.read, with: {name: a}}, {call: test.change, with: {name: a, value: "${steps.x}"}, undo: {call: test.change, with: {name: undo-a}}}, {set: {by: "${steps.x}"}}]
      b: [{id: y, call: test.read, with: {name: b}}, {call: test.change, with: {name: b, value: "${steps.y}"}, undo: {call: test.change, with: {name: undo-b}}}, {set: {by: "${steps.y}"}}]
      c: [{id: z, call: test.read, with: {name: c}}, {fail: {code: C, message: "${steps.z}"}}]
    enough: 1
  - {call: test.change, with: {name: met, value: "${[steps.p.won, keys(steps.p.errors), ctx.by, steps.x, steps.y]}"}, undo: {call: test.change, with: {name: undo-met}}}
  - {call: test.read, with: {name: last}}
`,
	"items of which two are enough": `flow: t
steps:
  - id: l
    forEach: "${1..12}"
    concurrency: 4
    do: [{id: r, call: test.read, with: {name: r}}, {if: "${steps.r % 3 == 0}", fail: {code: Third, message: third}}, {call: test.change, with: {name: "i${item}", value: "${steps.r}"}, undo: {call: test.change, with: {name: "undo-i${item}"}}}]
    collect: "${steps.r}"
    enough: 2
  - {call: test.change, with: {name: met, value: "${[steps.l.won, steps.l.items, len(steps.l.errors)]}"}, undo: {call: test.change, with: {name: undo-met}}}
`,
	"branches that are too few": `flow: t
steps:
  - try:
      - parallel:
          a: [{id: x, call: test.read, with: {name: a}}, {call: test.change, with: {name: a, value: "${steps.x}"}, undo: {call: test.change, with: {name: undo-a}}}]
          b: [{id: y, call: test.read, with: {name: b}}, {call: test.change, with: {name: b, value: "${steps.y}"}, undo: {call: test.change, with: {name: undo-b}}}, {fail: {code: B, message: b}}]
        enough: 2
    catch: [{do: [{set: {e: "${error.details.succeeded}"}}]}]
  - {call: test.change, with: {name: met, value: "${ctx.e}"}, undo: {call: test.change, with: {name: undo-met}}}
`,
	"a fold of records that were not written yet": `flow: t
steps:
  - {id: l, forEach: "${1..20}", concurrency: 3, do: [{id: r, call: test.read, with: {name: "r${item}"}}], collect: "${steps.r}"}
  - {call: test.change, with: {name: sum, value: "${sum(steps.l)}"}, undo: {call: test.change, with: {name: undo-sum}}}
`,
}

// effect is a call of something that changes.
type effect struct {
	name, key, value string
	after            int // transactions that were on disk when it was made
}

// changing is a world in which whatever is read is another value each time.
type changing struct {
	mu      sync.Mutex
	reads   int64
	commits int
	effects []effect
}

func (w *changing) read(_ context.Context, p in) (any, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reads++
	if p.Name == "sometimes" && w.reads%2 == 1 {
		return nil, &connector.Error{Code: "Away", Class: connector.ClassUnavailable, Message: fmt.Sprint("away at ", w.reads)}
	}
	return w.reads, nil
}

func (w *changing) change(_ context.Context, call *connector.Call, p in) (any, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	text, err := value.EncodeJSON(p.Value)
	w.effects = append(w.effects, effect{p.Name, call.IdempotencyKey, string(text), w.commits})
	if p.Name == "broken" {
		return nil, &connector.Error{Code: "Broken", Class: connector.ClassInvalid, Message: "it broke"}
	}
	return p.Value, err
}

func (w *changing) load(t testing.TB, text string) (*flows.Flow, *connector.Registry) {
	t.Helper()
	reg, err := connector.NewRegistry(&connector.Connector{Name: "test", Operations: []*connector.Operation{
		connector.OpWith("test.change", "Change something.", w.change),
		connector.Op("test.read", "Read something.", w.read, connector.WithEffect(connector.EffectReadOnly)),
	}})
	if err != nil {
		t.Fatal(err)
	}
	flow, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte(text)}}, "flow.yaml", reg)
	if err != nil {
		t.Fatal(err)
	}
	return flow, reg
}

// images runs a flow, and keeps what was on disk after each transaction. hour is
// how long nobody waits for what need not be waited for.
func (w *changing) images(t *testing.T, text string, lazy time.Duration, options ...flows.RunOption) (folders []string) {
	t.Helper()
	path := newPath(t)
	keep := func([]journal.Change) {
		w.mu.Lock() // the writer and who gives a signal both commit
		defer w.mu.Unlock()
		w.commits++
		folders = append(folders, copied(t, filepath.Dir(path)))
	}
	j, err := journal.OpenTapped(path, keep)
	if err != nil {
		t.Fatal(err)
	}
	journal.SetLazy(j, lazy)
	journal.SetFold(j, 4)
	flow, _ := w.load(t, text)
	w.runToEnd(t, j, flow, options)
	closed(t, j)
	return folders
}

// runToEnd runs a flow, which is given the signal where it waits for it.
func (w *changing) runToEnd(t *testing.T, j *journal.Journal, flow *flows.Flow, options []flows.RunOption) {
	t.Helper()
	if len(flow.Signals()) == 0 {
		_, _ = j.Run(t.Context(), flow, nil, options...) // some fail, as they are to
		return
	}
	h, err := j.Start(t.Context(), flow, nil, options...)
	if err == nil {
		err = h.Signal(t.Context(), "go", "", map[string]any{"n": int64(7)})
	}
	if err != nil {
		t.Fatal(err)
	}
	_, _ = h.Wait(t.Context())
}

// copied copies what a kill would leave of a journal.
func copied(t testing.TB, folder string) string {
	t.Helper()
	to := testenv.Memory(t)
	for _, name := range []string{"runs.db", "runs.db-wal", "runs.db.witness"} {
		data, err := os.ReadFile(filepath.Join(folder, name))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(to, name), data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// TestKilledAfterEachCommit: whatever was on disk, no key goes with two values,
// nothing is made more than once again, and what may not be made twice is not.
func TestKilledAfterEachCommit(t *testing.T) {
	for name, text := range prefixFlows {
		for mode, options := range map[string][]flows.RunOption{"named": {flows.WithRunID("r")}, "not named": nil} {
			for _, lazy := range []time.Duration{time.Hour, time.Microsecond} {
				if (mode == "named") == (lazy == time.Hour) && !testenv.Thorough() || raced && lazy == time.Hour {
					continue // with the race detector one way is enough
				}
				t.Run(fmt.Sprint(name, ", ", mode, ", ", lazy), func(t *testing.T) {
					t.Parallel()
					w := &changing{}
					folders := w.images(t, text, lazy, options...)
					before := w.effects
					for k, folder := range folders {
						made := slices.DeleteFunc(slices.Clone(before), func(e effect) bool { return e.after > k+1 })
						w.goOn(t, text, folder, made, false)
						w.goOn(t, text, copied(t, folder), made, true)
					}
					if len(before) == 0 || before[0].after == 0 {
						t.Errorf("something changed before anything was on disk: %v", before)
					}
				})
			}
		}
	}
}

// goOn resumes what is left of the run in a folder, after it was canceled where
// that is asked for, and looks at all that was changed.
func (w *changing) goOn(t *testing.T, text, folder string, made []effect, cancel bool) {
	t.Helper()
	w.effects = nil
	j := open(t, filepath.Join(folder, "runs.db"))
	_, reg := w.load(t, text)
	runs, err := j.Runs(t.Context(), journal.Filter{})
	if err != nil || len(runs) > 1 || len(runs) == 0 && len(made) > 0 {
		t.Fatal(runs, err, made)
	}
	if len(runs) == 0 || runs[0].State != journal.Interrupted {
		return
	}
	id := runs[0].ID
	if cancel {
		if err := j.Cancel(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	if strings.Contains(text, "signal:") {
		err := j.Signal(t.Context(), id, reg, "go", "", map[string]any{"n": int64(7)})
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err = j.Resume(t.Context(), id, reg)
	var interrupted *journal.InterruptedError
	if errors.As(err, &interrupted) {
		t.Fatal(err)
	}
	judge(t, append(slices.Clone(made), w.effects...))
	if cancel && err != nil && strings.Contains(text, "undo:") {
		accounted(t, made, w.effects, report.AsRunError(err))
	}
}

// judge looks at what was changed before and after a kill.
func judge(t *testing.T, all []effect) {
	t.Helper()
	values, times := map[string]string{}, map[string]int{}
	for _, e := range all {
		if old, ok := values[e.key]; ok && old != e.name+" "+e.value {
			t.Errorf("one key goes with %s and with %s %s", old, e.name, e.value)
		}
		values[e.key] = e.name + " " + e.value
		times[e.key]++
	}
	for _, key := range slices.Sorted(maps.Keys(times)) {
		if most := 2; times[key] > most || strings.HasPrefix(values[key], "once") && times[key] > 1 {
			t.Errorf("%s was made %d times", values[key], times[key])
		}
	}
}

// accounted: what was changed before a run was canceled has been undone, or is
// listed.
func accounted(t *testing.T, made, then []effect, failure *report.RunError) {
	t.Helper()
	undone := map[string]bool{}
	for _, e := range slices.Concat(made, then) {
		undone[e.name] = true
	}
	for _, e := range made {
		undo := map[string]string{"set": "back", "charge": "refund", "charge2": "refund2"}[e.name]
		if undo == "" {
			undo = "undo-" + e.name
		}
		if strings.HasPrefix(e.name, "undo-") || slices.Contains([]string{"back", "refund", "refund2", "broken", "once", "sum"}, e.name) {
			continue
		}
		if !undone[undo] && len(failure.NotUndone) == 0 && !failure.InDoubt {
			t.Errorf("%s was made and neither undone nor listed: %v", e.name, failure)
		}
	}
}

// TestReadsGetToTheDisk: what nobody waits for is on disk after a moment all the
// same, and does not fill the memory.
func TestReadsGetToTheDisk(t *testing.T) {
	path := newPath(t)
	j := open(t, path)
	c := &calls{}
	c.hold = func(ctx context.Context, name string) {
		for name == "last" && ctx.Err() == nil && count(t, path, "SELECT count(*) FROM records") < 2 {
			time.Sleep(time.Millisecond)
		}
	}
	text := "flow: t\nsteps: [{call: test.read, with: {name: a}}, {call: test.read, with: {name: b}}, {call: test.read, with: {name: last}}]"
	if _, err := j.Run(t.Context(), load(t, c, text), nil); err != nil {
		t.Fatal(err)
	}
}

// TestReadsDoNotFillTheMemory: a megabyte of what nobody waits for is written,
// however soon that would be.
func TestReadsDoNotFillTheMemory(t *testing.T) {
	most := 0
	look := func(changes []journal.Change) {
		size := 0
		for _, c := range changes {
			if add, ok := c.(journal.AddRecord); ok {
				size += len(add.Data)
			}
		}
		most = max(most, size)
	}
	j, err := journal.OpenTapped(newPath(t), look)
	if err != nil {
		t.Fatal(err)
	}
	journal.SetLazy(j, time.Hour)
	c := &calls{light: true}
	large := strings.Repeat("x", 100_000)
	text := "flow: t\nsteps: [{forEach: \"${1..100}\", do: [{call: test.read, with: {name: a, value: " + large + "}}]}]"
	if _, err := j.Run(t.Context(), load(t, c, text), nil); err != nil {
		t.Fatal(err)
	}
	closed(t, j)
	if most > 4<<20+2*len(large) {
		t.Errorf("%d bytes were written together", most)
	}
}
