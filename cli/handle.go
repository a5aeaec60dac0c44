package cli

import (
	"context"
	"os"
	"sync"

	"github.com/medlar-flow/medlar/flows"
)

// Handle is a run under way: a *flows.Handle, a *journal.Handle, or one of a
// Remote.
type Handle interface {
	// ID names the run.
	ID() string
	// Wait waits until the run has ended; the end of ctx ends the waiting alone.
	Wait(ctx context.Context) (*flows.Result, error)
	// Cancel stops the run, which undoes what it did.
	Cancel()
	// Interrupt stops the run, or lets go of it, and undoes nothing.
	Interrupt()
}

// ower is a Handle that knows what its run would have to undo.
type ower interface {
	// Owed returns the paths of the steps that the run would have to undo if it
	// failed now, and of those that it could not undo; the latest first.
	Owed() []string
}

// begun is what Start of a runtime returned, as a Handle.
func begun[H Handle](h H, err error) (Handle, error) {
	if err != nil {
		return nil, err
	}
	return h, nil
}

// stopper hands a signal on to the runs that are under way, and to those that
// begin after it.
type stopper struct {
	mu   sync.Mutex
	stop func(Handle) // nil before the signal
	// runs are the requests to stop each run, which may have far to go.
	runs map[Handle]*sync.WaitGroup
}

// signal stops the runs, and does not wait for that.
func (s *stopper) signal(stop func(Handle)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stop = stop
	for h, asking := range s.runs {
		asking.Go(func() { stop(h) })
	}
}

// stopped reports whether a signal came.
func (s *stopper) stopped() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stop != nil
}

// wait waits for a run, which a signal stops, also one that came before.
func (s *stopper) wait(h Handle) (*flows.Result, error) {
	defer s.keep(h)()
	return h.Wait(context.Background()) //nolint:wrapcheck // it is the run's
}

// keep has a signal stop a run, also one that came before, until release is called.
func (s *stopper) keep(h Handle) (release func()) {
	asking := &sync.WaitGroup{}
	s.add(h, asking)
	return func() {
		s.remove(h)
		asking.Wait()
	}
}

// owed returns what the runs that are under way would have to undo.
func (s *stopper) owed() (paths []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for h := range s.runs {
		paths = append(paths, owedBy(h)...)
	}
	return paths
}

// owedBy returns what a run would have to undo, as far as its handle knows.
func owedBy(h Handle) []string {
	if h, ok := h.(ower); ok {
		return h.Owed()
	}
	return nil
}

func (s *stopper) add(h Handle, asking *sync.WaitGroup) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.runs == nil {
		s.runs = map[Handle]*sync.WaitGroup{}
	}
	s.runs[h] = asking
	if stop := s.stop; stop != nil {
		asking.Go(func() { stop(h) })
	}
}

func (s *stopper) remove(h Handle) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.runs, h)
}

// stopDurably is what a signal does to a run that goes on without this process:
// Ctrl-C cancels it, a request to terminate interrupts it.
func stopDurably(s os.Signal) func(Handle) {
	if s == os.Interrupt {
		return Handle.Cancel
	}
	return Handle.Interrupt
}
