// Package watch makes spans of what happens in runs: one for each part of a run,
// step, undo and attempt, each with its parent.
//
// Begin with an [Observer], to which a [Sink] is given that takes the spans.
package watch

import (
	"strings"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/report"
)

// Kind is the kind of a span, numbered as OTLP does.
type Kind uint8

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
	// maxAttrs is the most attributes that a span has.
	maxAttrs = 12
	maxNotes = 32   // of a span
	maxText  = 1024 // bytes of an attribute, a name or a message
	// inlineFacts is how many facts a span has place for: those of one that succeeds.
	inlineFacts = 4
)

// Span is a span under way, or one that has ended. It is small, since every step of
// every run has one: what few spans have stands apart.
type Span struct {
	Trace      report.TraceID
	ID, Parent report.SpanID
	Flags      byte
	Remote     bool   // the parent is the caller's
	Failed     bool   // it did
	State      string // tracestate
	Run        string // the name of the run
	Start, End time.Time
	Rare       *Rare // nil for nothing
	Foreign    any   // the sink's
	Shape
}

// Shape is what the spans of a step mostly have in common, from run to run. Shapes can
// be compared.
type Shape struct {
	Subject string // what the name is of
	Doing   Doing  // stands before Subject in the name
	Kind    Kind   // of the span

	n     uint8
	facts [inlineFacts]Fact
}

// IsFixed reports whether other runs have the shape, too: nothing in it is a number of an
// item or of an attempt that was made again, or a failure.
func (h *Shape) IsFixed() bool {
	for i := range h.facts[:h.n] {
		switch f := &h.facts[i]; f.name {
		case ofFlow, ofTrigger, ofOutcome, ofVerb, ofOperation, ofFaaSTrigger, ofUndo:
		case ofStep:
			if strings.IndexByte(f.Text, '[') >= 0 {
				return false
			}
		case ofAttemptNo:
			if f.Number != 1 {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// Hash is mostly another one for another shape. It is made of the ends of texts, where
// those of steps differ.
func (h *Shape) Hash() uint64 {
	const odd = 0x9e3779b97f4a7c15
	v := (end(h.Subject)*odd ^ end(h.facts[0].Text)) * odd
	return v>>32 + uint64(h.Kind)<<4 + uint64(h.Doing) + uint64(len(h.Subject))
}

// end returns the last characters of a text as a number.
func end(text string) (v uint64) {
	if n := len(text); n >= 8 {
		last := text[n-8:]
		return uint64(last[0]) | uint64(last[1])<<8 | uint64(last[2])<<16 | uint64(last[3])<<24 |
			uint64(last[4])<<32 | uint64(last[5])<<40 | uint64(last[6])<<48 | uint64(last[7])<<56
	}
	for i := range len(text) {
		v = v<<8 | uint64(text[i])
	}
	return v
}

// Rare is what few spans have.
type Rare struct {
	Links   []connector.Trace
	Notes   []Note
	Message string // of a failure

	facts []Fact
}

// Doing is what a span says of what it is named for.
type Doing uint8

// What spans say.
const (
	Steps Doing = iota // nothing
	Runs
	Undoes
)

func (d Doing) String() string {
	switch d {
	case Runs:
		return "run "
	case Undoes:
		return "undo "
	default:
		return ""
	}
}

// Fact is an attribute whose name is one of ours.
type Fact struct {
	Text   string
	Number int64
	name   name
	Type   Type
}

// Key is the name.
func (f *Fact) Key() string { return names[f.name] }

// Facts are most of the attributes beside Run.
func (h *Shape) Facts() []Fact { return h.facts[:h.n] }

// RareFacts are the others.
func (s *Span) RareFacts() []Fact {
	if s.Rare == nil {
		return nil
	}
	return s.Rare.facts
}

// Name is the name of the span.
func (s *Span) Name() string { return s.Doing.String() + s.Subject }

// Attrs lists the attributes.
func (s *Span) Attrs() []Attr {
	list := make([]Attr, 0, maxAttrs)
	if s.Run != "" {
		list = append(list, Attr{Key: Run, Text: s.Run})
	}
	for _, facts := range [...][]Fact{s.Facts(), s.RareFacts()} {
		for i := range facts {
			f := &facts[i]
			list = append(list, Attr{Key: f.Key(), Text: f.Text, Number: f.Number, Type: f.Type})
		}
	}
	return list
}

// Links are the parts of the run that the span is linked to.
func (s *Span) Links() []connector.Trace {
	if s.Rare == nil {
		return nil
	}
	return s.Rare.Links
}

// Notes are what happened within the span.
func (s *Span) Notes() []Note {
	if s.Rare == nil {
		return nil
	}
	return s.Rare.Notes
}

// Message is what a failure says.
func (s *Span) Message() string {
	if s.Rare == nil {
		return ""
	}
	return s.Rare.Message
}

// Place is where the span stands.
func (s *Span) Place() connector.Trace {
	return connector.NewTrace(s.Trace, s.ID, s.Flags, s.State)
}

// apart returns what few spans have.
func (s *Span) apart() *Rare {
	if s.Rare == nil {
		s.Rare = &Rare{}
	}
	return s.Rare
}

func (s *Span) add(f Fact) {
	if int(s.n) < len(s.facts) {
		s.facts[s.n] = f
		s.n++
		return
	}
	if r := s.apart(); len(r.facts) < maxAttrs-inlineFacts-1 {
		r.facts = append(r.facts, f)
	}
}

// know adds an attribute of what a flow's file or a registry holds, unless it is empty.
func (s *Span) know(n name, v string) {
	if v != "" {
		s.add(Fact{name: n, Text: known(v)})
	}
}

// put adds an attribute, unless it is empty.
func (s *Span) put(n name, v string) {
	if v != "" {
		s.add(Fact{name: n, Text: cut(v)})
	}
}

func (s *Span) number(n name, v int64) { s.add(Fact{name: n, Number: v, Type: Integer}) }

func (s *Span) yes(n name) { s.add(Fact{name: n, Number: 1, Type: Boolean}) }

// says keeps what a failure says.
func (s *Span) says(text string) {
	if text != "" {
		s.apart().Message = cut(text)
	}
}

// note adds something that happened, while there is room.
func (s *Span) note(n Note) {
	if r := s.apart(); len(r.Notes) < maxNotes {
		r.Notes = append(r.Notes, n)
	}
}

// Sink takes spans.
type Sink interface {
	// Begin gives a span its place, below another one; nil is for a part of a run,
	// which stands below caller where that is one, or begins a trace.
	Begin(s, below *Span, caller connector.Trace)
	// End takes a span that has ended, and keeps nothing of it. One that is not given to
	// it is dropped. room is memory that End may use meanwhile; what it returns is that
	// of the next End.
	End(s *Span, room []byte) []byte
}
