package cli

import (
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/internal/yamlfile"
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
			got, wrongs := decodeInputs(yamlfile.NewFile("in.yaml", []byte(tt.src)), inputSchema)
			if len(wrongs) > 0 {
				t.Fatal(wrongs)
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
		{"list", "- a\n", "1:1: error: expected a map of inputs (name: value) [wrong-type]"},
		{"text", "just text", "1:1: error: expected a map of inputs (name: value) [wrong-type]"},
		{"JSON list", "[1]", "1:1: error: expected a map of inputs (name: value) [wrong-type]"},
		{"octal", "count: 017\n", "1:8: error: 017 looks like a number but is written in a way that YAML readers disagree on: put it in quotes if it is text, else write it in plain decimal digits [ambiguous-scalar]"},
		{"hexadecimal", "anything: [0x1f]\n", "1:12: error: 0x1f looks like a number but is written in a way that YAML readers disagree on: put it in quotes if it is text, else write it in plain decimal digits [ambiguous-scalar]"},
		{"beyond 64 bits", "anything: 1e400\n", "1:11: error: 1e400 is beyond what a number can hold: put it in quotes if it is text [ambiguous-scalar]"},
		{"beyond 64 bits in JSON", `{"anything": [-1E400]}`, "1:15: error: -1E400 is beyond what a number can hold: put it in quotes if it is text [ambiguous-scalar]"},
		{"hexadecimal with an exponent", "anything: 0x1p3\n", "1:11: error: 0x1p3 looks like a number but is written in a way that YAML readers disagree on: put it in quotes if it is text, else write it in plain decimal digits [ambiguous-scalar]"},
		{"infinity", "count: .inf\n", "1:8: error: .inf is no number that can be used: leave it out, or put it in quotes [ambiguous-scalar]"},
		{"aliases that multiply", bomb, "5:29: error: aliases stand for more than 100000 values [alias-bomb]"},
		{"deep", "a: " + strings.Repeat("[", 200) + strings.Repeat("]", 200), "1:104: error: values nest deeper than 100 levels [too-deep]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, wrongs := decodeInputs(yamlfile.NewFile("in.yaml", []byte(tt.src)), inputSchema)
			if got := strings.TrimPrefix(wrongs.Error(), "in.yaml:"); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func FuzzDecodeInputs(f *testing.F) {
	f.Add([]byte("count: 3\nids: [a, b]\n"))
	f.Add([]byte(`{"anything": {"a": [1, 2.5, null]}}`))
	f.Add([]byte("a: &a [*a]\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		m, wrongs := decodeInputs(yamlfile.NewFile("in.yaml", src), inputSchema)
		if len(wrongs) > 0 {
			return
		}
		if _, err := encodeJSON(m); err != nil {
			t.Errorf("%q gives what JSON does not hold: %v", src, err)
		}
	})
}
