package interp

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
)

// interruption says once that a run is to stop where it is.
type interruption struct {
	on    atomic.Bool
	mu    sync.Mutex
	ends  []hook // of the contexts that end then
	first [1]hook
	count int
}

// hook is the end of a context, under a number by which it is taken back.
type hook struct {
	n   int
	end context.CancelCauseFunc
}

// set interrupts.
func (i *interruption) set() {
	i.mu.Lock()
	i.on.Store(true)
	ends := i.ends
	i.ends = nil
	i.mu.Unlock()
	for _, h := range ends {
		h.end(byShutdown)
	}
}

// isSet reports whether somebody has interrupted.
func (i *interruption) isSet() bool { return i != nil && i.on.Load() }

// watch has a context end when somebody interrupts, at once where that was before.
func (i *interruption) watch(end context.CancelCauseFunc) (n int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.on.Load() {
		end(byShutdown)
		return 0
	}
	if i.ends == nil {
		i.ends = i.first[:0]
	}
	i.count++
	i.ends = append(i.ends, hook{i.count, end})
	return i.count
}

// unwatch takes back watch.
func (i *interruption) unwatch(n int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.ends = slices.DeleteFunc(i.ends, func(h hook) bool { return h.n == n })
}

// The causes of the ends of contexts that each run has.
var (
	byShutdown   = runtime.StopCause(runtime.ByShutdown)
	byCompletion = runtime.StopCause(runtime.ByCompletion)
)

// Interruptible lets Interrupt interrupt the run, before it is prepared: it stops
// where it is and undoes nothing. Calls that read are interrupted, one that changes
// something is waited for.
func (x *Run) Interruptible() { x.shared.interrupt = &interruption{} }

// Interrupt interrupts a run that is Interruptible. Whoever carries it does so, too,
// once it has ended.
func (x *Run) Interrupt() { x.shared.interrupt.set() }

// ID names the run, once it is prepared.
func (x *Run) ID() string { return x.id }

// interruptible returns a context that ends with ctx and when the run is
// interrupted. Call done at the end.
func (w *world) interruptible(ctx context.Context) (soft context.Context, done func()) {
	soft, end := context.WithCancelCause(ctx)
	n := w.interrupt.watch(end)
	return soft, func() {
		w.interrupt.unwatch(n)
		end(byCompletion)
	}
}

// interrupted reports whether the run was interrupted in process. Other
// runtimes say it by Stopped, which they count, so it is not asked here.
func (x *execution) interrupted() bool { return x.interrupt.isSet() }

// interruptedBy returns the failure of a run that was interrupted. What failed
// otherwise meanwhile is its cause: nothing came of it any more.
func interruptedBy(failure *report.RunError) *report.RunError {
	if failure.Code == runtime.CodeInterrupted {
		return failure
	}
	stop := *failure
	stop.Failure = *runtime.StoppedError(runtime.ByShutdown)
	stop.Outcome, stop.Cause = failure.Outcome, failure.Cause
	if !runtime.IsStopped(failure) {
		stop.Cause = failure
	}
	return &stop
}
