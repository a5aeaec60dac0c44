//go:build !race

package flows_test

import (
	"testing"
)

// TestAllocationsOfSteps holds what a step of each kind of stepFlows allocates.
// Nobody listens to these runs, so no event and no path is made.
func TestAllocationsOfSteps(t *testing.T) {
	for name, most := range map[string]float64{
		"constant": 0.1, "path": 0.1, "guarded": 0.1, // sets in place: nobody else holds ctx
		"pure":                      2.1, // the small object
		"call":                      2.1, // of a call that can be left behind
		"iteration":                 0.1, // the next one has the memory of the one before
		"iteration that reads":      1.1, // the item
		"iteration that is kept":    0.1, // the list
		"iteration beside others":   2.1,
		"iteration with a call":     2.1,
		"iteration with parameters": 11.1, // of which the operation itself makes about half
	} {
		flow := load(t, &recorder{}, stepFlows[name])
		got := testing.AllocsPerRun(10, func() {
			if _, err := flow.Run(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
		})
		if got /= 1000; got > most {
			t.Errorf("%s: %.2f allocations a step, at most %.1f are expected", name, got, most)
		}
	}
}
