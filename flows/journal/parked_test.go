package journal_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
)

// eventually waits until something holds, for a minute.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal(what)
		}
	}
}

// A run that waits is put down, and goes on when its time comes, a signal, a
// request to cancel it, or the end of its context; what it did is not done again.
func TestPutDown(t *testing.T) {
	const flow = `flow: t
steps:
  - {id: a, call: test.change, with: {name: a}, undo: {call: test.change, with: {name: undo-a}}}
  - parallel:
      x: [{wait: 2m}, {id: b, call: test.change, with: {name: b}}]
      y: [{id: ok, wait: {signal: go, accepts: {n: {type: integer}}}}, {id: c, call: test.change, with: {name: "c${steps.ok.n}"}}]
  - {wait: 2m}
output: "${steps.ok.n}"
`
	tests := []struct {
		name  string
		do    func(t *testing.T, path string, h *journal.Handle, end context.CancelFunc)
		end   string
		calls string
		takes time.Duration
	}{
		{"a signal, and time", func(t *testing.T, _ string, h *journal.Handle, _ context.CancelFunc) {
			if err := h.Signal(t.Context(), "go", "", values{"n": 7}); err != nil {
				t.Error(err)
			}
		}, "done 7", "a c7 b", 4 * time.Minute},
		{"a signal of another process", func(t *testing.T, path string, _ *journal.Handle, _ context.CancelFunc) {
			other, err := journal.Inspect(path)
			if err != nil {
				t.Fatal(err)
			}
			defer closed(t, other)
			if err := other.Signal(t.Context(), "r", (&calls{}).registry(t), "go", "", values{"n": 7}); err != nil {
				t.Error(err)
			}
		}, "done 7", "a c7 b", 4 * time.Minute},
		{
			"canceled", func(_ *testing.T, _ string, h *journal.Handle, _ context.CancelFunc) { h.Cancel() },
			"Canceled at /2/x/1, undone /a, not undone ", "a undo-a", 30 * time.Second,
		},
		{"canceled by another process", func(t *testing.T, path string, _ *journal.Handle, _ context.CancelFunc) {
			other, err := journal.Inspect(path)
			if err != nil {
				t.Fatal(err)
			}
			defer closed(t, other)
			if err := other.Cancel(t.Context(), "r"); err != nil {
				t.Error(err)
			}
		}, "Canceled at /2/x/1, undone /a, not undone ", "a undo-a", 30 * time.Second},
		{
			"its context ends", func(_ *testing.T, _ string, _ *journal.Handle, end context.CancelFunc) { end() },
			"Canceled at /2/x/1, undone /a, not undone ", "a undo-a", 30 * time.Second,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := newPath(t)
			synctest.Test(t, func(t *testing.T) {
				j, err := journal.Open(path)
				if err != nil {
					t.Fatal(err)
				}
				defer closed(t, j)
				c := &calls{}
				ctx, end := context.WithCancel(t.Context())
				defer end()
				start := time.Now()
				h, err := j.Start(ctx, load(t, c, flow), nil, flows.WithRunID("r"))
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(30 * time.Second)
				if n := journal.Parked(j); n != 1 {
					t.Errorf("%d runs are put down", n)
				}
				if _, err := j.Resume(t.Context(), "r", c.registry(t)); err == nil {
					t.Error("a run that is put down was resumed")
				}
				test.do(t, path, h, end)
				result, err := h.Wait(context.Background())
				if got := outcome(t, result, err); !strings.HasPrefix(got, strings.Split(test.end, " at ")[0]) {
					t.Errorf("the run ended with %s, want %s", got, test.end)
				}
				if got := strings.Join(c.noted(), " "); got != test.calls {
					t.Errorf("calls: %s, want %s", got, test.calls)
				}
				if took := time.Since(start).Round(10 * time.Second); took != test.takes {
					t.Errorf("it took %s, want %s", took, test.takes)
				}
			})
		})
	}
}

// A run that was put down is interrupted like any other, and resumed later.
func TestPutDownAndInterrupted(t *testing.T) {
	const flow = "flow: t\nsteps: [{id: a, call: test.change, with: {name: a}}, {wait: 2m}]\noutput: \"${steps.a}\""
	for name, interrupt := range map[string]func(j *journal.Journal, h *journal.Handle){
		"handle": func(_ *journal.Journal, h *journal.Handle) { h.Interrupt() },
		"close":  func(j *journal.Journal, _ *journal.Handle) { _ = j.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			path := newPath(t)
			synctest.Test(t, func(t *testing.T) {
				c := &calls{}
				j, err := journal.Open(path)
				if err != nil {
					t.Fatal(err)
				}
				h, err := j.Start(t.Context(), load(t, c, flow), nil, flows.WithRunID("r"))
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(30 * time.Second)
				interrupt(j, h)
				var interrupted *journal.InterruptedError
				if _, err := h.Wait(context.Background()); !errors.As(err, &interrupted) {
					t.Errorf("the run ended with %v", err)
				}
				closed(t, j)
				if j, err = journal.Open(path); err != nil {
					t.Fatal(err)
				}
				defer closed(t, j)
				result, err := j.Resume(t.Context(), "r", c.registry(t))
				if got := outcome(t, result, err); got != "done null" || len(c.noted()) != 1 {
					t.Errorf("the run ended with %s after %v", got, c.noted())
				}
			})
		})
	}
}

// TestMemoryOfWaitingRuns: 10,000 runs that wait take less than 50 MB, and no
// goroutine each.
func TestMemoryOfWaitingRuns(t *testing.T) {
	runs := 300
	if thorough {
		runs = 10_000
	}
	j := open(t, newPath(t))
	journal.SetLinger(j, 50*time.Millisecond)
	c := &calls{}
	flow := load(t, c, "flow: t\nsteps: [{call: test.change, with: {name: a}}, {wait: {signal: go, timeout: 1000h}}]")
	memory := func() (bytes uint64, goroutines int) {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapInuse + m.StackInuse, runtime.NumGoroutine()
	}
	before, goroutines := memory()
	handles := make([]*journal.Handle, runs)
	var starters sync.WaitGroup
	for lane := range 50 {
		starters.Go(func() {
			for i := lane; i < runs; i += 50 {
				h, err := j.Start(t.Context(), flow, nil, flows.WithRunID(fmt.Sprintf("r%d", i)))
				if err != nil {
					t.Error(err)
					return
				}
				handles[i] = h
			}
		})
	}
	starters.Wait()
	eventually(t, "not all runs are put down", func() bool { return journal.Parked(j) == runs })
	after, more := memory()
	t.Logf("%d waiting runs take %.1f MB, %d goroutines more", runs, float64(after-min(before, after))/1e6, more-goroutines)
	if most := uint64(50_000_000); after > before+most {
		t.Errorf("%d bytes, want %d at most", after-before, most)
	}
	if more > goroutines+20 {
		t.Errorf("%d goroutines, %d before", more, goroutines)
	}
	if err := handles[7].Signal(t.Context(), "go", "", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := handles[7].Wait(t.Context()); err != nil {
		t.Error(err)
	}
}

// A run that is read back and goes on to wait is put down soon, not after the time that
// one has which has just done something.
func TestReadBackToWait(t *testing.T) {
	j := open(t, newPath(t))
	defer closed(t, j)
	journal.SetLinger(j, time.Hour)
	c := &calls{}
	flow := load(t, c, "flow: t\nsteps: [{id: a, call: test.change, with: {name: a}}, {wait: 24h}]")
	h, err := j.Start(t.Context(), flow, nil)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the wait is not written down", func() bool {
		d, err := j.Show(t.Context(), h.ID())
		return err == nil && slices.ContainsFunc(d.Steps, func(s journal.Step) bool { return !s.Until.IsZero() })
	})
	h.Interrupt()
	_, _ = h.Wait(t.Context()) // it was interrupted
	if h, err = j.StartResume(t.Context(), h.ID(), c.registry(t)); err != nil {
		t.Fatal(err)
	}
	<-h.Rested()
	h.Interrupt()
	var interrupted *journal.InterruptedError
	if _, err := h.Wait(t.Context()); !errors.As(err, &interrupted) || len(c.noted()) != 1 {
		t.Errorf("it ended with %v, and has called %d times", err, len(c.noted()))
	}
}
