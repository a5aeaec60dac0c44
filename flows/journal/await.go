package journal

import (
	"context"
	"time"

	"github.com/medlar-flow/medlar/flows/internal/runtime"
)

// Signal waits for a signal. The wait is written down when it begins and when it
// ends; the values stay where they are kept.
func (r *carrier) Signal(path string, wait runtime.SignalWait) (any, bool, error) {
	if cause := r.shutdown(); cause != runtime.NotStopped {
		return nil, false, runtime.StoppedError(cause)
	}
	id := SignalID{r.run.id, r.run.reading.signalWas(wait.Name), wait.Key}
	began := r.scope.next(path, kindAwait)
	switch rec := began; {
	case rec != nil:
		if key, err := r.run.body(rec); err != nil || key != wait.Key || rec.operation != wait.Name {
			return nil, false, r.missing(path, "it waited for another signal")
		}
		if rec = r.scope.take(); rec.until != 0 {
			wait.Until = time.Unix(0, rec.until)
		}
	case r.scope.replaying():
		return nil, false, r.missing(path, "it did not wait for a signal here")
	default:
		return r.beginWait(path, wait, id)
	}
	switch rec := r.scope.next(path, kindGiven, kindRanOut); {
	case rec != nil && rec.kind == kindRanOut:
		r.scope.take()
		return nil, false, nil
	case rec != nil:
		v, given, err := r.givenBefore(rec, id)
		if err == nil && !r.takesStill(path, wait.SignalID, v) {
			began.taken = false
			return nil, false, runtime.StoppedError(runtime.ByShutdown)
		}
		r.scope.take()
		return v, given, err
	}
	if !r.scope.replaying() {
		if r.run.readToEnd() {
			return nil, false, runtime.StoppedError(runtime.ByShutdown)
		}
		return r.await(path, wait, id, r.run.signals.expect(id))
	}
	if cause := r.Stopped(); cause != runtime.NotStopped {
		return nil, false, runtime.StoppedError(cause)
	}
	return nil, false, r.missing(path, "its wait did not end")
}

// beginWait writes down that a wait begins, and waits. A signal that ran out is
// open again, before anybody looks whether it is.
func (r *carrier) beginWait(path string, wait runtime.SignalWait, id SignalID) (any, bool, error) {
	rec := &record{kind: kindAwait, path: path, operation: wait.Name}
	if !wait.Until.IsZero() {
		rec.until = wait.Until.UnixNano()
	}
	err := rec.setBody(r.scope.id, wait.Key)
	r.run.signals.turn.Lock()
	var kept *StoredSignal
	if err == nil {
		kept, err = r.run.journal.signals.Signal(context.Background(), id)
	}
	if err == nil {
		err = r.write(rec, kept != nil && kept.Closed, OpenSignal{id})
	}
	came := r.run.signals.expect(id)
	r.run.signals.turn.Unlock()
	if err != nil {
		return r.unanswered(id, came, err)
	}
	return r.await(path, wait, id, came)
}

// await waits for the signal, its time or the branch's end. Where the signal is
// there when its time is over, it counts.
func (r *carrier) await(path string, wait runtime.SignalWait, id SignalID, came chan struct{}) (any, bool, error) {
	r.cleanup.begin()
	for {
		kept, err := r.run.journal.signals.Signal(context.Background(), id)
		switch {
		case err != nil:
			return r.unanswered(id, came, err)
		case kept != nil && kept.Closed: // by a process that ended before it wrote that down
			r.run.signals.leave(id, came)
			return nil, false, r.endWait(&record{kind: kindRanOut, path: path})
		case kept != nil:
			r.run.signals.leave(id, came)
			return r.given(path, kept)
		case wait.Over(time.Now()):
			return r.runOut(path, id, came)
		}
		goOn := r.run.waiting(wait.Until)
		r.local.Await(wait.Until, came)
		goOn()
		if r.run.stopped(r.local) != runtime.NotStopped {
			r.run.signals.leave(id, came)
			r.run.waited(id)
			return nil, false, runtime.StoppedError(r.Stopped())
		}
		r.run.signals.leave(id, came)
		came = r.run.signals.expect(id)
	}
}

// unanswered stops the run where it cannot be known whether a signal came.
func (r *carrier) unanswered(id SignalID, came chan struct{}, err error) (any, bool, error) {
	r.run.signals.leave(id, came)
	r.run.halt(err)
	return nil, false, runtime.StoppedError(runtime.ByShutdown)
}

// given ends a wait whose signal came.
func (r *carrier) given(path string, kept *StoredSignal) (any, bool, error) {
	if err := r.endWait(&record{kind: kindGiven, path: path}, TakeSignal{kept.SignalID}); err != nil {
		return nil, false, err
	}
	return r.valuesOf(kept)
}

func (r *carrier) endWait(rec *record, more ...Change) error {
	if err := r.write(rec, false, more...); err != nil {
		return runtime.StoppedError(runtime.ByShutdown)
	}
	return nil
}

// runOut ends a wait whose time is over. The last one closes the signal, on disk,
// unless it comes before that.
func (r *carrier) runOut(path string, id SignalID, came chan struct{}) (any, bool, error) {
	run := r.run
	run.signals.turn.Lock()
	defer run.signals.turn.Unlock()
	if run.signals.leave(id, came) {
		err := run.journal.writer.add(&job{run: run, changes: func() []Change { return []Change{CloseSignal{id}} }}, true)
		var kept *StoredSignal
		if err == nil {
			kept, err = run.journal.signals.Signal(context.Background(), id)
		}
		switch {
		case err != nil:
			return r.unanswered(id, came, err)
		case kept != nil && !kept.Closed:
			return r.given(path, kept)
		}
	}
	return nil, false, r.endWait(&record{kind: kindRanOut, path: path})
}

// givenBefore returns the values of a signal that the run was given before, by its
// record.
func (r *carrier) givenBefore(rec *record, id SignalID) (any, bool, error) {
	if r.run.branched {
		v, err := r.run.body(rec)
		if err != nil {
			return nil, false, r.run.unread(rec, err)
		}
		return v, true, nil
	}
	kept, err := r.run.journal.given(id)
	if err != nil {
		r.run.halt(err)
		return nil, false, runtime.StoppedError(runtime.ByShutdown)
	}
	return r.valuesOf(kept)
}

// valuesOf returns the values of a signal that was given.
func (r *carrier) valuesOf(kept *StoredSignal) (any, bool, error) {
	values, err := r.run.journal.openSignal(kept)
	if err != nil {
		r.run.halt(unreadable(r.run.id, err))
		return nil, false, runtime.StoppedError(runtime.ByShutdown)
	}
	if rd := r.run.reading; rd != nil {
		rd.learned.signal(kept, values)
	}
	return values, true, nil
}
