package durable

import (
	"strconv"
	"time"
)

// ErrorObject is an error as functions and callers give it.
type ErrorObject struct {
	ErrorType    string   `json:",omitempty"` // such as StepError
	ErrorMessage string   `json:",omitempty"` // for people
	ErrorData    string   `json:",omitempty"` // for programs
	StackTrace   []string `json:",omitempty"` // a line each
}

// size is how many bytes all members have together.
func (e *ErrorObject) size() int {
	if e == nil {
		return 0
	}
	n := len(e.ErrorType) + len(e.ErrorMessage) + len(e.ErrorData)
	for _, line := range e.StackTrace {
		n += len(line)
	}
	return n
}

// Update is OperationUpdate: one step of an operation, as a function reports
// it. A member that is nil was not given.
type Update struct {
	ID                   string  `json:"Id"`
	ParentID             *string `json:"ParentId"`
	Name                 *string
	Type                 string // STEP, WAIT and so on
	SubType              *string
	Action               string // START, SUCCEED, FAIL, RETRY, CANCEL
	Payload              *string
	Error                *ErrorObject
	ContextOptions       *contextOptions
	StepOptions          *stepOptions
	WaitOptions          *waitOptions
	CallbackOptions      *callbackOptions
	ChainedInvokeOptions *chainedOptions
}

type contextOptions struct{ ReplayChildren bool }

type stepOptions struct{ NextAttemptDelaySeconds *int }

type waitOptions struct{ WaitSeconds *int }

type callbackOptions struct{ TimeoutSeconds, HeartbeatTimeoutSeconds int }

type chainedOptions struct {
	FunctionName *string
	TenantID     *string `json:"TenantId"`
	TraceID      *string `json:"XAmznTraceId"`
}

// stamp is a time as a function or a caller of the API reads it.
type stamp struct {
	at     time.Time
	millis bool // whole milliseconds, as in the event of a function; else seconds
}

// MarshalJSON writes a number.
func (s stamp) MarshalJSON() ([]byte, error) { return s.append(nil), nil }

func (s stamp) append(b []byte) []byte {
	ms := s.at.UnixMilli()
	if s.millis {
		return strconv.AppendInt(b, ms, 10)
	}
	b = strconv.AppendInt(b, ms/1000, 10)
	if rest := ms % 1000; rest != 0 {
		b = append(b, '.', byte('0'+rest/100), byte('0'+rest/10%10), byte('0'+rest%10))
	}
	return b
}

// stampOf returns nil for the zero time, which is left out.
func stampOf(at time.Time, millis bool) *stamp {
	if at.IsZero() {
		return nil
	}
	return &stamp{at, millis}
}

// Operation is an operation as the API and the event of a function tell it.
type Operation struct {
	ID                   string `json:"Id"`
	ParentID             string `json:"ParentId,omitempty"`
	Name                 string `json:",omitempty"`
	Type                 string // EXECUTION, STEP and so on
	SubType              string `json:",omitempty"`
	StartTimestamp       stamp
	EndTimestamp         *stamp `json:",omitempty"`
	Status               string // STARTED, PENDING and so on
	ExecutionDetails     any    `json:",omitempty"` // of an EXECUTION
	ContextDetails       any    `json:",omitempty"` // of a CONTEXT
	StepDetails          any    `json:",omitempty"` // of a STEP
	WaitDetails          any    `json:",omitempty"` // of a WAIT
	CallbackDetails      any    `json:",omitempty"` // of a CALLBACK
	ChainedInvokeDetails any    `json:",omitempty"` // of a CHAINED_INVOKE
}

type executionDetails struct{ InputPayload string }

type contextDetails struct {
	ReplayChildren bool         `json:",omitempty"`
	Result         *string      `json:",omitempty"`
	Error          *ErrorObject `json:",omitempty"`
}

type stepDetails struct {
	Attempt              int
	NextAttemptTimestamp *stamp       `json:",omitempty"`
	Result               *string      `json:",omitempty"`
	Error                *ErrorObject `json:",omitempty"`
}

type waitDetails struct {
	ScheduledEndTimestamp *stamp `json:",omitempty"`
}

type callbackDetails struct {
	CallbackID string       `json:"CallbackId"`
	Result     *string      `json:",omitempty"`
	Error      *ErrorObject `json:",omitempty"`
}

type chainedDetails struct {
	Result *string      `json:",omitempty"`
	Error  *ErrorObject `json:",omitempty"`
}

// envelope is what a durable function gets in place of its event.
type envelope struct {
	DurableExecutionArn   string
	CheckpointToken       string
	InitialExecutionState page
	UpdatedOperationIds   []string //nolint:revive // the wire's spelling
}

// page is some operations of an execution; NextMarker is "" on the last one.
type page struct {
	Operations []Operation
	NextMarker string
}

// answer is what a durable function gives in place of its result.
type answer struct {
	Status string
	Result *string
	Error  *ErrorObject
}
