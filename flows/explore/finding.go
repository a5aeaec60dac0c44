package explore

import (
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/medlar-flow/medlar/flows/internal/faults"
)

// Finding is something that does not hold, with the smallest schedule that
// shows it.
type Finding struct {
	// Rule names what does not hold: "always", "lost-undo".
	Rule string
	Step string // the path of the step that it is about; empty for the run
	Text string // says what, for people
	// Schedule says what goes wrong, a line each.
	Schedule []string
	// Timeline is what happened, a line each.
	Timeline []string
	// Test is a test that can be pasted into the file, behind the one that was
	// explored.
	Test string
}

// finding shrinks a schedule, and describes what it leads to.
func (x *search) finding(plan faults.Plan, v faults.Violation) *Finding {
	plan, v = x.shrunk(plan, v)
	end := x.probe.Under(x.ctx, plan, x.base.World)
	f := &Finding{Rule: v.Rule, Step: v.Step, Text: v.Text, Timeline: timeline(end), Test: x.paste(plan, v, end)}
	for i := range plan.Faults {
		f.Schedule = append(f.Schedule, plan.Faults[i].String())
	}
	if plan.Order != 0 {
		f.Schedule = append(f.Schedule, fmt.Sprintf("branches go on in the order of seed %d", plan.Order))
	}
	return f
}

// shrunk returns the smallest schedule around one that breaks the same rule.
func (x *search) shrunk(plan faults.Plan, v faults.Violation) (faults.Plan, faults.Violation) {
	for again := true; again; {
		again = false
		for _, smaller := range smallerThan(plan) {
			if w, ok := x.breaks(smaller, v); ok {
				plan, v, again = smaller, w, true
				break
			}
		}
	}
	return plan, v
}

// breaks reports whether a schedule breaks the rule at the step, too.
func (x *search) breaks(plan faults.Plan, v faults.Violation) (faults.Violation, bool) {
	whole := x.base
	if n := len(plan.Faults); n > 1 && plan.Faults[n-1].Kind == faults.KilledAfter {
		without := plan
		without.Faults = plan.Faults[:n-1]
		whole = x.probe.Under(x.ctx, without, x.base.World)
	}
	end, list, _ := x.judge(plan, whole)
	i := slices.IndexFunc(list, func(o faults.Violation) bool {
		return same(o, v)
	})
	if i < 0 || !end.World.Fired() {
		return v, false
	}
	return list[i], true
}

// smallerThan returns schedules that are simpler by one thing.
func smallerThan(plan faults.Plan) []faults.Plan {
	var list []faults.Plan
	for i := range plan.Faults {
		fewer := plan
		fewer.Faults = slices.Delete(slices.Clone(plan.Faults), i, i+1)
		list = append(list, fewer)
	}
	if plan.Order != 0 {
		plain := plan
		plain.Order = 0
		list = append(list, plain)
	}
	for i, f := range plan.Faults {
		for _, simpler := range simplerThan(f) {
			one := plan
			one.Faults = slices.Clone(plan.Faults)
			one.Faults[i] = simpler
			list = append(list, one)
		}
	}
	return list
}

// simplerThan returns faults that are simpler by one thing.
func simplerThan(f faults.Fault) []faults.Fault {
	var list []faults.Fault
	add := func(change func(*faults.Fault)) {
		simpler := f
		if change(&simpler); simpler != f {
			list = append(list, simpler)
		}
	}
	add(func(f *faults.Fault) { f.All = false })
	add(func(f *faults.Fault) { f.Every = false })
	add(func(f *faults.Fault) {
		if f.Kind != faults.Ordered {
			f.After = nil
		}
	})
	if f.After != nil {
		for i := range f.After.Calls {
			add(func(f *faults.Fault) {
				f.After = &faults.Cut{Calls: slices.Delete(slices.Clone(f.After.Calls), i, i+1)}
			})
		}
	}
	add(func(f *faults.Fault) { f.RetryAfter = 0 })
	add(func(f *faults.Fault) {
		if f.Kind != faults.Killed && !f.Resent {
			f.Done = false
		}
	})
	add(func(f *faults.Fault) { f.Resent = false })
	add(func(f *faults.Fault) { f.Unknown = f.Unknown && f.Done })
	return list
}

// timeline says what happened, a line each.
func timeline(end *faults.End) []string {
	var lines []string
	life := 1
	for _, c := range answered(end.World) {
		if c.Life != life {
			life = c.Life
			lines = append(lines, "the process has died; the run is resumed")
		}
		line := fmt.Sprintf("%-8s %s", "+"+c.At.Sub(end.Start).String(), c.Step)
		if c.Number > 1 {
			line += "#" + strconv.Itoa(c.Number)
		}
		line += " calls " + c.Operation + ": " + outcomeOf(c)
		lines = append(lines, line)
	}
	last := "the run is " + end.Outcome()
	if end.Err != nil {
		last += ": " + end.Err.Error()
	}
	if undone := end.Undone(); len(undone) > 0 {
		last += "; undone: " + strings.Join(undone, ", ")
	}
	if not := end.NotUndone(); len(not) > 0 {
		last += "; not undone: " + strings.Join(not, ", ")
	}
	if left := end.LeftBehind(); len(left) > 0 {
		last += "; left behind: " + strings.Join(left, ", ")
	}
	return append(shortened(lines), last)
}

// answered returns the calls as they were made, or where the order of branches
// counts as they were answered.
func answered(w *faults.World) []*faults.Call {
	plan := w.Plan()
	if plan.Order == 0 && !slices.ContainsFunc(plan.Faults, func(f faults.Fault) bool { return f.After != nil }) {
		return w.Calls()
	}
	calls := slices.Clone(w.Calls())
	slices.SortStableFunc(calls, func(a, b *faults.Call) int {
		if a.Life != b.Life {
			return a.Life - b.Life
		}
		return cmp.Compare(uint(a.Rank-1), uint(b.Rank-1)) //nolint:gosec // those without an answer come last
	})
	return calls
}

// longest is how many lines a timeline has at most.
const longest = 40

// shortened leaves out the middle of a long timeline.
func shortened(lines []string) []string {
	if len(lines) <= longest {
		return lines
	}
	short := slices.Clone(lines[:longest/2])
	short = append(short, fmt.Sprintf("… %d more", len(lines)-longest))
	return append(short, lines[len(lines)-longest/2:]...)
}

// outcomeOf says what came of a call.
func outcomeOf(c *faults.Call) string {
	text := "answered"
	switch {
	case c.Failed != nil:
		text = "fails with " + c.Failed.Code
		if c.Failed.Outcome != "" && c.Failed.Outcome != "failed" {
			text += ", outcome " + string(c.Failed.Outcome)
		}
	case c.Ended.IsZero():
		text = "is under way when the process dies"
	}
	if c.Changed {
		text += ", it changed something"
	}
	if c.Auto {
		text += " (auto)"
	}
	return text
}

// paste writes the schedule as a test of the same file. end is how the run under
// it ended.
func (x *search) paste(plan faults.Plan, v faults.Violation, end *faults.End) string {
	var b strings.Builder
	name := make([]string, len(plan.Faults))
	for i := range plan.Faults {
		name[i] = plan.Faults[i].String()
	}
	if len(name) == 0 {
		name = []string{"another order"}
	}
	fmt.Fprintf(&b, "  - name: %s\n", strconv.Quote(x.test.Name()+": "+strings.Join(name, "; ")))
	fmt.Fprintf(&b, "    like: %s\n", strconv.Quote(x.test.Name()))
	if plan.Order != 0 {
		fmt.Fprintf(&b, "    order: %d\n", plan.Order)
	}
	if v.Strict {
		b.WriteString("    strict: true\n")
	}
	for i := range plan.Faults {
		if i == 0 {
			b.WriteString("    faults:\n")
		}
		fmt.Fprintf(&b, "      - {%s}\n", fields(&plan.Faults[i]))
	}
	switch {
	case end.Hangs() || end.Panic != "":
	case v.Rule == "resume" || v.Rule == "order":
		fmt.Fprintf(&b, "    expect: %s # %s\n", x.asWithout(), v.Rule)
	default:
		fmt.Fprintf(&b, "    expect: {outcome: %s} # %s\n", end.Outcome(), v.Rule)
	}
	return b.String()
}

// asWithout writes that a run is to end as the test without faults does, in one
// line.
func (x *search) asWithout() string {
	outcome := x.base.Outcome()
	if x.base.Err == nil && x.base.Output != nil && reflect.DeepEqual(x.base.Output, x.base.Shown) { // else it holds secrets
		if text, err := json.Marshal(x.base.Output); err == nil {
			return fmt.Sprintf("{outcome: %s, output: %s}", outcome, text)
		}
	}
	return "{outcome: " + outcome + "}"
}

// fields writes a fault as a test file has it.
func fields(f *faults.Fault) string {
	var parts []string
	add := func(yes bool, format string, args ...any) {
		if yes {
			parts = append(parts, fmt.Sprintf(format, args...))
		}
	}
	add(f.Signal > 0, "signal: %d", f.Signal)
	add(f.Signal == 0, "step: %s", step(f.Step))
	add(f.Attempt > 1, "attempt: %d", f.Attempt)
	add(true, "fault: %s", f.Kind)
	add(f.Kind == faults.Fails, "code: %s", f.Code)
	add(f.Kind == faults.Fails, "class: %s", f.Class)
	add(f.RetryAfter > 0, "retryAfter: %s", f.RetryAfter)
	add(f.Unknown, "outcome: unknown")
	add(f.Done, "changed: true")
	add(f.Every, "every: true")
	add(f.All, "all: true")
	add(f.Resent, "resent: true")
	add(f.Waiting, "waiting: true")
	if f.After != nil {
		calls := make([]string, len(f.After.Calls))
		for i, call := range f.After.Calls {
			calls[i] = step(call)
		}
		add(true, "after: [%s]", strings.Join(calls, ", "))
	}
	return strings.Join(parts, ", ")
}

// step writes the path of a step for YAML between braces.
func step(path string) string {
	if strings.ContainsAny(path, "[]{},#:& ") {
		return strconv.Quote(path)
	}
	return path
}
