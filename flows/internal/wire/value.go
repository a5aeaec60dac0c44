package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"

	"github.com/medlar-flow/medlar/internal/value"
)

// The tags of values. Each value is a tag and what belongs to it, so that it
// reads back as the type that it was: plain JSON would give bytes back as text
// and integers as floats.
const (
	tagNull    = 'n'
	tagFalse   = 'f'
	tagTrue    = 't'
	tagInteger = 'i' // varint
	tagBig     = 'b' // decimal text
	tagFloat   = 'd' // 8 bytes
	tagString  = 's'
	tagBytes   = 'x'
	tagList    = 'l'
	tagMap     = 'm' // keys sorted
	tagPayload = 'p' // a *value.Payload: its bytes, not what they hold
)

// maxDepth bounds how deep values nest; schema allows 100 levels, and the
// records around a value add a few.
const maxDepth = 120

// ErrTruncated says that what is read ends before it should.
var ErrTruncated = errors.New("it ends too early")

// Encode returns a value as it is stored.
func Encode(v any) ([]byte, error) { return Append(make([]byte, 0, Room(v)), v) }

// Append is Encode onto the end of dst.
func Append(dst []byte, v any) ([]byte, error) { return appendNested(dst, v, 0) }

// Room is what v takes, roughly: its large parts are counted where they stand
// near the top, as a payload does, so that they are copied only once.
func Room(v any) int { return room(v, 2) }

func room(v any, levels int) int {
	const small = 16 // a tag, a length, a number
	n := small
	switch x := v.(type) {
	case string:
		n += len(x)
	case []byte:
		n += len(x)
	case *value.Payload:
		n += len(x.Bytes())
	case []any:
		for i := 0; i < len(x) && levels > 0; i++ {
			n += room(x[i], levels-1)
		}
	case map[string]any:
		if levels == 0 {
			break
		}
		for k, member := range x {
			n += len(k) + 1 + room(member, levels-1)
		}
	}
	return n
}

func appendNested(dst []byte, v any, depth int) ([]byte, error) {
	if depth > maxDepth {
		return nil, value.ErrDepth
	}
	switch x := v.(type) {
	case nil:
		return append(dst, tagNull), nil
	case bool:
		if x {
			return append(dst, tagTrue), nil
		}
		return append(dst, tagFalse), nil
	case int64:
		return binary.AppendVarint(append(dst, tagInteger), x), nil
	case float64:
		return binary.BigEndian.AppendUint64(append(dst, tagFloat), math.Float64bits(x)), nil
	case *big.Int:
		return AppendText(append(dst, tagBig), x.String()), nil
	case string:
		return AppendText(append(dst, tagString), x), nil
	case []byte:
		return AppendText(append(dst, tagBytes), x), nil
	case *value.Payload:
		return AppendText(append(dst, tagPayload), x.Bytes()), nil
	case []any:
		return appendList(dst, x, depth)
	case map[string]any:
		return appendMap(dst, x, depth)
	case value.Unread:
		return nil, fmt.Errorf("the file %s is not loaded, so it cannot be sent to another process: have the flow name one of the worker's own (bodyFile)", x.Path())
	default:
		return nil, fmt.Errorf("%T is no value of flows", v)
	}
}

// AppendText adds a text with its length in front.
func AppendText[T string | []byte](dst []byte, text T) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(text))), text...)
}

func appendList(dst []byte, list []any, depth int) ([]byte, error) {
	dst = binary.AppendUvarint(append(dst, tagList), uint64(len(list)))
	var err error
	for _, item := range list {
		if dst, err = appendNested(dst, item, depth+1); err != nil {
			return nil, err
		}
	}
	return dst, nil
}

func appendMap(dst []byte, m map[string]any, depth int) ([]byte, error) {
	dst = binary.AppendUvarint(append(dst, tagMap), uint64(len(m)))
	var few [16]string // on the stack
	var err error
	for _, k := range value.SortedKeysIn(few[:0], m) {
		if dst, err = appendNested(AppendText(dst, k), m[k], depth+1); err != nil {
			return nil, err
		}
	}
	return dst, nil
}

// Decode reads what Encode wrote, and nothing else.
func Decode(src []byte) (any, error) {
	r := &Reader{src: src}
	v := r.value(0)
	if r.err == nil && len(r.src) > 0 {
		r.Fail(errors.New("something stands behind it"))
	}
	if r.err != nil {
		return nil, fmt.Errorf("not a stored value: %w", r.err)
	}
	return v, nil
}

// Reader takes values off the front of a text; after an error it gives zeros.
type Reader struct {
	src []byte
	err error
}

// NewReader reads src.
func NewReader(src []byte) *Reader { return &Reader{src: src} }

// Rest returns what is not read yet, and is part of what is read.
func (r *Reader) Rest() []byte { return r.src }

// Err returns the first thing that was wrong.
func (r *Reader) Err() error { return r.err }

// Fail notes that something is wrong; the first call counts.
func (r *Reader) Fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.src = nil
}

// Byte returns the next byte.
func (r *Reader) Byte() byte {
	if len(r.src) == 0 {
		r.Fail(ErrTruncated)
		return 0
	}
	b := r.src[0]
	r.src = r.src[1:]
	return b
}

func (r *Reader) uvarint() uint64 {
	n, size := binary.Uvarint(r.src)
	if size <= 0 {
		r.Fail(ErrTruncated)
		return 0
	}
	r.src = r.src[size:]
	return n
}

// Varint returns the next integer.
func (r *Reader) Varint() int64 {
	n, size := binary.Varint(r.src)
	if size <= 0 {
		r.Fail(ErrTruncated)
		return 0
	}
	r.src = r.src[size:]
	return n
}

// bytes returns the next text, which is part of src.
func (r *Reader) bytes() []byte {
	n := r.uvarint()
	if n > uint64(len(r.src)) {
		r.Fail(ErrTruncated)
		return nil
	}
	b := r.src[:n:n]
	r.src = r.src[n:]
	return b
}

// Text returns the next text.
func (r *Reader) Text() string { return string(r.bytes()) }

// count is the length of a list or map; each item takes a byte at least.
func (r *Reader) count() int {
	n := r.uvarint()
	if n > uint64(len(r.src)) {
		r.Fail(ErrTruncated)
		return 0
	}
	return int(n)
}

func (r *Reader) value(depth int) any {
	if depth > maxDepth {
		r.Fail(value.ErrDepth)
		return nil
	}
	switch tag := r.Byte(); tag {
	case tagNull:
		return nil
	case tagFalse, tagTrue:
		return tag == tagTrue
	case tagInteger:
		return r.Varint()
	case tagFloat:
		return r.float()
	case tagBig:
		return r.big()
	case tagString:
		return r.Text()
	case tagBytes:
		return append([]byte{}, r.bytes()...)
	case tagPayload:
		return r.payload()
	case tagList:
		list := make([]any, r.count())
		for i := range list {
			list[i] = r.value(depth + 1)
		}
		return list
	case tagMap:
		n := r.count()
		m := make(map[string]any, n)
		for range n {
			k := r.Text()
			m[k] = r.value(depth + 1)
		}
		return m
	default:
		r.Fail(fmt.Errorf("unknown tag %q", tag))
		return nil
	}
}

func (r *Reader) float() any {
	if len(r.src) < 8 {
		r.Fail(ErrTruncated)
		return nil
	}
	f := math.Float64frombits(binary.BigEndian.Uint64(r.src))
	r.src = r.src[8:]
	return f
}

func (r *Reader) payload() any {
	p := value.NewPayload(append([]byte{}, r.bytes()...))
	if p == nil {
		r.Fail(errors.New("a payload that holds nothing"))
	}
	return p
}

func (r *Reader) big() any {
	n, ok := value.ParseInteger(r.Text())
	if !ok {
		r.Fail(errors.New("not an integer"))
		return nil
	}
	return n
}
