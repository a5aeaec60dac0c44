package cli

import (
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/schema"
)

var inputSchema = schema.MustNew(
	&schema.Field{Name: "version", Type: schema.String},
	&schema.Field{Name: "count", Type: schema.Integer},
	&schema.Field{Name: "ids", Type: schema.List, Elem: &schema.Field{Type: schema.String}},
	&schema.Field{Name: "weights", Type: schema.Map, Elem: &schema.Field{Type: schema.Number}},
	&schema.Field{Name: "anything"},
)

func TestDecodeInputs(t *testing.T) {
	huge, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	tests := []struct {
		name, src string
		want      map[string]any
	}{
		{"empty", " \n", map[string]any{}},
		{"comment", "# nothing\n", map[string]any{}},
		{"JSON", `{"count": 3, "version": "1.10", "anything": "\ud83d\ude00"}`, map[string]any{"count": int64(3), "version": "1.10", "anything": "😀"}},
		{"text keeps its form", "version: 1.10\nids: [007, yes, 2026-01-02]\n", map[string]any{"version": "1.10", "ids": []any{"007", "yes", "2026-01-02"}}},
		{"numbers", "count: 3\nweights: {\"2\": 0.1, \"3\": 1}\n", map[string]any{"count": int64(3), "weights": map[string]any{"2": 0.1, "3": int64(1)}}},
		{"large integer", "anything: 123456789012345678901234567890\n", map[string]any{"anything": huge}},
		{"others", "anything: [true, null, ~, text, '5', 2026-01-02, '1e400', 1e5x, 127.0.0.1]\n", map[string]any{"anything": []any{true, nil, nil, "text", "5", "2026-01-02", "1e400", "1e5x", "127.0.0.1"}}},
		{"flow mapping that is no JSON", "{count: 3}", map[string]any{"count": int64(3)}},
		{"alias", "ids: &a [x]\nanything: *a\n", map[string]any{"ids": []any{"x"}, "anything": []any{"x"}}},
		{"null for text", "version: null\n", map[string]any{"version": nil}},
		{"byte order mark", "\ufeffcount: 3\n", map[string]any{"count": int64(3)}},
	}
	equal := cmp.Comparer(func(a, b *big.Int) bool { return a.Cmp(b) == 0 })
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := decodeInputs([]byte(tt.src), inputSchema)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, equal); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestDecodeInputsMistakes(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'j'; c++ {
		bomb += strings.NewReplacer("NEW", string(c), "OLD", string(c-1)).Replace("NEW: &NEW [*OLD,*OLD,*OLD,*OLD,*OLD,*OLD,*OLD,*OLD,*OLD,*OLD]\n")
	}
	tests := []struct{ name, src, want string }{
		{"list", "- a\n", "expected a map of inputs (name: value)"},
		{"text", "just text", "expected a map of inputs (name: value)"},
		{"JSON list", "[1]", "expected a map of inputs (name: value)"},
		{"NUL", "a: \x00", "expected YAML or JSON, found bytes that are no text"},
		{"no UTF-8", "a: \xff", "expected YAML or JSON, found bytes that are no text"},
		{"bad YAML", "a: [1", "expected YAML or JSON: line 1: did not find expected ',' or ']'"},
		{"two documents", "a: 1\n---\nb: 2\n", "line 2: a second document; inputs are one map"},
		{"twice", "count: 1\ncount: 2\n", `line 2: the key "count" is there twice`},
		{"merge", "a: &a {x: 1}\nb:\n  <<: *a\n", "line 3: a key must be text"},
		{"tag", "a: !!binary aGk=\n", "line 1: tags such as !!binary are not used here"},
		{"octal", "count: 017\n", "line 1: 017 is not a decimal number; put it in quotes if it is text"},
		{"hexadecimal", "count: 0x1f\n", "line 1: 0x1f is not a decimal number; put it in quotes if it is text"},
		{"beyond 64 bits", "anything: 1e400\n", "line 1: 1e400 is not a number that can be used; put it in quotes if it is text"},
		{"beyond 64 bits in JSON", `{"anything": [-1E400]}`, "line 1: -1E400 is not a number that can be used; put it in quotes if it is text"},
		{"hexadecimal with an exponent", "anything: 0x1p3\n", "line 1: 0x1p3 is not a decimal number; put it in quotes if it is text"},
		{"infinity", "count: .inf\n", "line 1: .inf is not a number that can be used; put it in quotes if it is text"},
		{"aliases that multiply", bomb, "line 1: too many values"},
		{"deep", "a: " + strings.Repeat("[", 200) + strings.Repeat("]", 200), "line 1: nested deeper than 100 levels"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := decodeInputs([]byte(tt.src), inputSchema)
			if err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func FuzzDecodeInputs(f *testing.F) {
	f.Add([]byte("count: 3\nids: [a, b]\n"))
	f.Add([]byte(`{"anything": {"a": [1, 2.5, null]}}`))
	f.Add([]byte("a: &a [*a]\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		m, err := decodeInputs(src, inputSchema)
		if err != nil {
			return
		}
		if _, err := encodeJSON(m); err != nil {
			t.Errorf("%q gives what JSON does not hold: %v", src, err)
		}
	})
}
