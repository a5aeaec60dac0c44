package connector

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Class groups error codes by what a flow can do about them.
type Class string

// The classes of errors.
const (
	ClassThrottled    Class = "throttled"    // too many calls: wait and try again
	ClassUnavailable  Class = "unavailable"  // the service or the network failed
	ClassTimeout      Class = "timeout"      // no answer in time
	ClassConflict     Class = "conflict"     // the thing exists or is being changed
	ClassPrecondition Class = "precondition" // the thing is not as the caller thought
	ClassNotFound     Class = "notFound"     // the thing does not exist
	ClassDenied       Class = "denied"       // not allowed
	ClassExpired      Class = "expired"      // the credentials are too old
	ClassInvalid      Class = "invalid"      // the parameters are wrong
	ClassQuota        Class = "quota"        // a limit is reached
	ClassFunction     Class = "function"     // the called function answered with an error
	ClassFailed       Class = "failed"       // the flow said fail
	ClassCanceled     Class = "canceled"     // somebody stopped it
	ClassInternal     Class = "internal"     // anything else
)

// Classes lists every class.
func Classes() []Class {
	return []Class{
		ClassThrottled, ClassUnavailable, ClassTimeout, ClassConflict, ClassPrecondition, ClassNotFound, ClassDenied,
		ClassExpired, ClassInvalid, ClassQuota, ClassFunction, ClassFailed, ClassCanceled, ClassInternal,
	}
}

// IsClass reports whether name is a class.
func IsClass(name string) bool { return slices.Contains(Classes(), Class(name)) }

// Outcome says what is known about the effect of a failed call.
type Outcome string

// The outcomes of a failed call. The zero Outcome means OutcomeFailed.
const (
	OutcomeFailed  Outcome = "failed"  // it did not happen
	OutcomeUnknown Outcome = "unknown" // it may have happened
)

// Error is how a call of an operation fails. Connectors fill Code, Class,
// Message and what they know of the rest; the interpreter adds Operation. What a
// run adds, such as the step and what was undone, is in report.RunError of the
// flows package.
type Error struct {
	Code       string        // as the service names it, or the flow's own
	Aliases    []string      // other names of Code, such as the type's in the service's model
	Class      Class         // zero means Internal
	Message    string        // for people; no secrets
	Operation  string        // "lambda.invoke"
	Status     int           // HTTP status; 0 for none
	RequestID  string        // the service's id of the request
	Requests   int           // how many requests left for the service, in all attempts of the step
	RetryAfter time.Duration // the delay that the service asks for; 0 for none
	Outcome    Outcome
	Details    map[string]any // members that the service models
	// Cause is what led to this error: an error, or a value such as a function's
	// own error object.
	Cause any
	// Err is the Go error behind it, for errors.Is and errors.As; never shown.
	Err error
}

// Error returns one line: operation, code and message.
func (e *Error) Error() string {
	if e == nil {
		return "no error: a nil *connector.Error"
	}
	var b strings.Builder
	if e.Operation != "" {
		fmt.Fprintf(&b, "%s: ", e.Operation)
	}
	switch {
	case e.Message == "":
		b.WriteString(cmp.Or(e.Code, string(e.class())))
	case e.Code == "":
		b.WriteString(e.Message)
	default:
		b.WriteString(e.Code + ": " + e.Message)
	}
	return b.String()
}

// Unwrap returns the errors behind it.
func (e *Error) Unwrap() []error {
	if e == nil {
		return nil
	}
	var errs []error
	if e.Err != nil {
		errs = append(errs, e.Err)
	}
	if cause, ok := e.Cause.(error); ok && !isNone(cause) {
		errs = append(errs, cause)
	}
	return errs
}

// Is lets errors.Is(err, &Error{Code: …, Class: …}) match on code and class;
// an empty one of the two matches any.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && e != nil && t != nil && (t.Code == "" || e.HasCode(t.Code)) && (t.Class == "" || t.Class == e.class())
}

// HasCode reports whether the error's code, or another name of it, is code.
func (e *Error) HasCode(code string) bool { return e.Code == code || slices.Contains(e.Aliases, code) }

// Value returns the error as flows see it.
func (e *Error) Value() map[string]any {
	v := map[string]any{
		"code": e.Code, "class": string(e.class()), "message": e.Message,
		"step": nil, "operation": text(e.Operation), "requestId": text(e.RequestID),
		"status": nil, "retryAfter": nil, "attempts": int64(0),
		"requests": int64(e.Requests), "outcome": string(e.outcome()), "details": nil, "cause": causeValue(e.Cause),
	}
	if e.Status != 0 {
		v["status"] = int64(e.Status)
	}
	if e.RetryAfter > 0 {
		v["retryAfter"] = e.RetryAfter.String()
	}
	if len(e.Details) > 0 {
		v["details"] = e.Details
	}
	return v
}

func (e *Error) class() Class { return cmp.Or(e.Class, ClassInternal) }

// Matches reports whether the error's class, its code, or another name of the code
// is among names.
func (e *Error) Matches(names map[string]bool) bool {
	return names[string(e.class())] || names[e.Code] || slices.ContainsFunc(e.Aliases, func(name string) bool { return names[name] })
}

func (e *Error) outcome() Outcome {
	if e.Outcome == "" {
		return OutcomeFailed
	}
	return e.Outcome
}

func causeValue(cause any) any {
	if err, ok := cause.(interface{ Value() map[string]any }); ok && !isNone(cause) {
		return err.Value()
	} else if ok {
		return nil
	}
	return cause
}

// isNone reports whether a cause is an *Error that is nil.
func isNone(cause any) bool {
	e, ok := cause.(*Error)
	return ok && e == nil
}

// text returns null for an empty string: a flow tests for null, not for "".
func text(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// AsError returns err as an *Error: itself if it is one, else one of class
// timeout, canceled or internal that wraps it. It gives nil for nil. An error that
// is a nil pointer, which Go takes for a failure, is one of class internal with an
// unknown outcome, and so is one that panics when it is asked what it says.
func AsError(err error) (as *Error) {
	if err == nil {
		return nil
	}
	defer func() {
		if p := recover(); p != nil {
			as = unreadable("an error of type %T panicked when it was read", err)
		}
	}()
	var e *Error
	switch {
	case isNilPointer(err):
		return unreadable("it returned a nil %T as its error: where nothing failed, return a plain nil", err)
	case errors.As(err, &e):
		if e == nil {
			return unreadable("the error that it returned wraps a nil %T", e)
		}
		return e
	case errors.Is(err, context.DeadlineExceeded):
		return &Error{Code: "Timeout", Class: ClassTimeout, Message: "no answer in time", Outcome: OutcomeUnknown, Err: err}
	case errors.Is(err, context.Canceled):
		return &Error{Code: "Canceled", Class: ClassCanceled, Message: "the call was canceled", Outcome: OutcomeUnknown, Err: err}
	default:
		return &Error{Code: codeInternal, Class: ClassInternal, Message: err.Error(), Err: err}
	}
}

// codeInternal is the code of errors that say none.
const codeInternal = "Internal"

// unreadable is the error in place of one that says nothing. The call may have
// happened, and nothing of that error is kept, since whoever asks it could panic.
func unreadable(format string, err error) *Error {
	return &Error{Code: codeInternal, Class: ClassInternal, Message: fmt.Sprintf(format, err), Outcome: OutcomeUnknown}
}

// isNilPointer reports whether an error is a pointer that is nil.
func isNilPointer(err error) bool {
	v := reflect.ValueOf(err)
	return v.Kind() == reflect.Pointer && v.IsNil()
}
