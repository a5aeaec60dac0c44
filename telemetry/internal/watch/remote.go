package watch

import (
	"context"
	"crypto/sha256"
	"strconv"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/report"
)

// Remote makes spans of runs whose parts happen in several processes: one of each
// attempt, and one of the run when it has ended, whose ids follow from the run.
type Remote struct {
	Sink Sink
	// Root gives the span of a run its place: below caller where that is one, else in the
	// trace own.
	Root func(s *Span, caller connector.Trace, own report.TraceID)
	// Now is the clock.
	Now func() time.Time
	// Propagate is that of Observer.
	Propagate func(ctx context.Context, s *Span) context.Context
}

var _ report.RemoteObserver = (*Remote)(nil)

// root returns the span of a run.
func (o *Remote) root(run *report.Remote) *Span {
	sum := sha256.Sum256([]byte("medlar run " + run.RunID + " " + strconv.FormatInt(run.Began.UnixNano(), 10)))
	kind, faas := kindOf(run.Caller.Kind)
	s := &Span{Run: cut(run.RunID), Start: run.Began, Shape: Shape{Doing: Runs, Subject: known(run.Flow), Kind: kind}}
	o.Root(s, run.Caller.Trace, report.TraceID(sum[:16]))
	s.ID = report.SpanID(sum[16:24])
	s.know(ofFlow, run.Flow)
	s.know(ofTrigger, run.Trigger)
	s.know(ofFaaSTrigger, faas)
	return s
}

// Place is where a run stands in a trace.
func (o *Remote) Place(run report.Remote) connector.Trace { return o.root(&run).Place() }

// Ended makes the span of a run.
func (o *Remote) Ended(run report.Remote, at time.Time, failure *report.RunError) {
	s := o.root(&run)
	s.ended(failure)
	if s.End = at; at.Before(s.Start) {
		s.End = s.Start
	}
	o.Sink.End(s, nil)
}

// Attempt begins the span of an attempt.
func (o *Remote) Attempt(place connector.Trace, runID string, a report.Attempt) report.AttemptWatch {
	trace, id, flags, _ := place.IDs()
	made := &remoteAttempt{o, Span{Run: cut(runID), Start: o.Now(), Shape: Shape{Subject: known(a.Operation), Kind: Client}}}
	s := &made.span
	s.attempts(&a)
	o.Sink.Begin(s, &Span{Trace: trace, ID: id, Flags: flags, State: place.State}, connector.Trace{})
	return made
}

// remoteAttempt is an attempt under way. Its span is its own: the operation may keep its
// context for longer.
type remoteAttempt struct {
	remote *Remote
	span   Span
}

// Context returns the context of the operation.
func (a *remoteAttempt) Context(ctx context.Context) context.Context {
	return a.remote.Propagate(ctx, &a.span)
}

// End ends the span.
func (a *remoteAttempt) End(failure *connector.Error) {
	a.span.attempted(failure)
	a.span.End = a.remote.Now()
	a.remote.Sink.End(&a.span, nil)
}
