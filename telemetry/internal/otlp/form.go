package otlp

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"strconv"

	"github.com/medlar-flow/medlar/telemetry/internal/watch"
)

// Span appends a span to a body. Templates make that quicker; nil for none.
func (f Form) Span(body []byte, s *watch.Span, t *Templates) []byte {
	if f == JSON {
		return jsonSpan(body, s)
	}
	return protoSpan(body, s, t)
}

// Record appends a record to a body.
func (f Form) Record(body []byte, r *Record) []byte {
	if f == JSON {
		return jsonRecord(body, r)
	}
	return protoRecord(body, r)
}

// Room is how many bytes a body has to leave free before its first element, so that it
// is made a request where it stands.
func (by *Sender) Room() int {
	n := 512 + len(by.Scope) + len(by.Version)
	for _, a := range by.Resource {
		n += 64 + 2*len(a.Key) + 6*len(a.Text) // as JSON may write them
	}
	return n
}

// Spans makes a request of a body of spans, which has room before it.
func (f Form) Spans(by *Sender, body []byte) []byte {
	return f.framed(by, body, "resourceSpans", "scopeSpans", "spans")
}

// Records makes a request of a body of records, which has room before it.
func (f Form) Records(by *Sender, body []byte) []byte {
	return f.framed(by, body, "resourceLogs", "scopeLogs", "logRecords")
}

func (f Form) framed(by *Sender, body []byte, group, scoped, list string) []byte {
	room := by.Room()
	var before, behind []byte
	if f == JSON {
		body = bytes.TrimSuffix(body, []byte(","))
		before, behind = jsonFrame(by, group, scoped, list)
	} else {
		before, behind = protoFrame(by, len(body)-room)
	}
	begin := room - len(before)
	copy(body[begin:], before)
	return append(body, behind...)[begin:]
}

// Rejected returns how many elements of a request an answer says were not taken. What
// cannot be read says nothing.
func (f Form) Rejected(answer []byte) int64 {
	if f == JSON {
		var a struct {
			PartialSuccess struct {
				RejectedSpans, RejectedLogRecords json.RawMessage
			} `json:"partialSuccess"`
		}
		if json.Unmarshal(answer, &a) != nil {
			return 0
		}
		return max(count(a.PartialSuccess.RejectedSpans), count(a.PartialSuccess.RejectedLogRecords))
	}
	var rejected int64
	eachField(answer, func(field int, _ uint64, in []byte) {
		if field == 1 {
			eachField(in, func(field int, v uint64, _ []byte) {
				if field == 1 {
					rejected = int64(v) //nolint:gosec // as the wire has it
				}
			})
		}
	})
	return max(0, rejected)
}

// count reads a number of 64 bits, which protobuf's JSON writes as a text.
func count(raw json.RawMessage) int64 {
	text := string(raw)
	if unquoted, err := strconv.Unquote(text); err == nil {
		text = unquoted
	}
	n, _ := strconv.ParseInt(text, 10, 64)
	return n
}

// eachField calls take with the fields of a message, up to where it is none.
func eachField(src []byte, take func(field int, v uint64, in []byte)) {
	for len(src) > 0 {
		key, n := binary.Uvarint(src)
		if n <= 0 {
			return
		}
		src = src[n:]
		skip := 0
		switch key & 7 {
		case varint:
			v, n := binary.Uvarint(src)
			if n <= 0 {
				return
			}
			take(int(key>>3), v, nil) //nolint:gosec // compared alone
			src = src[n:]
		case message:
			size, n := binary.Uvarint(src)
			if n <= 0 || size > uint64(len(src)-n) {
				return
			}
			take(int(key>>3), 0, src[n:n+int(size)]) //nolint:gosec // as above
			src = src[n+int(size):]
		case fixed64:
			skip = 8
		case fixed32:
			skip = 4
		default:
			return
		}
		if skip > len(src) {
			return
		}
		src = src[skip:]
	}
}
