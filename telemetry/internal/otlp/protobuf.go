package otlp

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/medlar-flow/medlar/connector"
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
	if field < 1<<4 {
		return append(dst, byte(field<<3|wire)) //nolint:gosec // seven bits
	}
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

// openLong is open for a message that is mostly longer than 127 bytes, and shorter than
// 16,384: it has room for such a length, so that nothing is moved.
func openLong(dst []byte, field int) (to []byte, at int) {
	dst = append(tag(dst, field, message), 0, 0)
	return dst, len(dst)
}

func shutLong(dst []byte, at int) []byte {
	n := len(dst) - at
	if n>>7 == 0 || n>>14 != 0 {
		copy(dst[at-1:], dst[at:])
		return shut(dst[:len(dst)-1], at-1)
	}
	dst[at-2], dst[at-1] = byte(n)|0x80, byte(n>>7) //nolint:gosec // 7 bits each
	return dst
}

// protoText appends an attribute that is a text. Most are short.
func protoText(dst []byte, field int, key, v string) []byte {
	const short = 0x80 // what takes less has lengths of one byte
	n := 8 + len(key) + len(v)
	if n-2 >= short {
		return protoAttrs(dst, field, []watch.Attr{{Key: key, Text: v}})
	}
	at := len(dst)
	dst = slices.Grow(dst, n)[:at+n]
	to := dst[at:]
	to[0], to[1], to[2], to[3] = byte(field<<3|message), byte(n-2), 1<<3|message, byte(len(key))
	to = to[4+copy(to[4:], key):]
	to[0], to[1], to[2], to[3] = 2<<3|message, byte(2+len(v)), 1<<3|message, byte(len(v))
	copy(to[4:], v)
	return dst
}

// protoFacts appends attributes of a span.
func protoFacts(dst []byte, field int, facts []watch.Fact) []byte {
	for i := range facts {
		f := &facts[i]
		if f.Type == watch.Text {
			dst = protoText(dst, field, f.Key(), f.Text)
			continue
		}
		dst = protoAttrs(dst, field, []watch.Attr{{Key: f.Key(), Number: f.Number, Type: f.Type}})
	}
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
		whole := lengthSize(len(a.Key)) + lengthSize(value)
		dst = binary.AppendUvarint(tag(dst, field, message), uint64(whole)) //nolint:gosec // a length
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

// fixedForm is what each span has, without its values: the trace, the id, the begin, the
// end and the flags.
const fixedForm = "\x0a\x10................\x12\x08........\x39........\x41........\x85\x01...."

// protoSpan appends a span to the spans of a scope. Its fields stand in any order.
func protoSpan(dst []byte, s *watch.Span, t *Templates) []byte {
	dst, at := openLong(dst, 2)
	dst = append(dst, fixedForm...)
	f := (*[len(fixedForm)]byte)(dst[len(dst)-len(fixedForm):])
	copy(f[2:18], s.Trace[:])
	copy(f[20:28], s.ID[:])
	binary.LittleEndian.PutUint64(f[29:], uint64(s.Start.UnixNano())) //nolint:gosec // no time is before 1970
	binary.LittleEndian.PutUint64(f[38:], uint64(s.End.UnixNano()))   //nolint:gosec // as above
	binary.LittleEndian.PutUint32(f[48:], flagsOf(s))
	dst = text(dst, 3, s.State)
	if s.Parent != [8]byte{} {
		dst = text(dst, 4, s.Parent[:])
	}
	dst = t.shape(dst, &s.Shape)
	if s.Run != "" {
		dst = protoText(dst, 9, watch.Run, s.Run)
	}
	if s.Rare != nil {
		dst = protoLinks(protoNotes(protoFacts(dst, 9, s.RareFacts()), s.Notes()), s.Links())
	}
	if s.Failed {
		var in int
		dst, in = open(dst, 15)
		dst = text(dst, 2, s.Message())
		dst = shut(number(dst, 3, failed), in)
	}
	return shutLong(dst, at)
}

// protoShape appends the name, the kind and most attributes of a span.
func protoShape(dst []byte, h *watch.Shape) []byte {
	doing := h.Doing.String()
	dst = binary.AppendUvarint(tag(dst, 5, message), uint64(len(doing)+len(h.Subject)))
	dst = append(append(dst, doing...), h.Subject...)
	return protoFacts(number(dst, 6, uint64(h.Kind)), 9, h.Facts())
}

func protoNotes(dst []byte, notes []watch.Note) []byte {
	for i := range notes {
		n := &notes[i]
		var in int
		dst, in = open(dst, 11)
		dst = nanos(dst, 1, n.At.UnixNano())
		dst = text(dst, 2, n.Name)
		dst = shut(protoAttrs(dst, 3, n.Attrs[:]), in)
	}
	return dst
}

func protoLinks(dst []byte, links []connector.Trace) []byte {
	for _, l := range links {
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
	return dst
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

// protoFrame returns what stands before and behind a body of n bytes in a request. Both
// kinds of data have the same.
func protoFrame(by *Sender, n int) (before, behind []byte) {
	scope, in := open(nil, 1)
	scope = text(scope, 1, by.Scope)
	scope = shut(text(scope, 2, by.Version), in)
	resource, in := open(nil, 1)
	resource = shut(protoAttrs(resource, 1, by.Resource), in)
	schema := text(nil, 3, Schema)
	scoped := len(scope) + n + len(schema)
	whole := len(resource) + lengthSize(scoped) + len(schema)
	before = binary.AppendUvarint(tag(nil, 1, message), uint64(whole)) //nolint:gosec // a length
	before = append(before, resource...)
	before = binary.AppendUvarint(tag(before, 2, message), uint64(scoped)) //nolint:gosec // a length
	return append(before, scope...), append(schema, schema...)
}
