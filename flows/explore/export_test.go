package explore

import (
	"context"

	"github.com/medlar-flow/medlar/flows/flowtest"
	"github.com/medlar-flow/medlar/flows/internal/faults"
)

// Schedules returns the schedules of a test with one and with two faults, and how
// the runs end.
func Schedules(ctx context.Context, s *flowtest.Suite, t *flowtest.Test) (plans []faults.Plan, ends []*faults.End) {
	x := &search{
		ctx: ctx, suite: s, test: t, probe: probeOf(t), names: mentions(ctx, s), report: &TestReport{Test: t},
		blocks: newBlocks(s.Flow().Outline()), found: map[grounds]bool{}, seen: map[string]bool{},
	}
	x.base = x.probe.Under(ctx, faults.Plan{}, nil)
	x.tree = newTree(x.base.World, s.Static)
	add := func(plan faults.Plan) *faults.End {
		end := x.probe.Under(ctx, plan, x.base.World)
		if !end.World.Fired() || len(end.Auto()) > 0 {
			return nil
		}
		plans, ends = append(plans, plan), append(ends, end)
		return end
	}
	for _, plan := range x.depthOne() {
		if end := add(plan); end != nil {
			for _, p := range x.children(&tried{plan, end}) {
				add(p.plan)
			}
		}
	}
	return plans, ends
}
