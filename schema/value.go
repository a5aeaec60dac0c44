package schema

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// The values of flows are nil, bool, int64, float64, *big.Int (integers beyond
// 64 bits), string, []byte, []any and map[string]any. Normalize turns what Go
// programs give into these; DecodeJSON and EncodeJSON read and write them.

// maxDepth bounds how deep values may nest.
const maxDepth = 100

// bytesKey marks bytes in JSON: {"$bytes": base64}.
const bytesKey = "$bytes"

// ErrDepth says that a value nests deeper than 100 levels.
var ErrDepth = errors.New("value nests deeper than 100 levels")

// Normalize gives v as a value of flows. Times become RFC 3339 text in UTC,
// durations text such as 1m30s, numbers of any Go type int64 or float64.
// It fails for channels, functions and other things that are no values.
func Normalize(v any) (any, error) { return normalize(v, 0) }

func normalize(v any, depth int) (any, error) {
	if depth > maxDepth {
		return nil, ErrDepth
	}
	switch x := v.(type) {
	case nil, bool, int64, float64, string, []byte:
		return v, nil
	case int:
		return int64(x), nil
	case Secret:
		return string(x), nil
	case *big.Int:
		return normalizeBig(x), nil
	case json.Number:
		return ParseNumber(string(x))
	case time.Time:
		return FormatTime(x), nil
	case time.Duration:
		return x.String(), nil
	case json.RawMessage:
		return DecodeJSON(x)
	case []any:
		return normalizeList(x, depth)
	case map[string]any:
		return normalizeMap(x, depth)
	default:
		return normalizeReflect(reflect.ValueOf(v), depth)
	}
}

func normalizeBig(x *big.Int) any {
	switch {
	case x == nil:
		return nil
	case x.IsInt64():
		return x.Int64()
	default:
		return x
	}
}

// normalizeList copies only when an element changes: results are shared.
func normalizeList(list []any, depth int) (any, error) {
	out := list
	for i, v := range list {
		n, err := normalize(v, depth+1)
		if err != nil {
			return nil, err
		}
		if same(v, n) {
			continue
		}
		if &out[0] == &list[0] {
			out = slices.Clone(list)
		}
		out[i] = n
	}
	return out, nil
}

func normalizeMap(m map[string]any, depth int) (any, error) {
	var out map[string]any
	for k, v := range m {
		n, err := normalize(v, depth+1)
		if err != nil {
			return nil, err
		}
		if same(v, n) {
			continue
		}
		if out == nil {
			out = make(map[string]any, len(m))
		}
		out[k] = n
	}
	if out == nil {
		return m, nil
	}
	for k, v := range m {
		if _, ok := out[k]; !ok {
			out[k] = v
		}
	}
	return out, nil
}

// same is true where normalize gave v back: scalars of flow types, and
// containers that are still the same storage.
func same(v, n any) bool {
	switch x := v.(type) {
	case nil, bool, int64, float64, string, []byte:
		return true
	case []any:
		list, ok := n.([]any)
		return ok && len(list) == len(x) && (len(x) == 0 || &list[0] == &x[0])
	case map[string]any:
		return reflect.ValueOf(n).UnsafePointer() == reflect.ValueOf(v).UnsafePointer()
	case *big.Int:
		return n == any(x)
	default:
		return false
	}
}

func normalizeReflect(v reflect.Value, depth int) (any, error) {
	switch v.Kind() {
	case reflect.Bool:
		return v.Bool(), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int(), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return normalizeBig(new(big.Int).SetUint64(v.Uint())), nil
	case reflect.Float32, reflect.Float64:
		return v.Float(), nil
	case reflect.String:
		return v.String(), nil
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil, nil
		}
		return normalize(v.Elem().Interface(), depth+1)
	case reflect.Slice, reflect.Array:
		return normalizeSlice(v, depth)
	case reflect.Map:
		return normalizeReflectMap(v, depth)
	default:
		return nil, fmt.Errorf("a %s is not a value of a flow", v.Type())
	}
}

func normalizeSlice(v reflect.Value, depth int) (any, error) {
	if v.Kind() == reflect.Slice && v.IsNil() {
		return nil, nil
	}
	if v.Type().Elem().Kind() == reflect.Uint8 && v.Kind() == reflect.Slice {
		return v.Bytes(), nil
	}
	list := make([]any, v.Len())
	for i := range list {
		n, err := normalize(v.Index(i).Interface(), depth+1)
		if err != nil {
			return nil, err
		}
		list[i] = n
	}
	return list, nil
}

func normalizeReflectMap(v reflect.Value, depth int) (any, error) {
	if v.IsNil() {
		return nil, nil
	}
	if v.Type().Key().Kind() != reflect.String {
		return nil, fmt.Errorf("a map with keys of type %s is not a value of a flow", v.Type().Key())
	}
	m := make(map[string]any, v.Len())
	for it := v.MapRange(); it.Next(); {
		n, err := normalize(it.Value().Interface(), depth+1)
		if err != nil {
			return nil, err
		}
		m[it.Key().String()] = n
	}
	return m, nil
}

// FormatTime gives t as flows hold it: RFC 3339 in UTC, with as many digits of
// the second as there are.
func FormatTime(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// ParseNumber reads a JSON number: an int64 where it is one, a *big.Int where
// it is a larger integer, else a float64. It fails where a float64 cannot hold
// its size.
func ParseNumber(text string) (any, error) {
	if !strings.ContainsAny(text, ".eE") {
		if i, err := strconv.ParseInt(text, 10, 64); err == nil {
			return i, nil
		}
		if b, ok := new(big.Int).SetString(text, 10); ok {
			return b, nil
		}
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return nil, fmt.Errorf("%q is not a number that fits into 64 bits", text)
	}
	return f, nil
}

// DecodeJSON reads one JSON value. Integers keep every digit, and
// {"$bytes": base64} becomes bytes. Text after the value is an error.
func DecodeJSON(src []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(src))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("not JSON: text after the value")
	}
	return fromJSON(v, 0)
}

// fromJSON works in place: nobody else holds what the decoder made.
func fromJSON(v any, depth int) (any, error) {
	if depth > maxDepth {
		return nil, ErrDepth
	}
	var err error
	switch x := v.(type) {
	case json.Number:
		return ParseNumber(string(x))
	case []any:
		for i := range x {
			if x[i], err = fromJSON(x[i], depth+1); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		if text, ok := x[bytesKey].(string); ok && len(x) == 1 {
			return base64.StdEncoding.DecodeString(text)
		}
		for k := range x {
			if x[k], err = fromJSON(x[k], depth+1); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

// EncodeJSON writes v as compact JSON with sorted keys. Bytes become
// {"$bytes": base64}; <, > and & stay as they are.
func EncodeJSON(v any) ([]byte, error) { return AppendJSON(nil, v) }

// AppendJSON is EncodeJSON onto the end of dst.
func AppendJSON(dst []byte, v any) ([]byte, error) { return appendJSON(dst, v, 0) }

func appendJSON(dst []byte, v any, depth int) ([]byte, error) {
	if depth > maxDepth {
		return nil, ErrDepth
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
		return appendList(dst, x, depth)
	case map[string]any:
		return appendMap(dst, x, depth)
	default:
		n, err := normalize(v, depth)
		if err != nil {
			return nil, err
		}
		return appendJSON(dst, n, depth)
	}
}

// FormatFloat gives the shortest text that reads back as f: 0.1, 3, 1e+21.
func FormatFloat(f float64) string {
	b, err := appendFloat(nil, f)
	if err != nil {
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	return string(b)
}

func appendFloat(dst []byte, f float64) ([]byte, error) {
	b, err := json.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("%v has no JSON form", f)
	}
	return append(dst, b...), nil
}

func appendList(dst []byte, list []any, depth int) ([]byte, error) {
	dst = append(dst, '[')
	var err error
	for i, v := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = appendJSON(dst, v, depth+1); err != nil {
			return nil, err
		}
	}
	return append(dst, ']'), nil
}

func appendMap(dst []byte, m map[string]any, depth int) ([]byte, error) {
	dst = append(dst, '{')
	var err error
	for i, k := range SortedKeys(m) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendString(dst, k), ':')
		if dst, err = appendJSON(dst, m[k], depth+1); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}

// SortedKeys gives the keys of m in order.
func SortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

const hexDigits = "0123456789abcdef"

func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' {
				i++
				continue
			}
			dst = appendEscape(append(dst, s[start:i]...), c)
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			dst = append(append(dst, s[start:i]...), `\ufffd`...)
			start = i + 1
		}
		i += size
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
