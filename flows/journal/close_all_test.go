package journal_test

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
)

// standing is a journal with runs in all the states that somebody may find them in, and
// what they are asked for with.
type standing struct {
	*journal.Journal

	given    *calls
	waits    *flows.Flow
	waiting  *journal.Handle
	attached *journal.Handle
	ticks    *journal.Ticks
	shown    *journal.Details
}

const waitsForGo = `flow: w
steps:
  - {id: a, call: test.change, with: {name: a}, undo: {call: test.change, with: {name: undo-a}}}
  - {id: ok, wait: {signal: go, accepts: {n: {type: integer}}}}
output: "${steps.ok.n}"
`

func stand(t *testing.T) *standing {
	t.Helper()
	s := &standing{Journal: open(t, newPath(t)), given: &calls{}}
	journal.SetLinger(s.Journal, time.Millisecond)
	fails := load(t, s.given, "flow: f\nsteps: [{id: a, call: test.change, with: {name: a}}, {fail: {code: No, message: no}}]\n")
	if _, err := s.Run(t.Context(), fails, nil, flows.WithRunID("failed")); err == nil {
		t.Fatal("the run ended well")
	}
	var err error
	s.waits = load(t, s.given, waitsForGo)
	if s.waiting, err = s.Start(t.Context(), s.waits, nil, flows.WithRunID("waits")); err != nil {
		t.Fatal(err)
	}
	<-s.waiting.Rested()
	if s.attached, err = s.Attach(t.Context(), "waits"); err != nil {
		t.Fatal(err)
	}
	if s.shown, err = s.Show(t.Context(), "failed"); err != nil {
		t.Fatal(err)
	}
	if s.ticks, err = s.Ticks(t.Context(), "f", "t"); err != nil {
		t.Fatal(err)
	}
	return s
}

// Whoever writes to a journal, or waits for something of it, beside or behind its end is
// told so: nothing hangs, and nothing fails as if something were wrong.
func TestClosedBesideWriters(t *testing.T) {
	use := map[string]func(t *testing.T, s *standing, ctx context.Context) error{
		"signal": func(t *testing.T, s *standing, ctx context.Context) error {
			return s.Signal(ctx, "waits", s.given.registry(t), "go", "", values{"n": 1})
		},
		"signal of a handle": func(_ *testing.T, s *standing, ctx context.Context) error {
			return s.waiting.Signal(ctx, "go", "", values{"n": 1})
		},
		"cancel": func(_ *testing.T, s *standing, ctx context.Context) error { return s.Cancel(ctx, "waits") },
		"resume": func(t *testing.T, s *standing, ctx context.Context) error {
			_, err := s.Resume(ctx, "waits", s.given.registry(t))
			return err
		},
		"restart": func(t *testing.T, s *standing, ctx context.Context) error {
			_, err := s.Restart(ctx, "failed", s.given.registry(t), journal.Restart{})
			return err
		},
		"plan of a restart": func(t *testing.T, s *standing, ctx context.Context) error {
			_, err := s.PlanRestart(ctx, "failed", s.given.registry(t), journal.Restart{})
			return err
		},
		"restart of all": func(t *testing.T, s *standing, ctx context.Context) error {
			var first error
			err := s.RestartAll(ctx, s.given.registry(t), journal.RestartAll{Each: func(o journal.RestartOutcome) { first = cmp.Or(o.Refused, o.Err) }})
			if err == nil {
				err = first
			}
			return err
		},
		"restartable": func(_ *testing.T, s *standing, ctx context.Context) error {
			_, err := s.Restartable(ctx, journal.Filter{})
			return err
		},
		"start": func(_ *testing.T, s *standing, ctx context.Context) error {
			h, err := s.Start(ctx, s.waits, nil)
			if err == nil {
				h.Interrupt()
				_, _ = h.Wait(ctx)
			}
			return err
		},
		"start soon": func(_ *testing.T, s *standing, ctx context.Context) error {
			h, err := s.StartSoon(ctx, s.waits, nil)
			if err == nil {
				if err = h.Recorded(); err == nil {
					_ = h.Owed()
					h.Cancel()
					_, _ = h.Wait(ctx)
				}
			}
			return err
		},
		"delete": func(_ *testing.T, s *standing, ctx context.Context) error {
			err := s.Delete(ctx, "none", false)
			var unknown *journal.UnknownRunError
			if errors.As(err, &unknown) {
				return nil
			}
			return err
		},
		"keep": func(_ *testing.T, s *standing, ctx context.Context) error {
			return s.Keep(ctx, journal.Keeping{Flow: "x", For: time.Hour})
		},
		"keep at least": func(_ *testing.T, s *standing, ctx context.Context) error { return s.KeepAtLeast(ctx, time.Hour, "x") },
		"forget what is kept": func(_ *testing.T, s *standing, ctx context.Context) error {
			return s.ForgetKeeping(ctx, "x", journal.Done)
		},
		"prune some": func(_ *testing.T, s *standing, ctx context.Context) error {
			_, err := s.PruneSome(ctx, journal.Pruning{Before: time.Unix(1, 0)})
			return err
		},
		"add a notice": func(_ *testing.T, s *standing, ctx context.Context) error {
			return s.AddNotice(ctx, journal.Notice{ID: "n", To: "x", At: time.Now(), Data: []byte("{}")})
		},
		"drop a notice": func(_ *testing.T, s *standing, ctx context.Context) error { return s.DropNotices(ctx, "n") },
		"forget notices": func(_ *testing.T, s *standing, ctx context.Context) error {
			return s.ForgetNotices(ctx, time.Unix(1, 0))
		},
		"forget ticks": func(_ *testing.T, s *standing, ctx context.Context) error { return s.ForgetTicks(ctx, "f", nil) },
		"read ticks": func(_ *testing.T, s *standing, ctx context.Context) error {
			return last(s.Ticks(ctx, "f", "t"))
		},
		"show": func(_ *testing.T, s *standing, ctx context.Context) error { _, err := s.Show(ctx, "waits"); return err },
		"what is not back": func(_ *testing.T, s *standing, ctx context.Context) error {
			_, _, err := s.NotUndone(ctx, journal.Filter{})
			return err
		},
		"link": func(t *testing.T, s *standing, ctx context.Context) error {
			_, err := s.Link(ctx, s.given.registry(t), "waits", "go", "", "token")
			if err == nil || errors.Is(err, journal.ErrClosed) {
				return err
			}
			return nil
		},
	}
	for _, when := range []string{"in use", "behind"} {
		t.Run(when, func(t *testing.T) {
			s := stand(t)
			if when == "behind" {
				closed(t, s.Journal)
			}
			var using, began sync.WaitGroup
			for name, do := range use {
				began.Add(1)
				using.Go(func() {
					for n := 0; ; n++ {
						err := do(t, s, t.Context())
						if n == 0 {
							began.Done()
						}
						switch {
						case errors.Is(err, journal.ErrClosed):
							return
						case when == "behind" || err != nil && !expected(err):
							t.Errorf("%s, time %d: %v", name, n, err)
							return
						}
					}
				})
			}
			if when == "in use" {
				began.Wait()
			}
			closed(t, s.Journal)
			using.Wait()
		})
	}
}

func last[T any](_ T, err error) error { return err }

// expected reports whether an error is one that the runs of a test are right to give.
func expected(err error) bool {
	var (
		interrupted *journal.InterruptedError
		state       *journal.StateError
		restarted   *journal.RestartedError
		running     *journal.RunningError
		exists      *journal.ExistsError
		failed      *report.RunError
	)
	return errors.As(err, &exists) || errors.As(err, &interrupted) || errors.As(err, &state) || errors.As(err, &restarted) || errors.As(err, &running) ||
		errors.As(err, &failed) && failed.Code == "No"
}

// Who closes a journal that somebody else closes already has it closed, too, when that
// returns.
func TestClosedTwiceAtOnce(t *testing.T) {
	goes, ends := make(chan struct{}), make(chan struct{})
	c := &calls{block: func(context.Context) { close(goes); <-ends }}
	path := newPath(t)
	j := open(t, path)
	h, err := j.Start(t.Context(), load(t, c, "flow: t\nsteps: [{call: test.block, with: {name: b}}]\n"), nil, flows.WithRunID("r"))
	if err != nil {
		t.Fatal(err)
	}
	<-goes
	var closing, begun sync.WaitGroup
	var over atomic.Bool
	for range 3 {
		begun.Add(1)
		closing.Go(func() {
			begun.Done()
			closed(t, j)
			if !over.Load() {
				t.Error("it is closed while a run is under way")
			}
			if _, err := h.Wait(t.Context()); err == nil {
				t.Error("the run was not interrupted")
			}
		})
	}
	begun.Wait()
	time.Sleep(10 * time.Millisecond) // whoever does not wait is through by then
	over.Store(true)
	close(ends)
	closing.Wait()
}

// asked is a store that tells whether it is asked for something behind its end.
type asked struct {
	*signalled
	late atomic.Int64
}

func (a *asked) Signal(ctx context.Context, id journal.SignalID) (*journal.StoredSignal, error) {
	a.mu.Lock()
	if a.closed > 0 {
		a.late.Add(1)
	}
	a.mu.Unlock()
	return a.signalled.Signal(ctx, id)
}

// Nothing of a run that is put down asks a store for anything that was closed meanwhile.
func TestClosedWhilePutDown(t *testing.T) {
	store := &asked{signalled: &signalled{memory: newMemory(), signals: map[journal.SignalID]*journal.StoredSignal{}}}
	c := &calls{}
	j := journal.OpenStore(store)
	journal.SetLinger(j, time.Millisecond)
	var carried sync.WaitGroup // its goroutines
	h, err := j.Start(t.Context(), load(t, c, waitsForGo), nil, flows.WithRunID("r"),
		flows.WithRested(func() { closed(t, j) }),
		flows.WithGoroutines(carried.Go))
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.Wait(t.Context())
	var interrupted *journal.InterruptedError
	if !errors.As(err, &interrupted) {
		t.Errorf("the run ended with %v", err)
	}
	carried.Wait()
	if n := store.late.Load(); n > 0 {
		t.Errorf("the store was asked %d times when it was closed", n)
	}
}
