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
	// Propagate returns the context of an operation whose attempt is a span.
	Propagate func(ctx context.Context, s *Span) context.Context
}

var _ report.Observer = (*Observer)(nil)

// Observe begins the span of a part of a run.
func (o *Observer) Observe(part report.Part) report.Watch {
	w := &watch{observer: o, run: part.RunID, began: o.Now(), open: map[string]*node{}}
	kind, faas := kindOf(part.Caller.Kind)
	s := &Span{Name: "run " + cut(part.Flow), Kind: kind, Start: w.began}
	s.Put(Run, part.RunID)
	s.Put(Flow, part.Flow)
	s.Put(Trigger, part.Trigger)
	s.Put(FaaSTrigger, faas)
	if part.Before.Parent != "" {
		s.Links = []connector.Trace{part.Before}
	}
	o.Sink.Begin(s, nil, part.Caller.Trace)
	w.root = &node{span: s}
	return w
}

// watch is a part of a run under way.
type watch struct {
	observer *Observer
	run      string
	began    time.Time
	root     *node

	mu      sync.Mutex
	open    map[string]*node // steps and undos under way, by their paths
	started bool             // the run has begun
	ended   bool
}

// node is a step or an undo under way. Its span is made when it does something: what
// is only read back has none.
type node struct {
	span  *Span
	above *node
	event report.Event // that began it
	items int64
}

// Trace is the place of the part.
func (w *watch) Trace() connector.Trace { return w.root.span.Place() }

// Event makes or ends the span of an event.
func (w *watch) Event(e *report.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	e.TraceID = w.root.span.Trace
	s := w.take(e, false)
	if s == nil {
		s = w.root.span
	}
	e.SpanID = s.ID
}

// Replayed notes what was under way in a part before.
func (w *watch) Replayed(e *report.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.take(e, true)
}

// take returns the span of an event; nil where it is that of the part. w.mu is held.
func (w *watch) take(e *report.Event, replayed bool) *Span {
	switch e.Type {
	case report.FlowStarted:
		w.started = true
		if replayed {
			w.root.span.yes(Resumed)
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
		if replayed {
			return nil
		}
		return w.live(w.at(strings.SplitN(e.Step, "#", 2)[0]))
	}
	return nil
}

// undoPart is what the paths of the steps of an undo have behind that of its step.
const undoPart = "/undo"

// at returns the innermost step or undo under way at a path, or around it.
func (w *watch) at(path string) *node {
	for path != "" {
		if n := w.open[path]; n != nil {
			return n
		}
		path = path[:max(0, strings.LastIndexAny(path, "/["))]
	}
	return w.root
}

// begin notes that a step or an undo began.
func (w *watch) begin(path string, e *report.Event, replayed bool) *Span {
	n := &node{above: w.at(path[:max(0, strings.LastIndexAny(path, "/["))]), event: *e}
	if path == e.Step+undoPart {
		n.above = w.at(path[:max(0, strings.LastIndexAny(e.Step, "/["))])
	}
	w.open[path] = n
	if replayed {
		return nil
	}
	return w.make(n, e.Time)
}

// live returns the span of what does something.
func (w *watch) live(n *node) *Span {
	if n.span == nil {
		w.make(n, w.began)
		n.span.yes(Resumed)
	}
	return n.span
}

// make makes the span of a node.
func (w *watch) make(n *node, at time.Time) *Span {
	above := w.live(n.above)
	e := &n.event
	s := &Span{Kind: Internal, Start: at}
	s.Name = cut(nameOf(e.Step))
	if e.Type == report.UndoStarted {
		s.Name = "undo " + s.Name
	}
	s.Put(Run, w.run)
	s.Put(Flow, e.Flow)
	s.Put(Step, e.Step)
	s.Put(Verb, e.Verb)
	s.Put(Operation, e.Operation)
	if e.Undo && e.Type != report.UndoStarted {
		s.yes(Undo)
	}
	n.span = s
	w.observer.Sink.Begin(s, above, connector.Trace{})
	return s
}

// noted adds what happens in a step.
func (w *watch) noted(e *report.Event, replayed bool) *Span {
	n := w.at(e.Step)
	if e.Type == report.StepProgress {
		n.items = e.Items
	}
	if replayed {
		return nil
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
	return s
}

// close ends a step or an undo. What was only read back leaves no span.
func (w *watch) close(path string, e *report.Event, replayed bool) *Span {
	n := w.open[path]
	if n != nil {
		delete(w.open, path)
	} else if !replayed {
		n = &node{above: w.at(path), event: *e} // what its condition or its parameters kept from starting
		w.make(n, e.Time)
	}
	if n == nil || replayed && n.span == nil {
		return nil
	}
	s := w.live(n)
	if n.event.Verb == "forEach" {
		s.number(Items, n.items)
	}
	if e.Err != nil {
		s.failure(&e.Err.Failure)
		if e.Err.Step == "" || e.Err.Step == e.Step {
			s.Message = cut(e.Err.Message)
		}
	}
	w.end(s, e.Time)
	return s
}

func (w *watch) end(s *Span, at time.Time) {
	if s.End = at; at.Before(s.Start) {
		s.End = s.Start
	}
	w.observer.Sink.End(s)
}

// finish ends the span of a run that has ended.
func (w *watch) finish(e *report.Event) {
	s := w.root.span
	w.ended = true
	outcome := "done"
	if e.Err != nil {
		s.failure(&e.Err.Failure)
		s.Message = cut(e.Err.Message)
		outcome = "failed"
		if e.Err.Class == connector.ClassCanceled {
			outcome = "canceled"
		}
	}
	s.Put(Outcome, outcome)
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
	now := w.observer.Now()
	for path, n := range w.open {
		delete(w.open, path)
		if w.ended {
			continue // nothing is left of a run that has ended
		}
		s := w.live(n)
		s.Put(Outcome, interrupted)
		w.end(s, now)
	}
	if !w.ended {
		w.ended = true
		w.root.span.Put(Outcome, interrupted)
		w.end(w.root.span, now)
	}
}

// Attempt begins the span of an attempt.
func (w *watch) Attempt(a report.Attempt) report.AttemptWatch {
	made := &attempt{observer: w.observer}
	s := &made.span
	s.Name, s.Kind, s.Start = cut(a.Operation), Client, w.observer.Now()
	s.Put(Run, w.run)
	s.Put(Step, a.Step)
	s.Put(Operation, a.Operation)
	s.number(AttemptNo, int64(a.Number))
	w.mu.Lock()
	above := w.live(w.at(a.Step))
	w.mu.Unlock()
	w.observer.Sink.Begin(s, above, connector.Trace{})
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
		s.Put(RequestID, failure.RequestID)
		if failure.Status != 0 {
			s.number(Status, int64(failure.Status))
		}
	}
	s.End = a.observer.Now()
	a.observer.Sink.End(s)
}
