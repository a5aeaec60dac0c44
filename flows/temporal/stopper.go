package temporal

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/medlar-flow/medlar/flows/internal/runtime"
)

// stopper is a workflow context that knows why it ended.
type stopper struct {
	ctx    workflow.Context
	cancel workflow.CancelFunc
	cause  runtime.Cause
	parent *stopper
}

// newStopper returns one that ends with ctx: by whoever cancels the workflow.
func newStopper(ctx workflow.Context) *stopper {
	ctx, cancel := workflow.WithCancel(ctx)
	return &stopper{ctx: ctx, cancel: cancel}
}

// inner returns one that ends with this one.
func (s *stopper) inner() *stopper {
	inner := newStopper(s.ctx)
	inner.parent = s
	return inner
}

// stop ends it; the first cause counts.
func (s *stopper) stop(cause runtime.Cause) {
	if s.stopped() == runtime.NotStopped {
		s.cause = cause
	}
	s.cancel()
}

// stopped says why it ended.
func (s *stopper) stopped() runtime.Cause {
	switch {
	case s.cause != runtime.NotStopped:
		return s.cause
	case s.ctx.Err() == nil:
		return runtime.NotStopped
	case s.parent != nil:
		return s.parent.stopped()
	default:
		return runtime.ByUser
	}
}

// until calls late when the time is over, unless the end comes first.
func (r *run) until(deadline time.Time, late func()) (end func()) {
	ctx, end := workflow.WithCancel(r.free)
	workflow.Go(ctx, func(ctx workflow.Context) {
		if workflow.NewTimer(ctx, deadline.Sub(r.clock())).Get(ctx, nil) == nil {
			late()
		}
	})
	return end
}

// whenStopped calls f when it ends, unless the end comes first.
func (s *stopper) whenStopped(r *run, f func(co workflow.Context)) (end func()) {
	free, end := workflow.WithCancel(r.free)
	workflow.Go(free, func(ctx workflow.Context) {
		selector := workflow.NewSelector(ctx)
		selector.AddReceive(s.ctx.Done(), func(workflow.ReceiveChannel, bool) { f(ctx) })
		selector.AddReceive(free.Done(), func(workflow.ReceiveChannel, bool) {})
		selector.Select(ctx)
	})
	return end
}
