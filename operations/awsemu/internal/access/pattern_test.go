package access

import (
	"testing"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/pattern"
)

// Patterns are compiled late, so a mistake in one shows here at the latest.
func TestPatterns(t *testing.T) {
	for _, p := range []*pattern.Pattern{RegionName} {
		p.MatchString("")
	}
}
