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
		if want.MatchString(value) != got.MatchString(value) {
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
