package cli

import "testing"

func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"a\x1b[31mb\tc\nd\u009b": "a [31mb c\nd ",
		"pay \u202e001\u202c":    `pay \u202e001\u202c`,
		"\u2066x\u2069 \u200f":   `\u2066x\u2069 \u200f`,
		"عربي – “x”":             "عربي – “x”",
	} {
		if got := printable(text); got != want {
			t.Errorf("%q is printed as %q, want %q", text, got, want)
		}
	}
}
