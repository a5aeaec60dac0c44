package flows

import (
	"context"
	"errors"
	"time"

	"github.com/medlar-flow/medlar/connector"
)

// Local is the runtime in process of one branch, for a runtime that adds
// something to it. It has a context that ends when the run is to stop, and one
// that also ends when a branch beside it fails.
type Local struct{ rt *inProcess }

// StopCause is a cause as context.WithCancelCause takes it: a run whose
// context ends with one knows why.
func StopCause(cause Cause) error { return stopError{cause} }

// OutcomeUnknownError is the failure of an attempt with AtMostOnce that began,
// and of whose end a runtime knows nothing: retry leaves it alone, a handler
// catches it by its code.
func OutcomeUnknownError() *connector.Error {
	return &connector.Error{
		Code: "OutcomeUnknown", Class: connector.Internal, Outcome: connector.OutcomeUnknown,
		Message: "the call began before the run was interrupted, and nobody knows whether it worked; atMostOnce keeps it from being made again",
	}
}

// IsStopped is true for the error of a branch that was told to stop.
func IsStopped(err error) bool { return errors.Is(err, errStopped) }

// Stopped says why the branch is to stop.
func (l Local) Stopped() Cause { return l.rt.Stopped() }

// Random is that of Runtime.
func (l Local) Random(path string, count int) uint64 { return l.rt.Random(path, count) }

// Emit is that of Runtime.
func (l Local) Emit(e Event) { l.rt.Emit(e) }

// Listened is true where the run has a listener.
func (l Local) Listened() bool { return len(l.rt.listeners) > 0 }

// Attempt calls the operation, unless the branch is to stop.
func (l Local) Attempt(a Attempt) (any, error) { return l.rt.Attempt(a) }

// Sleep waits until a time, or until the branch is to stop.
func (l Local) Sleep(until time.Time) error { return l.rt.Sleep("", until) }

// OnStop calls f, in a goroutine of its own, when the branch is to stop, until
// unhook is called.
func (l Local) OnStop(f func()) (unhook func() bool) { return context.AfterFunc(l.rt.soft, f) }

// Branch gives a runtime that also ends by stop: calls that read are
// interrupted, calls that change something are not.
func (l Local) Branch() (branch Local, stop func(Cause)) {
	soft, cancel := context.WithCancelCause(l.rt.soft)
	return Local{&inProcess{world: l.rt.world, soft: soft, hard: l.rt.hard, apart: true}}, func(c Cause) { cancel(stopError{c}) }
}

// Unbranched gives a runtime that does not end when a branch beside it fails.
func (l Local) Unbranched() Local {
	return Local{&inProcess{world: l.rt.world, soft: l.rt.hard, hard: l.rt.hard}}
}

// Until gives a runtime that ends at a time. Call done at the end.
func (l Local) Until(deadline time.Time) (inner Local, done func()) {
	bounded, done := l.rt.until(deadline)
	return Local{bounded}, done
}

// Detached gives a runtime that goes on when this one was stopped, until stop
// is called. Call it at the end.
func (l Local) Detached() (inner Local, stop func(Cause)) {
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(l.rt.hard))
	return Local{&inProcess{world: l.rt.world, soft: ctx, hard: ctx}}, func(c Cause) { cancel(stopError{c}) }
}
