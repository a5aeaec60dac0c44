package awsapi

import (
	"regexp"
	"testing"

	"pgregory.net/rapid"
)

// The parts of a form of names shut no name out that its expression takes.
func TestPartsOfNamesShutNothingOut(t *testing.T) {
	for about, n := range map[string]*naming{
		"whose": &whose, "condition": &condition, "edition": &edition, "software": &software, "selection": &selection, "targets": &targets,
	} {
		names := rapid.StringMatching(n.form.Text)
		rapid.Check(t, func(t *rapid.T) {
			if name := names.Draw(t, "name"); n.form.Get().MatchString(name) && !n.matches(name) {
				t.Errorf("%s: %q is shut out", about, name)
			}
		})
	}
}

func TestRegionsByHandAreThoseOfTheExpression(t *testing.T) {
	form := regexp.MustCompile(aRegion)
	names := rapid.OneOf(rapid.StringMatching(`[a-zA-Z0-9-]{0,66}`), rapid.StringMatching(`[a@Zz{0/:\[`+"`"+`é\x00\n-]{0,3}`), rapid.String())
	rapid.Check(t, func(t *rapid.T) {
		if name := names.Draw(t, "name"); isRegion(name) != form.MatchString(name) {
			t.Errorf("%q: %t by hand", name, isRegion(name))
		}
	})
}
