package explore

import (
	"fmt"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/flows/internal/faults"
)

// Row is a line of the table: faults of a step after which the flow does the
// same.
type Row struct {
	Step   string   // the step's path without iterations, or "signal NAME"
	Faults []string // what went wrong
	Did    string   // what the flow did
}

// rows collects the lines.
type rows struct {
	order []*Row
	byID  map[rowID]*Row
}

type rowID struct{ step, did string }

// add notes a schedule with one fault, or none. The order of other branches is
// told where the flow does something else than in the usual one.
func (r *rows) add(x *search, plan *faults.Plan, end *faults.End) {
	step, what, plain := "branches", "another order", ""
	if len(plan.Faults) > 0 {
		f := plan.Faults[0]
		step, what = x.suite.Static(f.Step), f.What()
		if f.Signal > 0 {
			step = "signal " + x.probe.Signals()[f.Signal-1]
		}
		if f.After != nil && len(f.After.Calls) > mostNamed {
			what = strings.TrimSuffix(what, "after "+strings.Join(f.After.Calls, " and ")) + fmt.Sprintf("after those of %d branches", len(f.After.Calls))
		}
		if f.Kind != faults.Ordered {
			f.After = nil
			plain = f.What()
		}
	}
	id := rowID{step, x.did(end)}
	row := r.byID[id]
	if row == nil {
		if r.byID == nil {
			r.byID = map[rowID]*Row{}
		}
		row = &Row{Step: id.step, Did: id.did}
		r.byID[id] = row
		r.order = append(r.order, row)
	}
	if !slices.Contains(row.Faults, what) && !slices.Contains(row.Faults, plain) {
		row.Faults = append(row.Faults, what)
	}
}

// mostNamed is of how many branches a line names the calls.
const mostNamed = 3

// list returns the lines, those of a step together.
func (r *rows) list() []Row {
	var list []Row
	place := map[string]int{}
	for _, row := range r.order {
		if _, known := place[row.Step]; !known {
			place[row.Step] = len(place)
		}
		list = append(list, *row)
	}
	slices.SortStableFunc(list, func(a, b Row) int { return place[a.Step] - place[b.Step] })
	return list
}

// did says what the flow did.
func (x *search) did(end *faults.End) string {
	parts := []string{end.Outcome()}
	if end.Waits != "" {
		parts = []string{"waits at " + end.Waits}
	}
	if end.Err != nil && end.Err.Code != "" && end.Outcome() == "failed" {
		parts[0] += " (" + end.Err.Code + ")"
	}
	if end.Retried() {
		parts = append(parts, "retried")
	}
	if end.Err == nil && caught(end) {
		parts = append(parts, "caught")
	}
	add := func(what string, steps []string) {
		if len(steps) > 0 {
			parts = append(parts, what+" "+strings.Join(x.statics(steps), ", "))
		}
	}
	add("undone", end.Undone())
	add("not undone", end.NotUndone())
	add("left behind", end.LeftBehind())
	add("changed twice", end.Twice())
	add("no time limit at", end.Unbounded())
	return strings.Join(parts, "; ")
}

// caught reports whether a step failed for good in a run that is done.
func caught(end *faults.End) bool {
	last := map[string]*faults.Call{}
	for _, c := range end.World.Calls() {
		last[c.Step] = c
	}
	for _, c := range last {
		if c.Failed != nil {
			return true
		}
	}
	return false
}

// statics returns paths without iterations, each once.
func (x *search) statics(steps []string) []string {
	var list []string
	for _, s := range steps {
		if s = x.suite.Static(s); !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}
