package schema

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/internal/value"
)

// scalar converts v to a type that has no elements. It accepts another form
// only where nothing is lost: "12" is an integer, "012" and "1.5" are not.
func scalar(f *Field, v any) (any, error) {
	v, err := value.Normalize(v)
	if err != nil {
		return nil, unveiled(f, err)
	}
	if v == nil {
		return nil, nil // a nil pointer
	}
	if x, ok := v.(float64); ok && (math.IsNaN(x) || math.IsInf(x, 0)) {
		return nil, fmt.Errorf("expected %s, found %v", article(f), x)
	}
	switch f.Type {
	case String:
		return toString(f, v)
	case Integer:
		return toInteger(f, v)
	case Number:
		return toNumber(f, v)
	case Boolean:
		return toBoolean(f, v)
	case Duration:
		return toDuration(f, v)
	case Timestamp:
		return toTimestamp(f, v)
	default:
		return toBytes(f, v)
	}
}

// isOf is true of a value that is of a scalar type as it is, and not only one
// that can be converted to it. It knows the types that most fields have.
func isOf(t Type, v any) bool {
	switch x := v.(type) {
	case string:
		return t == String
	case int64:
		return t == Integer || t == Number
	case float64:
		return t == Number && x-x == 0 // neither infinite nor no number
	case bool:
		return t == Boolean
	}
	return false
}

func toString(f *Field, v any) (any, error) {
	switch x := v.(type) {
	case string:
		return v, nil // not x: making an any of it again takes memory
	case int64:
		return strconv.FormatInt(x, 10), nil
	case float64:
		return value.FormatFloat(x), nil
	case bool:
		return strconv.FormatBool(x), nil
	case *big.Int:
		return x.String(), nil
	default:
		return nil, mismatch(f, v)
	}
}

func toInteger(f *Field, v any) (any, error) {
	switch x := v.(type) {
	case int64:
		return v, nil
	case float64:
		const exact = 1 << 53 // which is also what 1<<53 + 1 rounds to
		if x == math.Trunc(x) && math.Abs(x) < exact {
			return int64(x), nil
		}
	case string:
		if i, err := strconv.ParseInt(x, 10, 64); err == nil && strconv.FormatInt(i, 10) == x {
			return i, nil
		}
	}
	return nil, mismatch(f, v)
}

func toNumber(f *Field, v any) (any, error) {
	switch x := v.(type) {
	case int64, float64:
		return v, nil
	case string:
		if n, ok := numberText(x); ok {
			return n, nil
		}
	}
	return nil, mismatch(f, v)
}

// numberText reads a JSON number; other notations of strconv are not exact
// forms of anything that a flow writes.
func numberText(text string) (any, bool) {
	if text == "" || strings.Trim(text, "0123456789+-.eE") != "" {
		return nil, false
	}
	if n, err := value.DecodeJSON([]byte(text)); err == nil {
		if _, tooLarge := n.(*big.Int); !tooLarge {
			return n, true
		}
	}
	return nil, false
}

func toBoolean(f *Field, v any) (any, error) {
	switch v {
	case true, "true":
		return true, nil
	case false, "false":
		return false, nil
	}
	return nil, mismatch(f, v)
}

func toDuration(f *Field, v any) (any, error) {
	text, ok := v.(string)
	if !ok {
		return nil, fmt.Errorf("expected a duration such as 1m30s, found %s", kindOf(v))
	}
	d, err := ParseDuration(text)
	if err != nil {
		return nil, quoting("expected a duration such as 1m30s, found %s", show(f, v))
	}
	return d.String(), nil
}

func toTimestamp(f *Field, v any) (any, error) {
	text, ok := v.(string)
	if !ok {
		return nil, fmt.Errorf("expected a timestamp such as 2026-01-31T08:00:00Z, found %s", kindOf(v))
	}
	t, err := time.Parse(time.RFC3339, text)
	if year := t.UTC().Year(); err != nil || year < 0 || year > 9999 {
		return nil, quoting("expected a timestamp such as 2026-01-31T08:00:00Z, found %s", show(f, v))
	}
	return value.FormatTime(t), nil
}

func toBytes(f *Field, v any) (any, error) {
	switch x := v.(type) {
	case []byte:
		return v, nil
	case string:
		b, err := decodeBase64(x)
		if err != nil {
			return nil, fmt.Errorf("expected bytes as base64 text")
		}
		return b, nil
	default:
		return nil, mismatch(f, v)
	}
}

func mismatch(f *Field, v any) error {
	switch v.(type) {
	case string, float64, *big.Int:
		return quoting("expected %s, found %s", article(f), show(f, v))
	default:
		return fmt.Errorf("expected %s, found %s", article(f), kindOf(v))
	}
}

func article(f *Field) string {
	name := f.TypeName()
	switch {
	case name == "string" || name == "secret":
		return "text"
	case name == "bytes":
		return "bytes"
	case strings.ContainsRune("aeio", rune(name[0])):
		return "an " + name
	default:
		return "a " + name
	}
}

func indexText(i int) string { return "[" + strconv.Itoa(i) + "]" }
