package journal

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/late"
)

// carrier is the runtime.Runtime of one branch of a durable run: what the
// journal knows is read back, everything else happens in process and is
// written down.
type carrier struct {
	run      *run
	scope    *scope
	local    runtime.Local
	cleanup  *cleanup      // nil unless detached
	observed runtime.Cause // why the branch was found to be stopped
	deadline int64         // of the time limits that the branch is in; 0 for none
}

var (
	_ runtime.Runtime  = (*carrier)(nil)
	_ runtime.Beginner = (*carrier)(nil)
)

// Now is the time of the branch's latest record. Before it has one, that is when
// it started, which is written down when somebody first asks.
func (r *carrier) Now() time.Time {
	if s := r.scope; s.untimed() && r.run.halted() == nil {
		switch rec := s.next("", kindTime); {
		case rec != nil:
			s.take()
		case s.replaying():
			_ = r.missing(r.scope.id, "the time of its branch is not in the records")
		default:
			_ = r.write(&record{kind: kindTime, at: max(s.now.Load(), s.began)}, false)
		}
	}
	return time.Unix(0, r.scope.now.Load()).UTC()
}

// Begin is Now, but behind what a restart kept, which may be days old, the time of the
// system: a wait that runs again is not over before it begins.
func (r *carrier) Begin() time.Time {
	now := r.Now()
	if s := r.scope; s.kept.Load() && !s.replaying() {
		return time.Unix(0, s.stamp()).UTC()
	}
	return now
}

// Clock is the time of what is read back next, else that of the system.
func (r *carrier) Clock() time.Time {
	at := r.scope.stamp()
	if len(r.scope.queue) > 0 {
		rec := r.scope.queue[0]
		at = max(r.scope.now.Load(), cmp.Or(rec.started, rec.at))
	}
	return time.Unix(0, at).UTC()
}

// Random is the same for the same run.
func (r *carrier) Random(path string, count int) uint64 { return r.local.Random(r.Named(path), count) }

// Emit reports what happens; what is read back, and what an earlier generation did, only
// those hear of who watch the run.
func (r *carrier) Emit(e report.Event) {
	switch {
	case r.run.halted() != nil:
	case r.scope.replaying(), r.scope.kept.Load() && endsStep(e.Type):
		r.local.Replayed(e)
	default:
		r.scope.begins()
		e.RunID = r.run.id
		r.local.Emit(e)
	}
}

// endsStep is true of what is told of a step that began before.
func endsStep(e report.EventType) bool {
	switch e {
	case report.StepFinished, report.StepFailed, report.StepRetried, report.StepProgress, report.UndoFinished, report.UndoFailed:
		return true
	}
	return false
}

// Checkpoint ends a reading where the run is to be restarted.
func (r *carrier) Checkpoint(path string) error {
	if rd := r.run.reading; rd != nil && rd.trail != nil {
		return rd.checkpoint(r, path)
	}
	if g := r.run.gen; g != nil && slices.Contains(g.Blocks, path) {
		g.Again(path)
	}
	return nil
}

// Child runs the part in place.
func (r *carrier) Child(_ string, part func(rt runtime.Runtime) (any, error)) (any, error) {
	return part(r)
}

// Stopped says why the branch is to stop. Where that is found is written down,
// so that the run finds it at the same place when it is read back.
func (r *carrier) Stopped() runtime.Cause {
	switch {
	case r.run.halted() != nil || r.scope.cut:
		return runtime.ByShutdown
	case r.observed != runtime.NotStopped:
		return r.observed
	}
	r.scope.polls++
	if stop := r.scope.next("", kindStop); stop != nil && stop.count == r.scope.polls {
		if rd := r.run.reading; rd != nil && rd.cut != nil && rd.cut.stops(r.scope) {
			r.scope.cut, rd.cut.reached = true, rd.cut.reached || rd.cut.from == ""
			return runtime.ByShutdown
		}
		r.observed = r.scope.take().cause
		return r.observed
	}
	if r.scope.replaying() {
		return runtime.NotStopped
	}
	r.cleanup.begin()
	switch cause := r.run.stopped(r.local); cause {
	case runtime.NotStopped:
		return cause
	case runtime.ByShutdown:
		r.run.halt(ErrInterrupted)
		return cause
	default:
		r.observed = cause
		_ = r.write(&record{kind: kindStop, count: r.scope.polls, cause: cause}, false)
		return cause
	}
}

// write adds a record of this scope, and what is to change with it. An error has
// ended the run already.
func (r *carrier) write(rec *record, wait bool, more ...Change) error {
	rec.scope, rec.trace = r.scope.id, r.scope.trace
	if rec.at == 0 {
		rec.at = r.scope.stamp()
	}
	r.scope.passed(rec.at)
	return r.run.write(rec, wait, more...)
}

// diverged ends a run that does something else than its records say.
func (r *carrier) diverged(path string) error {
	what := "nothing"
	if len(r.scope.queue) > 0 {
		what = fmt.Sprintf("%s of %s", kindNames.Get()[r.scope.queue[0].kind], r.scope.queue[0].path)
	}
	r.run.halt(&DivergedError{RunID: r.run.id, Path: path, Recorded: what})
	return runtime.StoppedError(runtime.ByShutdown)
}

var kindNames = late.Value[map[kind]string]{Make: func() map[kind]string {
	return map[kind]string{
		kindBegin: "the beginning", kindResult: "the result", kindWithheld: "the result", kindFailure: "the failure", kindTime: "the time", kindSleep: "a wait",
		kindAwait: "a wait for a signal", kindGiven: "a signal", kindRanOut: "the end of a wait for a signal",
		kindDeadline: "a time limit", kindStop: "a stop", kindJoin: "a join", kindFold: "what was left", kindEnd: "the end",
	}
}}

// Sleep waits until the time that was set when the wait began.
func (r *carrier) Sleep(path string, until time.Time) error {
	if cause := r.shutdown(); cause != runtime.NotStopped {
		return runtime.StoppedError(cause)
	}
	fresh := false
	switch rec := r.scope.next(path, kindSleep); {
	case rec != nil:
		until = time.Unix(0, r.scope.take().until)
	case r.scope.replaying():
		return r.missing(path, "it did not wait here")
	default:
		fresh = true
		if err := r.write(&record{kind: kindSleep, path: path, until: until.UnixNano()}, false); err != nil {
			return runtime.StoppedError(runtime.ByShutdown)
		}
	}
	if !r.scope.replaying() {
		if r.run.readToEnd() {
			return runtime.StoppedError(runtime.ByShutdown)
		}
		r.cleanup.begin()
		if !fresh && r.wasOver(until) {
			// It ended while nobody ran the run, before the time limit did.
			r.scope.polls++
			r.scope.now.Store(max(r.scope.now.Load(), until.UnixNano()))
			return nil
		}
		goOn := r.run.waiting(until)
		_ = r.local.Sleep(until) // Stopped says why it ended early
		goOn()
	}
	if cause := r.Stopped(); cause != runtime.NotStopped {
		return runtime.StoppedError(cause)
	}
	r.scope.now.Store(max(r.scope.now.Load(), until.UnixNano()))
	return nil
}

// wasOver reports whether a wait that is read back ended before now, and before
// the time limits that the branch is in.
func (r *carrier) wasOver(until time.Time) bool {
	end := until.UnixNano()
	return end <= time.Now().UnixNano() && r.deadline > 0 && end < r.deadline
}

// earlier returns the earlier of two deadlines, of which 0 is none.
func earlier(a, b int64) int64 {
	if a == 0 || b > 0 && b < a {
		return b
	}
	return a
}

func (r *carrier) shutdown() runtime.Cause {
	if r.run.halted() != nil || r.scope.cut {
		return runtime.ByShutdown
	}
	return runtime.NotStopped
}

// Within begins a time limit, or goes on with the one that began before.
func (r *carrier) Within(path string, limit time.Duration) (runtime.Runtime, func()) {
	deadline := time.Now().Add(limit)
	switch rec := r.scope.next(path, kindDeadline); {
	case rec != nil:
		deadline = time.Unix(0, r.scope.take().until)
	case r.run.halted() != nil:
	case r.scope.replaying():
		_ = r.missing(path, "it had no time limit")
	default:
		_ = r.write(&record{kind: kindDeadline, path: path, until: deadline.UnixNano()}, false)
	}
	local, done := r.local.Until(deadline)
	forget := r.run.due(deadline)
	limited := &carrier{
		run: r.run, scope: r.scope, local: local, cleanup: r.cleanup, deadline: earlier(r.deadline, deadline.UnixNano()),
	}
	return limited, func() {
		forget()
		done()
	}
}

// Detached goes on when this one is stopped, for at most limit. A run that is
// resumed has that time once more.
func (r *carrier) Detached(_ string, limit time.Duration) (runtime.Runtime, func()) {
	local, stop := r.local.Detached()
	c := &cleanup{outer: r.local, limit: limit, stop: stop, hold: r.run.hold}
	unhook := r.run.onHalt(func() { stop(runtime.ByShutdown) })
	return &carrier{run: r.run, scope: r.scope, local: local, cleanup: c}, func() {
		unhook()
		c.end()
		stop(runtime.NotStopped)
	}
}

// stopAttempt is the error of an attempt that was in flight when its run was
// interrupted, and may not be made again: whether it happened is not known.
func stopAttempt(cause runtime.Cause) *connector.Error {
	e := runtime.StoppedError(cause)
	e.Outcome = connector.OutcomeUnknown
	return e
}
