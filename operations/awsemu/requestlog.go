package awsemu

import "time"

// Request is one line of the request log. It never holds keys, tokens,
// payloads or environment variables.
type Request struct {
	Time      time.Time `json:"time"`                // when the request arrived
	Service   string    `json:"service"`             // "lambda", "sts" or "sqs"
	Operation string    `json:"operation,omitempty"` // as AWS spells it; empty where the request names none
	Function  string    `json:"function,omitempty"`  // the function, layer or queue as the request names it
	Status    int       `json:"status"`              // the HTTP status of the answer
	RequestID string    `json:"requestId"`           // the id that the caller saw, too
	Duration  float64   `json:"durationMs"`          // in milliseconds
	ErrorCode string    `json:"errorCode,omitempty"` // as AWS spells it; for a failed function "Unhandled"
	Fault     string    `json:"fault,omitempty"`     // the kind of the injected fault that it met
}

// DeadLetter is an event that its function did not handle, however often it
// was tried.
type DeadLetter struct {
	Time          time.Time `json:"time"`                    // when it was given up
	RequestID     string    `json:"requestId"`               // of the invocation
	FunctionArn   string    `json:"functionArn"`             // of the function that failed
	Condition     string    `json:"condition"`               // RetriesExhausted or EventAgeExceeded
	Attempts      int       `json:"attempts"`                // how often the function was invoked
	FunctionError string    `json:"functionError,omitempty"` // how it failed last: "Unhandled"
	Request       string    `json:"request"`                 // the payload of the event
	Response      string    `json:"response,omitempty"`      // what the last attempt gave
}
