// Package otlp writes spans and log records as OTLP has them, in both of its forms
// for HTTP: protobuf, and JSON.
//
// A body begins with [Sender.Room] bytes of no meaning. An element is appended to it by
// [Form.Span] or [Form.Record], and it is made a request where it stands by [Form.Spans]
// or [Form.Records]. The forms are those of
// opentelemetry-proto 1.x; see decision 203 for why they are written here.
package otlp

import (
	"time"

	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/telemetry/internal/watch"
)

// Form is how requests are written.
type Form int

// The forms.
const (
	Protobuf Form = iota
	JSON
)

// ContentType is that of a request.
func (f Form) ContentType() string {
	if f == JSON {
		return "application/json"
	}
	return "application/x-protobuf"
}

// Schema is that of the semantic conventions whose names are used.
const Schema = "https://opentelemetry.io/schemas/1.43.0"

// Sender is who sends: the attributes of its resource, and the scope of what it sends.
type Sender struct {
	Resource []watch.Attr
	Scope    string // the name of what makes the spans
	Version  string // of that
}

// Record is a line of a log.
type Record struct {
	At       time.Time
	Severity int    // as OTLP numbers it; 0 for none
	Level    string // as the log calls it
	Body     string
	Attrs    []watch.Attr
	Trace    report.TraceID // zero for none
	Span     report.SpanID
}

// remoteBits say in the flags of a span whether its parent is another process's.
const (
	knownRemote = 0x100
	isRemote    = 0x200
)

func flagsOf(s *watch.Span) uint32 {
	flags := uint32(s.Flags) | knownRemote
	if s.Remote {
		flags |= isRemote
	}
	return flags
}

// failed is the status code of a span that failed.
const failed = 2
