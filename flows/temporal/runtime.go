package temporal

import (
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
)

// carrier is the runtime.Runtime of one branch of a run in workflow code. What
// the run did before it was continued, or before this part of it was handed to
// a workflow of its own, is read back from records; everything else happens,
// and is noted for the same purpose.
type carrier struct {
	run   *run
	scope *scope
	local runtime.Local
	co    workflow.Context // of the coroutine that runs the branch
	// hard ends when the run must stop, soft also when a branch beside this one
	// failed. What changes the world runs under hard, so that what it did is
	// known and can be undone.
	soft, hard *stopper
	observed   runtime.Cause // why the branch was found to be stopped
	deadline   int64         // of the time limits that the branch is in; 0 for none
}

var _ interface {
	runtime.Runtime
	runtime.LoopFolder
	runtime.KeyKeeper
} = (*carrier)(nil)

// Now is the time of the branch's latest record. Before it has one, that is when
// it started, which is noted when somebody first asks.
func (r *carrier) Now() time.Time {
	if s := r.scope; s.untimed() {
		switch rec := s.next("", kindTime); {
		case rec != nil:
			s.take()
		case s.replaying():
			s.diverged("the time of a branch")
		default:
			s.keep(&record{kind: kindTime, at: max(s.now, s.began)})
		}
	}
	return time.Unix(0, r.scope.now).UTC()
}

// Clock is the time of what is read back next, else that of the workflow.
func (r *carrier) Clock() time.Time {
	at := r.scope.stamp()
	if len(r.scope.queue) > 0 {
		at = max(r.scope.now, r.scope.queue[0].at)
	}
	return time.Unix(0, at).UTC()
}

// Random is the same for the same run.
func (r *carrier) Random(path string, count int) uint64 { return r.local.Random(r.Named(path), count) }

// Emit reports what happens, not what is read back.
func (r *carrier) Emit(e report.Event) {
	e.RunID = r.run.id
	s := r.scope
	s.events++
	s.run.events[s.id] = max(s.events, s.reported)
	if s.events > s.reported && !s.replaying() && !workflow.IsReplaying(r.run.free) {
		e.TraceID, e.SpanID, _, _ = r.run.place.IDs()
		r.local.Emit(e)
	}
}

// Checkpoint asks for nothing: a run is continued from its records.
func (r *carrier) Checkpoint(path string) error {
	if g := r.run.start.gen; g != nil && slices.Contains(g.Blocks, path) {
		g.Again(path)
	}
	return nil
}

// Child runs the part in place.
func (r *carrier) Child(_ string, part func(rt runtime.Runtime) (any, error)) (any, error) {
	return part(r)
}

// Stopped says why the branch is to stop. Where that is found is noted, so that
// the run finds it at the same place when it is read back.
func (r *carrier) Stopped() runtime.Cause {
	if r.observed != runtime.NotStopped {
		return r.observed
	}
	r.scope.polls++
	if stop := r.scope.next("", kindStop); stop != nil && stop.count == r.scope.polls {
		r.observed = r.scope.take().cause
		return r.observed
	}
	if r.scope.replaying() {
		return runtime.NotStopped
	}
	if r.scope.polls%busyPolls == 0 {
		r.rest()
	}
	if cause := r.soft.stopped(); cause != runtime.NotStopped {
		r.observed = cause
		r.scope.add(&record{kind: kindStop, count: r.scope.polls, cause: cause})
	}
	return r.observed
}

// busyPolls is how often a branch may ask whether to stop, while it does
// nothing else, before it rests: workflow code that never waits is taken for
// stuck, and learns of no cancellation.
const busyPolls = 1000

// restTime is how long it rests.
const restTime = 10 * time.Millisecond

func (r *carrier) rest() { _ = workflow.NewTimer(r.run.free, restTime).Get(r.co, nil) }

// Sleep waits until the time that was set when the wait began.
func (r *carrier) Sleep(path string, until time.Time) error {
	switch rec := r.scope.next(path, kindSleep); {
	case rec != nil:
		until = time.Unix(0, r.scope.take().until)
		if !r.scope.replaying() && r.wasOver(until) {
			// It ended while the run was continued, before the time limit did.
			r.scope.polls++
			r.scope.now = max(r.scope.now, until.UnixNano())
			return nil
		}
	case r.scope.replaying():
		r.scope.diverged(path)
	default:
		r.run.pause(r.co)
		r.scope.add(&record{kind: kindSleep, path: path, until: until.UnixNano()})
	}
	if !r.scope.replaying() {
		// Stopped says why it ended early.
		_ = workflow.NewTimer(r.soft.ctx, until.Sub(r.run.clock())).Get(r.co, nil)
	}
	if cause := r.Stopped(); cause != runtime.NotStopped {
		return runtime.StoppedError(cause)
	}
	r.scope.now = max(r.scope.now, until.UnixNano())
	return nil
}

// wasOver reports whether a wait that is read back ended before now, and before
// the time limits that the branch is in.
func (r *carrier) wasOver(until time.Time) bool {
	end := until.UnixNano()
	return r.run.start.meaning >= 2 && end <= r.run.clock().UnixNano() && r.deadline > 0 && end < r.deadline
}

// Within begins a time limit, or goes on with the one that began before.
func (r *carrier) Within(path string, limit time.Duration) (runtime.Runtime, func()) {
	deadline := time.Unix(0, r.scope.stamp()).Add(limit)
	switch rec := r.scope.next(path, kindDeadline); {
	case rec != nil:
		deadline = time.Unix(0, r.scope.take().until)
	case r.scope.replaying():
		r.scope.diverged(path)
	default:
		r.scope.add(&record{kind: kindDeadline, path: path, until: deadline.UnixNano()})
	}
	inner := &carrier{run: r.run, scope: r.scope, local: r.local, co: r.co, soft: r.soft.inner(), hard: r.hard.inner()}
	inner.deadline = deadline.UnixNano()
	if r.deadline > 0 {
		inner.deadline = min(r.deadline, inner.deadline)
	}
	end := r.run.until(deadline, func() {
		inner.soft.stop(runtime.ByTimeout)
		inner.hard.stop(runtime.ByTimeout)
	})
	return inner, func() {
		end()
		inner.soft.cancel()
		inner.hard.cancel()
	}
}

// Detached goes on when this one is stopped, for at most limit. A run that was
// continued has that time once more.
func (r *carrier) Detached(_ string, limit time.Duration) (runtime.Runtime, func()) {
	free := newStopper(r.run.free)
	endTimer := func() {}
	endWatch := r.soft.whenStopped(r.run, func(workflow.Context) {
		endTimer = r.run.until(r.run.clock().Add(limit), func() { free.stop(runtime.ByTimeout) })
	})
	return &carrier{run: r.run, scope: r.scope, local: r.local, co: r.co, soft: free, hard: free}, func() {
		endWatch()
		endTimer()
		free.cancel()
	}
}
