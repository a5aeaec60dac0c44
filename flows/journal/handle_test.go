package journal_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
)

// handled starts a flow that blocks in its step b until its context ends.
func handled(t *testing.T, j *journal.Journal) (*calls, *journal.Handle) {
	t.Helper()
	begun := make(chan struct{})
	c := &calls{block: func(ctx context.Context) { close(begun); <-ctx.Done() }}
	h, err := j.Start(t.Context(), load(t, c, undoable), nil, flows.WithRunID("r"))
	if err != nil {
		t.Fatal(err)
	}
	<-begun
	return c, h
}

// What a handle does to a durable run, and the state that it leaves behind.
func TestHandle(t *testing.T) {
	for name, test := range map[string]struct {
		do    func(h *journal.Handle)
		calls string
		state journal.State
	}{
		"canceled":                   {func(h *journal.Handle) { h.Cancel() }, "a b undo-b undo-a", journal.Canceled},
		"canceled twice":             {func(h *journal.Handle) { h.Cancel(); h.Cancel() }, "a b undo-b undo-a", journal.Canceled},
		"interrupted":                {func(h *journal.Handle) { h.Interrupt() }, "a b", journal.Interrupted},
		"interrupted, then canceled": {func(h *journal.Handle) { h.Interrupt(); h.Cancel() }, "a b", journal.Interrupted},
	} {
		t.Run(name, func(t *testing.T) {
			j := open(t, newPath(t))
			c, h := handled(t, j)
			if h.ID() != "r" {
				t.Errorf("the run is %s", h.ID())
			}
			test.do(h)
			_, err := h.Wait(t.Context())
			var interrupted *journal.InterruptedError
			if got := errors.As(err, &interrupted); got != (test.state == journal.Interrupted) {
				t.Errorf("it ended with %v", err)
			}
			if got := strings.Join(c.noted(), " "); got != test.calls {
				t.Errorf("calls: %s, want %s", got, test.calls)
			}
			if list, err := j.Runs(t.Context(), journal.Filter{}); err != nil || len(list) != 1 || list[0].State != test.state {
				t.Errorf("the runs are %v (%v), want %s", list, err, test.state)
			}
			// What was interrupted is still owed, the last call too: it may have happened.
			want := map[journal.State]string{journal.Interrupted: "/b /a"}[test.state]
			if owed := strings.Join(h.Owed(), " "); owed != want {
				t.Errorf("it owes %q, want %q", owed, want)
			}
			h.Cancel()
			h.Interrupt()
			if _, again := h.Wait(t.Context()); again != err { //nolint:errorlint // the very same
				t.Errorf("a second Wait gives %v, the first %v", again, err)
			}
		})
	}
}

// A run that is interrupted goes on by StartResume.
func TestHandleOfAResumedRun(t *testing.T) {
	j := open(t, newPath(t))
	_, h := handled(t, j)
	h.Interrupt()
	if _, err := h.Wait(t.Context()); err == nil {
		t.Fatal("the run succeeded")
	}
	rest := &calls{}
	h, err := j.StartResume(t.Context(), "r", rest.registry(t))
	if err != nil {
		t.Fatal(err)
	}
	var waiting sync.WaitGroup
	for range 5 {
		waiting.Go(func() {
			if _, err := h.Wait(t.Context()); err != nil {
				t.Errorf("the resumed run failed: %v", err)
			}
		})
	}
	waiting.Wait()
	if got := strings.Join(rest.noted(), " "); got != "b" {
		t.Errorf("calls: %s", got)
	}
	var state *journal.StateError
	if h, err := j.StartResume(t.Context(), "r", rest.registry(t)); h != nil || !errors.As(err, &state) {
		t.Errorf("resuming what is done gives %v and %v", h, err)
	}
}

// The end of the context of Wait leaves the run alone; Close interrupts it.
func TestWaitEndsWithItsContext(t *testing.T) {
	j := open(t, newPath(t))
	_, h := handled(t, j)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := h.Wait(ctx)
	var left *report.WaitError
	if !errors.As(err, &left) || left.RunID != "r" || !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	closed(t, j)
	var interrupted *journal.InterruptedError
	if _, err := h.Wait(t.Context()); !errors.As(err, &interrupted) {
		t.Errorf("the error is %v", err)
	}
}

// What cannot begin is known before anything runs.
func TestStartRefuses(t *testing.T) {
	j := open(t, newPath(t))
	c := &calls{}
	flow := load(t, c, "flow: f\ninputs: {n: {type: integer, required: true}}\nsteps: [{call: test.change}]")
	var wrong *flows.InputError
	if h, err := j.Start(t.Context(), flow, nil); h != nil || !errors.As(err, &wrong) {
		t.Errorf("without an input: %v and %v", h, err)
	}
	inputs := map[string]any{"n": 1}
	first, err := j.Start(t.Context(), flow, inputs, flows.WithRunID("r"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := first.Wait(t.Context()); err != nil {
		t.Error(err)
	}
	var exists *journal.ExistsError
	if h, err := j.Start(t.Context(), flow, inputs, flows.WithRunID("r")); h != nil || !errors.As(err, &exists) {
		t.Errorf("a name that is taken: %v and %v", h, err)
	}
	closed(t, j)
	if h, err := j.Start(t.Context(), flow, inputs); h != nil || !errors.Is(err, journal.ErrClosed) {
		t.Errorf("a closed journal: %v and %v", h, err)
	}
	if n := len(c.noted()); n != 1 {
		t.Errorf("%d calls", n)
	}
}
