package temporal

import (
	"errors"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/internal/wire"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
)

// Attempt returns what is known of the attempt, or makes it as an activity.
func (r *carrier) Attempt(a runtime.Attempt) (any, error) {
	r.run.start.gen.Again(a.Path)
	if rec := r.scope.next(a.Path, kindResult, kindFailure); rec != nil {
		return known(r.scope.take())
	}
	if !r.scope.replaying() {
		r.run.pause(r.co)
	}
	if cause := r.Stopped(); cause != runtime.NotStopped {
		return nil, runtime.StoppedError(cause)
	}
	if r.scope.replaying() {
		r.scope.diverged(a.Path)
	}
	v, err := r.callOnce(a)
	if err != nil {
		failure := report.AsRunError(err)
		r.scope.add(&record{kind: kindFailure, path: a.Path, value: wire.Failure(failure), index: r.generation()})
		return nil, failure
	}
	r.scope.add(&record{kind: kindResult, path: a.Path, value: v, index: r.generation()})
	return v, nil
}

func known(rec *record) (any, error) {
	if rec.kind == kindFailure {
		return nil, wire.FailureOf(rec.value)
	}
	return rec.value, nil
}

// call makes an attempt.
func (r *carrier) call(a runtime.Attempt) (any, error) {
	text, err := r.run.message(a)
	if err != nil {
		return nil, notSent(err)
	}
	ctx := r.soft
	if a.Effect() != connector.EffectReadOnly {
		ctx = r.hard
	}
	r.run.busy++
	future := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx.ctx, r.run.activityOptions(a)), r.run.engine.activityOf(a.Operation), text)
	var answer []byte
	err = future.Get(r.co, &answer)
	r.run.busy--
	if err != nil {
		unreadable(err)
		return nil, attemptError(ctx, a, err)
	}
	v, err := r.run.open(answer)
	if err != nil {
		panic(err) // as unreadable
	}
	return v, nil
}

// unreadable ends the attempt to go on where an answer cannot be read: another
// worker may have the key.
func unreadable(err error) {
	var (
		activity *temporal.ActivityError
		child    *temporal.ChildWorkflowExecutionError
		canceled *temporal.CanceledError
	)
	if !errors.As(err, &activity) && !errors.As(err, &child) && !errors.As(err, &canceled) {
		panic(err)
	}
}

// lostAfter is how long an attempt may take whose step sets no timeout, and how
// long one waits for a worker, or is started again on others, beyond its own.
const lostAfter = 24 * time.Hour

// margin is the time that an activity has beyond the timeout of its attempt,
// which the worker keeps itself.
const margin = 30 * time.Second

// silence is how many heartbeats may be missing before a worker counts as
// lost.
const silence = 15

// activityOptions lets the server start an attempt again whose worker was
// lost, and nothing else: what an operation answered is final, and retry is
// the interpreter's business.
func (r *run) activityOptions(a runtime.Attempt) workflow.ActivityOptions {
	options := workflow.ActivityOptions{
		StartToCloseTimeout: lostAfter, ScheduleToCloseTimeout: lostAfter, WaitForCancellation: true,
		HeartbeatTimeout: silence * r.engine.heartbeat, Summary: a.Path,
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute},
	}
	if a.Timeout > 0 {
		options.StartToCloseTimeout = a.Timeout + margin
		options.ScheduleToCloseTimeout += a.Timeout
	}
	if a.AtMostOnce {
		options.RetryPolicy.MaximumAttempts = 1
	}
	return options
}

// message is what an activity gets.
func (r *run) message(a runtime.Attempt) ([]byte, error) {
	if a.Secret && !r.engine.keyed {
		return nil, fmt.Errorf("the result of the step: %w", ErrNeedsKey)
	}
	m := map[string]any{
		"run": r.id, "flow": r.start.flow, "path": a.Path, "params": a.Params, "single": a.SingleAttempt, "repeat": int64(a.Repeat),
		"timeout": int64(a.Timeout), "key": a.IdempotencyKey, "local": r.start.local,
	}
	if r.place.Parent != "" {
		m["place"], m["state"] = r.place.Parent, r.place.State
	}
	if a.Refused != nil {
		// What is scheduled must not depend on the version of the operations, so
		// the activity says so.
		m["params"], m["refused"] = nil, r.exec.Shown(wire.Failure(a.Refused))
	}
	if list := r.stores(); len(list) > 0 && a.Refused == nil {
		m[storesKey] = list
	}
	shown := map[string]any{}
	for name, v := range m {
		shown[name] = v
	}
	if a.Shown != nil && a.Refused == nil {
		shown["params"] = anyMap(a.Shown())
	}
	if a.Shown != nil && a.Refused == nil && r.engine.keyed {
		// The worker hides in what it tells what it cannot know to be secret.
		m["hidden"] = hiddenTexts(a.Params, shown["params"], nil)
	}
	if a.Connection != nil && a.Refused == nil {
		m["connection"] = map[string]any{"name": a.Connection.Name, "params": a.Connection.Params}
		shown["connection"] = m["connection"]
	}
	text, err := r.vault().seal(m, shown, r.exec.HoldsSecret)
	if err != nil {
		return nil, fmt.Errorf("the parameters: %w", err)
	}
	if r.engine.fits("", len(text)) != nil {
		return nil, r.engine.fits("what the step is called with"+mostOf("parameter", a.Params), len(text))
	}
	return text, nil
}

// mostOf names the largest of some values.
func mostOf(what string, values map[string]any) string {
	name, most := "", 0
	for _, key := range value.SortedKeys(values) {
		if size := wire.Room(value.Plain(values[key])); size > most {
			name, most = key, size
		}
	}
	if name == "" {
		return ""
	}
	return fmt.Sprintf(", most of it its %s %s,", what, name)
}

// hiddenTexts returns the texts in a value that people do not see.
func hiddenTexts(v, shown any, found []any) []any {
	switch x := v.(type) {
	case string:
		if shown != v {
			found = append(found, x)
		}
	case []byte:
		return hiddenTexts(string(x), shown, found)
	case *value.Payload:
		if p, same := shown.(*value.Payload); !same || p != x {
			return hiddenTexts(x.Value(), shown, found)
		}
	case map[string]any:
		m, ok := shown.(map[string]any)
		for _, name := range value.SortedKeys(x) {
			found = hiddenTexts(x[name], pick(m, name, ok, shown), found)
		}
	case []any:
		list, ok := shown.([]any)
		for i, item := range x {
			hidden := shown
			if ok && i < len(list) {
				hidden = list[i]
			}
			found = hiddenTexts(item, hidden, found)
		}
	}
	return found
}

func anyMap(m map[string]any) any { return m }

// notSent is the failure of an attempt that could not be made.
func notSent(err error) *connector.Error {
	failure := &connector.Error{
		Code: "NotSent", Class: connector.ClassInvalid, Outcome: connector.OutcomeFailed, Message: err.Error(), Err: err,
	}
	var large *tooLargeError
	switch {
	case errors.Is(err, ErrNeedsKey):
		failure.Code = "NeedsKey"
	case errors.As(err, &large):
		failure.Code = "TooLarge"
	}
	return failure
}

// The types of failures as the server sees them. They hold no values.
const (
	typeFailed   = "Failed"         // the operation, or the flow, failed
	typeRefused  = "Refused"        // the run cannot begin
	typeStopping = "WorkerStopping" // another worker is to do it
)

// attemptError says why an activity ended.
func attemptError(stop *stopper, a runtime.Attempt, err error) error {
	var (
		timeout  *temporal.TimeoutError
		failed   *temporal.ApplicationError
		canceled *temporal.CanceledError
		details  []byte
	)
	switch {
	case errors.As(err, &canceled):
		e := runtime.StoppedError(stop.stopped())
		e.Outcome = connector.OutcomeFailed // it was not started
		if canceled.HasDetails() {
			e.Outcome = connector.OutcomeUnknown
		}
		return e
	case errors.As(err, &timeout):
		return lostAttempt(stop, a, timeout)
	case errors.As(err, &failed) && failed.Type() == typeFailed && failed.Details(&details) == nil:
		if v, err := wire.Decode(details); err == nil {
			failure := wire.FailureOf(v)
			return &report.RunError{Failure: failure.Failure, InDoubt: failure.InDoubt}
		}
	}
	if a.AtMostOnce {
		return runtime.OutcomeUnknownError()
	}
	return &connector.Error{Code: "AttemptLost", Class: connector.ClassInternal, Outcome: connector.OutcomeUnknown, Message: "the worker did not say what became of it: " + err.Error()}
}

// lostAttempt is the failure of an attempt of which no worker told the end.
func lostAttempt(stop *stopper, a runtime.Attempt, err *temporal.TimeoutError) *connector.Error {
	if cause := stop.stopped(); cause != runtime.NotStopped {
		e := runtime.StoppedError(cause)
		e.Outcome = connector.OutcomeUnknown
		return e
	}
	if a.AtMostOnce && err.TimeoutType() != enumspb.TIMEOUT_TYPE_SCHEDULE_TO_START {
		return runtime.OutcomeUnknownError()
	}
	return &connector.Error{
		Code: "WorkerLost", Class: connector.ClassUnavailable, Outcome: connector.OutcomeUnknown,
		Message: "no worker told what became of it in time; the last one that tried may have been lost",
	}
}
