package interp

import (
	"context"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
)

// local shows the runtime in process of one branch.
type local struct{ rt *inProcess }

// NewLocal returns a runtime in process for attempts that belong to a run whose
// interpreter is elsewhere. It opens each connection once. Call done when no
// attempt is under way any more. Where opened is false then, nothing is to be
// closed, and no later attempt gains by what is kept.
func NewLocal(ctx context.Context, runID string, sandbox *connector.Sandbox) (rt runtime.Local, opened func() bool, done func() error) {
	w := newWorld(runID)
	w.connections.sandbox = sandbox
	w.called.Store(int32(len(w.calls))) // it stays longer than its calls, and keeps none of them
	return local{newInProcess(ctx, w)}, w.connections.hasAny, w.connections.close
}

// In is that of Local.
func (l local) In(ctx context.Context) runtime.Local { return local{newInProcess(ctx, l.rt.world)} }

// Stopped says why the branch is to stop.
func (l local) Stopped() runtime.Cause { return l.rt.Stopped() }

// Random is that of Runtime.
func (l local) Random(path string, count int) uint64 { return l.rt.Random(path, count) }

// Emit is that of Runtime.
func (l local) Emit(e report.Event) { l.rt.Emit(e) }

// Replayed tells who watches the run of an event that is read back.
func (l local) Replayed(e report.Event) {
	if l.rt.watch != nil {
		l.rt.replayed(e)
	}
}

// Listened reports whether the run has a listener.
func (l local) Listened() bool { return len(l.rt.listeners) > 0 }

// Attempt calls the operation, unless the branch is to stop.
func (l local) Attempt(a runtime.Attempt) (any, error) { return l.rt.Attempt(a) }

// Sleep waits until a time, or until the branch is to stop.
func (l local) Sleep(until time.Time) error { return l.rt.Sleep("", until) }

// Await waits until something came, until a time, or until the branch is to stop.
func (l local) Await(until time.Time, came <-chan struct{}) { l.rt.await(until, came) }

// OnStop calls f, in a goroutine of its own, when the branch is to stop, until
// unhook is called.
func (l local) OnStop(f func()) (unhook func() bool) { return context.AfterFunc(l.rt.soft, f) }

// Branch returns a runtime that also ends by stop: calls that read are
// interrupted, calls that change something are not.
func (l local) Branch() (branch runtime.Local, stop func(runtime.Cause)) {
	soft, cancel := context.WithCancelCause(l.rt.soft)
	return local{&inProcess{world: l.rt.world, soft: soft, hard: l.rt.hard, apart: true}}, func(c runtime.Cause) { cancel(runtime.StopCause(c)) }
}

// Unbranched returns a runtime that does not end when a branch beside it fails.
func (l local) Unbranched() runtime.Local {
	return local{&inProcess{world: l.rt.world, soft: l.rt.hard, hard: l.rt.hard}}
}

// Until returns a runtime that ends at a time. Call done at the end.
func (l local) Until(deadline time.Time) (inner runtime.Local, done func()) {
	bounded, done := l.rt.until(deadline)
	return local{bounded}, done
}

// Detached returns a runtime that goes on when this one was stopped, until stop
// is called. Call it at the end.
func (l local) Detached() (inner runtime.Local, stop func(runtime.Cause)) {
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(l.rt.hard))
	return local{&inProcess{world: l.rt.world, soft: ctx, hard: ctx}}, func(c runtime.Cause) { cancel(runtime.StopCause(c)) }
}
