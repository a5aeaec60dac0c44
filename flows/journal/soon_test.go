package journal_test

import (
	"errors"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
)

const soonFlow = "flow: t\nsteps: [{call: test.change, with: {name: a}}]\noutput: 1\n"

// A run whose name nobody is told goes on before its beginning is on disk, but changes
// nothing until it is; whoever is to be told the name waits.
func TestStartSoon(t *testing.T) {
	c, gate := &calls{}, make(chan struct{})
	j, err := journal.OpenTapped(newPath(t), func([]journal.Change) { <-gate })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	h, err := j.StartSoon(t.Context(), load(t, c, soonFlow), nil, flows.WithRunID("one"))
	if err != nil || h.ID() != "one" {
		t.Fatal(h, err)
	}
	recorded := make(chan error, 1)
	go func() { recorded <- h.Recorded() }()
	select {
	case err := <-recorded:
		t.Errorf("it is told before it is on disk: %v", err)
	case <-time.After(20 * time.Millisecond):
	}
	if noted := c.noted(); len(noted) > 0 {
		t.Errorf("%q was called before the beginning is on disk", noted)
	}
	close(gate)
	if err := <-recorded; err != nil {
		t.Error(err)
	}
	if b, err := j.Beginning(t.Context(), "one"); err != nil || b.Flow != "t" {
		t.Errorf("%+v, %v", b, err)
	}
	if result, err := h.Wait(t.Context()); err != nil || len(c.noted()) != 1 {
		t.Errorf("%+v, %v, %q", result, err, c.noted())
	}
	if err := h.Recorded(); err != nil {
		t.Error(err)
	}
}

// Where the disk does not take the beginning, nothing was called, and no run is said to
// go on elsewhere.
func TestStartSoonOnABrokenDisk(t *testing.T) {
	c, broken := &calls{}, errors.New("the disk is full")
	j, err := journal.OpenBroken(newPath(t), broken)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	h, err := j.StartSoon(t.Context(), load(t, c, soonFlow), nil, flows.WithRunID("one"))
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Recorded(); !errors.Is(err, broken) {
		t.Errorf("recorded: %v", err)
	}
	_, err = h.Wait(t.Context())
	var interrupted *journal.InterruptedError
	if !errors.Is(err, broken) || errors.As(err, &interrupted) || len(c.noted()) > 0 {
		t.Errorf("got %v after %q", err, c.noted())
	}
}
