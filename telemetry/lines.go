package telemetry

import (
	"encoding/hex"
	"encoding/json"
	"math"
	"strconv"
	"sync"

	"github.com/medlar-flow/medlar/telemetry/internal/otlp"
	"github.com/medlar-flow/medlar/telemetry/internal/watch"
)

// lineWriter makes a record of each line.
type lineWriter struct {
	*Telemetry

	rooms sync.Pool // of *[]byte, in which records are written
}

// mostRoom is the most bytes of a record whose room is kept for others.
const mostRoom = 16 << 10

// Write takes a line. One that is no object of JSON becomes a record as it is.
func (w *lineWriter) Write(line []byte) (int, error) {
	r := &otlp.Record{At: w.config.Now()}
	if !readLine(line, r) {
		r = &otlp.Record{At: r.At, Body: bounded(string(line))}
	}
	room, _ := w.rooms.Get().(*[]byte)
	if room == nil {
		room = new([]byte)
	}
	*room = w.lines.form.Record((*room)[:0], r)
	w.lines.put(*room)
	if cap(*room) <= mostRoom {
		w.rooms.Put(room)
	}
	return len(line), nil
}

// attribute returns what a member of a line is called as an attribute of a record: as
// those of spans are. Others keep their name.
func attribute(member string) string {
	switch member {
	case "run":
		return watch.Run
	case "flow":
		return watch.Flow
	case "step":
		return watch.Step
	case "operation":
		return watch.Operation
	case "attempt":
		return watch.AttemptNo
	case "items":
		return watch.Items
	case "undo":
		return watch.Undo
	case "code":
		return watch.ErrorType
	case "class":
		return watch.ErrorClass
	case "request_id":
		return watch.RequestID
	case "status":
		return watch.Status
	case "error":
		return "exception.message"
	default:
		return member
	}
}

// severity numbers a level of zerolog as OTLP does; 0 for another word.
func severity(level string) int {
	switch level {
	case "trace":
		return 1
	case "debug":
		return 5
	case "info":
		return 9
	case "warn":
		return 13
	case "error":
		return 17
	case "fatal":
		return 21
	case "panic":
		return 24
	default:
		return 0
	}
}

const (
	maxLine  = 4096 // bytes of a text
	maxAttrs = 64   // members of a line
)

func bounded(text string) string {
	if len(text) > maxLine {
		text = text[:maxLine]
	}
	return text
}

// readLine reads a line as zerolog writes it, and reports whether it is one.
func readLine(line []byte, r *otlp.Record) bool {
	p := &scanner{src: line}
	if !p.take('{') {
		return false
	}
	for first := true; !p.take('}'); first = false {
		if !first && !p.take(',') {
			return false
		}
		name, ok := p.text()
		if !ok || !p.take(':') {
			return false
		}
		raw, ok := p.value()
		if !ok {
			return false
		}
		member(r, name, raw)
	}
	return len(r.Body)+len(r.Attrs) > 0
}

// member adds a member of a line.
func member(r *otlp.Record, name string, raw []byte) {
	text, isText := unquoted(raw)
	switch {
	case name == "time":
		return // a line is written when it happens, and zerolog rounds to seconds
	case name == "level":
		r.Level, r.Severity = text, severity(text)
		return
	case name == "message":
		r.Body = bounded(text)
		return
	case name == "trace_id" && hex.DecodedLen(len(text)) == len(r.Trace):
		_, _ = hex.Decode(r.Trace[:], []byte(text)) // what is none stays zero
		return
	case name == "span_id" && hex.DecodedLen(len(text)) == len(r.Span):
		_, _ = hex.Decode(r.Span[:], []byte(text))
		return
	case len(r.Attrs) == maxAttrs || string(raw) == "null":
		return
	}
	name = attribute(name)
	a := watch.Attr{Key: name, Text: bounded(text)}
	if !isText {
		a = other(name, bounded(string(raw)))
	}
	r.Attrs = append(r.Attrs, a)
}

// other returns the attribute of what is no text: a number or a truth as that, a list
// or an object as it stands.
func other(name, raw string) watch.Attr {
	if n, err := strconv.ParseInt(raw, 10, 64); err == nil {
		return watch.Attr{Key: name, Number: n, Type: watch.Integer}
	}
	if f, err := strconv.ParseFloat(raw, 64); err == nil && !math.IsNaN(f) && !math.IsInf(f, 0) {
		return watch.Attr{Key: name, Number: int64(math.Float64bits(f)), Type: watch.Fraction} //nolint:gosec // its bits
	}
	switch raw {
	case "true":
		return watch.Attr{Key: name, Number: 1, Type: watch.Boolean}
	case "false":
		return watch.Attr{Key: name, Type: watch.Boolean}
	default:
		return watch.Attr{Key: name, Text: raw}
	}
}

// scanner goes through a line.
type scanner struct {
	src []byte
	at  int
}

func (p *scanner) space() {
	for p.at < len(p.src) && (p.src[p.at] == ' ' || p.src[p.at] == '\n' || p.src[p.at] == '\t' || p.src[p.at] == '\r') {
		p.at++
	}
}

// take goes over a sign, if it is next.
func (p *scanner) take(sign byte) bool {
	p.space()
	if p.at < len(p.src) && p.src[p.at] == sign {
		p.at++
		return true
	}
	return false
}

// text reads a text.
func (p *scanner) text() (string, bool) {
	p.space()
	raw, ok := p.value()
	if !ok {
		return "", false
	}
	return unquoted(raw)
}

// value returns a value as it stands: a text with its quotes, a number or a word, a
// list or an object whole.
func (p *scanner) value() ([]byte, bool) {
	p.space()
	begin, depth := p.at, 0
	for p.at < len(p.src) {
		switch c := p.src[p.at]; c {
		case '"':
			if !p.quoted() {
				return nil, false
			}
			if depth == 0 {
				return p.src[begin:p.at], true
			}
			continue
		case '{', '[':
			depth++
		case '}', ']', ',', ':', ' ', '\n':
			if depth == 0 {
				return p.src[begin:p.at], p.at > begin
			}
			if c == '}' || c == ']' {
				if depth--; depth == 0 {
					p.at++
					return p.src[begin:p.at], true
				}
			}
		}
		p.at++
	}
	return nil, false
}

// quoted goes over a text.
func (p *scanner) quoted() bool {
	for p.at++; p.at < len(p.src); p.at++ {
		switch p.src[p.at] {
		case '\\':
			p.at++
		case '"':
			p.at++
			return true
		}
	}
	return false
}

// unquoted returns what a text says; ok is false for another value.
func unquoted(raw []byte) (text string, ok bool) {
	if len(raw) < 2 || raw[0] != '"' {
		return "", false
	}
	inner := raw[1 : len(raw)-1]
	for _, c := range inner {
		if c == '\\' || c < ' ' || c > '~' {
			err := json.Unmarshal(raw, &text)
			return text, err == nil
		}
	}
	return string(inner), true
}
