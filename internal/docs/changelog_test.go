package docs

import (
	"strings"
	"testing"
)

// TestChangelogSaysThingsOnce: two branches that carry the same entry, mended in one
// of them, leave it twice.
func TestChangelogSaysThingsOnce(t *testing.T) {
	seen := map[string]bool{}
	for line := range strings.Lines(read(t, "CHANGELOG.md")) {
		if !strings.HasPrefix(line, "- ") {
			continue
		}
		begins := line[:min(len(line), 60)]
		if seen[begins] {
			t.Errorf("two entries begin with %q", begins)
		}
		seen[begins] = true
	}
	if len(seen) < 50 {
		t.Errorf("there are %d entries", len(seen))
	}
}
