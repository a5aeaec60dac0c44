package value

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"reflect"
	"slices"
	"time"
)

// The values of flows are nil, bool, int64, float64, *big.Int (integers beyond
// 64 bits), string, []byte, []any and map[string]any; a run also moves
// *Payload. Normalize turns what Go programs give into these; DecodeJSON and
// EncodeJSON read and write them.

// MaxDepth bounds how deep values may nest.
const MaxDepth = 100

// ErrDepth says that a value nests deeper than 100 levels.
var ErrDepth = errors.New("value nests deeper than 100 levels")

// HasMoreParts reports whether the lists and maps of v have more than most
// elements together, each counted as often as it is reached: whoever goes over a
// value takes as long. Sixty-four bytes of a text, of bytes or of a payload, which is
// not looked into, count as one.
func HasMoreParts(v any, most int) bool { return partsLeft(v, most, 0) < 0 }

// bytesOfPart are as much work for whoever goes over a value as an element is.
const bytesOfPart = 64

func partsLeft(v any, left, depth int) int {
	if depth > MaxDepth {
		return left
	}
	switch x := v.(type) {
	case string:
		left -= len(x) / bytesOfPart
	case []byte:
		left -= len(x) / bytesOfPart
	case *Payload:
		left -= len(x.raw) / bytesOfPart
	case []any:
		left -= len(x)
		for i := 0; i < len(x) && left >= 0; i++ {
			left = partsLeft(x[i], left, depth+1)
		}
	case map[string]any:
		left -= len(x)
		for _, member := range x {
			if left = partsLeft(member, left, depth+1); left < 0 {
				break
			}
		}
	}
	return left
}

// Normalize returns v as a value of flows. Times become RFC 3339 text in UTC,
// durations text such as 1m30s, numbers of any Go type int64 or float64.
// It fails for channels, functions and other things that are no values.
func Normalize(v any) (any, error) { return NormalizeAt(v, 0) }

// NormalizeLazy is Normalize, but payloads stay as they are.
func NormalizeLazy(v any) (any, error) { return Normalizer{Lazy: true}.Value(v, 0) }

func NormalizeAt(v any, depth int) (any, error) { return Normalizer{}.Value(v, depth) }

// Normalizer makes values of flows.
type Normalizer struct{ Lazy bool }

func (z Normalizer) Value(v any, depth int) (any, error) {
	if depth > MaxDepth {
		return nil, ErrDepth
	}
	switch x := v.(type) {
	case nil, bool, int64, float64, string, []byte:
		return v, nil
	case int:
		return int64(x), nil
	case *big.Int:
		return normalizeBig(x), nil
	case json.Number:
		return ParseNumber(string(x))
	case time.Time:
		return FormatTime(x), nil
	case time.Duration:
		return x.String(), nil
	case json.RawMessage:
		if x == nil {
			return nil, nil
		}
		return decodeJSON(x, depth)
	case *Payload:
		return z.payload(x, depth)
	case []any:
		return z.List(v, x, depth)
	case map[string]any:
		return z.Map(x, depth)
	case Unread:
		return v, nil
	default:
		return z.reflect(reflect.ValueOf(v), depth)
	}
}

func (z Normalizer) payload(p *Payload, depth int) (any, error) {
	switch {
	case p == nil:
		return nil, nil
	case z.Lazy:
		return p, nil
	default:
		return z.Value(p.Value(), depth)
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

// isPlain is true of scalars that are values of flows already.
func isPlain(v any) bool {
	switch v.(type) {
	case nil, bool, int64, float64, string:
		return true
	}
	return false
}

// List copies only when an element changes: results are shared. whole is the
// list, to be given back as it is.
func (z Normalizer) List(whole any, list []any, depth int) (any, error) {
	out := list
	for i, v := range list {
		if depth < MaxDepth && isPlain(v) {
			continue
		}
		n, err := z.Value(v, depth+1)
		if err != nil {
			return nil, err
		}
		if Same(v, n) {
			continue
		}
		if &out[0] == &list[0] {
			out = slices.Clone(list)
		}
		out[i] = n
	}
	if len(list) == 0 || &out[0] == &list[0] {
		return whole, nil
	}
	return out, nil
}

func (z Normalizer) Map(m map[string]any, depth int) (any, error) {
	var out map[string]any
	var failed error
	for k, v := range m {
		if depth < MaxDepth && isPlain(v) {
			continue
		}
		n, err := z.Value(v, depth+1)
		if err != nil {
			failed = least(failed, err)
			continue
		}
		if Same(v, n) {
			continue
		}
		if out == nil {
			out = maps.Clone(m)
		}
		out[k] = n
	}
	switch {
	case failed != nil:
		return nil, failed
	case out == nil:
		return m, nil
	}
	return out, nil
}

// least returns the error whose text comes first, so that which of several is
// reported does not hang on the order of a map.
func least(a, b error) error {
	if a == nil || b != nil && b.Error() < a.Error() {
		return b
	}
	return a
}

// Same reports whether normalize gave v back: scalars of flow types, and
// containers that are still the same storage.
func Same(v, n any) bool {
	switch x := v.(type) {
	case nil, bool, int64, float64, string, []byte:
		return true
	case []any:
		list, ok := n.([]any)
		return ok && len(list) == len(x) && (len(x) == 0 || &list[0] == &x[0])
	case map[string]any:
		return reflect.ValueOf(n).UnsafePointer() == reflect.ValueOf(v).UnsafePointer()
	case *big.Int, *Payload:
		return n == v
	default:
		return false
	}
}

func (z Normalizer) reflect(v reflect.Value, depth int) (any, error) {
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
		return z.Value(v.Elem().Interface(), depth+1)
	case reflect.Slice, reflect.Array:
		return z.slice(v, depth)
	case reflect.Map:
		return z.reflectMap(v, depth)
	default:
		return nil, fmt.Errorf("a %s is not a value of a flow", v.Type())
	}
}

func (z Normalizer) slice(v reflect.Value, depth int) (any, error) {
	if v.Kind() == reflect.Slice && v.IsNil() {
		return nil, nil
	}
	if v.Type().Elem().Kind() == reflect.Uint8 && v.Kind() == reflect.Slice {
		return v.Bytes(), nil
	}
	list := make([]any, v.Len())
	for i := range list {
		n, err := z.Value(v.Index(i).Interface(), depth+1)
		if err != nil {
			return nil, err
		}
		list[i] = n
	}
	return list, nil
}

func (z Normalizer) reflectMap(v reflect.Value, depth int) (any, error) {
	if v.IsNil() {
		return nil, nil
	}
	if v.Type().Key().Kind() != reflect.String {
		return nil, fmt.Errorf("a map with keys of type %s is not a value of a flow", v.Type().Key())
	}
	m := make(map[string]any, v.Len())
	var failed error
	for it := v.MapRange(); it.Next(); {
		n, err := z.Value(it.Value().Interface(), depth+1)
		failed = least(failed, err)
		m[it.Key().String()] = n
	}
	if failed != nil {
		return nil, failed
	}
	return m, nil
}

// FormatTime returns t as flows hold it: RFC 3339 in UTC, with as many digits of
// the second as there are.
func FormatTime(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
