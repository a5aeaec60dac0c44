package wire_test

import (
	"bytes"
	"testing"

	"github.com/medlar-flow/medlar/flows/internal/wire"
)

func TestFieldsAreAMap(t *testing.T) {
	nested := map[string]any{"b": int64(1), "a": []any{nil, "x"}}
	want, err := wire.Encode(map[string]any{"a": "text", "b": []byte("bytes"), "c": int64(-7), "d": true, "e": nested, "f": nil, "g": false})
	if err != nil {
		t.Fatal(err)
	}
	f := wire.StartFields([]byte("before"), 7)
	f.Text("a", "text")
	f.Bytes("b", []byte("bytes"))
	f.Integer("c", -7)
	f.Bool("d", true)
	f.Value("e", nested)
	f.Value("f", nil)
	f.Bool("g", false)
	got, err := f.Done()
	if err != nil || !bytes.Equal(got, append([]byte("before"), want...)) {
		t.Errorf("got %q, %v, want %q behind what was there", got, err, want)
	}
}

func TestFieldsAreSortedAndCounted(t *testing.T) {
	tests := map[string]struct {
		n    int
		keys []string
	}{
		"too few":    {2, []string{"a"}},
		"too many":   {1, []string{"a", "b"}},
		"not sorted": {2, []string{"b", "a"}},
		"twice":      {2, []string{"a", "a"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := wire.StartFields(nil, tt.n)
			for _, key := range tt.keys {
				f.Bool(key, true)
			}
			if text, err := f.Done(); err == nil {
				t.Errorf("gave %q", text)
			}
		})
	}
	f := wire.StartFields(nil, 1)
	f.Value("a", struct{}{})
	if text, err := f.Done(); err == nil {
		t.Errorf("a value that is none gave %q", text)
	}
}
