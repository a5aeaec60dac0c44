package awsemu

import (
	"errors"
	"fmt"
	"net/http"
)

// apiError is an answer that AWS gives instead of a result. The services write
// it in their own format.
type apiError struct {
	code    string
	status  int
	message string
	members map[string]string // more members of Lambda's body, such as Reason
	bare    bool              // Lambda's front door: a body with message alone
}

func (e *apiError) Error() string { return e.code + ": " + e.message }

// server says whether the fault is the service's own rather than the caller's.
func (e *apiError) server() bool { return e.status >= http.StatusInternalServerError }

func failure(code string, status int, format string, args ...any) *apiError {
	return &apiError{code: code, status: status, message: fmt.Sprintf(format, args...)}
}

func notFound(format string, args ...any) *apiError {
	return failure("ResourceNotFoundException", http.StatusNotFound, format, args...)
}

func conflict(format string, args ...any) *apiError {
	return failure("ResourceConflictException", http.StatusConflict, format, args...)
}

func invalid(format string, args ...any) *apiError {
	return failure("InvalidParameterValueException", http.StatusBadRequest, format, args...)
}

// invalidMember reports one broken constraint in the words of AWS's validator.
func invalidMember(value, member, constraint string) *apiError {
	return invalid("1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: %s", value, member, constraint)
}

func badContent(format string, args ...any) *apiError {
	return failure("InvalidRequestContentException", http.StatusBadRequest, format, args...)
}

func tooLarge(format string, args ...any) *apiError {
	return failure("RequestTooLargeException", http.StatusRequestEntityTooLarge, format, args...)
}

// stale refuses a RevisionId that is no longer the latest; source is the
// operation that reads the latest.
func stale(source string) *apiError {
	return failure("PreconditionFailedException", http.StatusPreconditionFailed,
		"The Revision Id provided does not match the latest Revision Id. Call the %s API to retrieve the latest Revision Id", source)
}

func notImplemented(format string, args ...any) *apiError {
	return failure("NotImplementedException", http.StatusNotImplemented, format, args...)
}

// asAPIError turns any error into one that can be sent. What is no apiError is
// our own fault, and its text stays here.
func asAPIError(err error) *apiError {
	if known, ok := errors.AsType[*apiError](err); ok {
		return known
	}
	return failure("ServiceException", http.StatusInternalServerError, "the emulator could not answer this request")
}
