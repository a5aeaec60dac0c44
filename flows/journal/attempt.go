package journal

import (
	"errors"
	"fmt"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/internal/wire"
	"github.com/medlar-flow/medlar/flows/report"
)

// Attempt returns what the journal knows of the attempt, or makes it and writes
// down what came of it. What changes something leaves only when that it begins
// is on disk, with all that was written before: so nothing is done on grounds
// that a loss of the process would take back, and nothing is done that nobody
// knows of.
func (r *carrier) Attempt(a runtime.Attempt) (any, error) {
	if r.run.halted() != nil {
		return nil, runtime.StoppedError(runtime.ByShutdown)
	}
	if r.run.reading != nil {
		return r.reread(a)
	}
	r.run.gen.Again(a.Path)
	begun := r.scope.next(a.Path, kindBegin) != nil
	if begun {
		r.scope.take()
	}
	if rec := r.scope.next(a.Path, kindResult, kindFailure, kindWithheld); rec != nil {
		return r.known(a, r.scope.take())
	}
	if begun {
		return r.again(a)
	}
	if a.Refused != nil {
		return nil, a.Refused
	}
	if cause := r.Stopped(); cause != runtime.NotStopped {
		return nil, runtime.StoppedError(cause)
	}
	if r.scope.replaying() {
		return nil, r.diverged(a.Path)
	}
	return r.live(a)
}

// known reads back what came of an attempt.
func (r *carrier) known(a runtime.Attempt, rec *record) (any, error) {
	if rec.kind == kindWithheld {
		r.run.stay()
		r.say(a, "the result of this step was not stored, since it holds a secret: it runs again")
		v, err := r.local.Unbranched().Attempt(a)
		if err != nil {
			return nil, report.AsRunError(err)
		}
		return wire.Result(a.Operation.Name, v)
	}
	v, err := r.run.body(rec)
	if err != nil {
		return nil, r.run.unread(rec, err)
	}
	if rec.kind == kindFailure {
		return nil, wire.FailureOf(v)
	}
	return v, nil
}

// unreadable says why a record cannot be read back.
func unreadable(id string, err error) error {
	if errors.Is(err, wire.ErrSealed) {
		return &LockedError{RunID: id, Err: err}
	}
	return &DamagedError{RunID: id, Err: err}
}

// unread stops the run, one of whose records cannot be read back.
func (r *run) unread(rec *record, err error) error {
	r.halt(unreadable(r.id, fmt.Errorf("%s of %s: %w", kindNames.Get()[rec.kind], rec.path, err)))
	return runtime.StoppedError(runtime.ByShutdown)
}

// again starts an attempt once more that was in flight when the run was
// interrupted, unless it may not be made twice. A branch beside it that failed
// does not keep it from that: what it does must be known.
func (r *carrier) again(a runtime.Attempt) (any, error) {
	if len(r.scope.queue) > 0 {
		return nil, r.diverged(a.Path)
	}
	r.cleanup.begin()
	local := r.local.Unbranched()
	if cause := local.Stopped(); cause != runtime.NotStopped && cause != runtime.ByShutdown {
		return r.finish(local, a, time.Now().UnixNano(), nil, stopAttempt(cause))
	}
	switch {
	case a.Refused != nil:
		refused := *a.Refused
		refused.Outcome = connector.OutcomeUnknown // it began when its parameters did fit
		return r.finish(local, a, time.Now().UnixNano(), nil, &refused)
	case a.AtMostOnce:
		return r.finish(local, a, time.Now().UnixNano(), nil, runtime.OutcomeUnknownError())
	}
	started := time.Now().UnixNano()
	v, err := r.call(local, a)
	if err != nil && a.Effect() != connector.EffectReadOnly {
		inDoubt := *report.AsRunError(err)
		inDoubt.InDoubt = true
		err = &inDoubt
	}
	return r.finish(local, a, started, v, err)
}

func (r *carrier) live(a runtime.Attempt) (any, error) {
	r.cleanup.begin()
	if failure := r.run.gen.Refuses(r.run.exec, &a); failure != nil {
		return r.finish(r.local, a, time.Now().UnixNano(), nil, failure)
	}
	if a.AtMostOnce && a.Secret && r.run.journal.keys.none() {
		return r.finish(r.local, a, time.Now().UnixNano(), nil, needsKey(connector.OutcomeFailed))
	}
	if a.Effect() != connector.EffectReadOnly {
		if err := r.write(&record{kind: kindBegin, path: a.Path, operation: a.Operation.Name}, true); err != nil {
			return nil, runtime.StoppedError(runtime.ByShutdown)
		}
	}
	return r.make(r.local, a)
}

// make makes the attempt and writes down what came of it.
func (r *carrier) make(local runtime.Local, a runtime.Attempt) (any, error) {
	started := time.Now().UnixNano()
	v, err := r.call(local, a)
	return r.finish(local, a, started, v, err)
}

// call makes the attempt; what it gives can be stored.
func (r *carrier) call(local runtime.Local, a runtime.Attempt) (any, error) {
	v, err := local.Attempt(a)
	if err == nil {
		v, err = wire.Result(a.Operation.Name, v)
	}
	if err == nil && a.AtMostOnce && r.run.journal.keys.none() && (v != nil && a.Secret || r.run.exec.HoldsSecret(v)) {
		return nil, needsKey(connector.OutcomeUnknown)
	}
	return v, err
}

// needsKey is the failure of a step that must not run a second time, and whose
// result cannot be stored: a resume would have nothing to go on with.
func needsKey(outcome connector.Outcome) *connector.Error {
	return &connector.Error{
		Code: "ResultNotStored", Class: connector.ClassInvalid, Outcome: outcome,
		Message: "the result holds a secret, which a journal stores only encrypted, and atMostOnce keeps the step from running again: " +
			"give a key in " + whereKeys + " (openssl rand -base64 32)",
	}
}

func (r *carrier) finish(local runtime.Local, a runtime.Attempt, started int64, v any, err error) (any, error) {
	rec := &record{kind: kindResult, path: a.Path, operation: a.Operation.Name, started: started}
	body := v
	var secret bool
	if err != nil {
		failure := report.AsRunError(err)
		if runtime.IsStopped(failure) {
			rec.cause = r.run.stopped(local)
		}
		if rec.cause == runtime.ByShutdown {
			r.run.halt(ErrInterrupted)
			return nil, failure
		}
		rec.kind, body, err = kindFailure, wire.Failure(failure), failure
		secret = r.run.exec.HoldsSecret(body)
	} else {
		seen := r.run.exec.HoldsSecret(v)
		if secret = v != nil && a.Secret || seen; secret && !seen {
			rec.count = byType
		}
	}
	if fault := r.store(a, rec, body, secret); fault != nil {
		r.run.halt(fault)
		return nil, runtime.StoppedError(runtime.ByShutdown)
	}
	return v, err
}

// store writes a record with its body. What a change gave goes to disk with the
// beginning of the next one, or after a moment: a loss of the process before
// finds that it began, and starts it again. So does what only read, whose loss is
// found as a read that was not made: what came of it is on disk before anything
// changes on its grounds. What may not be started again waits. A secret is
// encrypted; without a key a result is left out, and the text of a failure
// is masked.
func (r *carrier) store(a runtime.Attempt, rec *record, body any, secret bool) error {
	switch {
	case !secret:
	case !r.run.journal.keys.none():
		rec.sealed = true
	case rec.kind == kindFailure:
		body = r.run.exec.Shown(body)
	default:
		rec.kind, body = kindWithheld, nil
		r.run.stay()
		r.run.warn.Do(func() {
			r.say(a, "the result holds a secret and is not stored, since there is no key in "+whereKeys+
				": if the run is resumed, this step runs again")
		})
	}
	if rec.kind != kindWithheld {
		if err := r.fill(rec, body); err != nil {
			return fmt.Errorf("storing what came of %s: %w", a.Path, err)
		}
	}
	return r.write(rec, a.AtMostOnce)
}

// fill gives a record its body.
func (r *carrier) fill(rec *record, body any) error {
	if !rec.sealed {
		return rec.setBody(r.scope.id, body)
	}
	text, err := wire.Encode(body)
	if err != nil {
		return err
	}
	rec.body = r.run.journal.keys.seal(text, r.run.about(r.scope.id, rec.path))
	return nil
}

// say tells whoever listens something about an attempt.
func (r *carrier) say(a runtime.Attempt, message string) {
	r.local.Emit(report.Event{
		Type: report.StepLogged, Time: time.Now(), RunID: r.run.id, Flow: r.run.flow, Step: a.Path, Verb: "call",
		Operation: a.Operation.Name, Items: -1, Level: connector.LogWarn, Message: message,
	})
}
