package schema

import (
	"slices"
	"strings"
)

// Keys is what is known of the names of a [Map]'s members, so that the check can
// tell of one that none of them has. The zero value says nothing.
type Keys struct {
	// Lower is true where the names are in lower case, as those of headers are.
	Lower bool
	// Withheld are names that no member has, in the spelling of the others, and Why
	// is the reason: "it holds credentials".
	Withheld []string
	Why      string
}

// LowerKeys are names in lower case.
var LowerKeys = &Keys{Lower: true}

// Never says why no member has a name, and how it is spelt where it is only
// spelt otherwise; both are empty for a name that a member can have.
func (k *Keys) Never(name string) (why, spelt string) {
	if k == nil {
		return "", ""
	}
	if lower := strings.ToLower(name); k.Lower && lower != name && !slices.Contains(k.Withheld, lower) {
		return "its names are in lower case", lower
	} else if k.Lower {
		name = lower
	}
	if slices.Contains(k.Withheld, name) {
		return k.Why, ""
	}
	return "", ""
}
