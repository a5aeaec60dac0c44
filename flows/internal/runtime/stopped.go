package runtime

import (
	"context"
	"errors"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/report"
)

// StopError carries a cause through a context.
type StopError struct{ Cause Cause }

func (e StopError) Error() string { return "stopped by " + string(e.Cause) }

func CauseOf(ctx context.Context) Cause {
	if ctx.Err() == nil {
		return NotStopped
	}
	var stop StopError
	switch err := context.Cause(ctx); {
	case errors.As(err, &stop):
		return stop.Cause
	case errors.Is(err, context.DeadlineExceeded):
		return ByTimeout
	default:
		return ByUser
	}
}

// CodeInterrupted is the code of a run that was interrupted: it stopped and
// undid nothing.
const CodeInterrupted = "Interrupted"

// StoppedError is what the methods of a Runtime return in a branch that is to
// stop: the interpreter does not retry it, and knows it for no error of the
// operation.
func StoppedError(cause Cause) *connector.Error {
	switch cause {
	case ByTimeout:
		return &connector.Error{Code: "Timeout", Class: connector.ClassTimeout, Message: "the time limit is over", Err: ErrStopped}
	case ByShutdown:
		return &connector.Error{Code: CodeInterrupted, Class: connector.ClassCanceled, Message: "the run was interrupted", Err: ErrStopped}
	case ByEnough:
		return &connector.Error{Code: "Canceled", Class: connector.ClassCanceled, Message: "it was stopped, since enough branches or items beside it succeeded", Err: ErrStopped}
	case BySibling:
		return &connector.Error{Code: "Canceled", Class: connector.ClassCanceled, Message: "it was stopped, since a branch or an item beside it failed", Err: ErrStopped}
	default:
		return &connector.Error{Code: "Canceled", Class: connector.ClassCanceled, Message: "the run was canceled", Err: ErrStopped}
	}
}

// StopCause is a cause as context.WithCancelCause takes it: a run whose
// context ends with one knows why.
func StopCause(cause Cause) error { return StopError{cause} }

// OutcomeUnknownError is the failure of an attempt with AtMostOnce that began,
// and of whose end a runtime knows nothing: retry leaves it alone, a handler
// catches it by its code.
func OutcomeUnknownError() *connector.Error {
	return &connector.Error{
		Code: "OutcomeUnknown", Class: connector.ClassInternal, Outcome: connector.OutcomeUnknown,
		Message: "the call began before the run was interrupted, and nobody knows whether it worked; atMostOnce keeps it from being made again",
	}
}

// IsStopped is true for the error of a branch that was told to stop.
func IsStopped(err error) bool { return errors.Is(err, ErrStopped) }

// ErrStopped marks the errors of a run that was told to stop.
var ErrStopped = errors.New("the run was stopped")

// The ways in which a run can end.
const (
	EndDone     = "done"
	EndFailed   = "failed"
	EndCanceled = "canceled"
)

// EndState says how a run ended: EndDone, EndFailed or EndCanceled.
func EndState(failure error) string {
	if failure == nil {
		return EndDone
	}
	if e := report.AsRunError(failure); e.Class == connector.ClassCanceled && IsStopped(e) {
		return EndCanceled
	}
	return EndFailed
}
