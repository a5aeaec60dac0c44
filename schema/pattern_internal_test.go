package schema

import (
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// A pattern is refused, in the same words, where regexp.Compile refuses it, and
// matches the same.
func TestPatternsAreWhatRegexpTakes(t *testing.T) {
	pieces := rapid.SampledFrom([]string{
		"a", "b", "^", "$", ".", "*", "+", "?", "|", "(", ")", "[", "]", "{2}", "{1000}", "{1001}", "{2,1}", `\d`, `\p{L}`,
		`\p{Nobody}`, `\`, `\Q`, "(?i)", "(?P<n>", "(?<=", "[a-z]", "[z-a]", "[[:alpha:]]", "[[:beta:]]", "\xff",
	})
	rapid.Check(t, func(t *rapid.T) {
		text := ""
		for _, piece := range rapid.SliceOfN(pieces, 1, 8).Draw(t, "pieces") {
			text += piece
		}
		want, wantErr := regexp.Compile(text)
		got, err := newPattern(text)
		if wantErr != nil || err != nil {
			if diff := cmp.Diff(errText(wantErr), errText(err)); diff != "" {
				t.Fatalf("error of %q (-want +got):\n%s", text, diff)
			}
			return
		}
		value := rapid.StringMatching(`[ab0ä]{0,6}`).Draw(t, "value")
		if want.MatchString(value) != got.matchString(value) {
			t.Errorf("%q and %q: want %t", text, value, want.MatchString(value))
		}
	})
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// What is left for later can be read, whatever it is made of.
func TestPlainPatternsCanBeRead(t *testing.T) {
	pieces := rapid.SampledFrom([]string{
		"a", "A-Z", "a-z", "0-9", "z", "-", "_", "+", ".", ":", "=", "/", "@", ",", `\w`, `\d`, `\s`, `\-`, `\.`, `\`, `\p{L}`, `\p{Z}`, `\p{Nobody}`, `\E`, `\Q`,
		"^", "[", "]", "[:alpha:]", "$", "*", "ä", " ", "&", "{", "}", "(", ")", "|",
	})
	plain := 0
	rapid.Check(t, func(t *rapid.T) {
		text := "^["
		for _, piece := range rapid.SliceOfN(pieces, 1, 6).Draw(t, "pieces") {
			text += piece
		}
		text += rapid.SampledFrom([]string{"]*$", "]+$", "]$", "]?$"}).Draw(t, "end")
		if !isPlain(text) {
			return
		}
		plain++
		want, err := regexp.Compile(text)
		if err != nil {
			t.Fatalf("%q is none: %v", text, err)
		}
		p, _ := newPattern(text)
		for range 2 {
			if value := rapid.StringMatching(`[aZ0_.ä \-]{0,4}`).Draw(t, "value"); p.matchString(value) != want.MatchString(value) {
				t.Errorf("%q and %q: want %t", text, value, want.MatchString(value))
			}
		}
	})
	if plain == 0 {
		t.Error("no pattern was plain")
	}
	for _, text := range []string{`^[\w+=,.@-]*$`, `^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`, `^[0-9]*$`} {
		if !isPlain(text) {
			t.Errorf("%q is not plain", text)
		}
	}
}

// A text of one class is held against the class, and matches the same.
func TestClassesMatchAsRegexpDoes(t *testing.T) {
	classes := rapid.SampledFrom([]string{
		`[A-Za-z0-9-_:.$]`, "[a-c]", `\d`, `\w`, `\S`, "[^a]", "(?i:[k])", "[[:alpha:]]", "[a-ä]", "[\x00-\x7f]", "[\x00-\x3f]", "[?-@]", ".", "a", "[a]", "(?i)[a-k]", "(?m)[a]", "(?s).",
	})
	ends := rapid.SampledFrom([]string{"$", `\z`, "", "(?m)$", "$$", "\n$"})
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom([]string{"^", `\A`, "", "(?m)^"}).Draw(t, "begin") + classes.Draw(t, "class") +
			rapid.SampledFrom([]string{"+", "*", "?", "{2}", "+?", "*?", ""}).Draw(t, "times") + ends.Draw(t, "end")
		p, err := newPattern(text)
		if err != nil {
			t.Fatal(err)
		}
		want := regexp.MustCompile(text)
		value := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-c?@K\x{212A}\n\x00\x7f]{0,4}`), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "value")
		if p.matchString(value) != want.MatchString(value) {
			t.Errorf("%q and %q: want %t", text, value, want.MatchString(value))
		}
	})
}

func BenchmarkPattern(b *testing.B) {
	const text = `^[A-Za-z0-9-_:.$]+$`
	ours, err := newPattern(text)
	if err != nil {
		b.Fatal(err)
	}
	for name, matches := range map[string]func(string) bool{"ours": ours.matchString, "regexp": regexp.MustCompile(text).MatchString} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if !matches("orders-in-eu-west-1") {
					b.Fatal("no match")
				}
			}
		})
	}
}
