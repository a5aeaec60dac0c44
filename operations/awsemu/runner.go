package awsemu

import (
	"context"
	"time"
)

// invocation is one call of one version of a function.
type invocation struct {
	config        configuration // of the version that runs
	code          code
	arn           string // as it was invoked
	requestID     string
	payload       []byte // valid JSON
	clientContext []byte // JSON, or nil
	deadline      time.Time
}

// outcome is what an invocation came to.
type outcome struct {
	payload       []byte
	functionError string   // "", "Handled" or "Unhandled"
	lines         []string // what the function logged
}

// runner runs functions. An error of run means that the emulator failed; a
// function that fails has an outcome with a functionError.
type runner interface {
	run(ctx context.Context, in invocation) (outcome, error)
}

// functionFailure is the payload of a failed function.
type functionFailure struct {
	ErrorType    string   `json:"errorType"`
	ErrorMessage string   `json:"errorMessage"`
	StackTrace   []string `json:"stackTrace,omitempty"`
}

// unhandled is the outcome of a function that broke off.
func unhandled(errorType, message string) outcome {
	text, _ := encodeJSON(functionFailure{ErrorType: errorType, ErrorMessage: message}) // strings always encode
	return outcome{payload: text, functionError: "Unhandled"}
}
