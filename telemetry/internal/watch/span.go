// Package watch makes spans of what happens in runs: one for each part of a run,
// step, undo and attempt, each with its parent.
//
// Begin with an [Observer], to which a [Sink] is given that takes the spans.
package watch

import (
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/report"
)

// Kind is the kind of a span, numbered as OTLP does.
type Kind int

// The kinds that runs have.
const (
	Internal Kind = 1
	Server   Kind = 2
	Client   Kind = 3
	Consumer Kind = 5
)

// Attr is an attribute: its value is Text, or where Type says so Number.
type Attr struct {
	Key    string
	Text   string
	Number int64 // 0 and 1 for a boolean, the bits of a fraction
	Type   Type
}

// Type is that of an attribute's value.
type Type uint8

// The types.
const (
	Text Type = iota
	Integer
	Boolean
	Fraction
)

// Note is something that happened within a span.
type Note struct {
	Name  string
	At    time.Time
	Attrs [3]Attr // those without a key are none
}

const (
	maxAttrs = 12
	maxNotes = 32   // of a span
	maxText  = 1024 // bytes of an attribute, a name or a message
)

// Span is a span under way, or one that has ended.
type Span struct {
	Trace      report.TraceID
	ID, Parent report.SpanID
	Flags      byte
	State      string // tracestate
	Remote     bool   // the parent is the caller's
	Kind       Kind
	Name       string
	Start, End time.Time
	Links      []connector.Trace
	Notes      []Note
	Failed     bool
	Message    string // of a failure
	Foreign    any    // the sink's

	attrs [maxAttrs]Attr
	n     int
}

// Attrs returns the attributes.
func (s *Span) Attrs() []Attr { return s.attrs[:s.n] }

// Place is where the span stands.
func (s *Span) Place() connector.Trace {
	return connector.NewTrace(s.Trace, s.ID, s.Flags, s.State)
}

// Put adds an attribute, unless it is empty, and returns the span.
func (s *Span) Put(key, v string) *Span {
	if v != "" && s.n < maxAttrs {
		s.attrs[s.n] = Attr{Key: key, Text: cut(v)}
		s.n++
	}
	return s
}

func (s *Span) number(key string, v int64) {
	if s.n < maxAttrs {
		s.attrs[s.n] = Attr{Key: key, Number: v, Type: Integer}
		s.n++
	}
}

func (s *Span) yes(key string) {
	if s.n < maxAttrs {
		s.attrs[s.n] = Attr{Key: key, Number: 1, Type: Boolean}
		s.n++
	}
}

// note adds something that happened, while there is room.
func (s *Span) note(n Note) {
	if len(s.Notes) < maxNotes {
		s.Notes = append(s.Notes, n)
	}
}

// Sink takes spans.
type Sink interface {
	// Begin gives a span its place, below another one; nil is for a part of a run,
	// which stands below caller where that is one, or begins a trace.
	Begin(s, below *Span, caller connector.Trace)
	// End takes a span that has ended, and keeps nothing of it. One that is not given to
	// it is dropped.
	End(s *Span)
}
