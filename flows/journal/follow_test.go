package journal_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/internal/testenv"
)

// followers read the runs of a journal after each of its transactions, each of them
// after another number of these, and are held against Show.
type followers struct {
	t       *testing.T
	journal *journal.Journal // that somebody else has open

	mu     sync.Mutex
	all    map[string][]*following
	looks  int
	partly int // looks that found some steps as they were, and others
}

// following is one of them.
type following struct {
	every    int
	follower *journal.Follower
	seen     []journal.Step
}

// followedJournal opens a journal whose runs are followed.
func followedJournal(t *testing.T, path string, options ...journal.Option) (*journal.Journal, *followers) {
	t.Helper()
	f := &followers{t: t, all: map[string][]*following{}}
	j, err := journal.OpenTapped(path, f.look, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closed(t, j) })
	if f.journal, err = journal.Inspect(path, options...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closed(t, f.journal) })
	journal.SetFold(j, 3)
	return j, f
}

func (f *followers) look(changes []journal.Change) {
	f.mu.Lock()
	defer f.mu.Unlock()
	changed := map[string]bool{}
	for _, c := range changes {
		switch c := c.(type) {
		case journal.BeginRun:
			for _, every := range []int{1, 3, 7} {
				f.all[c.ID] = append(f.all[c.ID], &following{every: every, follower: f.journal.Follow(c.ID, nil)})
			}
			changed[c.ID] = true
		case journal.AddRecord:
			changed[c.RunID] = true
		case journal.EndRun:
			changed[c.RunID] = true
		case journal.LeaveRun:
			changed[c.RunID] = true
		}
	}
	f.looks++
	for id := range changed {
		f.compare(id, func(one *following) bool { return f.looks%one.every == 0 })
	}
}

// now compares all followers of a run.
func (f *followers) now(id string) {
	f.t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.compare(id, func(*following) bool { return true })
}

// compare holds what some followers tell against what is read whole.
func (f *followers) compare(id string, turn func(*following) bool) {
	f.t.Helper()
	want, err := f.journal.Show(context.Background(), id)
	for _, one := range f.all[id] {
		if !turn(one) {
			continue
		}
		got, from, followed := one.follower.Read(context.Background())
		if (err == nil) != (followed == nil) || err != nil && err.Error() != followed.Error() {
			f.t.Errorf("%s: %v, followed: %v", id, err, followed)
			continue
		}
		if err != nil {
			one.seen = nil
			continue
		}
		if !reflect.DeepEqual(exported(want), exported(got)) {
			f.t.Errorf("%s, every %d, look %d (-whole +followed):\n%s", id, one.every, f.looks, cmp.Diff(want, got, cmpopts.IgnoreUnexported(journal.Details{}), cmpopts.EquateEmpty()))
		}
		if from > len(got.Steps) || from > len(one.seen) || !reflect.DeepEqual(append([]journal.Step{}, one.seen[:from]...), append([]journal.Step{}, got.Steps[:from]...)) {
			f.t.Errorf("%s, every %d: the first %d steps are not what they were", id, one.every, from)
		}
		if from > 0 && from < len(one.seen) {
			f.partly++
		}
		one.seen = slices.Clone(got.Steps)
	}
}

// exported is what people see of a run.
func exported(d *journal.Details) []any {
	return []any{d.Run, d.Origin, d.File, d.Local, d.Inputs, d.CancelRequested, d.Output, d.Err, append([]journal.Step{}, d.Steps...)}
}

// What is followed is what is read whole, after each transaction of runs of many kinds:
// also of loops that are folded, of runs that are interrupted and resumed.
func TestFollowed(t *testing.T) {
	partly := 0
	for _, all := range []map[string]string{foldFlows, prefixFlows} {
		for name, text := range all {
			if raced && !strings.HasPrefix(name, "r") && !strings.HasPrefix(name, "side") {
				continue
			}
			t.Run(name, func(t *testing.T) {
				path := newPath(t)
				j, f := followedJournal(t, path)
				journal.SetLazy(j, 0)
				w := &changing{}
				flow, reg := w.load(t, text)
				w.runToEnd(t, j, flow, []flows.RunOption{flows.WithRunID("r")})
				if f.looks < 2 {
					t.Errorf("%d looks", f.looks)
				}
				f.interrupted(j, flow)
				if _, err := j.Resume(t.Context(), "stopped", reg); err == nil {
					f.now("stopped")
				}
				f.now("r")
				partly += f.partly
			})
		}
	}
	if partly == 0 {
		t.Error("no follower found steps as they were")
	}
}

// interrupted begins a run that is interrupted.
func (f *followers) interrupted(j *journal.Journal, flow *flows.Flow) {
	f.t.Helper()
	if len(flow.Signals()) > 0 {
		return
	}
	h, err := j.Start(f.t.Context(), flow, nil, flows.WithRunID("stopped"))
	if err != nil {
		f.t.Fatal(err)
	}
	time.Sleep(2 * time.Millisecond)
	h.Interrupt()
	_, _ = h.Wait(f.t.Context())
}

// The same of runs that are canceled or fail in whatever holds a step, and of those that
// they are restarted as.
func TestFollowedRestarts(t *testing.T) {
	j, f := followedJournal(t, newPath(t))
	for name, holder := range holders {
		if !testenv.Thorough() && !strings.HasPrefix(name, "a ") {
			continue
		}
		for _, end := range endings {
			if end.changes() || !testenv.Thorough() && !end.undo {
				continue
			}
			id := name + ", " + end.name
			r := newMatrixRun(t, holder, end, false)
			endBadly(t, j, r.begun(t), r.first, id, r.cancel)
			_, _ = j.Restart(t.Context(), id, r.second.registry(t), r.how)
		}
		for id := range f.all {
			f.now(id)
		}
		clear(f.all)
	}
}

// What is encrypted is not told, in whatever order it comes.
func TestFollowedSecrets(t *testing.T) {
	for name, options := range map[string][]journal.Option{"with a key": {journal.WithKeys(testKeys(t, 1))}, "without": nil} {
		t.Run(name, func(t *testing.T) {
			j, f := followedJournal(t, newPath(t), options...)
			c := &calls{}
			text := `flow: t
inputs: {key: {type: secret}}
steps:
  - {id: a, call: test.change, with: {name: a, value: plain}}
  - {id: login, call: test.login, with: {name: x}}
  - {id: b, call: test.read, with: {name: b, value: "${steps.login.token}"}}
  - {id: c, call: test.change, with: {name: c, value: "${ctx.key}"}}
  - {id: d, forEach: "${1..7}", do: [{id: e, call: test.read, with: {name: e, value: "${ctx.key}"}}], collect: "${steps.e}"}
`
			inputs := map[string]any{"key": "an-input-that-is-secret"}
			if options == nil {
				inputs = nil
			}
			_, _ = j.Run(t.Context(), load(t, c, text), inputs, flows.WithRunID("r"))
			f.now("r")
			for _, one := range f.all["r"] {
				for _, s := range one.seen {
					if text := jsonOf(t, s.Result); text == `"an-input-that-is-secret"` || text == `"a-token-that-is-secret"` {
						t.Errorf("%s tells %s", s.Path, text)
					}
				}
			}
		})
	}
}

// A run that is deleted is not there, and one that comes under its name is another one;
// what is cut off behind the journal's back, or lacks, is read as it is.
func TestFollowedOthers(t *testing.T) {
	path := newPath(t)
	j, f := followedJournal(t, path)
	c := &calls{}
	flow := func(name string) *flows.Flow {
		return load(t, c, "flow: t\nsteps: [{call: test.change, with: {name: "+name+"}}, {wait: 1ms}, {call: test.change, with: {name: b}}]")
	}
	begin := func(name string) {
		t.Helper()
		if _, err := j.Run(t.Context(), flow(name), nil, flows.WithRunID("r")); err != nil {
			t.Fatal(err)
		}
	}
	begin("a")
	f.now("r")
	if _, err := j.Prune(t.Context(), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	f.now("r")
	begin("a")
	f.now("r")
	if _, err := j.Prune(t.Context(), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	begin("c")
	f.now("r")
	change(t, path, "DELETE FROM records WHERE seq > 2")
	f.now("r")
	change(t, path, "UPDATE records SET seq = 7 WHERE seq = 2")
	f.now("r")
	var damaged *journal.DamagedError
	if _, _, err := f.all["r"][0].follower.Read(t.Context()); !errors.As(err, &damaged) {
		t.Errorf("a record that is missing: %v", err)
	}
	change(t, path, "UPDATE records SET seq = 2 WHERE seq = 7")
	f.now("r")
}

// A store that cannot read from a number on is read whole, and what is told is the same.
func TestFollowedOnAnotherStore(t *testing.T) {
	store := newMemory()
	j := journal.OpenStore(store)
	defer closed(t, j)
	journal.SetFold(j, 3)
	c := &calls{}
	f := &followers{t: t, journal: j, all: map[string][]*following{"r": {{every: 1, follower: j.Follow("r", nil)}}}}
	c.fail = func(name string) error {
		if name != "x1-1" {
			f.now("r")
		}
		return nil
	}
	if _, err := j.Run(t.Context(), load(t, c, foldFlows["in turn"]), nil, flows.WithRunID("r")); err != nil {
		t.Fatal(err)
	}
	f.now("r")
}

// What is shortened of a step is not kept, and what was read can be dropped.
func TestFollowerTrims(t *testing.T) {
	j := open(t, newPath(t))
	c := &calls{}
	if _, err := j.Run(t.Context(), load(t, c, "flow: t\nsteps: [{call: test.change, with: {name: a, value: long}}]"), nil, flows.WithRunID("r")); err != nil {
		t.Fatal(err)
	}
	f := j.Follow("r", func(s *journal.Step) {
		if s.Result != nil {
			s.Result = "l"
		}
	})
	for _, want := range []int{0, 1, 0} {
		if want == 0 {
			f.Forget()
		}
		d, from, err := f.Read(t.Context())
		if err != nil || from != want || d.Steps[0].Result != "l" || f.Size() != 1 {
			t.Errorf("%v from %d, %v", d.Steps, from, err)
		}
	}
	if f.Forget(); f.Size() != 0 {
		t.Errorf("%d steps are kept", f.Size())
	}
}
