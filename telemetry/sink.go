package telemetry

import (
	"context"
	"encoding/binary"
	"math/rand/v2"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/telemetry/internal/otlp"
	"github.com/medlar-flow/medlar/telemetry/internal/watch"
)

// sink gives spans their places, and has those that have ended sent.
type sink struct {
	*Telemetry

	templates *otlp.Templates
}

// Begin gives a span its place.
func (k *sink) Begin(s, below *watch.Span, caller connector.Trace) {
	s.ID = newSpanID()
	if below != nil {
		s.Trace, s.Parent, s.Flags, s.State = below.Trace, below.ID, below.Flags, below.State
		return
	}
	k.root(s, caller, func() (report.TraceID, byte) { return newTraceID(), connector.TraceRandom })
}

// root gives the span of a run its place: below its caller, or in a trace that own
// returns, with its flags.
func (k *sink) root(s *watch.Span, caller connector.Trace, own func() (report.TraceID, byte)) {
	if k.config.NoPropagation {
		caller = connector.Trace{}
	}
	trace, parent, flags, ok := caller.IDs()
	if ok {
		s.Trace, s.Parent, s.Remote, s.State = trace, parent, true, caller.State
		s.Flags = flags & connector.TraceRandom
	} else {
		caller = connector.Trace{}
		s.Trace, s.Flags = own()
	}
	if k.config.Sampler(s.Trace, caller) {
		s.Flags |= connector.TraceSampled
	}
}

// remoteRoot is root for a run whose trace follows from it.
func (k *sink) remoteRoot(s *watch.Span, caller connector.Trace, own report.TraceID) {
	k.root(s, caller, func() (report.TraceID, byte) { return own, 0 })
}

// End has a span sent.
func (k *sink) End(s *watch.Span, room []byte) []byte {
	if s.Flags&connector.TraceSampled != 0 {
		room = k.spans.form.Span(room, s, k.templates)
		k.spans.put(room)
	}
	return room
}

// propagate returns the context of an operation.
func (t *Telemetry) propagate(ctx context.Context, s *watch.Span) context.Context {
	if t.config.NoPropagation {
		return ctx
	}
	return connector.WithIDs(ctx, s.Trace, s.ID, s.Flags, s.State)
}

// newTraceID returns a random one. It names, and keeps nothing secret.
func newTraceID() (id report.TraceID) {
	for id == (report.TraceID{}) {
		binary.LittleEndian.PutUint64(id[:8], rand.Uint64())
		binary.LittleEndian.PutUint64(id[8:], rand.Uint64())
	}
	return id
}

func newSpanID() (id report.SpanID) {
	for id == (report.SpanID{}) {
		binary.LittleEndian.PutUint64(id[:], rand.Uint64())
	}
	return id
}
