package visible

import (
	"os"
	"testing"

	"github.com/medlar-flow/medlar/internal/testenv"
)

func TestMain(m *testing.M) {
	testenv.Clean()
	os.Exit(m.Run())
}

func TestText(t *testing.T) {
	for text, want := range map[string]string{
		"":                                  "",
		"plain – “quoted” عربي":             "plain – “quoted” عربي",
		"pay \u202e001\u202c \u2066x\u2069": `pay \u202e001\u202c \u2066x\u2069`,
		"\u061c\u200e\u200f\u202a\u202b\u202d\u2067\u2068": `\u061c\u200e\u200f\u202a\u202b\u202d\u2067\u2068`,
		"a\u200db\u00ad": "a\u200db\u00ad", // joined characters and a soft hyphen turn nothing
	} {
		if got := Text(text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}

func TestHTML(t *testing.T) {
	for page, want := range map[string]string{
		"<p>a\u202eb</p>":                              `<p>a\u202eb</p>`,
		"<input value=\"a\u202eb\"><b>\u202e</b>":      "<input value=\"a\u202eb\">" + `<b>\u202e</b>`,
		"<textarea name=x>\u202e<</textarea>\u202etop": "<textarea name=x>\u202e<</textarea>" + `\u202etop`,
		"\u202e<title>\u202e</title><p":                `\u202e<title>\u202e</title><p`,
		"<p>no end \u2066":                             `<p>no end \u2066`,
		"<textarea>\u202e":                             "<textarea>\u202e",
	} {
		if got := HTML(page); got != want {
			t.Errorf("%q is shown as %q, want %q", page, got, want)
		}
	}
}

func TestLines(t *testing.T) {
	const text = "one\n\x1b[31m\ttwo\u0085\x7f\u202e"
	if got, want := Lines(text), "one\n [31m two  "+`\u202e`; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := Line(text), "one  [31m two  "+`\u202e`; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
