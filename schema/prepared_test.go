package schema

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/medlar-flow/medlar/internal/value"
	"pgregory.net/rapid"
)

// drawRich returns a schema with defaults, enums and fields that coerce.
func drawRich(t *rapid.T, depth int) *Schema {
	s := drawSchema(t, depth)
	for _, f := range s.Fields() {
		switch rapid.IntRange(0, 4).Draw(t, "more") {
		case 0:
			f.Default = drawFor(t, f)
		case 1:
			f.Enum = []any{drawFor(t, f), drawFor(t, f), "x", 7}
		case 2:
			f.Coerce = coerceText
		}
	}
	return s
}

// coerceText makes text a list of it, takes empty text for nothing, and refuses
// one text.
func coerceText(v any) (any, error) {
	switch text, ok := v.(string); {
	case !ok:
		return v, nil
	case text == "":
		return nil, nil
	case text == "12":
		return nil, errors.New("not twelve")
	default:
		return []any{text}, nil
	}
}

// drawNamed returns names, each once, with values of which some are always the
// same.
func drawNamed(t *rapid.T, s *Schema) (names []string, known, values []any) {
	names = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "A", "b", "B", "c"}), 0, 4, rapid.ID).Draw(t, "names")
	known, values = make([]any, len(names)), make([]any, len(names))
	for i, name := range names {
		f := s.Field(name)
		if f == nil {
			f = anyField
		}
		if rapid.IntRange(0, 5).Draw(t, "null") > 0 {
			values[i] = drawFor(t, f)
		}
		if rapid.Bool().Draw(t, "known") {
			known[i] = values[i]
		}
	}
	return names, known, values
}

// What is prepared gives what Convert gives, and fails where that fails.
func TestPreparedProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawRich(t, 2)
		names, known, values := drawNamed(t, s)
		in := make(map[string]any, len(names))
		for i, name := range names {
			in[name] = values[i]
		}
		lazy := rapid.Bool().Draw(t, "lazy")
		want, err := s.convert(in, lazy)
		p := s.Prepare(names, known, lazy)
		if p == nil {
			return
		}
		before := deepCopy(values)
		for range 2 {
			got, ok := p.Convert(values)
			if ok != (err == nil) {
				t.Fatalf("prepared: %t, Convert: %v", ok, err)
			}
			if !ok {
				continue
			}
			if diff := cmp.Diff(want, got, bigIntegers); diff != "" {
				t.Fatalf("prepared (-want +got):\n%s", diff)
			}
			got["more"] = true // the map is the caller's
		}
		if diff := cmp.Diff(before, any(values), bigIntegers); diff != "" {
			t.Fatalf("the values were changed (-before +after):\n%s", diff)
		}
	})
}

// Where only Convert can tell what comes of the names, nothing is prepared.
func TestNotPrepared(t *testing.T) {
	inner := MustNew(&Field{Name: "b", Type: String})
	s := MustNew(
		&Field{Name: "a", Aliases: []string{"A"}, Type: Object, Members: inner},
		&Field{Name: "b", Type: String, Accept: Accept{Into: []string{"a", "b"}}},
		&Field{Name: "n", Type: Integer}, &Field{Name: "dropped", Type: Boolean, Accept: Accept{Drop: true}},
	)
	required := MustNew(&Field{Name: "r", Required: true}, &Field{Name: "o"})
	tests := []struct {
		name   string
		schema *Schema
		given  map[string]any
	}{
		{"an unknown name", s, map[string]any{"x": nil}},
		{"two spellings", s, map[string]any{"a": nil, "A": nil}},
		{"a name that reaches into an object", s, map[string]any{"b": nil}},
		{"a name that is dropped", s, map[string]any{"dropped": nil}},
		{"a constant that does not fit", s, map[string]any{"n": "x"}},
		{"a required one is missing", required, map[string]any{"o": nil}},
		{"a default that does not fit", MustNew(&Field{Name: "d", Type: Integer, Default: "x"}), map[string]any{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			names := value.SortedKeys(tt.given)
			known := make([]any, len(names))
			for i, name := range names {
				known[i] = tt.given[name]
			}
			if tt.schema.Prepare(names, known, false) != nil {
				t.Error("it is prepared")
			}
		})
	}
	if required.Prepare([]string{"r"}, []any{nil}, false) == nil || s.Prepare([]string{"A", "n"}, []any{nil, "7"}, false) == nil {
		t.Error("names that are clear are not prepared")
	}
}

func BenchmarkPrepared(b *testing.B) {
	s := MustNew(
		&Field{Name: "functionName", Aliases: []string{"FunctionName"}, Type: String, Required: true},
		&Field{Name: "onError", Type: String, Enum: []any{"fail", "return"}, Default: "fail"},
		&Field{Name: "memorySize", Type: Integer, Minimum: ptr(128.0), Maximum: ptr(10240.0)},
		&Field{Name: "payload", Accept: Accept{Payload: true}},
	)
	values := []any{"orders", int64(512), map[string]any{"id": "o-17", "lines": []any{map[string]any{"article": "lamp"}}}}
	names := []string{"FunctionName", "memorySize", "payload"}
	p := s.Prepare(names, make([]any, len(names)), false)
	b.Run("prepared", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, ok := p.Convert(values); !ok {
				b.Fatal("refused")
			}
		}
	})
	b.Run("general", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			in := make(map[string]any, len(names))
			for i, name := range names {
				in[name] = values[i]
			}
			if _, err := s.Convert(in); err != nil {
				b.Fatal(err)
			}
		}
	})
}
