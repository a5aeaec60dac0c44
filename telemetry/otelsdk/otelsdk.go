// Package otelsdk has runs make their spans with OpenTelemetry's SDK, for programs that
// have a TracerProvider of their own:
//
//	flow.Run(ctx, inputs, flows.WithObserver(otelsdk.Observer(provider)))
//
// The spans are those of package telemetry, which sends them without the SDK. What
// samples, bounds and exports them is the provider's business. It is a module of its own,
// so that Medlar itself does not depend on the SDK.
package otelsdk

import (
	"context"
	"math"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/telemetry/internal/watch"
)

// scope names what makes the spans.
const scope = "github.com/medlar-flow/medlar/telemetry"

// Observer watches runs with spans of a provider, for flows.WithObserver and
// serve.Config.Observer. The span of an attempt is in the context of its operation, so
// that spans which that makes stand below it.
func Observer(provider trace.TracerProvider) report.Observer {
	return &watch.Observer{
		Sink: &sink{provider.Tracer(scope)}, Now: time.Now,
		Propagate: func(ctx context.Context, s *watch.Span) context.Context {
			return connector.WithIDs(trace.ContextWithSpan(ctx, spanOf(s)), s.Trace, s.ID, s.Flags, s.State)
		},
	}
}

// sink makes spans with a tracer.
type sink struct{ tracer trace.Tracer }

// spanOf returns the provider's span.
func spanOf(s *watch.Span) trace.Span {
	span, _ := s.Foreign.(trace.Span)
	return span
}

// Begin has the tracer begin a span, which says where it stands.
func (k *sink) Begin(s, below *watch.Span, caller connector.Trace) {
	ctx := context.Background()
	if below != nil {
		ctx = trace.ContextWithSpan(ctx, spanOf(below))
	} else if at := placeOf(caller); at.IsValid() {
		ctx = trace.ContextWithRemoteSpanContext(ctx, at)
	}
	options := []trace.SpanStartOption{
		trace.WithTimestamp(s.Start), trace.WithSpanKind(kindOf(s.Kind)), trace.WithAttributes(attributes(s.Attrs())...),
	}
	for _, l := range s.Links() {
		options = append(options, trace.WithLinks(trace.Link{SpanContext: placeOf(l)}))
	}
	_, span := k.tracer.Start(ctx, s.Name(), options...)
	at := span.SpanContext()
	s.Foreign, s.Trace, s.ID, s.Flags, s.State = span, report.TraceID(at.TraceID()), report.SpanID(at.SpanID()), byte(at.TraceFlags()), at.TraceState().String()
}

// End ends a span.
func (k *sink) End(s *watch.Span, room []byte) []byte {
	span := spanOf(s)
	if span.IsRecording() {
		span.SetAttributes(attributes(s.Attrs())...)
		for _, n := range s.Notes() {
			span.AddEvent(n.Name, trace.WithTimestamp(n.At), trace.WithAttributes(attributes(n.Attrs[:])...))
		}
		if s.Failed {
			span.SetStatus(codes.Error, s.Message())
		}
	}
	span.End(trace.WithTimestamp(s.End))
	return room
}

// placeOf returns a place in a trace as the SDK has it; one that is not valid for none.
func placeOf(t connector.Trace) trace.SpanContext {
	id, span, flags, ok := t.IDs()
	if !ok {
		return trace.SpanContext{}
	}
	state, err := trace.ParseTraceState(t.State)
	if err != nil {
		state = trace.TraceState{} // the standard has it dropped
	}
	return trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: id, SpanID: span, TraceFlags: trace.TraceFlags(flags), TraceState: state, Remote: true,
	})
}

func kindOf(k watch.Kind) trace.SpanKind {
	switch k {
	case watch.Server:
		return trace.SpanKindServer
	case watch.Client:
		return trace.SpanKindClient
	case watch.Consumer:
		return trace.SpanKindConsumer
	default:
		return trace.SpanKindInternal
	}
}

// attributes are those of a span or an event as the SDK has them.
func attributes(list []watch.Attr) []attribute.KeyValue {
	out := make([]attribute.KeyValue, 0, len(list))
	for _, a := range list {
		switch {
		case a.Key == "":
		case a.Type == watch.Integer:
			out = append(out, attribute.Int64(a.Key, a.Number))
		case a.Type == watch.Boolean:
			out = append(out, attribute.Bool(a.Key, a.Number != 0))
		case a.Type == watch.Fraction:
			out = append(out, attribute.Float64(a.Key, math.Float64frombits(uint64(a.Number)))) //nolint:gosec // its bits
		default:
			out = append(out, attribute.String(a.Key, a.Text))
		}
	}
	return out
}
