package service

import (
	"errors"
	"fmt"
	"net/http"
)

// APIError is an answer that AWS gives instead of a result. The services write
// it in their own format.
type APIError struct {
	Code    string            // as AWS spells it
	Status  int               // of HTTP
	Message string            // for the caller
	Members map[string]string // more members of Lambda's body, such as Reason
	Bare    bool              // Lambda's front door: a body with message alone
}

// Error returns the code and the message.
func (e *APIError) Error() string { return e.Code + ": " + e.Message }

// Server says whether the fault is the service's own rather than the caller's.
func (e *APIError) Server() bool { return e.Status >= http.StatusInternalServerError }

// Failure returns the refusal of that code and HTTP status.
func Failure(code string, status int, format string, args ...any) *APIError {
	return &APIError{Code: code, Status: status, Message: fmt.Sprintf(format, args...)}
}

// NotFound refuses what is about something that is not there.
func NotFound(format string, args ...any) *APIError {
	return Failure("ResourceNotFoundException", http.StatusNotFound, format, args...)
}

// Conflict refuses what cannot be done as things stand.
func Conflict(format string, args ...any) *APIError {
	return Failure("ResourceConflictException", http.StatusConflict, format, args...)
}

// Invalid refuses a parameter.
func Invalid(format string, args ...any) *APIError {
	return Failure("InvalidParameterValueException", http.StatusBadRequest, format, args...)
}

// InvalidMember reports one broken constraint in the words of AWS's validator.
func InvalidMember(value, member, constraint string) *APIError {
	return Invalid("1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: %s", value, member, constraint)
}

// BadContent refuses a body that cannot be read.
func BadContent(format string, args ...any) *APIError {
	return Failure("InvalidRequestContentException", http.StatusBadRequest, format, args...)
}

// TooLarge refuses a body that is too large.
func TooLarge(format string, args ...any) *APIError {
	return Failure("RequestTooLargeException", http.StatusRequestEntityTooLarge, format, args...)
}

// Throttled refuses a request of which there are too many for reason.
func Throttled(reason string) *APIError {
	err := Failure("TooManyRequestsException", http.StatusTooManyRequests, "Rate Exceeded.")
	err.Members = map[string]string{"Reason": reason}
	return err
}

// NotImplemented refuses what AWS has and the emulator has not.
func NotImplemented(format string, args ...any) *APIError {
	return Failure("NotImplementedException", http.StatusNotImplemented, format, args...)
}

// AsAPIError turns any error into one that can be sent. What is no APIError is
// our own fault, and its text stays here.
func AsAPIError(err error) *APIError {
	if known, ok := errors.AsType[*APIError](err); ok {
		return known
	}
	return Failure("ServiceException", http.StatusInternalServerError, "the emulator could not answer this request")
}
