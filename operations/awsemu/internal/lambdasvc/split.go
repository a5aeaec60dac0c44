package lambdasvc

import "math"

// weightUnits is the whole of a split: weights are kept in billionths, so that
// ten times 0.1 is exactly one.
const weightUnits = 1_000_000_000

// split divides invocations between an alias's version and its additional one
// by smooth weighted round robin. With two candidates one counter is enough:
// the additional version's credit, which grows by its weight with each
// invocation and pays one whole when that version is chosen.
type split struct {
	credit int64
}

// additional says whether the next invocation goes to the additional version
// of the given weight. A weight of 0.1 is chosen exactly once in ten.
func (s *split) additional(weight float64) bool {
	s.credit += int64(math.Round(weight * weightUnits))
	if 2*s.credit <= weightUnits {
		return false
	}
	s.credit -= weightUnits
	return true
}
