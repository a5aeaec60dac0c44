package report

import (
	"context"

	"github.com/medlar-flow/medlar/connector"
)

// Observer watches runs from the beginning of each attempt on, which a Listener hears
// of at its end, and says where in a distributed trace each of them stands. Package
// telemetry has one.
type Observer interface {
	// Observe begins to watch a part of a run: from its begin, or from where it goes
	// on, until it ends or stops. nil is for one that is not watched.
	Observe(part Part) Watch
}

// Part is a run, or what of it one process carries until it ends, is interrupted or
// put down.
type Part struct {
	RunID string // of the run
	Flow  string // the name of its flow
	// Trigger is the name of the trigger that began the run; empty for none.
	Trigger string
	// Caller is who asked for the run, where it begins.
	Caller Caller
	// Before is the place of the part before, where the run goes on; the zero value
	// where nobody watched that.
	Before connector.Trace
}

// Caller is who asked for a run.
type Caller struct {
	// Kind is the kind of the trigger: "http", "tool", "schedule"; the name of the
	// source for an event of one; empty for a run that no trigger began.
	Kind string
	// Trace is where the caller stands in a trace.
	Trace connector.Trace
}

// Watch watches a part of a run. Its methods may be called at the same time; they
// are quick, since the run waits for them.
type Watch interface {
	// Trace is the place of the part in a trace.
	Trace() connector.Trace
	// Event is told of an event before the run's listeners, and sets its TraceID and
	// SpanID. It keeps no pointer to it: the next event is told by the same.
	Event(e *Event)
	// Replayed is told of an event that happened in a part before, and is read back.
	Replayed(e *Event)
	// Attempt is told that an attempt of a call begins.
	Attempt(a Attempt) AttemptWatch
	// End is told that the part has ended: the run has if it was told so by an event.
	End()
}

// Attempt is an attempt of a call that begins.
type Attempt struct {
	Step      string // the path of the step
	Operation string // the name of what is called
	Number    int    // counts the attempts of the call from 1
}

// AttemptWatch watches an attempt.
type AttemptWatch interface {
	// Context returns the context for the operation, with its place in the trace.
	Context(ctx context.Context) context.Context
	// End is told of the end of the attempt, with its failure, which holds no secret;
	// nil for none.
	End(failure *connector.Error)
}

// TraceID names a trace; the zero value none.
type TraceID [16]byte

// SpanID names a span of a trace; the zero value none.
type SpanID [8]byte
