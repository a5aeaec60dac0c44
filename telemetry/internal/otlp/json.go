package otlp

import (
	"encoding/hex"
	"encoding/json"
	"math"
	"strconv"

	"github.com/medlar-flow/medlar/telemetry/internal/watch"
)

// jsonText appends a text as JSON has it.
func jsonText(dst []byte, v string) []byte {
	b, err := json.Marshal(v)
	if err != nil { // a text
		return append(dst, `""`...)
	}
	return append(dst, b...)
}

// member appends a member; its value, but for a number, is quoted. Numbers of 64 bits
// are texts in protobuf's JSON.
func member(dst []byte, name, v string) []byte {
	dst = append(dst, '"')
	dst = append(dst, name...)
	dst = append(dst, `":`...)
	dst = jsonText(dst, v)
	return append(dst, ',')
}

func plain(dst []byte, name string, v int64) []byte {
	dst = append(dst, '"')
	dst = append(dst, name...)
	dst = append(dst, `":`...)
	return append(strconv.AppendInt(dst, v, 10), ',')
}

func long(dst []byte, name string, v int64) []byte {
	return member(dst, name, strconv.FormatInt(v, 10))
}

// ended takes the comma behind the last element away, and closes what it stands in.
func ended(dst []byte, with string) []byte {
	if n := len(dst); n > 0 && dst[n-1] == ',' {
		dst = dst[:n-1]
	}
	return append(dst, with...)
}

func jsonAttrs(dst []byte, attrs []watch.Attr) []byte {
	dst = append(dst, `"attributes":[`...)
	for i := range attrs {
		a := &attrs[i]
		if a.Key == "" {
			continue
		}
		dst = member(append(dst, '{'), "key", a.Key)
		dst = append(dst, `"value":{`...)
		switch a.Type {
		case watch.Integer:
			dst = long(dst, "intValue", a.Number)
		case watch.Boolean:
			dst = append(dst, `"boolValue":`...)
			dst = append(strconv.AppendBool(dst, a.Number != 0), ',')
		case watch.Fraction:
			dst = append(dst, `"doubleValue":`...)
			dst = append(strconv.AppendFloat(dst, math.Float64frombits(uint64(a.Number)), 'g', -1, 64), ',') //nolint:gosec // its bits
		default:
			dst = member(dst, "stringValue", a.Text)
		}
		dst = ended(dst, "}},")
	}
	return ended(dst, "],")
}

// jsonSpan appends a span, and a comma.
func jsonSpan(dst []byte, s *watch.Span) []byte {
	dst = member(append(dst, '{'), "traceId", hex.EncodeToString(s.Trace[:]))
	dst = member(dst, "spanId", hex.EncodeToString(s.ID[:]))
	if s.State != "" {
		dst = member(dst, "traceState", s.State)
	}
	if s.Parent != [8]byte{} {
		dst = member(dst, "parentSpanId", hex.EncodeToString(s.Parent[:]))
	}
	dst = member(dst, "name", s.Name())
	dst = plain(dst, "kind", int64(s.Kind))
	dst = long(dst, "startTimeUnixNano", s.Start.UnixNano())
	dst = long(dst, "endTimeUnixNano", s.End.UnixNano())
	dst = jsonAttrs(dst, s.Attrs())
	dst = jsonLinks(jsonNotes(dst, s), s)
	if s.Failed {
		dst = append(dst, `"status":{`...)
		dst = plain(member(dst, "message", s.Message()), "code", failed)
		dst = ended(dst, "},")
	}
	return ended(plain(dst, "flags", int64(flagsOf(s))), "},")
}

func jsonNotes(dst []byte, s *watch.Span) []byte {
	notes := s.Notes()
	if len(notes) == 0 {
		return dst
	}
	dst = append(dst, `"events":[`...)
	for i := range notes {
		n := &notes[i]
		dst = long(append(dst, '{'), "timeUnixNano", n.At.UnixNano())
		dst = jsonAttrs(member(dst, "name", n.Name), n.Attrs[:])
		dst = ended(dst, "},")
	}
	return ended(dst, "],")
}

func jsonLinks(dst []byte, s *watch.Span) []byte {
	links := s.Links()
	if len(links) == 0 {
		return dst
	}
	dst = append(dst, `"links":[`...)
	for _, l := range links {
		trace, id, flags, ok := l.IDs()
		if !ok {
			continue
		}
		dst = member(append(dst, '{'), "traceId", hex.EncodeToString(trace[:]))
		dst = member(dst, "spanId", hex.EncodeToString(id[:]))
		if l.State != "" {
			dst = member(dst, "traceState", l.State)
		}
		dst = ended(plain(dst, "flags", int64(flags)|knownRemote|isRemote), "},")
	}
	return ended(dst, "],")
}

// jsonRecord appends a record, and a comma.
func jsonRecord(dst []byte, r *Record) []byte {
	dst = long(append(dst, '{'), "timeUnixNano", r.At.UnixNano())
	dst = long(dst, "observedTimeUnixNano", r.At.UnixNano())
	dst = plain(dst, "severityNumber", int64(r.Severity))
	dst = member(dst, "severityText", r.Level)
	dst = append(dst, `"body":{`...)
	dst = ended(member(dst, "stringValue", r.Body), "},")
	dst = jsonAttrs(dst, r.Attrs)
	if r.Trace != [16]byte{} {
		dst = member(dst, "traceId", hex.EncodeToString(r.Trace[:]))
		dst = member(dst, "spanId", hex.EncodeToString(r.Span[:]))
	}
	return ended(dst, "},")
}

// jsonFrame returns what stands before and behind a body in a request; group, scoped and
// list are what protobuf's JSON calls its frames.
func jsonFrame(by *Sender, group, scoped, list string) (before, behind []byte) {
	before = []byte(`{"` + group + `":[{"resource":{`)
	before = ended(jsonAttrs(before, by.Resource), `},"`+scoped+`":[{"scope":{`)
	before = ended(member(member(before, "name", by.Scope), "version", by.Version), `},"`+list+`":[`)
	behind = ended(member([]byte(`],`), "schemaUrl", Schema), `}],`)
	return before, ended(member(behind, "schemaUrl", Schema), `}]}`)
}
