package limit_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/internal/limit"
)

// A name has one gate as long as its rate is the same, and a bounded number of
// them are remembered.
func TestGates(t *testing.T) {
	var g limit.Gates
	rate := limit.Rate{Count: 10, Per: time.Second}
	first := g.Of("a", rate, 1)
	for name, other := range map[string]*limit.Gate{
		"b": g.Of("b", rate, 1), "another rate": g.Of("a", limit.Rate{Count: 11, Per: time.Second}, 1), "another burst": g.Of("a", rate, 2),
	} {
		if other == first {
			t.Errorf("%s has the gate of a", name)
		}
	}
	if g.Of("a", rate, 1) != first {
		t.Error("a has two gates")
	}
	for i := range 10_000 {
		g.Of(fmt.Sprint(i), rate, 1)
		if i == 5000 && g.Of("a", rate, 1) != first {
			t.Error("a is forgotten after 5,000 others")
		}
	}
	last := g.Of("9999", rate, 1)
	for i := range 10_000 {
		g.Of(fmt.Sprint("x", i), rate, 1)
	}
	if g.Of("a", rate, 1) == first || g.Of("9999", rate, 1) == last {
		t.Error("what nobody asks for is never forgotten")
	}
}
