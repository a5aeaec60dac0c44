package process

import (
	"encoding/json"
	"fmt"
	"time"
)

// PayloadLimit is the most that a function may answer, in bytes.
const PayloadLimit = 6 << 20

// streamLimit is the most that a function may answer in a stream.
const streamLimit = 200 << 20

// Spec says what a process runs.
type Spec struct {
	Command []string
	Dir     string
	Env     []string // all of it, but for the addresses of the environment's own APIs
	Memory  int64    // bytes that it may hold; 0 for any number
	// Extensions are programs that run beside it, each from the folder above
	// its own.
	Extensions []string
	About      About // the function
}

// Invocation is one call of a function.
type Invocation struct {
	ID            string
	ARN           string // as it was invoked
	Payload       []byte
	ClientContext []byte        // JSON, or nil
	Trace         string        // X-Amzn-Trace-Id; "" for one of its own
	Tenant        string        // "" for none
	Timeout       time.Duration // from when a process takes it
	// Stream, where it is not nil, gets the answer as it comes, each part with
	// the content type of the whole; Result.Payload is then that of an error. An
	// error of Stream ends it.
	Stream func(contentType string, chunk []byte) error
}

// Result is what an invocation came to.
type Result struct {
	Payload  []byte // of the answer, or of the error
	Failure  string // the type of the error, "" where the function answered
	Streamed bool   // the answer went to Stream
	Log      []byte // the end of what the process wrote meanwhile
	Took     time.Duration
	Init     time.Duration // of the process, where this is its first invocation
	Memory   int64         // bytes that the process held at the most, where that is known
}

// Types of the failures that come from here, not from the function.
const (
	failExit      = "Runtime.ExitError"
	failEntry     = "Runtime.InvalidEntrypoint"
	failMemory    = "Runtime.OutOfMemory"
	failTimeout   = "Sandbox.Timedout"
	failTruncated = "Runtime.TruncatedResponse"
	failSize      = "Function.ResponseSizeTooLarge"
	failExtension = "Extension.Crash"
)

// failed is the result of an invocation that the function did not end itself.
func failed(id, kind, format string, args ...any) Result {
	text, _ := json.Marshal(map[string]string{ // texts always encode
		"errorType":    kind,
		"errorMessage": "RequestId: " + id + " Error: " + fmt.Sprintf(format, args...),
	})
	return Result{Payload: text, Failure: kind}
}

// tooLarge is the result of an answer over its limit.
func tooLarge(limit int) Result {
	text, _ := json.Marshal(map[string]string{
		"errorType":    failSize,
		"errorMessage": fmt.Sprintf("Response payload size exceeded maximum allowed payload size (%d bytes).", limit),
	})
	return Result{Payload: text, Failure: failSize}
}
