package journal_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
)

// Whoever does not own the journal can cancel a run, under way or not.
func TestCancel(t *testing.T) {
	path := newPath(t)
	j := open(t, path)
	other, err := journal.Inspect(path)
	if err != nil {
		t.Fatal(err)
	}
	defer closed(t, other)
	c, wait := started(t.Context(), t, j, undoable)
	if err := other.Cancel(t.Context(), "r"); err != nil {
		t.Fatal(err)
	}
	if _, err := wait(); report.AsRunError(err).Class != connector.ClassCanceled {
		t.Errorf("the run ended with %v", err)
	}
	if got := strings.Join(c.noted(), " "); got != "a b undo-b undo-a" {
		t.Errorf("calls: %s", got)
	}
	var state *journal.StateError
	if err := other.Cancel(t.Context(), "r"); !errors.As(err, &state) {
		t.Errorf("canceling what has ended gives %v", err)
	}
	if _, err := other.Run(t.Context(), load(t, c, undoable), nil); !errors.Is(err, journal.ErrClosed) {
		t.Errorf("running without owning the journal gives %v", err)
	}
}

// A run that is canceled while nobody runs it undoes what it did when it is
// resumed: also the step that was in flight, whose outcome nobody knows.
func TestCancelBeforeResume(t *testing.T) {
	path := newPath(t)
	j := open(t, path)
	_, wait := started(t.Context(), t, j, undoable)
	closed(t, j)
	_, _ = wait()
	j = open(t, path)
	if err := j.Cancel(t.Context(), "r"); err != nil {
		t.Fatal(err)
	}
	rest := &calls{}
	_, err := j.Resume(t.Context(), "r", rest.registry(t))
	if report.AsRunError(err).Class != connector.ClassCanceled {
		t.Errorf("the run ended with %v", err)
	}
	if got := strings.Join(rest.noted(), " "); got != "undo-b undo-a" {
		t.Errorf("calls: %s", got)
	}
}

// A time limit goes on while nobody runs the run.
func TestDeadlinePassesInBetween(t *testing.T) {
	path := newPath(t)
	j := open(t, path)
	_, wait := started(t.Context(), t, j, "timeout: 300ms\n"+undoable)
	closed(t, j)
	_, _ = wait()
	time.Sleep(350 * time.Millisecond)
	j = open(t, path)
	rest := &calls{}
	_, err := j.Resume(t.Context(), "r", rest.registry(t))
	if report.AsRunError(err).Class != connector.ClassTimeout {
		t.Errorf("the run ended with %v", err)
	}
	if got := strings.Join(rest.noted(), " "); got != "undo-b undo-a" {
		t.Errorf("calls: %s", got)
	}
}

// A run that was canceled, and whose process ended while it undid, goes on
// undoing and nothing else.
func TestKilledWhileCanceled(t *testing.T) {
	path := newPath(t)
	j := open(t, path)
	ctx, cancel := context.WithCancel(t.Context())
	_, wait := started(ctx, t, j, `flow: t
steps:
  - try:
      - {call: test.change, with: {name: a}, undo: {call: test.change, with: {name: undo-a}}}
      - {call: test.change, with: {name: a2}, undo: {call: test.change, with: {name: undo-a2}}}
      - {id: b, call: test.block, with: {name: b}}
    catch: [{do: [{call: test.change, with: {name: handler}}]}]
    finally: [{call: test.read, with: {name: finally}}]
  - {call: test.change, with: {name: after}}
`)
	cancel()
	_, _ = wait()
	for last := count(t, path, "SELECT max(seq) FROM records") - 1; last > 6; last-- {
		cutAt(t, j, path, last)
		d, err := j.Show(t.Context(), "r")
		if err != nil {
			t.Fatal(err)
		}
		rest := &calls{}
		_, err = j.Resume(t.Context(), "r", rest.registry(t))
		if report.AsRunError(err).Class != connector.ClassCanceled {
			t.Errorf("cut after %d the run ends with %v", last, err)
		}
		all := len(rest.noted())
		for _, s := range d.Steps {
			if !s.Ended.IsZero() {
				all++
			}
		}
		whole, got := "undo-a2 undo-a finally", strings.Join(rest.noted(), " ")
		if all != 6 || !strings.HasSuffix(whole, got) {
			t.Errorf("cut after %d the run calls %s", last, got)
		}
	}
}
