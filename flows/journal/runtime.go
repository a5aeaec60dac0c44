package journal

import (
	"fmt"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
)

// runtime is the flows.Runtime of one branch of a durable run: what the
// journal knows is read back, everything else happens in process and is
// written down.
type runtime struct {
	run      *run
	scope    *scope
	local    flows.Local
	cleanup  *cleanup    // nil unless detached
	observed flows.Cause // why the branch was found to be stopped
}

var _ flows.Runtime = (*runtime)(nil)

// Now is the time of the branch's latest record.
func (r *runtime) Now() time.Time { return time.Unix(0, r.scope.now.Load()).UTC() }

// Random is the same for the same run.
func (r *runtime) Random(path string, count int) uint64 { return r.local.Random(path, count) }

// Emit reports what happens, not what is read back.
func (r *runtime) Emit(e flows.Event) {
	if r.run.halted() == nil && !r.scope.replaying() {
		r.local.Emit(e)
	}
}

// Checkpoint asks for nothing: a run goes on from its records.
func (r *runtime) Checkpoint(string) error { return nil }

// Child runs the part in place.
func (r *runtime) Child(_ string, part func(rt flows.Runtime) (any, error)) (any, error) {
	return part(r)
}

// Stopped says why the branch is to stop. Where that is found is written down,
// so that the run finds it at the same place when it is read back.
func (r *runtime) Stopped() flows.Cause {
	switch {
	case r.run.halted() != nil:
		return flows.ByShutdown
	case r.observed != flows.NotStopped:
		return r.observed
	}
	r.scope.polls++
	if stop := r.scope.next("", kindStop); stop != nil && stop.count == r.scope.polls {
		r.observed = r.scope.take().cause
		return r.observed
	}
	if r.scope.replaying() {
		return flows.NotStopped
	}
	r.cleanup.begin()
	switch cause := r.local.Stopped(); cause {
	case flows.NotStopped:
		return cause
	case flows.ByShutdown:
		r.run.halt(errShutdown)
		return cause
	default:
		r.observed = cause
		_ = r.write(&record{kind: kindStop, count: r.scope.polls, cause: cause}, false)
		return cause
	}
}

// write adds a record of this scope. An error has ended the run already.
func (r *runtime) write(rec *record, wait bool) error {
	rec.scope, rec.trace = r.scope.id, r.scope.trace
	if rec.at == 0 {
		rec.at = r.scope.stamp()
	}
	r.scope.passed(rec.at)
	return r.run.write(rec, wait)
}

// diverged ends a run that does something else than its records say.
func (r *runtime) diverged(path string) error {
	what := "nothing"
	if len(r.scope.queue) > 0 {
		what = fmt.Sprintf("%s of %s", kindNames[r.scope.queue[0].kind], r.scope.queue[0].path)
	}
	r.run.halt(&DivergedError{RunID: r.run.id, Path: path, Recorded: what})
	return flows.StoppedError(flows.ByShutdown)
}

var kindNames = map[kind]string{
	kindBegin: "the beginning", kindResult: "the result", kindWithheld: "the result", kindFailure: "the failure", kindSleep: "a wait",
	kindDeadline: "a time limit", kindStop: "a stop", kindJoin: "a join", kindFold: "what was left", kindEnd: "the end",
}

// Sleep waits until the time that was set when the wait began.
func (r *runtime) Sleep(path string, until time.Time) error {
	if cause := r.shutdown(); cause != flows.NotStopped {
		return flows.StoppedError(cause)
	}
	switch rec := r.scope.next(path, kindSleep); {
	case rec != nil:
		until = time.Unix(0, r.scope.take().until)
	case r.scope.replaying():
		return r.diverged(path)
	default:
		if err := r.write(&record{kind: kindSleep, path: path, until: until.UnixNano()}, false); err != nil {
			return flows.StoppedError(flows.ByShutdown)
		}
	}
	if !r.scope.replaying() {
		r.cleanup.begin()
		_ = r.local.Sleep(until) // Stopped says why it ended early
	}
	if cause := r.Stopped(); cause != flows.NotStopped {
		return flows.StoppedError(cause)
	}
	r.scope.now.Store(max(r.scope.now.Load(), until.UnixNano()))
	return nil
}

func (r *runtime) shutdown() flows.Cause {
	if r.run.halted() != nil {
		return flows.ByShutdown
	}
	return flows.NotStopped
}

// Within begins a time limit, or goes on with the one that began before.
func (r *runtime) Within(path string, limit time.Duration) (flows.Runtime, func()) {
	deadline := time.Now().Add(limit)
	switch rec := r.scope.next(path, kindDeadline); {
	case rec != nil:
		deadline = time.Unix(0, r.scope.take().until)
	case r.run.halted() != nil:
	case r.scope.replaying():
		_ = r.diverged(path)
	default:
		_ = r.write(&record{kind: kindDeadline, path: path, until: deadline.UnixNano()}, false)
	}
	local, done := r.local.Until(deadline)
	return &runtime{run: r.run, scope: r.scope, local: local, cleanup: r.cleanup}, done
}

// Detached goes on when this one is stopped, for at most limit. A run that is
// resumed has that time once more.
func (r *runtime) Detached(_ string, limit time.Duration) (flows.Runtime, func()) {
	local, stop := r.local.Detached()
	c := &cleanup{outer: r.local, limit: limit, stop: stop}
	unhook := r.run.onHalt(func() { stop(flows.ByShutdown) })
	return &runtime{run: r.run, scope: r.scope, local: local, cleanup: c}, func() {
		unhook()
		c.end()
		stop(flows.NotStopped)
	}
}

// stopAttempt is the error of an attempt that was in flight when its run was
// interrupted, and may not be made again: whether it happened is not known.
func stopAttempt(cause flows.Cause) *connector.Error {
	e := flows.StoppedError(cause)
	e.Outcome = connector.OutcomeUnknown
	return e
}
