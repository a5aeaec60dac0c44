package value

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// bytesKey marks bytes in JSON: {"$bytes": base64}.
const bytesKey = "$bytes"

// DecodeJSON reads one JSON value. Integers keep every digit, and
// {"$bytes": base64} becomes bytes; with other text than base64 it stays a
// map. Text after the value is an error, and so is a number that has more than
// MaxDigits digits or does not fit into 64 bits.
func DecodeJSON(src []byte) (any, error) { return decodeJSON(src, 0) }

func decodeJSON(src []byte, depth int) (any, error) {
	if validJSON(src) {
		return decodeKnown(src, depth)
	}
	return decodeOther(src, depth)
}

// decodeKnown is decodeJSON for text that is known to be valid.
func decodeKnown(src []byte, depth int) (any, error) {
	if v, err := decodeValid(src, depth); err == nil {
		return v, nil
	}
	return decodeOther(src, depth)
}

// decodeOther decodes with encoding/json, which says what is wrong.
func decodeOther(src []byte, depth int) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(src))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("not JSON: text after the value")
	}
	return fromJSON(v, depth)
}

// fromJSON works in place: nobody else holds what the decoder made.
func fromJSON(v any, depth int) (any, error) {
	if depth > MaxDepth {
		return nil, ErrDepth
	}
	var err error
	switch x := v.(type) {
	case json.Number:
		return parseNumber(string(x))
	case []any:
		for i := range x {
			if x[i], err = fromJSON(x[i], depth+1); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		if text, ok := x[bytesKey].(string); ok && len(x) == 1 {
			if b, err := base64.StdEncoding.DecodeString(text); err == nil {
				return b, nil
			}
		}
		var failed error
		for k := range x {
			x[k], err = fromJSON(x[k], depth+1)
			failed = least(failed, err)
		}
		if failed != nil {
			return nil, failed
		}
	}
	return v, nil
}

// EncodeJSON writes v as compact JSON with sorted keys. Bytes become
// {"$bytes": base64}; <, > and & stay as they are.
func EncodeJSON(v any) ([]byte, error) { return AppendJSON(make([]byte, 0, room), v) }

// room is what most values take as JSON, so that it grows rarely.
const room = 128

// AppendJSON is EncodeJSON onto the end of dst.
func AppendJSON(dst []byte, v any) ([]byte, error) { return jsonWriter{}.append(dst, v, 0) }

// AppendJSONWithin is AppendJSON for text that is to have at most about most
// bytes. A value can hold another one many times over, and so be far longer as
// text than in memory. The error is ErrLong then.
func AppendJSONWithin(dst []byte, v any, most int) ([]byte, error) {
	return jsonWriter{most: most}.append(dst, v, 0)
}

// ErrLong says that a value is too long as text.
var ErrLong = errors.New("the value is too long as text")

// jsonWriter writes values as JSON; asCame writes payloads that are JSON with
// their own bytes. most bounds the text, 0 does not.
type jsonWriter struct {
	asCame bool
	most   int
}

func (w jsonWriter) append(dst []byte, v any, depth int) ([]byte, error) {
	switch {
	case depth > MaxDepth:
		return nil, ErrDepth
	case w.most > 0 && len(dst) > w.most:
		return nil, ErrLong
	}
	switch x := v.(type) {
	case nil:
		return append(dst, "null"...), nil
	case bool:
		return strconv.AppendBool(dst, x), nil
	case int64:
		return strconv.AppendInt(dst, x, 10), nil
	case int:
		return strconv.AppendInt(dst, int64(x), 10), nil
	case float64:
		return appendFloat(dst, x)
	case *big.Int:
		return x.Append(dst, 10), nil
	case string:
		return appendString(dst, x), nil
	case []byte:
		dst = append(dst, `{"`+bytesKey+`":"`...)
		return append(base64.StdEncoding.AppendEncode(dst, x), `"}`...), nil
	case []any:
		return w.list(dst, x, depth)
	case map[string]any:
		return w.mapping(dst, x, depth)
	case *Payload:
		return w.payload(dst, x, depth)
	case Unread:
		return w.mapping(dst, x.Shown(), depth)
	default:
		n, err := NormalizeAt(v, depth)
		if err != nil {
			return nil, err
		}
		return w.append(dst, n, depth)
	}
}

func (w jsonWriter) payload(dst []byte, p *Payload, depth int) ([]byte, error) {
	switch {
	case p == nil:
		return append(dst, "null"...), nil
	case w.asCame && p.IsJSON():
		return append(dst, p.raw...), nil
	default:
		return w.append(dst, p.Value(), depth)
	}
}

// AppendScalar appends text, a boolean or a number as it stands in text to dst:
// numbers in their shortest form. ok is false for any other value.
func AppendScalar(dst []byte, v any) (out []byte, ok bool) {
	switch x := v.(type) {
	case string:
		return append(dst, x...), true
	case bool:
		return strconv.AppendBool(dst, x), true
	case int64:
		return strconv.AppendInt(dst, x, 10), true
	case int:
		return strconv.AppendInt(dst, int64(x), 10), true
	case *big.Int:
		return x.Append(dst, 10), true
	case float64:
		return append(dst, FormatFloat(x)...), true
	}
	return dst, false
}

// FormatFloat returns the shortest text that reads back as f: 0.1, 3, 1e+21. A
// number beyond 64-bit integers has an exponent, since its digits alone would
// read back as an integer.
func FormatFloat(f float64) string {
	b, err := appendFloat(nil, f)
	if err != nil {
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	return string(b)
}

func appendFloat(dst []byte, f float64) ([]byte, error) {
	const integers = 1 << 63
	switch abs := math.Abs(f); {
	case math.IsNaN(f) || math.IsInf(f, 0):
		return nil, fmt.Errorf("%v has no JSON form", f)
	case f == 0:
		return append(dst, '0'), nil // also the zero with a sign, which "-0" would lose
	case abs < 1e-6 || abs >= integers:
		return appendExponent(dst, f), nil
	default:
		return strconv.AppendFloat(dst, f, 'f', -1, 64), nil
	}
}

// appendExponent writes 1e-7 where strconv gives 1e-07.
func appendExponent(dst []byte, f float64) []byte {
	dst = strconv.AppendFloat(dst, f, 'e', -1, 64)
	if n := len(dst); dst[n-3] == '-' && dst[n-2] == '0' {
		return append(dst[:n-2], dst[n-1])
	}
	return dst
}

func (w jsonWriter) list(dst []byte, list []any, depth int) ([]byte, error) {
	dst = append(dst, '[')
	var err error
	for i, v := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = w.append(dst, v, depth+1); err != nil {
			return nil, err
		}
	}
	return append(dst, ']'), nil
}

func (w jsonWriter) mapping(dst []byte, m map[string]any, depth int) ([]byte, error) {
	dst = append(dst, '{')
	var few [16]property // on the stack
	var err error
	for i, p := range sorted(few[:0], m) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendString(dst, p.name), ':')
		if dst, err = w.append(dst, p.v, depth+1); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}

// property is one of an object.
type property struct {
	name string
	v    any
}

// sorted appends the properties of m in the order of their names. A few are put
// into their places one by one.
func sorted(list []property, m map[string]any) []property {
	if len(m) > cap(list) {
		list = make([]property, 0, len(m))
		for k, v := range m {
			list = append(list, property{k, v})
		}
		slices.SortFunc(list, func(a, b property) int { return strings.Compare(a.name, b.name) })
		return list
	}
	for k, v := range m {
		i := len(list)
		for list = list[:i+1]; i > 0 && list[i-1].name > k; i-- {
			list[i] = list[i-1]
		}
		list[i] = property{k, v}
	}
	return list
}

// SortedKeys returns the keys of m in order.
func SortedKeys[V any](m map[string]V) []string { return SortedKeysIn(make([]string, 0, len(m)), m) }

// SortedKeysIn is SortedKeys in the memory of an empty list, as far as that goes.
func SortedKeysIn[V any](keys []string, m map[string]V) []string {
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

const hexDigits = "0123456789abcdef"

// appendString writes a text. What is not UTF-8 becomes the replacement
// character.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		if i = asciiEnd(s, i); i == len(s) {
			break
		}
		if c := s[i]; c < utf8.RuneSelf {
			dst = appendEscape(append(dst, s[start:i]...), c)
			i++
			start = i
			continue
		}
		for i < len(s) && s[i] >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				dst = utf8.AppendRune(append(dst, s[start:i]...), r)
				start = i + 1
			}
			i += size
		}
	}
	return append(append(dst, s[start:]...), '"')
}

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	default:
		return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xf])
	}
}
