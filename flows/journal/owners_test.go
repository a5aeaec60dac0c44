package journal_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
)

// TestOneOwner: a run is run by one of the processes of its journal. The others
// find it, wait for it, cancel it, and go on with it when it is free.
func TestOneOwner(t *testing.T) {
	path := newPath(t)
	first, second := open(t, path), open(t, path)
	states := func(want journal.State) {
		t.Helper()
		for _, j := range []*journal.Journal{first, second} {
			list, err := j.Runs(t.Context(), journal.Filter{State: want})
			if err != nil || len(list) != 1 {
				t.Errorf("%s: %v, %v", want, list, err)
			}
		}
	}
	c, wait := started(t.Context(), t, first, undoable)
	states(journal.Running)
	rest := &calls{}
	var running *journal.RunningError
	if _, err := second.Resume(t.Context(), "r", rest.registry(t)); !errors.As(err, &running) || running.RunID != "r" || running.Here {
		t.Fatalf("resuming what another process runs gives %v", err)
	}
	var exists *journal.ExistsError
	if _, err := second.Run(t.Context(), load(t, rest, undoable), nil, flows.WithRunID("r")); !errors.As(err, &exists) {
		t.Errorf("the name of a run of another process gives %v", err)
	}
	if _, err := first.Resume(t.Context(), "r", rest.registry(t)); !errors.As(err, &running) || !running.Here || running.Owner == "" {
		t.Errorf("resuming what this process runs gives %v", err)
	}
	if _, err := first.Run(t.Context(), load(t, rest, undoable), nil, flows.WithRunID("r")); !errors.As(err, &exists) {
		t.Errorf("the name of a run of this process gives %v", err)
	}
	attached, err := second.Attach(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	closed(t, first)
	_, _ = wait()
	var interrupted *journal.InterruptedError
	if _, err := attached.Wait(t.Context()); !errors.As(err, &interrupted) {
		t.Errorf("the wait for a run whose process has ended gives %v", err)
	}
	first = open(t, path)
	states(journal.Interrupted)
	result, err := second.Resume(t.Context(), "r", rest.registry(t))
	if err != nil || result.Output != int64(2) {
		t.Fatalf("the resumed run gives %v, %v", result, err)
	}
	if diff := cmp.Diff([]string{"a", "b", "b"}, append(c.noted(), rest.noted()...)); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	attached, err = first.Attach(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	if result, err := attached.Wait(t.Context()); err != nil || result.Output != int64(2) {
		t.Errorf("a run that has ended gives %v, %v", result, err)
	}
	var unknown *journal.UnknownRunError
	if _, err := first.Attach(t.Context(), "other"); !errors.As(err, &unknown) {
		t.Errorf("a run that is not there gives %v", err)
	}
}

// TestAttachedRun: whoever waits for a run of another process can cancel it, and
// can let go of it.
func TestAttachedRun(t *testing.T) {
	path := newPath(t)
	first, second := open(t, path), open(t, path)
	c, wait := started(t.Context(), t, first, undoable)
	ctx, cancel := context.WithCancel(t.Context())
	for _, end := range []func(*journal.Handle){func(h *journal.Handle) { h.Interrupt() }, func(*journal.Handle) { cancel() }} {
		h, err := second.Attach(ctx, "r")
		if err != nil {
			t.Fatal(err)
		}
		var waiting *report.WaitError
		short, stop := context.WithTimeout(t.Context(), time.Millisecond)
		if _, err := h.Wait(short); !errors.As(err, &waiting) {
			t.Errorf("the end of the waiting gives %v", err)
		}
		stop()
		end(h)
		var interrupted *journal.InterruptedError
		if _, err := h.Wait(t.Context()); !errors.As(err, &interrupted) {
			t.Errorf("letting go gives %v", err)
		}
	}
	h, err := second.Attach(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	h.Cancel()
	if _, err := h.Wait(t.Context()); report.AsRunError(err).Class != connector.ClassCanceled {
		t.Errorf("the canceled run gives %v", err)
	}
	_, _ = wait()
	if got := strings.Join(c.noted(), " "); got != "a b undo-b undo-a" {
		t.Errorf("calls: %s", got)
	}
}

// TestOneTakesARun: of many that resume a run at the same time, one does.
func TestOneTakesARun(t *testing.T) {
	path := newPath(t)
	j := open(t, path)
	_, wait := started(t.Context(), t, j, undoable)
	closed(t, j)
	_, _ = wait()
	c := &calls{}
	var mu sync.Mutex
	won := 0
	var all sync.WaitGroup
	for range 8 {
		j := open(t, path)
		all.Go(func() {
			_, err := j.Resume(t.Context(), "r", c.registry(t))
			var running *journal.RunningError
			var state *journal.StateError
			switch {
			case err == nil:
				mu.Lock()
				defer mu.Unlock()
				won++
			case !errors.As(err, &running) && !errors.As(err, &state):
				t.Errorf("the resume gives %v", err)
			}
		})
	}
	all.Wait()
	if diff := cmp.Diff([]string{"b"}, c.noted()); diff != "" || won != 1 {
		t.Errorf("%d have resumed the run, calls (-want +got):\n%s", won, diff)
	}
}

// TestOneBeginsAName: of many that begin a run of one name at the same time, one
// does, and the others' other runs go on.
func TestOneBeginsAName(t *testing.T) {
	path := newPath(t)
	c := &calls{}
	flow := load(t, c, "flow: t\nsteps: [{call: test.change, with: {name: a}}]")
	won := make(chan string, 100)
	var all sync.WaitGroup
	for range 4 {
		j := open(t, path)
		for i := range 5 {
			name := string(rune('a' + i))
			all.Go(func() {
				_, err := j.Run(t.Context(), flow, nil, flows.WithRunID(name))
				var exists *journal.ExistsError
				if err == nil {
					won <- name
				} else if !errors.As(err, &exists) {
					t.Errorf("run %s: %v", name, err)
				}
			})
		}
	}
	all.Wait()
	if len(won) != 5 || len(c.noted()) != 5 {
		t.Errorf("%d runs ended, %d calls", len(won), len(c.noted()))
	}
}

// TestTakenForDead: a process whose file was taken away writes nothing to a run
// that another one has taken.
func TestTakenForDead(t *testing.T) {
	path := newPath(t)
	first := open(t, path)
	inFlight, release := make(chan struct{}), make(chan struct{})
	c := &calls{block: func(context.Context) { close(inFlight); <-release }}
	h, err := first.Start(t.Context(), load(t, c, undoable), nil, flows.WithRunID("r"))
	if err != nil {
		t.Fatal(err)
	}
	<-inFlight
	// The files are looked at before a commit: this one is put back in between.
	own := named(t, path+".owners/*-")
	if err := os.Rename(own, own+".away"); err != nil {
		t.Fatal(err)
	}
	second := open(t, path)
	rest := &calls{}
	if _, err := second.Resume(t.Context(), "r", rest.registry(t)); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(own+".away", own); err != nil {
		t.Fatal(err)
	}
	close(release)
	if _, err := h.Wait(t.Context()); !errors.Is(err, journal.ErrNotOwner) {
		t.Errorf("the run that was taken gives %v", err)
	}
	if got := strings.Join(append(c.noted(), rest.noted()...), " "); got != "a b b" {
		t.Errorf("calls: %s", got)
	}
	if problems, _, err := second.Verify(t.Context()); err != nil || len(problems) > 0 {
		t.Errorf("problems %v, %v", problems, err)
	}
}

// TestEarlierVersionIsKeptOff: one that knows of no other process locks the
// file for itself.
func TestEarlierVersionIsKeptOff(t *testing.T) {
	path := newPath(t)
	j := open(t, path)
	unlock, err := journal.LockAlone(path)
	if err == nil {
		unlock()
		t.Error("an earlier version can take a journal that is in use")
	}
	closed(t, j)
	unlock, err = journal.LockAlone(path)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	if err := os.WriteFile(path+".lock", []byte("4711"), 0o600); err != nil {
		t.Fatal(err)
	}
	var owned *journal.OwnedError
	if _, err := journal.Open(path); !errors.As(err, &owned) || owned.Process != 4711 {
		t.Errorf("opening what an earlier version uses gives %v", err)
	}
}

// TestOwnersLeaveNothing: what processes that have ended leave behind does not
// grow.
func TestOwnersLeaveNothing(t *testing.T) {
	path := newPath(t)
	closed(t, open(t, path))
	dead := filepath.Join(path+".owners", strings.Repeat("ab", 12))
	if err := os.WriteFile(dead, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	open(t, path)
	entries, err := os.ReadDir(path + ".owners")
	if err != nil || len(entries) != 2 {
		t.Errorf("the folder of owners has %v (%v), want the gate and one process", entries, err)
	}
}

// TestRunsInTwoProcessesAreNoLoss: what one process ended, deleted or went on
// with is not missed by another that had opened the journal before.
func TestRunsInTwoProcessesAreNoLoss(t *testing.T) {
	path := newPath(t)
	early := open(t, path)
	_, wait := started(t.Context(), t, early, undoable)
	late := open(t, path) // it saw r
	closed(t, early)
	_, _ = wait()
	early = open(t, path) // it saw r, too
	c := &calls{}
	if _, err := early.Resume(t.Context(), "r", c.registry(t)); err != nil {
		t.Fatal(err)
	}
	if n, err := early.Prune(t.Context(), timeAhead()); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	if problems, n, err := late.Verify(t.Context()); err != nil || len(problems) > 0 || n != 0 {
		t.Errorf("%d runs, problems %v, %v", n, problems, err)
	}
	if _, err := late.Run(t.Context(), load(t, c, undoable), nil, flows.WithRunID("r")); err != nil {
		t.Errorf("the name of a run that was deleted gives %v", err)
	}
	for _, j := range []*journal.Journal{early, late} {
		if problems, n, err := j.Verify(t.Context()); err != nil || len(problems) > 0 || n != 1 {
			t.Errorf("%d runs, problems %v, %v", n, problems, err)
		}
	}
}

// TestWaitingRuns: a run is waiting as long as all of its branches do.
func TestWaitingRuns(t *testing.T) {
	for name, test := range map[string]struct {
		steps string
		state journal.State
	}{
		"one wait":           {"  - {wait: 1h}\n", journal.Waiting},
		"a signal":           {"  - {id: s, wait: {signal: go, accepts: {ok: {type: boolean}}}}\n", journal.Waiting},
		"all branches wait":  {"  - parallel: {a: [{wait: 1h}], b: [{wait: 2h}]}\n", journal.Waiting},
		"one branch is done": {"  - parallel: {a: [{wait: 1h}], b: [{call: test.change}]}\n", journal.Waiting},
		"one branch works":   {"  - parallel: {a: [{wait: 1h}], b: [{call: test.block, with: {name: b}}]}\n", journal.Running},
		"it waited":          {"  - {wait: 1100ms}\n  - {call: test.block, with: {name: b}}\n", journal.Running},
		"a loop's items":     {"  - {forEach: [1, 2, 3], concurrency: 3, do: [{if: \"${item > 1}\", then: [{wait: 1h}]}]}\n", journal.Waiting},
		"a retry":            {"  - {call: test.change, with: {name: broken}, retry: {attempts: 2, delay: 1h, maxDelay: 1h, jitter: false}}\n", journal.Waiting},
	} {
		t.Run(name, func(t *testing.T) {
			path := newPath(t)
			j := open(t, path)
			c := &calls{fail: brokenOrFlaky(), block: func(ctx context.Context) { <-ctx.Done() }}
			h, err := j.Start(t.Context(), load(t, c, "flow: t\nsteps:\n"+test.steps), nil, flows.WithRunID("r"))
			if err != nil {
				t.Fatal(err)
			}
			other := open(t, path)
			reached := func() bool {
				d, err := other.Show(t.Context(), "r")
				if err != nil {
					t.Fatal(err)
				}
				blocked := test.state == journal.Waiting || strings.Contains(strings.Join(c.noted(), " "), "b")
				return d.State == test.state && blocked
			}
			for !reached() {
				if t.Context().Err() != nil {
					t.Fatal("the test is over")
				}
				time.Sleep(2 * time.Millisecond)
			}
			if ids := idsOf(t, other, journal.Filter{State: test.state}); len(ids) != 1 {
				t.Errorf("%s: found %v", test.state, ids)
			}
			if s, err := other.Stats(t.Context()); err != nil || s.Runs[test.state] != 1 || len(s.Runs) != 1 {
				t.Errorf("%s: counted %v, %v", test.state, s, err)
			}
			h.Interrupt()
			_, _ = h.Wait(t.Context())
			if d, err := other.Show(t.Context(), "r"); err != nil || d.State != journal.Interrupted {
				t.Errorf("interrupted, it is %v, %v", d, err)
			}
		})
	}
}
