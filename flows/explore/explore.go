package explore

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/flowtest"
	"github.com/medlar-flow/medlar/flows/internal/faults"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
)

// Options say how far to go. The zero Options explore one fault at a time.
type Options struct {
	// Depth is how many faults meet in one run; 0 is 1. What is deeper than 1 is
	// tried as long as Budget lasts.
	Depth int
	// Seed chooses the orders in which branches go on; the same seed is the same
	// exploration.
	Seed uint64
	// Budget is the real time for what is deeper than 1, of each test; 0 is 10 s.
	Budget time.Duration
	// Strict makes violations of what is only told else: changes that stay behind,
	// that are made twice, and waits without an end.
	Strict bool
	// ExitCode is the exit code that a program ends with whose run ended so, or was
	// canceled; nil for one that is not looked at. It must be 0 for a run that is
	// done (nil), and no other; 3 where something is not undone, and no other.
	ExitCode func(err *report.RunError, canceled bool) int
	// Only chooses tests; nil for all.
	Only func(name string) bool
	// Begin is told, before a test is explored, how many schedules of depth 1 it
	// has; nil for nobody.
	Begin func(t *flowtest.Test, schedules int)
	// Now is the clock that the budget is measured with; nil for time.Now.
	Now func() time.Time
}

func (o *Options) now() time.Time {
	if o.Now == nil {
		return time.Now()
	}
	return o.Now()
}

// Report is what came of the tests of a file.
type Report struct {
	Suite *flowtest.Suite // that was explored
	Tests []*TestReport   // in the order of the file
}

// OK reports whether nothing was found.
func (r *Report) OK() bool {
	return !slices.ContainsFunc(r.Tests, func(t *TestReport) bool { return len(t.Findings) > 0 })
}

// TestReport is what came of one test.
type TestReport struct {
	Test *flowtest.Test // that was explored
	// Skipped says why it was not; empty where it was.
	Skipped string
	// Planned is the number of schedules of depth 1, Ran that of all that ran, and
	// Deeper those among them with more than one fault; Left is how many of these
	// the budget did not reach.
	Planned, Ran, Deeper, Left int
	// NotCovered are schedules of which nothing can be said: what the flow did hung
	// on an answer that the test does not give.
	NotCovered int
	// Stopped is true where the context ended before all was tried.
	Stopped bool
	// Real is how long it took.
	Real     time.Duration
	Rows     []Row      // what was tried with one fault, and what the flow did
	Findings []*Finding // what does not hold
}

// Suite explores each green test of a suite.
func Suite(ctx context.Context, s *flowtest.Suite, o Options) *Report {
	r := &Report{Suite: s}
	names := mentions(ctx, s)
	for _, t := range s.Tests() {
		if o.Only != nil && !o.Only(t.Name()) {
			continue
		}
		r.Tests = append(r.Tests, exploreTest(ctx, s, t, names, o))
	}
	return r
}

// search is the exploration of one test.
type search struct {
	ctx     context.Context //nolint:containedctx // it is the context of every run
	suite   *flowtest.Suite
	test    *flowtest.Test
	probe   faults.Probe
	names   mentioned
	errors  map[*connector.Operation]errorCodes
	options Options
	base    *faults.End
	report  *TestReport
	blocks  blocks
	tree    *tree
	orders  int  // how many orders of branches depth 1 has
	more    bool // there are more of them
	kept    int  // calls of runs
	found   map[grounds]bool
	rows    rows
	seen    map[string]bool // steps, with the number of the call, that faults befell
}

func exploreTest(ctx context.Context, s *flowtest.Suite, t *flowtest.Test, names mentioned, o Options) *TestReport {
	start := o.now()
	x := &search{
		ctx: ctx, suite: s, test: t, probe: probeOf(t), names: names, options: o, report: &TestReport{Test: t}, blocks: newBlocks(s.Flow().Outline()),
		found: map[grounds]bool{}, errors: map[*connector.Operation]errorCodes{}, seen: map[string]bool{},
	}
	switch {
	case x.probe.Faulty():
		x.report.Skipped = "it says itself what goes wrong"
	case !x.probe.Begins():
		x.report.Skipped = "it begins no run"
	case !t.Run(ctx).OK():
		x.report.Skipped = "it is not green"
	default:
		x.run()
		x.report.Rows, x.report.Stopped = x.rows.list(), ctx.Err() != nil
	}
	x.report.Real = o.now().Sub(start)
	return x.report
}

func probeOf(t *flowtest.Test) faults.Probe {
	p, _ := t.Probe().(faults.Probe)
	return p
}

// grounds are equal for violations of which one is told.
type grounds struct{ rule, step, of string }

func groundsOf(v faults.Violation) grounds { return grounds{v.Rule, v.Step, v.Of} }

func same(a, b faults.Violation) bool { return groundsOf(a) == groundsOf(b) }

// tried is a schedule that ran. end is nil where it would have to be kept beside
// too many others: it can be had again.
type tried struct {
	plan faults.Plan
	end  *faults.End
}

// mostKept is of how many calls runs are kept.
const mostKept = 50_000

// keep returns a run as one of a list.
func (x *search) keep(plan faults.Plan, end *faults.End) tried {
	if x.kept += len(end.World.Calls()); x.kept > mostKept {
		end = nil
	}
	return tried{plan, end}
}

func (x *search) run() {
	x.base = x.probe.Under(x.ctx, faults.Plan{Forgets: x.probe.Forgets()}, nil)
	x.tree = newTree(x.base.World, x.suite.Static)
	plans := x.depthOne()
	x.report.Planned = len(plans)
	if x.options.Begin != nil {
		x.options.Begin(x.test, len(plans))
	}
	var level []tried
	for _, plan := range plans {
		if x.ctx.Err() != nil {
			return
		}
		if end := x.try(plan, x.base); end != nil {
			if x.options.Depth > 1 {
				level = append(level, x.keep(plan, end))
			}
			x.rows.add(x, &plan, end)
		}
	}
	budget := x.options.Budget
	if budget <= 0 {
		budget = 10 * time.Second
	}
	end := x.options.now().Add(budget)
	over := func() bool { return x.ctx.Err() != nil || !x.options.now().Before(end) }
	x.furtherOrders(over)
	x.deeper(level, over)
}

// deeper tries more than one fault, as long as the budget is not over.
func (x *search) deeper(level []tried, over func() bool) {
	for depth := 2; depth <= x.options.Depth; depth++ {
		var next []tried
		for rank := range ranks {
			for _, t := range level {
				switch {
				case t.end == nil && x.report.Left > 0:
					x.report.Left++ // and more: nobody knows how many
					continue
				case t.end == nil:
					t.end = x.probe.Under(x.ctx, t.plan, x.base.World)
				}
				for p := range x.children(&t, rank) {
					switch {
					case x.ctx.Err() != nil || x.report.Left >= mostCounted:
						return
					case x.report.Left > 0 || over():
						x.report.Left++
						continue
					}
					x.report.Deeper++
					end := x.try(p.plan, p.whole)
					if end != nil && depth < x.options.Depth {
						next = append(next, x.keep(p.plan, end))
					}
				}
			}
		}
		level = next
	}
}

// try runs a schedule and notes what does not hold. It returns nil where the
// schedule says nothing: what it says does not happen, or it hangs on an answer
// that the test does not give.
func (x *search) try(plan faults.Plan, whole *faults.End) *faults.End {
	end, list, covered := x.judge(plan, whole)
	x.report.Ran++
	if !covered {
		x.report.NotCovered++
	}
	for _, v := range list {
		if id := groundsOf(v); !x.found[id] {
			x.found[id] = true
			x.report.Findings = append(x.report.Findings, x.finding(plan, v))
		}
	}
	if !end.World.Fired() {
		return nil
	}
	return end
}

// judge runs a schedule. covered is false where what the flow does hangs on an
// answer that was made up: the run with another one goes another way.
func (x *search) judge(plan faults.Plan, whole *faults.End) (end *faults.End, list []faults.Violation, covered bool) {
	end = x.probe.Under(x.ctx, plan, x.base.World)
	if end.Broken != "" || x.ctx.Err() != nil || !end.World.Kept() {
		return end, nil, true
	}
	list = x.violations(plan, end, whole)
	if len(end.Auto()) == 0 {
		return end, list, true
	}
	plan.Other = true
	other := x.probe.Under(x.ctx, plan, x.base.World)
	if !other.World.Kept() || way(end) != way(other) {
		return end, nil, false
	}
	also := x.violations(plan, other, whole)
	list = slices.DeleteFunc(list, func(v faults.Violation) bool {
		return !slices.ContainsFunc(also, func(o faults.Violation) bool { return same(o, v) })
	})
	return end, list, true
}

// violations returns what does not hold of a run.
func (x *search) violations(plan faults.Plan, end, whole *faults.End) []faults.Violation {
	list := x.probe.Judge(end, x.options.Strict)
	if x.options.ExitCode != nil && !end.Hangs() && end.Panic == "" {
		list = append(list, end.ExitCode(x.options.ExitCode(end.Err, end.Outcome() == runtime.EndCanceled))...)
	}
	last := len(plan.Faults) - 1
	comparable := whole != nil && end.World.Fired()
	between := comparable && last >= 0 && (plan.Faults[last].Kind == faults.KilledAfter || plan.Faults[last].Kind == faults.Killed && plan.Faults[last].Waiting)
	ordered := comparable && (plan.Order != 0 && last < 0 || last == 0 && plan.Faults[last].Kind == faults.Ordered)
	if between && !end.World.Interrupted() { // else a call is made again, which may end otherwise, and takes its time again
		list = append(list, end.Resumed(whole, plan.Order == 0)...)
	}
	if ordered {
		list = append(list, end.Reordered(whole)...)
	}
	return list
}

// way is what a run did, without the values that it did it with.
func way(e *faults.End) string {
	var b strings.Builder
	b.WriteString(e.Outcome())
	for _, c := range e.World.Calls() {
		b.WriteString("\n" + c.Step)
		if c.Failed != nil {
			b.WriteString(" " + c.Failed.Code)
		}
	}
	if e.Err != nil {
		b.WriteString("\n" + e.Err.Code)
	}
	return b.String()
}
