package explore

import (
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/faults"
	"github.com/medlar-flow/medlar/flows/report"
)

// orders is in how many orders of a seed branches go on in a run without faults.
const orders = 8

// blocks knows what stands around steps.
type blocks struct{ inTry, inLoop map[string]bool } // by static path

func newBlocks(steps []report.StepInfo) blocks {
	b := blocks{inTry: map[string]bool{}, inLoop: map[string]bool{}}
	verbs := map[string]string{}
	for _, st := range steps {
		verbs[st.Path] = st.Verb
	}
	around := map[string][]string{} // of a block: the steps that it stands in
	for _, st := range steps {
		for outer := st.Block; outer != ""; {
			if verb, known := verbs[outer]; known {
				around[st.Path] = append(around[st.Path], verb)
				around[st.Path] = append(around[st.Path], around[outer]...)
				break
			}
			outer = outer[:max(0, strings.LastIndexByte(outer, '/'))]
		}
		for _, verb := range around[st.Path] {
			if verb == "forEach" || verb == "repeat" {
				b.inLoop[st.Path] = true
			}
			if verb == "try" {
				b.inTry[st.Path] = true
			}
		}
	}
	return b
}

// depthOne returns the schedules with one fault, and those with none in which
// branches go on in another order.
func (x *search) depthOne() []faults.Plan {
	var plans []faults.Plan
	add := func(f faults.Fault) {
		plans = append(plans, faults.Plan{Faults: []faults.Fault{f}, Forgets: x.probe.Forgets()})
	}
	points := x.points(x.base.World.Calls())
	for _, p := range points {
		x.seen[placeOf(p.call)] = true
		for _, f := range x.faultsAt(p, true) {
			add(f)
		}
	}
	for _, f := range x.waitFaults(x.base.World.Waits()) {
		add(f)
	}
	for i := range x.probe.Signals() {
		for _, kind := range x.probe.SignalFaults(i + 1) {
			add(faults.Fault{Signal: i + 1, Kind: kind})
		}
	}
	for f := range x.ordered() {
		if len(plans) >= mostPlans {
			x.more = true
			break
		}
		x.orders++
		add(f)
	}
	if len(x.tree.forks) > 0 {
		for i := range uint64(orders) {
			plans = append(plans, faults.Plan{Order: x.options.Seed + i + 1, Forgets: x.probe.Forgets()})
		}
	}
	return plans
}

func placeOf(c *faults.Call) string { return c.Step + "#" + strconv.Itoa(c.Nth) }

// point is a call that faults are tried at.
type point struct {
	call  *faults.Call
	first bool // of the items of a loop
	kill  bool // the process dies there, too: once between two changes
}

// points returns the calls to try faults at: of the items of a loop the first
// and the last one.
func (x *search) points(calls []*faults.Call) []point {
	first, last := map[string]*faults.Call{}, map[string]*faults.Call{}
	ids := make([]string, len(calls))
	for i, c := range calls {
		id := x.suite.Static(c.Step) + "#" + strconv.Itoa(c.Nth)
		if first[id] == nil {
			first[id] = c
		}
		last[id], ids[i] = c, id
	}
	var list []point
	fresh := true // nothing was killed since the last change
	for i, c := range calls {
		begins := first[ids[i]] == c
		if !begins && last[ids[i]] != c {
			continue
		}
		list = append(list, point{c, begins, c.Mutating || fresh})
		fresh = c.Mutating
	}
	return list
}

// faultsAt returns the faults of a call that the flow can tell apart. With all
// it also varies how often they befall it, and how late.
func (x *search) faultsAt(p point, all bool) []faults.Fault {
	c := p.call
	static := x.suite.Static(c.Step)
	one := faults.Fault{Step: c.Step, Attempt: c.Nth}
	var list []faults.Fault
	add := func(f faults.Fault, again bool) {
		list = append(list, f)
		if again && (c.Retries || x.blocks.inTry[static]) {
			f.Every = true
			list = append(list, f)
		}
	}
	both := func(f faults.Fault, again bool) {
		if c.Mutating {
			f.Done = true
			add(f, again)
			f.Done = false
		}
		add(f, again)
	}
	a := c.Attempt()
	if !quiet(c) {
		codes, perhaps := x.errorsOf(a)
		for _, code := range codes {
			f := one
			f.Kind, f.Code, f.Class = faults.Fails, code.Code, code.Class
			add(f, true)
			if all && p.first && x.blocks.inLoop[static] {
				f.All = true
				add(f, false)
				f.All = false
			}
			if code.Class == connector.ClassThrottled && c.Retries && all {
				f.RetryAfter = retryAfter
				add(f, true)
			}
		}
		vagueFaults(c, perhaps, one, both, func(f faults.Fault) { add(f, false) })
		slow := one
		slow.Kind = faults.Slow
		both(slow, true)
	}
	for _, kind := range []faults.Kind{faults.Canceled, faults.TimeLimit} {
		f := one
		f.Kind = kind
		both(f, false)
	}
	if p.kill {
		f := one
		f.Kind = faults.Killed
		both(f, false)
		f.Kind = faults.KilledAfter
		add(f, false)
	}
	return list
}

// vagueFaults adds the failures of a call that may have worked.
func vagueFaults(c *faults.Call, codes []connector.ErrorCode, one faults.Fault, both func(faults.Fault, bool), again func(faults.Fault)) {
	if !c.Mutating {
		return
	}
	resent := false
	for _, code := range codes {
		f := one
		f.Kind, f.Code, f.Class, f.Unknown = faults.Fails, code.Code, code.Class, true
		both(f, true)
		if !resent && c.Attempt().Repeat == connector.RepeatAny {
			resent = true
			f.Done, f.Resent = true, true
			again(f)
		}
	}
}

// retryAfter is what a service asks for that is busy, in nanoseconds.
const retryAfter = 30e9

// quiet reports whether a call cannot fail, such as that of log.info.
func quiet(c *faults.Call) bool {
	a := c.Attempt()
	return a.Owner != nil && a.Owner.Connection == nil && a.Owner.CommonErrors != nil && len(a.Owner.CommonErrors()) == 0 && len(a.Operation.Errors) == 0 &&
		a.Operation.Effect == connector.EffectReadOnly
}

// pair is a schedule with one more fault than another.
type pair struct {
	plan  faults.Plan
	whole *faults.End
}

// ranks is how many there are: schedules of a lower one are tried first.
const ranks = 2

// children yields the schedules of a rank with one more fault, at a call that comes
// at or behind the last one. Those at calls that no test without a fault makes
// come first: undos, handlers, further attempts.
func (x *search) children(t *tried, rank int) iter.Seq[pair] {
	calls := t.end.World.Calls()
	begin := 0
	for i, c := range calls {
		if c.Fault != nil {
			begin = i + 1
		}
	}
	waits := t.end.World.Waits()
	if n := len(t.plan.Faults); n > 0 && t.plan.Faults[n-1].Waiting {
		last := t.plan.Faults[n-1]
		at := slices.IndexFunc(waits, func(w faults.Wait) bool { return w.Step == last.Step && w.Nth == last.Attempt })
		begin, waits = waits[at].Before, waits[at+1:]
	}
	for len(waits) > 0 && waits[0].Before < begin {
		waits = waits[1:]
	}
	return func(yield func(pair) bool) {
		for f := range x.further(calls[begin:], waits, rank) {
			plan := t.plan
			plan.Faults = append(plan.Faults[:len(plan.Faults):len(plan.Faults)], f)
			if !yield(pair{plan, t.end}) {
				return
			}
		}
	}
}

// further yields the faults of a rank at calls and waits.
func (x *search) further(calls []*faults.Call, waits []faults.Wait, rank int) iter.Seq[faults.Fault] {
	return func(yield func(faults.Fault) bool) {
		for _, p := range x.points(calls) {
			if x.seen[placeOf(p.call)] == (rank == 0) {
				continue
			}
			for _, f := range x.faultsAt(p, false) {
				if !yield(f) {
					return
				}
			}
		}
		if rank == 0 {
			return
		}
		for _, f := range x.waitFaults(waits) {
			if !yield(f) {
				return
			}
		}
	}
}
