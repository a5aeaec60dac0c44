package flows_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A loop that gathers errors keeps those of the first items, whichever
// iterations were faster.
func TestGatheredErrorsAreTheFirst(t *testing.T) {
	f := probed(t, &recorder{}, map[string]string{"flow.yaml": `
flow: f
steps:
  - id: l
    forEach: "${1..3000}"
    concurrency: 8
    onError: collect
    do: [{call: test.fail, with: {name: "${item}"}}]
output: "${[len(steps.l.errors), steps.l.errors[0].index, last(steps.l.errors).index, steps.l.items]}"
`})
	for range 3 {
		result, err := carry(t.Context(), t, f, nil)
		if diff := cmp.Diff("[1000,0,999,3000]", outcome(t, result, err)); diff != "" {
			t.Errorf("output (-want +got):\n%s", diff)
		}
	}
}
