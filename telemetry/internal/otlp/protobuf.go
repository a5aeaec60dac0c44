package otlp

import (
	"encoding/binary"
	"math/bits"

	"github.com/medlar-flow/medlar/telemetry/internal/watch"
)

// The types of protobuf's wire.
const (
	varint  = 0
	fixed64 = 1
	message = 2
	fixed32 = 5
)

func tag(dst []byte, field, wire int) []byte {
	return binary.AppendUvarint(dst, uint64(field<<3|wire)) //nolint:gosec // both are small
}

func text[T string | []byte](dst []byte, field int, v T) []byte {
	if len(v) == 0 {
		return dst
	}
	dst = binary.AppendUvarint(tag(dst, field, message), uint64(len(v)))
	return append(dst, v...)
}

func number(dst []byte, field int, v uint64) []byte {
	if v == 0 {
		return dst
	}
	return binary.AppendUvarint(tag(dst, field, varint), v)
}

func nanos(dst []byte, field int, v int64) []byte {
	return binary.LittleEndian.AppendUint64(tag(dst, field, fixed64), uint64(v)) //nolint:gosec // no time is before 1970
}

func word(dst []byte, field int, v uint32) []byte {
	if v == 0 {
		return dst
	}
	return binary.LittleEndian.AppendUint32(tag(dst, field, fixed32), v)
}

// open begins a message within another one, and shut ends it: its length stands in
// front, and takes as many bytes as it needs.
func open(dst []byte, field int) (to []byte, at int) {
	dst = append(tag(dst, field, message), 0)
	return dst, len(dst)
}

func shut(dst []byte, at int) []byte {
	n := len(dst) - at
	size := max(1, (bits.Len(uint(n))+6)/7)
	for range size - 1 {
		dst = append(dst, 0)
	}
	copy(dst[at+size-1:], dst[at:at+n])
	binary.PutUvarint(dst[at-1:at-1+size], uint64(n)) //nolint:gosec // a length
	return dst
}

// protoAttrs appends attributes. Their lengths are known before they are written, since
// there are many of them.
func protoAttrs(dst []byte, field int, attrs []watch.Attr) []byte {
	for i := range attrs {
		a := &attrs[i]
		if a.Key == "" {
			continue
		}
		value := valueSize(a)
		dst = binary.AppendUvarint(tag(dst, field, message), uint64(lengthSize(len(a.Key))+lengthSize(value))) //nolint:gosec // a length
		dst = text(dst, 1, a.Key)
		dst = binary.AppendUvarint(tag(dst, 2, message), uint64(value)) //nolint:gosec // a length
		switch a.Type {
		case watch.Integer:
			dst = binary.AppendUvarint(tag(dst, 3, varint), uint64(a.Number)) //nolint:gosec // as the wire has it
		case watch.Boolean:
			dst = append(tag(dst, 2, varint), byte(a.Number))
		case watch.Fraction:
			dst = nanos(dst, 4, a.Number)
		default:
			dst = binary.AppendUvarint(tag(dst, 1, message), uint64(len(a.Text)))
			dst = append(dst, a.Text...)
		}
	}
	return dst
}

// valueSize is how many bytes the value of an attribute takes, with its tag.
func valueSize(a *watch.Attr) int {
	switch a.Type {
	case watch.Integer:
		return 1 + varintSize(uint64(a.Number)) //nolint:gosec // as the wire has it
	case watch.Boolean:
		return 2
	case watch.Fraction:
		return 9
	default:
		return lengthSize(len(a.Text))
	}
}

// lengthSize is how many bytes n bytes take with their length and their tag.
func lengthSize(n int) int { return 1 + varintSize(uint64(n)) + n } //nolint:gosec // a length

func varintSize(v uint64) int { return max(1, (bits.Len64(v)+6)/7) }

// protoSpan appends a span to the spans of a scope.
func protoSpan(dst []byte, s *watch.Span) []byte {
	dst, at := open(dst, 2)
	dst = text(dst, 1, s.Trace[:])
	dst = text(dst, 2, s.ID[:])
	dst = text(dst, 3, s.State)
	if s.Parent != [8]byte{} {
		dst = text(dst, 4, s.Parent[:])
	}
	dst = text(dst, 5, s.Name)
	dst = number(dst, 6, uint64(s.Kind)) //nolint:gosec // small
	dst = nanos(dst, 7, s.Start.UnixNano())
	dst = nanos(dst, 8, s.End.UnixNano())
	dst = protoAttrs(dst, 9, s.Attrs())
	for i := range s.Notes {
		n := &s.Notes[i]
		var in int
		dst, in = open(dst, 11)
		dst = nanos(dst, 1, n.At.UnixNano())
		dst = text(dst, 2, n.Name)
		dst = shut(protoAttrs(dst, 3, n.Attrs[:]), in)
	}
	for _, l := range s.Links {
		trace, id, flags, ok := l.IDs()
		if !ok {
			continue
		}
		var in int
		dst, in = open(dst, 13)
		dst = text(dst, 1, trace[:])
		dst = text(dst, 2, id[:])
		dst = text(dst, 3, l.State)
		dst = shut(word(dst, 6, uint32(flags)|knownRemote|isRemote), in)
	}
	if s.Failed {
		var in int
		dst, in = open(dst, 15)
		dst = text(dst, 2, s.Message)
		dst = shut(number(dst, 3, failed), in)
	}
	return shut(word(dst, 16, flagsOf(s)), at)
}

// protoRecord appends a record to those of a scope.
func protoRecord(dst []byte, r *Record) []byte {
	dst, at := open(dst, 2)
	dst = nanos(dst, 1, r.At.UnixNano())
	dst = number(dst, 2, uint64(r.Severity)) //nolint:gosec // small
	dst = text(dst, 3, r.Level)
	dst, in := open(dst, 5)
	dst = shut(text(dst, 1, r.Body), in)
	dst = protoAttrs(dst, 6, r.Attrs)
	if r.Trace != [16]byte{} {
		dst = text(dst, 9, r.Trace[:])
		dst = text(dst, 10, r.Span[:])
	}
	return shut(nanos(dst, 11, r.At.UnixNano()), at)
}

// protoRequest makes a request of spans or records: both have the same frame.
func protoRequest(by *Sender, body []byte) []byte {
	dst, at := open(make([]byte, 0, len(body)+512), 1)
	dst, in := open(dst, 1)
	dst = shut(protoAttrs(dst, 1, by.Resource), in)
	dst, scope := open(dst, 2)
	dst, in = open(dst, 1)
	dst = text(dst, 1, by.Scope)
	dst = shut(text(dst, 2, by.Version), in)
	dst = append(dst, body...)
	dst = shut(text(dst, 3, Schema), scope)
	return shut(text(dst, 3, Schema), at)
}
