package figures

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// The states of a goal.
const (
	Held       = "held"
	Missed     = "missed"
	Unmeasured = "not measured"
)

// Standing says how a goal stands. It is missed where one of its comparisons
// misses, not measured where one of them has no figure and none misses, and
// held otherwise.
type Standing struct {
	Number int      `json:"number"`
	Title  string   `json:"title"`
	State  string   `json:"state"`
	Why    []string `json:"why,omitempty"` // the comparisons that miss, or of a goal measured in part have no figure
}

// Goals are the goals by their number.
type Goals []Standing

// GoalsOf says how the goals with these titles, counted from 1, stand in
// sections of a report. all are all the sections that can be measured: a goal is
// not held by the part of it that was measured.
func GoalsOf(titles []string, all, measured []Section) Goals {
	var goals Goals
	for i, title := range titles {
		goals = append(goals, standing(i+1, title, all, measured))
	}
	return goals
}

func standing(number int, title string, all, measured []Section) Standing {
	var missed, without []string
	parts := 0
	for _, s := range all {
		at := slices.IndexFunc(measured, func(m Section) bool { return m.Name == s.Name })
		for _, c := range s.Compared {
			if c.Goal != number {
				continue
			}
			parts++
			var met *bool
			if at >= 0 {
				met = metOf(measured[at], c)
			}
			switch what := s.Heading() + ": " + c.Name; {
			case met == nil:
				without = append(without, what)
			case !*met:
				missed = append(missed, what)
			}
		}
	}
	state := Standing{Number: number, Title: title, State: Held}
	switch {
	case len(missed) > 0:
		state.State, state.Why = Missed, missed
	case len(without) < parts && len(without) > 0:
		state.State, state.Why = Unmeasured, without
	case len(without) == parts:
		state.State = Unmeasured // nothing of it was, which needs no list
	}
	return state
}

func metOf(s Section, c Compared) *bool {
	for _, m := range s.Compared {
		if m.Name == c.Name && m.Goal == c.Goal {
			return m.Met
		}
	}
	return nil
}

// Allowed is how many goals may be missed. The first is not among them.
const Allowed = 2

// Failed says whether more is missed than may be.
func (g Goals) Failed() bool {
	missed := g.in(Missed)
	return len(missed) > Allowed || slices.ContainsFunc(missed, func(s Standing) bool { return s.Number == 1 })
}

func (g Goals) in(state string) []Standing {
	var some []Standing
	for _, s := range g {
		if s.State == state {
			some = append(some, s)
		}
	}
	return some
}

// Summary says in a line which goals are held, missed and not measured.
func (g Goals) Summary() string {
	var parts []string
	for _, state := range []string{Held, Missed, Unmeasured} {
		var numbers []string
		for _, s := range g.in(state) {
			numbers = append(numbers, strconv.Itoa(s.Number))
		}
		if len(numbers) == 0 {
			numbers = []string{"none"}
		}
		parts = append(parts, state+": "+strings.Join(numbers, ", "))
	}
	return strings.Join(parts, "; ")
}

// Table returns a row for each goal.
func (g Goals) Table() Table {
	t := Table{Title: fmt.Sprintf("The goals; the first is to be held, and %d of the others may be missed", Allowed), Header: []string{"", "", "", ""}}
	for _, s := range g {
		why := s.Why
		if len(why) == 0 {
			why = []string{""}
		}
		t.Rows = append(t.Rows, []string{strconv.Itoa(s.Number), s.Title, s.State, why[0]})
		for _, more := range why[1:] {
			t.Rows = append(t.Rows, []string{"", "", "", more})
		}
	}
	return t
}
