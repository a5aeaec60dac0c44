package watch

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/report"
)

// ended notes the spans that end.
type ended struct {
	last byte
	list []string
}

func (e *ended) Begin(s, below *Span, _ connector.Trace) {
	e.last++
	s.ID[0] = e.last
	if below != nil {
		s.Parent = below.ID
	}
}

func (e *ended) End(s *Span, room []byte) []byte {
	e.list = append(e.list, fmt.Sprintf("%d below %d: %s of %s", s.ID[0], s.Parent[0], s.Name(), s.Run))
	return room
}

// What is told of a part that has ended counts for nothing, also where its watch serves
// another part by then.
func TestLateIsForgotten(t *testing.T) {
	to := &ended{}
	o := &Observer{Sink: to, Now: time.Now, Propagate: func(ctx context.Context, s *Span) context.Context {
		return connector.WithIDs(ctx, [16]byte{1}, s.ID, 0, "")
	}}
	at := func(name report.EventType, step string) *report.Event { return &report.Event{Type: name, Step: step} }
	spanOf := func(ctx context.Context) byte { _, span, _, _ := connector.TraceOf(ctx).IDs(); return span[0] }

	first := o.Observe(report.Part{RunID: "first", Flow: "f"})
	first.Event(at(report.FlowStarted, ""))
	first.Event(at(report.StepStarted, "/x"))
	late := first.Attempt(report.Attempt{Step: "/x", Operation: "svc.do"})
	over := first.Attempt(report.Attempt{Step: "/x", Operation: "svc.do"})
	if got := spanOf(over.Context(t.Context())); got != 4 {
		t.Errorf("the attempt stands at %d", got)
	}
	over.End(nil)
	third := first.Attempt(report.Attempt{Step: "/x", Operation: "svc.do"}) // in the place of the one before
	if got := spanOf(over.Context(t.Context())); got != 0 {
		t.Errorf("an attempt that is over stands at %d", got)
	}
	over.End(nil)
	third.End(nil)
	first.Event(at(report.StepFinished, "/x"))
	first.Event(at(report.FlowFinished, ""))
	first.End()

	o.idle.Put(first.(*handle).watch) // which the pool may have dropped: the next one has it
	second := o.Observe(report.Part{RunID: "second", Flow: "f"})
	second.Event(at(report.FlowStarted, ""))
	e := at(report.StepStarted, "/late")
	first.Event(e)
	first.Replayed(at(report.StepStarted, "/late"))
	late.End(nil)
	first.Attempt(report.Attempt{Step: "/x", Operation: "svc.do"}).End(nil)
	first.End()
	if e.SpanID != (report.SpanID{}) || first.Trace() != (connector.Trace{}) || spanOf(late.Context(t.Context())) != 0 {
		t.Error("a part that has ended has a place")
	}
	second.End()

	want := []string{
		"4 below 2: svc.do of first", "5 below 2: svc.do of first", "2 below 1: /x of first", "1 below 0: run f of first", "6 below 0: run f of second",
	}
	if diff := cmp.Diff(want, to.list); diff != "" {
		t.Errorf("the spans differ (-want +got):\n%s", diff)
	}
}
