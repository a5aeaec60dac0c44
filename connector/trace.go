package connector

import (
	"context"
	"encoding/hex"
	"strings"
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

// Placer says where in a trace something stands.
type Placer interface{ Place() Trace }

// WithPlace is WithTrace for a place that is asked for by those who hand it on, which
// few calls do. Place may be called at the same time, and later.
func WithPlace(ctx context.Context, p Placer) context.Context {
	return context.WithValue(ctx, traceKey{}, p)
}

// TraceOf returns the place in a trace that a call belongs to; the zero value where
// its run is not traced. An operation that sends a request hands it on.
func TraceOf(ctx context.Context) Trace {
	switch t := ctx.Value(traceKey{}).(type) {
	case Trace:
		return t
	case Placer:
		return t.Place()
	default:
		return Trace{}
	}
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
	var b [parentLength]byte
	copy(b[:], "00-")
	hex.Encode(b[traceAt:], trace[:])
	b[spanAt-1] = '-'
	hex.Encode(b[spanAt:], span[:])
	b[flagsAt-1] = '-'
	hex.Encode(b[flagsAt:], []byte{flags})
	return Trace{Parent: string(b[:]), State: state}
}

// XRay returns the place as the header X-Amzn-Trace-Id has it; empty for none.
func (t Trace) XRay() string {
	_, _, flags, ok := t.IDs()
	if !ok {
		return ""
	}
	sampled := "0"
	if flags&TraceSampled != 0 {
		sampled = "1"
	}
	id, span := t.Parent[traceAt:spanAt-1], t.Parent[spanAt:flagsAt-1]
	return "Root=1-" + id[:8] + "-" + id[8:] + ";Parent=" + span + ";Sampled=" + sampled
}
