package watch

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/report"
)

// Observer makes spans of runs.
type Observer struct {
	Sink Sink
	// Now is the clock.
	Now func() time.Time
	// ByRoot says that no span is recorded below one of a run that is not: then they have
	// no attributes.
	ByRoot bool
	// Propagate returns the context of an operation whose attempt is a span.
	Propagate func(ctx context.Context, s *Span) context.Context
}

var _ report.Observer = (*Observer)(nil)

// Observe begins the span of a part of a run.
func (o *Observer) Observe(part report.Part) report.Watch {
	kind, faas := kindOf(part.Caller.Kind)
	w := &watch{observer: o, root: node{path: "", span: Span{
		Doing: Runs, Subject: known(part.Flow), Kind: kind, Run: cut(part.RunID), Start: o.Now(),
	}}}
	s := &w.root.span
	s.know(ofFlow, part.Flow)
	s.know(ofTrigger, part.Trigger)
	s.know(ofFaaSTrigger, faas)
	if part.Before.Parent != "" {
		s.apart().Links = []connector.Trace{part.Before}
	}
	o.Sink.Begin(s, nil, part.Caller.Trace)
	w.root.live = true
	w.bare = o.ByRoot && s.Flags&connector.TraceSampled == 0
	w.open.list, w.spare = w.few[:0], &w.first
	return w
}

// watch is a part of a run under way.
type watch struct {
	observer *Observer
	root     node

	mu       sync.Mutex
	open     opened // steps and undos under way
	started  bool   // the run has begun
	ended    bool
	bare     bool     // nothing of it is recorded
	replayed bool     // what was under way before was read back
	spare    *node    // one that has ended, for the next
	few      [4]*node // room for those that are open
	first    node     // the first spare one
}

// node is a step or an undo under way. Its span is made when it does something: what
// is only read back has none.
type node struct {
	path  string
	span  Span
	live  bool  // the span is made
	above *node // until it is
	event begun
	items int64
}

// begun is what is kept of the event that began a node, until its span is made.
type begun struct {
	step, flow, verb, operation string
	ofUndo, inUndo              bool
}

// Trace is the place of the part.
func (w *watch) Trace() connector.Trace { return w.root.span.Place() }

// Event makes or ends the span of an event.
func (w *watch) Event(e *report.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	e.TraceID = w.root.span.Trace
	e.SpanID = w.take(e, false)
}

// Replayed notes what was under way in a part before.
func (w *watch) Replayed(e *report.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.replayed = true
	w.take(e, true)
}

// take returns the span that an event belongs to. w.mu is held.
func (w *watch) take(e *report.Event, replayed bool) report.SpanID {
	switch e.Type {
	case report.FlowStarted:
		w.started = true
		if replayed {
			w.root.span.yes(ofResumed)
		}
	case report.FlowFinished, report.FlowFailed:
		w.finish(e)
	case report.StepStarted:
		return w.begin(e.Step, e, replayed)
	case report.UndoStarted:
		return w.begin(e.Step+undoPart, e, replayed)
	case report.StepFinished, report.StepFailed:
		return w.close(e.Step, e, replayed)
	case report.UndoFinished, report.UndoFailed:
		return w.close(e.Step+undoPart, e, replayed)
	case report.StepRetried, report.StepProgress:
		return w.noted(e, replayed)
	case report.StepLogged, report.StepSkipped:
		if !replayed {
			step, _, _ := strings.Cut(e.Step, "#")
			return w.live(w.at(step)).ID
		}
	}
	return w.root.span.ID
}

// undoPart is what the paths of the steps of an undo have behind that of its step.
const undoPart = "/undo"

// at returns the innermost step or undo under way at a path, or around it.
func (w *watch) at(path string) *node {
	if n := w.open.around(path); n != nil {
		return n
	}
	return &w.root
}

// fresh returns a node that nothing was done with.
func (w *watch) fresh() *node {
	n := w.spare
	if n == nil {
		return &node{}
	}
	w.spare = nil
	*n = node{}
	return n
}

// kept keeps a node that has ended for the next one. Where something was read back
// others may still stand below it.
func (w *watch) kept(n *node) {
	if !w.replayed {
		w.spare = n
	}
}

// begin notes that a step or an undo began.
func (w *watch) begin(path string, e *report.Event, replayed bool) report.SpanID {
	n := w.fresh()
	n.path, n.above = path, w.at(outside(e.Step))
	n.begins(e)
	w.open.add(n)
	if replayed {
		return w.root.span.ID
	}
	return w.make(n, e.Time).ID
}

func (n *node) begins(e *report.Event) {
	n.event = begun{
		step: e.Step, flow: e.Flow, verb: e.Verb, operation: e.Operation,
		ofUndo: e.Type == report.UndoStarted, inUndo: e.Undo && e.Type != report.UndoStarted,
	}
}

// live returns the span of what does something.
func (w *watch) live(n *node) *Span {
	if !n.live {
		w.make(n, w.root.span.Start)
		n.span.yes(ofResumed)
	}
	return &n.span
}

// make makes the span of a node.
func (w *watch) make(n *node, at time.Time) *Span {
	above := w.live(n.above)
	e, s := &n.event, &n.span
	s.Kind, s.Start, s.Run = Internal, at, w.root.span.Run
	s.Subject = known(nameOf(e.step))
	if e.ofUndo {
		s.Doing = Undoes
	}
	if !w.bare {
		s.know(ofFlow, e.flow)
		s.know(ofStep, e.step)
		s.know(ofVerb, e.verb)
		s.know(ofOperation, e.operation)
		if e.inUndo {
			s.yes(ofUndo)
		}
	}
	n.live, n.above = true, nil
	w.observer.Sink.Begin(s, above, connector.Trace{})
	return s
}

// noted adds what happens in a step.
func (w *watch) noted(e *report.Event, replayed bool) report.SpanID {
	n := w.at(e.Step)
	if e.Type == report.StepProgress {
		n.items = e.Items
	}
	if replayed {
		return w.root.span.ID
	}
	s := w.live(n)
	if e.Type == report.StepRetried {
		note := Note{Name: "retry", At: e.Time}
		note.Attrs[0] = Attr{Key: AttemptNo, Number: int64(e.Attempt), Type: Integer}
		note.Attrs[1] = Attr{Key: Delay, Number: e.Delay.Milliseconds(), Type: Integer}
		if e.Err != nil {
			note.Attrs[2] = Attr{Key: ErrorType, Text: cut(e.Err.Code)}
		}
		s.note(note)
	}
	return s.ID
}

// close ends a step or an undo. What was only read back leaves no span.
func (w *watch) close(path string, e *report.Event, replayed bool) report.SpanID {
	n := w.open.take(path)
	if n == nil && !replayed { // what its condition or its parameters kept from starting
		n = w.fresh()
		n.path, n.above = path, w.at(path)
		n.begins(e)
		w.make(n, e.Time)
	}
	if n == nil || replayed && !n.live {
		return w.root.span.ID
	}
	s := w.live(n)
	if n.event.verb == "forEach" {
		s.number(ofItems, n.items)
	}
	if e.Err != nil {
		s.failure(&e.Err.Failure)
		if e.Err.Step == "" || e.Err.Step == e.Step {
			s.says(e.Err.Message)
		}
	}
	w.end(s, e.Time)
	id := s.ID
	w.kept(n)
	return id
}

func (w *watch) end(s *Span, at time.Time) {
	if s.End = at; at.Before(s.Start) {
		s.End = s.Start
	}
	w.observer.Sink.End(s)
}

// finish ends the span of a run that has ended.
func (w *watch) finish(e *report.Event) {
	s := &w.root.span
	w.ended = true
	outcome := "done"
	if e.Err != nil {
		s.failure(&e.Err.Failure)
		s.says(e.Err.Message)
		outcome = "failed"
		if e.Err.Class == connector.ClassCanceled {
			outcome = "canceled"
		}
	}
	s.know(ofOutcome, outcome)
	w.end(s, e.Time)
}

const interrupted = "interrupted"

// End ends what is still under way: the run goes on elsewhere, or later.
func (w *watch) End() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.started {
		return // it did not begin
	}
	open := w.open.drain()
	if w.ended {
		return // nothing is left of a run that has ended
	}
	w.ended = true
	now := w.observer.Now()
	for _, n := range open {
		s := w.live(n)
		s.know(ofOutcome, interrupted)
		w.end(s, now)
	}
	w.root.span.know(ofOutcome, interrupted)
	w.end(&w.root.span, now)
}

// Attempt begins the span of an attempt.
func (w *watch) Attempt(a report.Attempt) report.AttemptWatch {
	made := &attempt{observer: w.observer, span: Span{
		Subject: known(a.Operation), Kind: Client, Start: w.observer.Now(), Run: w.root.span.Run,
	}}
	s := &made.span
	if !w.bare {
		s.know(ofStep, a.Step)
		s.know(ofOperation, a.Operation)
		s.number(ofAttemptNo, int64(a.Number))
	}
	w.mu.Lock()
	defer w.mu.Unlock() // what it stands below is another's once it has ended
	w.observer.Sink.Begin(s, w.live(w.at(a.Step)), connector.Trace{})
	return made
}

// attempt is an attempt under way.
type attempt struct {
	observer *Observer
	span     Span
}

// Context returns the context of the operation.
func (a *attempt) Context(ctx context.Context) context.Context {
	return a.observer.Propagate(ctx, &a.span)
}

// End ends the span. What a failure says is told by its step.
func (a *attempt) End(failure *connector.Error) {
	s := &a.span
	if failure != nil {
		s.failure(failure)
		s.put(ofRequestID, failure.RequestID)
		if failure.Status != 0 {
			s.number(ofStatus, int64(failure.Status))
		}
	}
	s.End = a.observer.Now()
	a.observer.Sink.End(s)
}
