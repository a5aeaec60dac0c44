package explore

import (
	"iter"
	"strconv"

	"github.com/medlar-flow/medlar/flows/internal/faults"
)

// mostPlans is how many schedules of a test there are before orders of branches
// are left to the budget.
const mostPlans = 10_000

// waitFaults returns what goes wrong while steps wait: of the rounds of a loop the
// first and the last time.
func (x *search) waitFaults(waits []faults.Wait) []faults.Fault {
	last := map[string]int{}
	place := func(w faults.Wait) string { return x.suite.Static(w.Step) + "#" + strconv.Itoa(w.Nth) }
	for i, w := range waits {
		last[place(w)] = i
	}
	var list []faults.Fault
	first := map[string]bool{}
	for i, w := range waits {
		at := place(w)
		if first[at] && last[at] != i {
			continue
		}
		first[at] = true
		for _, kind := range faults.WaitKinds() {
			list = append(list, faults.Fault{Step: w.Step, Attempt: w.Nth, Kind: kind, Waiting: true})
		}
	}
	return list
}

// ordered yields the faults of calls that have other branches beside them, with
// each way how far these can have come. Two orders of answers differ where a call
// fails, the run is stopped or the process dies at a different state of the other
// branches, or where two calls touch one thing of which one of them makes or
// removes it. All other orders are alike: branches know nothing of each other.
func (x *search) ordered() iter.Seq[faults.Fault] {
	return func(yield func(faults.Fault) bool) {
		for _, p := range x.points(x.base.World.Calls()) {
			if !x.tree.concurrent(p.call) {
				continue
			}
			list := x.decisive(p)
			if len(list) == 0 {
				continue
			}
			for c := range x.tree.cuts(p.call) {
				after := &faults.Cut{}
				for _, call := range c {
					after.Calls = append(after.Calls, faults.PlaceOf(call))
				}
				for _, f := range list {
					f.After = after
					if !yield(f) {
						return
					}
				}
			}
		}
	}
}

// mostCounted is how far orders are counted that the budget did not reach.
const mostCounted = 1_000_000

// furtherOrders tries those orders that depth 1 left, as long as over is false.
func (x *search) furtherOrders(over func() bool) {
	if !x.more {
		return
	}
	n := 0
	for f := range x.ordered() {
		n++
		switch {
		case n <= x.orders:
		case x.report.Left > 0 || over():
			if x.report.Left++; x.report.Left >= mostCounted {
				return
			}
		default:
			plan := faults.Plan{Faults: []faults.Fault{f}, Forgets: x.probe.Forgets()}
			if end := x.try(plan, x.base); end != nil {
				x.rows.add(x, &plan, end)
			}
		}
	}
}

// decisive returns what at a call makes the state of other branches count: one
// failure of each outcome, a run that is canceled, a process that dies; and the
// call itself where the test has it fail, or where it touches what others touch.
func (x *search) decisive(p point) []faults.Fault {
	var list []faults.Fault
	seen := map[[3]bool]bool{}
	for _, f := range x.faultsAt(p, false) {
		var id [3]bool
		switch {
		case f.Every || f.Resent:
			continue
		case f.Kind == faults.Fails:
			id = [3]bool{f.Done, f.Unknown}
		case f.Kind == faults.Canceled || f.Kind == faults.Killed:
			id = [3]bool{f.Done, f.Kind == faults.Killed, true}
		default:
			continue
		}
		if !seen[id] {
			seen[id] = true
			list = append(list, f)
		}
	}
	if p.call.Failed != nil || x.contested(p.call) {
		list = append(list, faults.Fault{Step: p.call.Step, Attempt: p.call.Nth, Kind: faults.Ordered})
	}
	return list
}

// contested reports whether another branch touches what a call touches.
func (x *search) contested(c *faults.Call) bool {
	for _, other := range x.base.World.Calls() {
		if x.base.World.Beside(c.Step, other.Step) && faults.Touch(c, other) {
			return true
		}
	}
	return false
}
