package cli

import (
	"context"
	"errors"
	"sync"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
)

// follower is a run of a journal until its end: while another process runs it,
// it is waited for; when that process ends before it, it is resumed here.
type follower struct {
	id     string
	j      *journal.Journal
	note   func(line string)
	resume func() (*journal.Handle, error)
	done   func() // what is to be closed at the end

	mu       sync.Mutex
	now      *journal.Handle
	attached bool
	stop     func(Handle) // what a signal asked for; nil before
	// canceling is true where it asked to cancel the run.
	canceling bool
}

var _ Handle = (*follower)(nil)

// next resumes the run, or finds the process that runs it.
func (f *follower) next(ctx context.Context) error {
	f.finish()
	h, err := f.resume()
	var running *journal.RunningError
	attached := errors.As(err, &running)
	if attached {
		f.finish()
		f.note("run " + f.id + " is under way in another process: waiting for its end")
		h, err = f.j.Attach(ctx, f.id)
	}
	if err != nil {
		return err //nolint:wrapcheck // it names the run
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now, f.attached = h, attached
	if f.stop != nil {
		f.stop(h)
	}
	return nil
}

// finish closes what a resume needed.
func (f *follower) finish() {
	if f.done != nil {
		f.done()
	}
	f.done = func() {}
}

// ID names the run.
func (f *follower) ID() string { return f.id }

// Wait waits until the run has ended, in whichever process.
func (f *follower) Wait(ctx context.Context) (*flows.Result, error) {
	for {
		f.mu.Lock()
		h, attached := f.now, f.attached
		f.mu.Unlock()
		result, err := h.Wait(ctx)
		var interrupted *journal.InterruptedError
		if !attached || !errors.As(err, &interrupted) || f.letGo() {
			return result, err //nolint:wrapcheck // it is the run's
		}
		f.note("the process that ran it has ended, or let it go: it goes on here")
		if err := f.next(ctx); err != nil {
			return nil, err
		}
	}
}

// letGo reports whether the waiting was ended by a signal.
func (f *follower) letGo() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.stop != nil && !f.canceling
}

// Cancel cancels the run, in whichever process.
func (f *follower) Cancel() { f.stopBy(Handle.Cancel, true) }

// Interrupt interrupts the run, or lets go of it.
func (f *follower) Interrupt() { f.stopBy(Handle.Interrupt, false) }

func (f *follower) stopBy(stop func(Handle), cancel bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stop, f.canceling = stop, cancel
	if f.now != nil {
		stop(f.now)
	}
}
