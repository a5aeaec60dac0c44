package watch

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/report"
)

// Observer makes spans of runs. It must not be copied.
type Observer struct {
	Sink Sink
	// Now is the clock.
	Now func() time.Time
	// ByRoot says that no span is recorded below one of a run that is not: then none is
	// made, and all that happens in it has the place of the run.
	ByRoot bool
	// Propagate returns the context of an operation whose attempt is a span.
	Propagate func(ctx context.Context, s *Span) context.Context

	idle sync.Pool // of *watch
}

var _ report.Observer = (*Observer)(nil)

// Observe begins the span of a part of a run.
func (o *Observer) Observe(part report.Part) report.Watch {
	w, _ := o.idle.Get().(*watch)
	if w == nil {
		w = &watch{observer: o}
		w.open.list, w.spare = w.few[:0], w.spares[:0]
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	kind, faas := kindOf(part.Caller.Kind)
	w.root.live = true
	s := &w.root.span
	s.Doing, s.Subject, s.Kind, s.Run, s.Start = Runs, known(part.Flow), kind, cut(part.RunID), o.Now()
	s.know(ofFlow, part.Flow)
	s.know(ofTrigger, part.Trigger)
	s.know(ofFaaSTrigger, faas)
	if part.Before.Parent != "" {
		s.apart().Links = []connector.Trace{part.Before}
	}
	o.Sink.Begin(s, nil, part.Caller.Trace)
	w.bare = o.ByRoot && s.Flags&connector.TraceSampled == 0
	return &handle{w, w.turn}
}

// handle is a part of a run under way, for those who tell of it. What is told when the
// part has ended counts for nothing, since its watch may serve another one by then.
type handle struct {
	watch *watch
	turn  uint64
}

var _ report.Watch = (*handle)(nil)

// enter returns the watch with its lock held; nil where the part has ended.
func (h *handle) enter() *watch {
	w := h.watch
	w.mu.Lock()
	if w.turn != h.turn {
		w.mu.Unlock()
		return nil
	}
	return w
}

// watch is a part of a run under way. It serves one after the other, so that few
// runs make anything.
type watch struct {
	observer *Observer

	mu       sync.Mutex
	turn     uint64 // counts the parts that it has served
	root     node
	open     opened // steps and undos under way
	started  bool   // the run has begun
	ended    bool
	bare     bool    // nothing of it is recorded
	replayed bool    // what was under way before was read back
	spare    []*node // that have ended, for others
	room     []byte  // for the sink
	few      [4]*node
	spares   [mostSpare]*node
}

// mostSpare is how many nodes are kept for others, and mostRoom how many bytes for
// the sink.
const (
	mostSpare = 4
	mostRoom  = 16 << 10
)

// leave ends what the watch does for a part, and has it serve another one.
func (w *watch) leave() {
	w.turn++
	w.root = node{}
	w.open.forget(w.few[:0])
	w.started, w.ended, w.bare, w.replayed = false, false, false, false
	if cap(w.room) > mostRoom {
		w.room = nil
	}
	w.observer.idle.Put(w)
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
func (h *handle) Trace() connector.Trace {
	w := h.enter()
	if w == nil {
		return connector.Trace{}
	}
	defer w.mu.Unlock()
	return w.root.span.Place()
}

// Event makes or ends the span of an event.
func (h *handle) Event(e *report.Event) {
	w := h.enter()
	if w == nil {
		return
	}
	e.TraceID, e.SpanID = w.root.span.Trace, w.root.span.ID
	if !w.bare {
		e.SpanID = w.take(e, false)
	}
	w.mu.Unlock()
}

// Replayed notes what was under way in a part before.
func (h *handle) Replayed(e *report.Event) {
	w := h.enter()
	if w == nil {
		return
	}
	defer w.mu.Unlock()
	if !w.bare {
		w.replayed = true
		w.take(e, true)
	}
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
	last := len(w.spare) - 1
	if last < 0 {
		return &node{}
	}
	n := w.spare[last]
	w.spare = w.spare[:last]
	*n = node{}
	return n
}

// kept keeps the node of a step that has ended for others. Where something was read
// back some may still stand below it.
func (w *watch) kept(n *node) {
	if !w.replayed {
		w.keep(n)
	}
}

func (w *watch) keep(n *node) {
	if len(w.spare) < mostSpare {
		w.spare = append(w.spare, n)
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
	s.know(ofFlow, e.flow)
	s.know(ofStep, e.step)
	s.know(ofVerb, e.verb)
	s.know(ofOperation, e.operation)
	if e.inUndo {
		s.yes(ofUndo)
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
	w.room = w.observer.Sink.End(s, w.room[:0])
}

// finish ends the span of a run that has ended.
func (w *watch) finish(e *report.Event) {
	w.ended = true
	w.root.span.ended(e.Err)
	w.end(&w.root.span, e.Time)
}

// ended says how a run ended.
func (s *Span) ended(err *report.RunError) {
	outcome := "done"
	if err != nil {
		s.failure(&err.Failure)
		s.says(err.Message)
		outcome = "failed"
		if err.Class == connector.ClassCanceled {
			outcome = "canceled"
		}
	}
	s.know(ofOutcome, outcome)
}

const interrupted = "interrupted"

// End ends what is still under way: the run goes on elsewhere, or later.
func (h *handle) End() {
	w := h.enter()
	if w == nil {
		return
	}
	defer w.mu.Unlock()
	defer w.leave()
	if !w.started || w.ended { // it did not begin, or has ended with all that was in it
		return
	}
	now := w.observer.Now()
	for _, n := range w.open.drain() {
		s := w.live(n)
		s.know(ofOutcome, interrupted)
		w.end(s, now)
	}
	w.root.span.know(ofOutcome, interrupted)
	w.end(&w.root.span, now)
}
