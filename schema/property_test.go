package schema

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/medlar-flow/medlar/internal/value"
	"pgregory.net/rapid"
)

var names = []string{"a", "A", "b", "B", "c", "unknown"}

// drawValue returns any value of a flow, and some that only Go programs give.
func drawValue(t *rapid.T, depth int) any {
	kinds := 12
	if depth > 0 {
		kinds = 16
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
	case 0:
		return nil
	case 1:
		return rapid.Bool().Draw(t, "bool")
	case 2:
		return rapid.Int64().Draw(t, "integer")
	case 3:
		return rapid.Float64().Draw(t, "number")
	case 4:
		return new(big.Int).Mul(big.NewInt(math.MinInt64), big.NewInt(rapid.Int64Range(-9, 9).Draw(t, "factor")))
	case 5:
		return rapid.String().Draw(t, "text")
	case 6:
		return rapid.SampledFrom([]string{"12", "-1.5", "true", "90s", "2026-01-31T08:00:00+01:00", "aGk=", `{"a":1}`, `[1,"b"]`, "null"}).Draw(t, "form")
	case 7:
		return rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")
	case 8:
		return rapid.IntRange(-3, 3).Draw(t, "int")
	case 9:
		return time.Duration(rapid.Int64().Draw(t, "duration"))
	case 10:
		return rapid.SliceOfN(rapid.String(), 0, 2).Draw(t, "texts")
	case 11:
		return string(rapid.SliceOfN(rapid.Byte(), 0, 4).Draw(t, "raw text"))
	case 12, 13:
		list := make([]any, rapid.IntRange(0, 3).Draw(t, "length"))
		for i := range list {
			list[i] = drawValue(t, depth-1)
		}
		return list
	default:
		return drawMap(t, depth-1)
	}
}

func drawMap(t *rapid.T, depth int) map[string]any {
	m := map[string]any{}
	for range rapid.IntRange(0, 3).Draw(t, "entries") {
		m[rapid.SampledFrom(names).Draw(t, "key")] = drawValue(t, depth)
	}
	return m
}

// drawField returns a field of any type, without Coerce.
func drawField(t *rapid.T, depth int) *Field {
	highest := int(Bytes)
	if depth > 0 {
		highest = int(Map)
	}
	f := &Field{
		Type:     Type(rapid.IntRange(0, highest).Draw(t, "type")),
		Nullable: rapid.Bool().Draw(t, "nullable"),
		Secret:   rapid.IntRange(0, 9).Draw(t, "secret") == 0,
		Accept:   Accept{JSONText: rapid.Bool().Draw(t, "JSON text")},
	}
	switch f.Type {
	case Object:
		f.Members = drawSchema(t, depth-1)
	case List:
		f.BareElement = rapid.Bool().Draw(t, "bare")
		f.Elem = drawField(t, depth-1)
	case Map:
		f.Elem = drawField(t, depth-1)
	case String:
		f.MaxLength = ptr(rapid.IntRange(0, 20).Draw(t, "most"))
	case Integer:
		f.Minimum = ptr(rapid.Float64Range(-5, 0).Draw(t, "least"))
	}
	return f
}

func drawSchema(t *rapid.T, depth int) *Schema {
	var fields []*Field
	for i, name := range []string{"a", "b", "c"} {
		f := drawField(t, depth)
		f.Name = name
		switch rapid.IntRange(0, 5).Draw(t, "variant") {
		case 0:
			f.Drop = true
		case 1:
			f.Required = true
		case 2:
			if i > 0 {
				f.Into = []string{"a", "b"}
			}
		}
		if i < 2 {
			f.Aliases = []string{names[2*i+1]}
		}
		fields = append(fields, f)
	}
	s, err := New(fields...)
	if err != nil {
		t.Fatal(err)
	}
	if rapid.Bool().Draw(t, "open") {
		return s.Open()
	}
	return s
}

// drawFor returns a value that mostly fits f, in one of its forms.
func drawFor(t *rapid.T, f *Field) any {
	if rapid.IntRange(0, 19).Draw(t, "stray") == 0 {
		return drawValue(t, 2)
	}
	scalars := map[Type][]any{
		String:    {"x", "", 7, 1e20, true, Secret("s")},
		Integer:   {"12", 3.0, int8(4), int64(-1)},
		Number:    {"1.5", 0.25, 7},
		Boolean:   {"true", false},
		Duration:  {"90s", time.Minute},
		Timestamp: {"2026-01-31T08:00:00+01:00", time.Unix(1, 5)},
		Bytes:     {"aGk=", []byte{0}},
	}
	switch f.Type {
	case Any:
		return drawValue(t, 2)
	case Object:
		return drawFitting(t, f.Members)
	case Map:
		return map[string]any{"A": drawFor(t, f.Elem), "b": drawFor(t, f.Elem)}
	case List:
		list := make([]any, rapid.IntRange(0, 2).Draw(t, "length"))
		for i := range list {
			list[i] = drawFor(t, f.Elem)
		}
		return list
	default:
		return rapid.SampledFrom(scalars[f.Type]).Draw(t, "scalar")
	}
}

// drawFitting returns a value for most fields, each in one spelling.
func drawFitting(t *rapid.T, s *Schema) map[string]any {
	m := map[string]any{}
	for _, f := range s.Fields() {
		if f.Required || rapid.IntRange(0, 3).Draw(t, "given") > 0 {
			m[rapid.SampledFrom(append([]string{f.Name}, f.Aliases...)).Draw(t, "spelling")] = drawFor(t, f)
		}
	}
	return m
}

// deepCopy copies maps, lists and bytes.
func deepCopy(v any) any {
	switch x := v.(type) {
	case []any:
		list := make([]any, len(x))
		for i := range x {
			list[i] = deepCopy(x[i])
		}
		return list
	case map[string]any:
		m := map[string]any{}
		for k := range x {
			m[k] = deepCopy(x[k])
		}
		return m
	case []byte:
		return bytes.Clone(x)
	case *big.Int:
		return new(big.Int).Set(x)
	default:
		return v
	}
}

func TestConvertProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSchema(t, 2)
		in := drawFitting(t, s)
		if rapid.IntRange(0, 3).Draw(t, "anything") == 0 {
			in = drawMap(t, 3)
		}
		before := deepCopy(in)
		out, err := s.Convert(in)
		if diff := cmp.Diff(before, any(in), bigIntegers); diff != "" {
			t.Fatalf("Convert changed its input (-before +after):\n%s", diff)
		}
		again, againErr := s.Convert(deepCopy(in).(map[string]any))
		if diff := cmp.Diff(err, againErr); diff != "" {
			t.Fatalf("the errors differ (-first +second):\n%s", diff)
		}
		if diff := cmp.Diff(out, again, bigIntegers); diff != "" {
			t.Fatalf("the results differ (-first +second):\n%s", diff)
		}
		if err != nil {
			return
		}
		second, err := s.Convert(out)
		if err != nil {
			t.Fatalf("what Convert gives does not convert: %v\n%#v", err, out)
		}
		if diff := cmp.Diff(out, second, bigIntegers); diff != "" {
			t.Fatalf("Convert of a result (-first +second):\n%s", diff)
		}
	})
}

// No error shows what a secret field was given.
func TestSecretProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawField(t, 2)
		f.Secret = true
		text := fmt.Sprintf("q%dz", rapid.IntRange(1000000, 9999999).Draw(t, "secret"))
		in := rapid.SampledFrom([]any{
			text, []any{text}, map[string]any{"a": text}, []any{map[string]any{"b": []string{text}}}, `{"a":"` + text + `"}`,
		}).Draw(t, "in")
		_, err := f.Convert(in)
		if err != nil && bytes.Contains([]byte(err.Error()), []byte(text[1:6])) {
			t.Fatalf("shows %s: %v", text, err)
		}
	})
}

func TestNormalizeProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := drawValue(t, 4)
		before := deepCopy(v)
		n, err := value.Normalize(v)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, v, bigIntegers); diff != "" {
			t.Fatalf("Normalize changed its input (-before +after):\n%s", diff)
		}
		again, err := value.Normalize(n)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(n, again, bigIntegers); diff != "" {
			t.Fatalf("Normalize of a result (-first +second):\n%s", diff)
		}
	})
}

// What is written reads back as the same value, but for what JSON cannot tell
// apart: 3.0 and 3, and text that is no UTF-8.
func TestJSONProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, err := value.Normalize(drawValue(t, 4))
		if err != nil {
			t.Fatal(err)
		}
		first, err := value.EncodeJSON(v)
		if err != nil {
			t.Fatal(err)
		}
		back, err := value.DecodeJSON(first)
		if err != nil {
			t.Fatalf("%s: %v", first, err)
		}
		validText := cmp.Transformer("valid", func(s string) string { return string([]rune(s)) })
		emptyBytes := cmp.Comparer(bytes.Equal)
		if diff := cmp.Diff(v, back, bigIntegers, wholeNumbers, validText, emptyBytes); diff != "" {
			t.Fatalf("%s reads back otherwise (-wrote +read):\n%s", first, diff)
		}
		second, err := value.EncodeJSON(back)
		if err != nil || !bytes.Equal(first, second) {
			t.Fatalf("%s is written again as %s, %v", first, second, err)
		}
	})
}

// Every schema can be shown to an editor.
func TestJSONSchemaProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		js, err := value.EncodeJSON(drawSchema(t, 3).JSONSchema())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := value.DecodeJSON(js); err != nil {
			t.Fatal(err)
		}
	})
}

func TestFormatFloatProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.Float64().Draw(t, "f")
		v, err := value.ParseNumber(value.FormatFloat(f))
		if got, ok := magnitude(anyField, v); err != nil || !ok || got != f {
			t.Fatalf("FormatFloat(%g) = %s reads back as %v, %v", f, value.FormatFloat(f), v, err)
		}
	})
}

// wholeNumbers lets 3.0 equal 3: JSON text does not tell them apart.
var wholeNumbers = cmp.FilterValues(func(a, b any) bool {
	_, aFloat := a.(float64)
	_, aInt := a.(int64)
	_, bFloat := b.(float64)
	_, bInt := b.(int64)
	return aFloat && bInt || aInt && bFloat
}, cmp.Comparer(func(a, b any) bool {
	x, _ := magnitude(anyField, a)
	y, _ := magnitude(anyField, b)
	return x == y
}))
