package check

import (
	"slices"
	"strings"
)

// saysFailed reports whether what a condition says is that a branch of a parallel failed,
// of which id.errors has the errors: one of them is there, or there are some.
func saysFailed(proofs []string, id string) bool {
	errors := "steps." + id + ".errors"
	size := "len(" + errors + ")"
	return slices.ContainsFunc(proofs, func(p string) bool {
		switch p {
		case "+" + size + " > 0", "+0 < " + size, "+" + size + " >= 1", "+1 <= " + size, "-0 == " + size:
			return true
		}
		return strings.HasPrefix(p, errors+".") || isPart(p) && p[0] == '+' && strings.HasSuffix(p, " in "+errors)
	})
}

// endedWell reports whether parts of conditions speak of the errors of a parallel, and do
// not say that there are some.
func endedWell(proofs []string, id string) bool {
	asks := slices.ContainsFunc(proofs, func(p string) bool { return isPart(p) && mentions(p, id) })
	return asks && !saysFailed(proofs, id)
}
