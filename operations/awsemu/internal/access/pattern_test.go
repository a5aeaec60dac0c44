package access

import (
	"testing"

	"github.com/medlar-flow/medlar/internal/regex"
)

// Patterns are compiled late, so a mistake in one shows here at the latest.
func TestPatterns(t *testing.T) {
	for _, p := range []*regex.Late{RegionName} {
		p.Get().MatchString("")
	}
}
