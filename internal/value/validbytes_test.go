package value

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// quoted is appendString one character after the other.
func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s { // gives the replacement character for each byte that is no UTF-8
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < ' ':
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String() + `"`
}

func TestAppendStringAtEachPlace(t *testing.T) {
	for place := range 18 {
		for c := range 256 {
			for _, behind := range []string{"", "x", "12345678", "é", "\xff\xff"} {
				s := strings.Repeat("x", place) + string([]byte{byte(c)}) + behind
				if diff := cmp.Diff(quoted(s), string(appendString(nil, s))); diff != "" {
					t.Fatalf("%q (-want +got):\n%s", s, diff)
				}
			}
		}
	}
}

func TestAppendStringProperty(t *testing.T) {
	part := rapid.OneOf(rapid.String(), rapid.Just("plain text"), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }))
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Join(rapid.SliceOf(part).Draw(t, "parts"), "")
		if diff := cmp.Diff(quoted(s), string(appendString(nil, s))); diff != "" {
			t.Errorf("%q (-want +got):\n%s", s, diff)
		}
		text := appendString(nil, s)
		if v, err := DecodeJSON(text); err != nil || v != strings.ToValidUTF8(s, "\ufffd") && v != string([]rune(s)) {
			t.Errorf("%s reads back as %q, %v", text, v, err)
		}
	})
}

// Integers of each length, at the end of the text and within it.
func TestDecodeIntegers(t *testing.T) {
	for digits := 1; digits < 25; digits++ {
		for _, text := range []string{strings.Repeat("9", digits), "1" + strings.Repeat("0", digits-1), "-" + strings.Repeat("8", digits)} {
			b, _ := new(big.Int).SetString(text, 10)
			want := normalizeBig(b)
			got, err := DecodeJSON([]byte("[" + text + "," + text + "]"))
			if diff := cmp.Diff([]any{want, want}, got, bigIntegers); err != nil || diff != "" {
				t.Errorf("%s: %v (-want +got):\n%s", text, err, diff)
			}
			if got, err := DecodeJSON([]byte(text)); err != nil || !cmp.Equal(want, got, bigIntegers) {
				t.Errorf("%s is read as %v, %v", text, got, err)
			}
		}
	}
}

// A map with more keys than have room on the stack is sorted as well.
func TestEncodeManyKeys(t *testing.T) {
	m, want := map[string]any{}, "{"
	for i := range 40 {
		m[fmt.Sprintf("k%02d", 39-i)] = int64(39 - i)
		want += fmt.Sprintf(`"k%02d":%d,`, i, i)
	}
	if got, err := EncodeJSON(m); err != nil || string(got) != strings.TrimSuffix(want, ",")+"}" {
		t.Errorf("%s, %v", got, err)
	}
}

func BenchmarkEncodeText(b *testing.B) {
	for name, text := range map[string]string{"ASCII": strings.Repeat("one text ", 7282), "German": strings.Repeat("größer ", 7282), "lines": strings.Repeat("one \"line\"\n", 5958)} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			dst := make([]byte, 0, 2*len(text))
			for b.Loop() {
				appendString(dst, text)
			}
		})
	}
}
