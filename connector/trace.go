package connector

import (
	"context"
	"strings"

	"github.com/medlar-flow/medlar/internal/hexadecimal"
)

// Trace is a place in a distributed trace, as callers and services tell it each
// other by W3C Trace Context. The zero value is none.
type Trace struct {
	Parent string // the header traceparent: version, trace, span and flags
	State  string // the header tracestate; empty for none
}

// traceKey is that of a Trace in a context.
type traceKey struct{}

// WithTrace returns a context for calls that belong to a place in a trace.
func WithTrace(ctx context.Context, t Trace) context.Context {
	return context.WithValue(ctx, traceKey{}, t)
}

// WithIDs is WithTrace for a place whose parts are known. They are put together only for
// those who hand them on, which few calls do.
func WithIDs(ctx context.Context, trace [16]byte, span [8]byte, flags byte, state string) context.Context {
	return &placed{Context: ctx, trace: trace, span: span, flags: flags, state: state}
}

// placed is a context that stands at a place in a trace.
type placed struct {
	context.Context //nolint:containedctx // it is one itself

	trace [16]byte
	span  [8]byte
	flags byte
	state string
}

// Value returns a value of the context.
func (p *placed) Value(key any) any {
	if key == (traceKey{}) {
		return p
	}
	return p.Context.Value(key)
}

// TraceOf returns the place in a trace that a call belongs to; the zero value where
// its run is not traced. An operation that sends a request hands it on.
func TraceOf(ctx context.Context) Trace {
	switch t := ctx.Value(traceKey{}).(type) {
	case Trace:
		return t
	case *placed:
		return NewTrace(t.trace, t.span, t.flags, t.state)
	default:
		return Trace{}
	}
}

// XRayOf is the XRay of the place that TraceOf returns.
func XRayOf(ctx context.Context) string {
	if p, ok := ctx.Value(traceKey{}).(*placed); ok {
		return xray(p.trace, p.span, p.flags)
	}
	return TraceOf(ctx).XRay()
}

// The flags of a place in a trace.
const (
	TraceSampled byte = 1 // its spans are recorded
	TraceRandom  byte = 2 // the last 7 bytes of the trace's id are random
)

// maxTraceState is how much of a tracestate is handed on, in bytes: the least that
// the standard asks for.
const maxTraceState = 512

// ReadTrace reads the headers traceparent and tracestate. ok is false where the first
// is not what the standard says, and then the second counts for nothing either. A
// tracestate that is too long, or no text of a header, is left out.
func ReadTrace(parent string, states []string) (t Trace, ok bool) {
	parent = strings.Trim(parent, " \t")
	if _, _, _, ok := (Trace{Parent: parent}).IDs(); !ok {
		return Trace{}, false
	}
	t.Parent = parent
	state := strings.Trim(strings.Join(states, ","), " \t")
	plain := strings.IndexFunc(state, func(r rune) bool { return r != '\t' && (r < ' ' || r > '~') }) < 0
	if plain && len(state) <= maxTraceState {
		t.State = state
	}
	return t, true
}

// The parts of a traceparent: 2 digits of the version, 32 of the trace, 16 of the span
// and 2 of the flags, with a dash between each.
const (
	traceAt, spanAt, flagsAt = 3, 36, 53
	parentLength             = 55
)

// IDs returns what Parent says; ok is false where that is no traceparent. Of a
// version that is not known yet the known part is read, as the standard says.
func (t Trace) IDs() (trace [16]byte, span [8]byte, flags byte, ok bool) {
	p := t.Parent
	known := len(p) == parentLength || len(p) > parentLength && p[parentLength] == '-' && p[:2] != "00"
	if !known || p[:2] == "ff" || p[2] != '-' || p[spanAt-1] != '-' || p[flagsAt-1] != '-' {
		return trace, span, 0, false
	}
	var version, bits [1]byte
	ok = digits(version[:], p[:2]) && digits(trace[:], p[traceAt:spanAt-1]) && digits(span[:], p[spanAt:flagsAt-1]) &&
		digits(bits[:], p[flagsAt:parentLength])
	if !ok || trace == [16]byte{} || span == [8]byte{} {
		return [16]byte{}, [8]byte{}, 0, false
	}
	return trace, span, bits[0], true
}

// digits reads hexadecimal digits, which the standard wants in lower case.
func digits(to []byte, text string) bool {
	for i := range to {
		high, low := digit(text[2*i]), digit(text[2*i+1])
		if high > 0xf || low > 0xf {
			return false
		}
		to[i] = high<<4 | low
	}
	return true
}

// digit is the value of a digit; more than 15 for what is none.
func digit(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	default:
		return 0xff
	}
}

// NewTrace returns a place in a trace, of version 00.
func NewTrace(trace [16]byte, span [8]byte, flags byte, state string) Trace {
	const digits = "0123456789abcdef"
	var b [parentLength]byte
	copy(b[:], "00-")
	hexadecimal.Put(b[traceAt:], [8]byte(trace[:8]))
	hexadecimal.Put(b[traceAt+16:], [8]byte(trace[8:]))
	b[spanAt-1] = '-'
	hexadecimal.Put(b[spanAt:], span)
	b[flagsAt-1], b[flagsAt], b[flagsAt+1] = '-', digits[flags>>4], digits[flags&0xf]
	return Trace{Parent: string(b[:]), State: state}
}

// XRay returns the place as the header X-Amzn-Trace-Id has it; empty for none.
func (t Trace) XRay() string {
	trace, span, flags, ok := t.IDs()
	if !ok {
		return ""
	}
	return xray(trace, span, flags)
}

// xrayForm is the header, with a digit of 0 for each that is filled in.
const xrayForm = "Root=1-00000000-000000000000000000000000;Parent=0000000000000000;Sampled=0"

func xray(trace [16]byte, span [8]byte, flags byte) string {
	const root, rest, parent = len("Root=1-"), len("Root=1-00000000-"), len("Root=1-00000000-000000000000000000000000;Parent=")
	var b [len(xrayForm)]byte
	copy(b[:], xrayForm)
	hexadecimal.Put(b[rest-8:], [8]byte(trace[:8])) // whose first half moves in front of the dash
	copy(b[root:], b[rest-8:rest])
	b[rest-1] = '-'
	hexadecimal.Put(b[rest+8:], [8]byte(trace[8:]))
	hexadecimal.Put(b[parent:], span)
	b[len(b)-1] += flags & TraceSampled
	return string(b[:])
}
