package value

import (
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"
)

// A number that would take long to read is not read, wherever it stands.
func TestLongNumbers(t *testing.T) {
	digits := strings.Repeat("7", 4_000_000)
	readers := map[string]func(text string) (any, error){
		"a number":  func(text string) (any, error) { return ParseNumber(text) },
		"JSON":      func(text string) (any, error) { return DecodeJSON([]byte(text)) },
		"a list":    func(text string) (any, error) { return DecodeJSON([]byte("[1, " + text + "]")) },
		"an object": func(text string) (any, error) { return DecodeJSON([]byte(`{"é": "\n", "n": ` + text + "}")) },
	}
	for name, read := range readers {
		for _, tt := range []struct {
			text  string
			fails bool
		}{
			{digits, true},
			{"-" + digits, true},
			{digits[:MaxDigits+1], true},
			{digits[:MaxDigits], false},
			{"-" + digits[:MaxDigits], false},
			{"0." + digits, false},
			{"1e4000000", true},
		} {
			start := time.Now()
			_, err := read(tt.text)
			if (err != nil) != tt.fails {
				t.Errorf("%s of %d characters: %v", name, len(tt.text), err)
			}
			if err != nil && (len(err.Error()) > 200 || !errors.Is(err, ErrDigits) && !strings.Contains(tt.text, "e")) {
				t.Errorf("%s of %d characters: the error is %.300v", name, len(tt.text), err)
			}
			if took := time.Since(start); took > 20*time.Second { // it took 26 s when it was quadratic
				t.Errorf("%s of %d characters took %v", name, len(tt.text), took)
			}
		}
	}
	// Whoever passes an answer on does not mind.
	p := NewPayload([]byte(`{"n": ` + digits + "}")).(*Payload)
	if text, ok := p.Value().(string); !ok || len(text) != len(p.Bytes()) {
		t.Errorf("a payload is a %T", p.Value())
	}
	if sent, err := EncodePayload(map[string]any{"p": p}); err != nil || len(sent) != len(p.Bytes())+len(`{"p":}`) {
		t.Errorf("%d bytes are sent on: %v", len(sent), err)
	}
}

// Integers that earlier versions recorded are read, however long.
func TestParseInteger(t *testing.T) {
	for _, text := range []string{"0", "-1", "+7", strings.Repeat("9", MaxDigits), "-" + strings.Repeat("123", 50_000), "1" + strings.Repeat("0", 30_001)} {
		want, _ := new(big.Int).SetString(text, 10)
		if got, ok := ParseInteger(text); !ok || got.Cmp(want) != 0 {
			t.Errorf("%.20s is read as another number", text)
		}
	}
	for _, text := range []string{"", "-", "--1", "+-1", "1.0", "1e3", "0x10", "1_000", " 1"} {
		if got, ok := ParseInteger(text); ok {
			t.Errorf("%q is read as %v", text, got)
		}
	}
	if _, ok := ParseInteger(strings.Repeat("3", 1_000_000)); !ok {
		t.Error("a long one is not read")
	}
}

// A value that holds another one many times over is not written.
func TestBoundedJSON(t *testing.T) {
	var v any = []any{strings.Repeat("x", 100)}
	for range 60 {
		v = []any{v, v}
	}
	if text, err := AppendJSONWithin(nil, v, 1<<20); !errors.Is(err, ErrLong) {
		t.Errorf("%d bytes: %v", len(text), err)
	}
	if !HasMoreParts(v, 1<<20) || HasMoreParts([]any{map[string]any{"a": nil}, 1}, 3) || !HasMoreParts([]any{map[string]any{"a": nil}, 1}, 2) {
		t.Error("parts are counted wrong")
	}
}
