package report

import (
	"errors"

	"github.com/medlar-flow/medlar/connector"
)

// Failure is what the call, or the interpreter, said: code, class, message.
type Failure = connector.Error

// RunError is the failure of a run, or of a step in it: what failed as the
// connector told it, where in the flow that was, and what came of the undos.
// errors.As finds it, and the *connector.Error in it too.
type RunError struct {
	Failure
	// Step is the path of the step, "/smoke[17]/answer"; empty where the failure
	// is none of a step.
	Step string
	// Place is where the step stands: "release.yaml:17:5".
	Place string
	// Attempts is how often the step was tried.
	Attempts int
	// InDoubt says that this is about an attempt that was made again, since the
	// process that made it first has ended: whatever the outcome of this one,
	// the first may have happened.
	InDoubt bool
	// Params are the call's parameters with secrets masked; for people.
	Params map[string]any
	// Undone and NotUndone are the paths of steps whose undo ran and of those
	// whose undo failed or could not run.
	Undone, NotUndone []string
	// UndoErrors are the failures of undo steps that ran because of this error.
	UndoErrors []*RunError
	// Suppressed are errors of finally steps, which do not hide this one.
	Suppressed []*RunError
}

// AsRunError returns err as a *RunError: itself if it is one, else one around
// what connector.AsError makes of it. It returns nil for nil.
func AsRunError(err error) *RunError {
	if err == nil {
		return nil
	}
	failure := connector.AsError(err)
	// What errors.As finds may also be a cause of the failure.
	var e *RunError
	if errors.As(err, &e) && failure == &e.Failure {
		return e
	}
	return &RunError{Failure: *failure}
}

// Caused returns the error in Cause, and whether it holds one.
func (e *RunError) Caused() (*RunError, bool) {
	switch cause := e.Cause.(type) {
	case *RunError:
		return cause, cause != nil
	case *connector.Error:
		return AsRunError(cause), cause != nil
	default:
		return nil, false
	}
}

// Error returns one line: step, operation, code and message.
func (e *RunError) Error() string {
	if e.Step == "" {
		return e.Failure.Error()
	}
	return "step " + e.Step + ": " + e.Failure.Error()
}

// Unwrap returns the error of the call.
func (e *RunError) Unwrap() error { return &e.Failure }

// Is lets errors.Is match on code and class, as it does for connector.Error,
// and on the step where the target names one.
func (e *RunError) Is(target error) bool {
	if t, ok := target.(*RunError); ok {
		return (t.Step == "" || t.Step == e.Step) && e.Failure.Is(&t.Failure)
	}
	return e.Failure.Is(target)
}

// Value returns the error as flows see it.
func (e *RunError) Value() map[string]any {
	v := e.Failure.Value()
	if e.Step != "" {
		v["step"] = e.Step
	}
	v["attempts"] = int64(e.Attempts)
	if len(e.UndoErrors) > 0 {
		v["undoErrors"] = values(e.UndoErrors)
	}
	if len(e.Suppressed) > 0 {
		v["suppressed"] = values(e.Suppressed)
	}
	return v
}

// Same reports whether the other error is this one, thrown again.
func (e *RunError) Same(other *RunError) bool {
	return e.Code == other.Code && e.Class == other.Class && e.Message == other.Message && e.Step == other.Step &&
		e.RequestID == other.RequestID
}

func values(errs []*RunError) []any {
	list := make([]any, len(errs))
	for i, err := range errs {
		list[i] = err.Value()
	}
	return list
}
