package interp

import (
	"context"

	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
)

// Interruptible lets whoever ends signal interrupt the run, before it is
// prepared: it stops where it is and undoes nothing. Calls that read are
// interrupted, one that changes something is waited for.
func (x *Run) Interruptible(signal context.Context) { x.shared.interrupt = signal }

// ID names the run, once it is prepared.
func (x *Run) ID() string { return x.id }

// interruptible returns a context that ends with ctx and when the run is
// interrupted. Call done at the end.
func (w *world) interruptible(ctx context.Context) (soft context.Context, done func()) {
	soft, end := context.WithCancelCause(ctx)
	unhook := context.AfterFunc(w.interrupt, func() { end(runtime.StopCause(runtime.ByShutdown)) })
	return soft, func() {
		unhook()
		end(runtime.StopCause(runtime.ByCompletion))
	}
}

// interrupted reports whether the run was interrupted in process. Other
// runtimes say it by Stopped, which they count, so it is not asked here.
func (x *execution) interrupted() bool { return x.interrupt != nil && x.interrupt.Err() != nil }

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
