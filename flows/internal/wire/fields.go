package wire

import (
	"encoding/binary"
	"errors"
)

// Fields writes a map of which the caller knows the keys, and gives them sorted: the
// text is that of Encode for such a map, which need not be made. The zero Fields is of
// none; see [StartFields].
type Fields struct {
	dst  []byte
	left int
	last string
	err  error
}

var errFields = errors.New("the fields of a map are not sorted, or are not as many as was said")

// StartFields begins a map of so many fields onto the end of dst.
func StartFields(dst []byte, n int) Fields {
	return Fields{dst: binary.AppendUvarint(append(dst, tagMap), uint64(n)), left: n} //nolint:gosec // a caller's small number
}

func (f *Fields) key(key string) {
	if f.left == 0 || key <= f.last && f.last != "" {
		f.err = errFields
	}
	f.left--
	f.last = key
	f.dst = AppendText(f.dst, key)
}

// Text adds a text.
func (f *Fields) Text(key, text string) {
	f.key(key)
	f.dst = AppendText(append(f.dst, tagString), text)
}

// Bytes adds bytes.
func (f *Fields) Bytes(key string, bytes []byte) {
	f.key(key)
	f.dst = AppendText(append(f.dst, tagBytes), bytes)
}

// Integer adds an integer.
func (f *Fields) Integer(key string, n int64) {
	f.key(key)
	f.dst = binary.AppendVarint(append(f.dst, tagInteger), n)
}

// Bool adds a boolean.
func (f *Fields) Bool(key string, b bool) {
	f.key(key)
	tag := byte(tagFalse)
	if b {
		tag = tagTrue
	}
	f.dst = append(f.dst, tag)
}

// Value adds any value.
func (f *Fields) Value(key string, v any) {
	f.key(key)
	if f.err == nil {
		dst, err := appendNested(f.dst, v, 1)
		if f.err = err; err == nil {
			f.dst = dst
		}
	}
}

// Done returns the text with the map at its end, or what could not be written.
func (f *Fields) Done() ([]byte, error) {
	if f.err == nil && f.left != 0 {
		f.err = errFields
	}
	if f.err != nil {
		return nil, f.err
	}
	return f.dst, nil
}
