package interp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
)

// Attempt calls the operation. One that was given secrets which are refused is
// made once more with the values that they have now, if they have others.
func (r *inProcess) Attempt(a runtime.Attempt) (any, error) {
	if a.Refused != nil {
		return nil, a.Refused
	}
	if cause := r.Stopped(); cause != runtime.NotStopped {
		return nil, runtime.StoppedError(cause)
	}
	end, refused, stopped := admitted(r.soft, a.Connection)
	switch {
	case stopped != nil:
		return nil, runtime.StoppedError(r.Stopped())
	case refused != nil:
		return nil, a.Hidden(refused)
	}
	if a.Renewer != nil {
		a = a.Renewer.Current(a)
	}
	v, err := r.made(&a)
	if end != nil {
		r.judged(&a, end, err)
	}
	return v, err
}

// made makes an attempt that may begin.
func (r *inProcess) made(a *runtime.Attempt) (any, error) {
	if r.watch != nil {
		return r.observed(*a)
	}
	return r.renewed(a)
}

// renewed calls the operation, once more where a secret has another value now.
func (r *inProcess) renewed(a *runtime.Attempt) (any, error) {
	v, failure := r.once(a)
	if failure != nil && a.Renewer != nil && isRefusal(a, failure) && r.Stopped() == runtime.NotStopped {
		if again, ok := a.Renewer.Renew(r.soft, *a); ok {
			if a.Log != nil {
				a.Log(connector.LogWarn, "a secret has changed: the call is made once more with its new value", map[string]any{"code": failure.Code})
			}
			requests := failure.Requests
			if v, failure = r.once(&again); failure != nil {
				counted := *failure
				counted.Requests += requests
				failure = &counted
			}
		}
	}
	if failure != nil {
		return nil, a.Hidden(failure)
	}
	return v, nil
}

// isRefusal reports whether a call failed for its credentials, and may be made
// again.
func isRefusal(a *runtime.Attempt, failure *connector.Error) bool {
	return (failure.Class == connector.ClassDenied || failure.Class == connector.ClassExpired) &&
		(failure.Outcome != connector.OutcomeUnknown || a.Repeat == connector.RepeatAny || a.Effect() == connector.EffectReadOnly)
}

// once calls the operation.
func (r *inProcess) once(a *runtime.Attempt) (any, *connector.Error) {
	ctx := r.soft
	if a.Effect() != connector.EffectReadOnly {
		ctx = r.hard
	}
	if a.Timeout > 0 {
		bounded, cancel := context.WithTimeoutCause(ctx, a.Timeout, runtime.StopCause(runtime.ByAttempt))
		defer cancel()
		ctx = bounded
	}
	v, err := r.bounded(ctx, a)
	if err == nil {
		return v, nil
	}
	return nil, failureOf(ctx, a.Timeout, err)
}

// failureOf returns the failure of an attempt that ended with an error. It has a code
// and one of the classes, whatever the operation left out.
func failureOf(ctx context.Context, limit time.Duration, err error) *connector.Error {
	failure := attemptError(ctx, limit, err)
	early := isNotCalled(err)
	if !early && failure.Code != "" && connector.IsClass(string(failure.Class)) {
		return failure
	}
	whole := *failure
	if early {
		whole.Outcome = connector.OutcomeFailed
	}
	whole.Code = cmp.Or(whole.Code, "Internal")
	if !connector.IsClass(string(whole.Class)) { // none, or one that no flow can name
		whole.Class = connector.ClassInternal
	}
	return &whole
}

// bounded makes an attempt that ends soon after its context.
func (r *inProcess) bounded(ctx context.Context, a *runtime.Attempt) (any, error) {
	if ctx.Done() == nil {
		return r.perform(ctx, a, nil) // nothing ends it
	}
	conn, ok := r.endsInTime(a)
	switch {
	case !ok:
		return r.inTime(ctx, a)
	case ctx.Err() != nil:
		return nil, notCalled{ctx.Err()}
	}
	return r.call(ctx, a, conn)
}

// endsInTime reports whether a call surely ends with its context, and has nothing to
// wait for before: its connection is there.
func (r *inProcess) endsInTime(a *runtime.Attempt) (conn connector.Connection, ok bool) {
	if a.Connection != nil && a.Operation.EndsInTime != nil {
		if conn, ok = r.connections.atHand(a); !ok {
			return nil, false
		}
	}
	return conn, endsInTime(a.Operation, conn)
}

// endsInTime reports whether a call through a connection surely ends with its context.
func endsInTime(op *connector.Operation, conn connector.Connection) bool {
	return op.EndsInTime != nil && op.EndsInTime(conn)
}

// perform opens the connection and calls the operation. It says in began, which
// may be nil, that it does.
func (r *inProcess) perform(ctx context.Context, a *runtime.Attempt, began *atomic.Bool) (any, error) {
	conn, err := r.connections.open(ctx, a)
	if err != nil {
		return nil, notCalled{err}
	}
	if began != nil {
		began.Store(true)
		if ctx.Err() != nil {
			return nil, notCalled{ctx.Err()}
		}
	}
	return r.call(ctx, a, conn)
}

// call calls the operation.
func (r *inProcess) call(ctx context.Context, a *runtime.Attempt, conn connector.Connection) (any, error) {
	if a.Watch != nil {
		ctx = a.Watch.Context(ctx)
	}
	return protected(a.Operation.Name, "", a.Log, func() (any, error) {
		return a.Operation.Run(ctx, r.callFor(a, conn))
	})
}

// notCalled is an error that came before the operation was called.
type notCalled struct{ error }

// Unwrap returns the error itself.
func (e notCalled) Unwrap() error { return e.error }

func isNotCalled(err error) bool {
	var early notCalled
	return errors.As(err, &early)
}

// attemptError says why an attempt ended where it was our context that ended it.
func attemptError(ctx context.Context, limit time.Duration, err error) *connector.Error {
	failure := connector.AsError(err)
	if failure.Class != connector.ClassCanceled && failure.Class != connector.ClassTimeout {
		return failure
	}
	switch cause := runtime.CauseOf(ctx); cause {
	case runtime.NotStopped:
		return failure
	case runtime.ByAttempt:
		return &connector.Error{
			Code: "Timeout", Class: connector.ClassTimeout, Message: fmt.Sprintf("no answer within %s", limit),
			Outcome: connector.OutcomeUnknown, Requests: failure.Requests, Err: err,
		}
	default:
		e := runtime.StoppedError(cause)
		e.Requests = failure.Requests
		e.Outcome = connector.OutcomeUnknown
		return e
	}
}
