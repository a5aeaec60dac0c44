package lambdasvc

import (
	"slices"
	"testing"
)

func TestRoutesAreComplete(t *testing.T) {
	l := &API{}
	seen := map[string]string{}
	for _, r := range slices.Concat(l.routes(), l.constants(), missingRoutes()) {
		key := r.method + " " + r.pattern
		if other, twice := seen[key]; twice {
			t.Errorf("%s is both %s and %s", key, other, r.Name)
		}
		seen[key] = r.Name
		if r.Handle == nil || r.limit == 0 {
			t.Errorf("%s is not complete", r.Name)
		}
	}
	if len(seen) != 88 {
		t.Errorf("%d operations, want the 88 of the SDK", len(seen))
	}
}
