package watch

import (
	"context"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/report"
)

// Attempt begins the span of an attempt.
func (h *handle) Attempt(a report.Attempt) report.AttemptWatch {
	w := h.enter()
	if w == nil {
		return (*bare)(h)
	}
	defer w.mu.Unlock()
	if w.bare {
		return (*bare)(h)
	}
	made := &attempt{*h, w.fresh()}
	s := &made.node.span
	s.Subject, s.Kind, s.Start, s.Run = known(a.Operation), Client, w.observer.Now(), w.root.span.Run
	s.attempts(&a)
	w.observer.Sink.Begin(s, w.live(w.at(a.Step)), connector.Trace{})
	return made
}

// attempts says of the span of an attempt which one it is, and attempted how it ended.
// What a failure says is told by its step.
func (s *Span) attempts(a *report.Attempt) {
	s.know(ofStep, a.Step)
	s.know(ofOperation, a.Operation)
	s.number(ofAttemptNo, int64(a.Number))
}

func (s *Span) attempted(failure *connector.Error) {
	if failure == nil {
		return
	}
	s.failure(failure)
	s.put(ofRequestID, failure.RequestID)
	if failure.Status != 0 {
		s.number(ofStatus, int64(failure.Status))
	}
}

// bare is an attempt without a span.
type bare handle

// Context returns the context of the operation.
func (b *bare) Context(ctx context.Context) context.Context {
	w := (*handle)(b).enter()
	if w == nil {
		return ctx
	}
	defer w.mu.Unlock()
	return w.observer.Propagate(ctx, &w.root.span)
}

// End does nothing.
func (*bare) End(*connector.Error) {}

// attempt is an attempt under way.
type attempt struct {
	handle

	node *node // nil once it has ended
}

// enter is that of the part, while the attempt is under way.
func (a *attempt) enter() *watch {
	w := a.handle.enter()
	if w != nil && a.node == nil {
		w.mu.Unlock()
		return nil
	}
	return w
}

// Context returns the context of the operation.
func (a *attempt) Context(ctx context.Context) context.Context {
	w := a.enter()
	if w == nil {
		return ctx
	}
	defer w.mu.Unlock()
	return w.observer.Propagate(ctx, &a.node.span)
}

// End ends the span.
func (a *attempt) End(failure *connector.Error) {
	w := a.enter()
	if w == nil {
		return
	}
	defer w.mu.Unlock()
	a.node.span.attempted(failure)
	w.end(&a.node.span, w.observer.Now())
	w.keep(a.node)
	a.node = nil
}
