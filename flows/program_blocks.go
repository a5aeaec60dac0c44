package flows

import (
	"slices"

	"github.com/medlar-flow/medlar/schema"
)

// switchStep runs the first case that fits.
type switchStep struct {
	value     value // nil for none
	cases     []switchCase
	otherwise []*step
}

type switchCase struct {
	name  string // "cases[0]"
	is    []value
	when  *binding
	steps []*step
}

// parallelStep runs its branches at the same time.
type parallelStep struct {
	branches []parallelBranch
	onError  bool // gather errors
	owes     bool
}

type parallelBranch struct {
	name  string
	steps []*step
	sets  []string // names of ctx that it can set
}

// tryStep runs its body, and what follows when that fails.
type tryStep struct {
	body     []*step
	handlers []*handler
	finally  []*step
	slots    []int // of the body's results, empty again for each attempt
}

// handler takes the errors that fit it.
type handler struct {
	on        map[string]bool // classes and codes; empty for all
	condition *binding
	errorSlot int // the slot behind it holds the error itself
	steps     []*step
}

// repeatStep runs its body until a condition holds.
type repeatStep struct {
	body  []*step
	until *binding
	every value
	most  value
	slots []int // of the body's results, empty again for each round
}

// waitStep waits for a time, or until one.
type waitStep struct{ duration, until value }

// subFlowStep runs another flow file.
type subFlowStep struct {
	program     *program
	inputs      value
	taint       *schema.Field             // what of the inputs is made of secrets
	connections map[string]*connectionUse // by the inner flow's name
}

// ends is true where nothing in the same block runs after the step.
func (st *step) ends() bool {
	if st.guard != nil {
		return false
	}
	switch do := st.do.(type) {
	case *failStep, *returnStep:
		return true
	case *ifStep:
		return anyEnds(do.then) && anyEnds(do.otherwise)
	case *switchStep:
		for _, c := range do.cases {
			if !anyEnds(c.steps) {
				return false
			}
		}
		return anyEnds(do.otherwise)
	default:
		return false
	}
}

func anyEnds(steps []*step) bool { return slices.ContainsFunc(steps, (*step).ends) }

// slotsOf gives the slots of the results of steps that share a frame.
func slotsOf(steps []*step) []int {
	var slots []int
	for _, st := range steps {
		if st.slot != noSlot {
			slots = append(slots, st.slot)
		}
		if _, own := st.do.(*forEachStep); own {
			continue // a new frame for each iteration
		}
		for _, inner := range st.blocks() {
			slots = append(slots, slotsOf(inner.steps)...)
		}
	}
	return slots
}

// owes is true if the step, or one inside it, has an undo.
func (st *step) owes() bool {
	if st.undo != nil {
		return true
	}
	if sub, ok := st.do.(*subFlowStep); ok && sub.program != nil {
		return owes(sub.program.steps)
	}
	for _, inner := range st.blocks() {
		if owes(inner.steps) {
			return true
		}
	}
	return false
}

func owes(steps []*step) bool {
	for _, st := range steps {
		if st.owes() {
			return true
		}
	}
	return false
}
