package report

import (
	"time"

	"github.com/medlar-flow/medlar/connector"
)

// EventType says what happened.
type EventType string

// The types of events, in the order in which a run gives them.
const (
	FlowStarted  EventType = "flow started"
	StepStarted  EventType = "step started"
	StepRetried  EventType = "step retried" // an attempt failed, another follows after Delay
	StepFinished EventType = "step finished"
	StepSkipped  EventType = "step skipped" // its guard was false
	StepProgress EventType = "step items"   // a forEach knows its number of Items
	StepFailed   EventType = "step failed"
	StepLogged   EventType = "step logged" // the operation said something
	UndoStarted  EventType = "undo started"
	UndoFinished EventType = "undo finished"
	UndoFailed   EventType = "undo failed"
	FlowFinished EventType = "flow finished"
	FlowFailed   EventType = "flow failed"
)

// Event is something that happened in a run. It holds no secret, so that it
// may be logged or shown as it is.
type Event struct {
	Type  EventType // what happened
	Time  time.Time // when it happened
	RunID string    // of the run that it happened in
	Flow  string    // the name of the flow
	// Step is the step's path, "/smoke[17]/answer"; a step without an id is
	// named by its position, "/4/then/1". Empty for events of the flow.
	Step string
	// Verb is the step's verb: "call", "forEach".
	Verb string
	// Operation is what a call calls.
	Operation string
	// Undo is true for the steps of an undo.
	Undo bool
	// Attempt counts from 1; set on events of a call.
	Attempt int
	// Delay is the wait before the next attempt, of StepRetried.
	Delay time.Duration
	// Duration is the time since the step or the flow started, of events that
	// end one.
	Duration time.Duration
	// Items is the number of items of a forEach, of StepProgress; -1 elsewhere.
	Items int64
	// Level, Message and Fields are what a step said, of StepLogged.
	Level   connector.LogLevel
	Message string         // of StepLogged: what the operation said
	Fields  map[string]any // of StepLogged: what the operation said beside the message
	// Err is why, of StepRetried, StepFailed, UndoFailed and FlowFailed.
	Err *RunError
	// TraceID and SpanID are those of the span that the event belongs to; zero where
	// the run is not traced.
	TraceID TraceID
	SpanID  SpanID
}

// Listener is told of every event, one at a time, in the order in which they
// happen. It must be quick: the run waits for it.
type Listener func(Event)
