package explore

import (
	"context"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/flowtest"
	"github.com/medlar-flow/medlar/flows/internal/faults"
)

// Schedules returns the schedules of a test with one and with two faults, and how
// the runs end.
func Schedules(ctx context.Context, s *flowtest.Suite, t *flowtest.Test) (plans []faults.Plan, ends []*faults.End) {
	x := newSearch(ctx, s, t)
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
			for rank := range ranks {
				for p := range x.children(&tried{plan, end}, rank) {
					add(p.plan)
				}
			}
		}
	}
	return plans, ends
}

func newSearch(ctx context.Context, s *flowtest.Suite, t *flowtest.Test) *search {
	x := &search{
		ctx: ctx, suite: s, test: t, probe: probeOf(t), names: mentions(ctx, s), report: &TestReport{Test: t},
		blocks: newBlocks(s.Flow().Outline()), found: map[grounds]bool{}, errors: map[*connector.Operation]errorCodes{}, seen: map[string]bool{},
	}
	x.base = x.probe.Under(ctx, faults.Plan{}, nil)
	x.tree = newTree(x.base.World, s.Static)
	return x
}

// States returns the states of other branches in which calls are tried, and those
// of them that a run does not come to.
func States(ctx context.Context, s *flowtest.Suite, t *flowtest.Test) (states, impossible []string) {
	x := newSearch(ctx, s, t)
	for _, p := range x.points(x.base.World.Calls()) {
		if !x.tree.concurrent(p.call) {
			continue
		}
		for c := range x.tree.cuts(p.call) {
			after := &faults.Cut{}
			for _, call := range c {
				after.Calls = append(after.Calls, faults.PlaceOf(call))
			}
			state := x.state(p.call, c)
			states = append(states, state)
			plan := faults.Plan{Faults: []faults.Fault{{Step: p.call.Step, Attempt: p.call.Nth, Kind: faults.Ordered, After: after}}}
			end := x.probe.Under(ctx, plan, x.base.World)
			if !end.World.Fired() || x.met(end.World, p.call) != state {
				impossible = append(impossible, state+", it is "+x.met(end.World, p.call))
			}
		}
	}
	return states, impossible
}

// Chances returns the states of other branches in which calls are answered in
// orders that a seed chooses.
func Chances(ctx context.Context, s *flowtest.Suite, t *flowtest.Test, seeds int) []string {
	x := newSearch(ctx, s, t)
	var list []string
	for seed := range seeds {
		end := x.probe.Under(ctx, faults.Plan{Order: uint64(seed) + 1}, x.base.World)
		for _, p := range x.points(x.base.World.Calls()) {
			if !x.tree.concurrent(p.call) {
				continue
			}
			if state := x.met(end.World, p.call); !slices.Contains(list, state) {
				list = append(list, state)
			}
		}
	}
	return list
}

// state names the state of other branches when a call is answered, alike items
// once.
func (x *search) state(at *faults.Call, before cut) string {
	var list []string
	for _, c := range before {
		list = append(list, x.suite.Static(c.Step))
	}
	slices.Sort(list)
	return faults.PlaceOf(at) + " after " + strings.Join(slices.Compact(list), " ") + x.unbegun(at, before)
}

// unbegun tells states apart in which all items have come to one place, and in
// which some have not begun.
func (x *search) unbegun(at *faults.Call, before cut) string {
	branches := map[string]bool{}
	fork := x.tree.forks[x.base.World.ForkAround(at.Step, "")]
	for _, c := range before {
		branches[branchOf(c.Step, fork.path)] = true
	}
	if fork.branches[0].name[0] == '[' && len(branches) < len(fork.branches)-1 {
		return " and none"
	}
	return ""
}

// met returns the state of other branches when a call was answered.
func (x *search) met(w *faults.World, at *faults.Call) string {
	i := slices.IndexFunc(w.Calls(), func(c *faults.Call) bool { return c.Step == at.Step && c.Nth == at.Nth })
	if i < 0 {
		return ""
	}
	rank := w.Calls()[i].Rank
	var before cut
	for _, c := range w.Calls() {
		last := c.Rank < rank && w.Beside(c.Step, at.Step)
		for _, later := range w.Calls() {
			last = last && !(later.Rank < rank && later.Rank > c.Rank && w.Beside(later.Step, at.Step) && !w.Beside(later.Step, c.Step))
		}
		if last {
			before = append(before, c)
		}
	}
	return x.state(at, before)
}
