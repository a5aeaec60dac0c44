package lambdasvc

import (
	"testing"

	"pgregory.net/rapid"
)

// The additional version is never more than one invocation ahead of its share
// or behind it, whatever the weight.
func TestSplitIsSmooth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weight := float64(rapid.IntRange(0, 1000).Draw(t, "thousandths")) / 1000
		var s split
		chosen := 0
		for n := 1; n <= 1000; n++ {
			if s.additional(weight) {
				chosen++
			}
			if off := float64(chosen) - weight*float64(n); off > 1 || off < -1 {
				t.Fatalf("%d of %d at %v", chosen, n, weight)
			}
		}
		if want := int(weight*1000 + 0.5); chosen != want {
			t.Fatalf("%d of 1000, want %d", chosen, want)
		}
	})
}
