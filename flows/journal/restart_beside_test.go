package journal_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
)

// Of several who restart a run at the same time one does, and the others are told so.
func TestRestartedAtOnce(t *testing.T) {
	c := &calls{}
	fails := load(t, c, "flow: f\nsteps: [{id: a, call: test.change, with: {name: a}}, {fail: {code: No, message: no}}]\n")
	j := open(t, newPath(t))
	defer closed(t, j)
	for round := range 10 {
		id := fmt.Sprint("r", round)
		if _, err := j.Run(t.Context(), fails, nil, flows.WithRunID(id)); err == nil {
			t.Fatal("the run ended well")
		}
		var plans []*journal.RestartPlan
		for range 4 {
			plan, err := j.PlanRestart(t.Context(), id, c.registry(t), journal.Restart{})
			if err != nil {
				t.Fatal(err)
			}
			plans = append(plans, plan)
		}
		var starting sync.WaitGroup
		var begun atomic.Int32
		for _, plan := range plans {
			starting.Go(func() {
				h, err := plan.Start(t.Context())
				var restarted *journal.RestartedError
				switch {
				case err == nil:
					begun.Add(1)
					_, _ = h.Wait(t.Context())
				case !errors.As(err, &restarted) || restarted.Next != plan.RunID:
					t.Errorf("it is told: %v", err)
				}
			})
		}
		starting.Wait()
		if n := begun.Load(); n != 1 {
			t.Errorf("%d of them restarted the run", n)
		}
	}
}
