package interp

import (
	"maps"
	"slices"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/schema"
)

// SwitchStep runs the first case that fits.
type SwitchStep struct {
	Value     Value // nil for none
	Cases     []SwitchCase
	Otherwise []*Step
}

type SwitchCase struct {
	Name  string // "cases[0]"
	Is    []Value
	Times []schema.Type // of Is: Duration or Timestamp where it is compared as one; nil for none
	When  *Binding
	Steps []*Step
}

// ParallelStep runs its branches at the same time.
type ParallelStep struct {
	Branches []ParallelBranch
	OnError  bool  // gather errors
	Enough   Value // how many branches have to succeed; nil for all
	Owes     bool
}

type ParallelBranch struct {
	Name  string
	Steps []*Step
	Sets  []string // names of ctx that it can set
	Slots []int    // of its results, empty again where it has lost
}

// TryStep runs its body, and what follows when that fails.
type TryStep struct {
	Body     []*Step
	Handlers []*Handler
	Finally  []*Step
	Slots    []int // of the body's results, empty again for each attempt
}

// Handler takes the errors that fit it.
type Handler struct {
	On        map[string]bool // classes and codes; empty for all
	Condition *Binding
	ErrorSlot int // the slot behind it holds the error itself
	Steps     []*Step
}

// RepeatStep runs its body until a condition holds.
type RepeatStep struct {
	Body  []*Step
	Until *Binding
	Every Value
	Most  Value
	Slots []int    // of the body's results, empty again for each round
	Sets  []string // names of ctx that the body can set
	Reads CtxNames
}

// WaitStep waits for a time, or until one.
type WaitStep struct{ Duration, Until Value }

// SignalStep waits for a value that the run is given from outside.
type SignalStep struct {
	Name    string         // as it stands in the flow
	Key     Value          // nil for a signal without a key
	Timeout Value          // nil for a wait without an end
	Accepts *schema.Schema // what is given
	Field   *schema.Field  // Accepts as one object: what the step gives
}

// SubFlowStep runs another flow file.
type SubFlowStep struct {
	Program     *Program
	Inputs      Value
	Taint       *schema.Field             // what of the inputs is made of secrets
	Connections map[string]*ConnectionUse // by the inner flow's name
}

// Ends reports whether nothing in the same block runs after the step.
func (st *Step) Ends() bool {
	if st.Guard != nil {
		return false
	}
	switch do := st.Do.(type) {
	case *FailStep, *ReturnStep:
		return true
	case *IfStep:
		return anyEnds(do.Then) && anyEnds(do.Otherwise)
	case *SwitchStep:
		for _, c := range do.Cases {
			if !anyEnds(c.Steps) {
				return false
			}
		}
		return anyEnds(do.Otherwise)
	default:
		return false
	}
}

// EndsIf reports whether the step ends its block where its condition holds, and where
// it does not.
func (st *Step) EndsIf() (then, otherwise bool) {
	switch do := st.Do.(type) {
	case *FailStep, *ReturnStep:
		return st.Guard != nil, false
	case *IfStep:
		return anyEnds(do.Then), anyEnds(do.Otherwise)
	default:
		return false, false
	}
}

func anyEnds(steps []*Step) bool { return slices.ContainsFunc(steps, (*Step).Ends) }

// SlotsOf returns the slots of the results of steps that share a frame.
func SlotsOf(steps []*Step) []int {
	var slots []int
	for _, st := range steps {
		if st.Slot != NoSlot {
			slots = append(slots, st.Slot)
		}
		if _, own := st.Do.(*ForEachStep); own {
			continue // a new frame for each iteration
		}
		for _, inner := range st.blocks() {
			slots = append(slots, SlotsOf(inner.steps)...)
		}
	}
	return slots
}

// SetsOf returns the names of ctx that steps can set, each once.
func SetsOf(steps []*Step) []string {
	names := map[string]bool{}
	addSets(names, steps)
	return slices.Sorted(maps.Keys(names))
}

func addSets(names map[string]bool, steps []*Step) {
	for _, st := range steps {
		switch do := st.Do.(type) {
		case *SetStep:
			for _, name := range do.Values.Keys {
				names[name] = true
			}
		case *ForEachStep:
			continue // what an iteration sets stays inside
		}
		for _, inner := range st.blocks() {
			addSets(names, inner.steps)
		}
	}
}

// setsSecret reports whether steps set a name of ctx to what is made of secrets.
func setsSecret(steps []*Step) bool {
	for _, st := range steps {
		switch do := st.Do.(type) {
		case *SetStep:
			if Taint(do.Values, nil) != nil {
				return true
			}
		case *ForEachStep:
			continue // as above
		}
		for _, inner := range st.blocks() {
			if setsSecret(inner.steps) {
				return true
			}
		}
	}
	return false
}

// Owes reports whether the step, or one inside it, has an undo.
func (st *Step) Owes() bool {
	if st.Undo != nil {
		return true
	}
	if sub, ok := st.Do.(*SubFlowStep); ok && sub.Program != nil {
		return Owes(sub.Program.Steps)
	}
	for _, inner := range st.blocks() {
		if Owes(inner.steps) {
			return true
		}
	}
	return false
}

// Changing returns the first step that calls an operation which can change
// something, those of called flows too; nil for none.
func Changing(steps []*Step) *Step {
	for _, st := range steps {
		inner := st.Inner()
		switch do := st.Do.(type) {
		case *CallStep:
			if do.Op.EffectOf(do.fixedParams()) != connector.EffectReadOnly {
				return st
			}
		case *SubFlowStep:
			if do.Program != nil {
				inner = do.Program.Steps
			}
		}
		if found := Changing(inner); found != nil {
			return found
		}
	}
	return nil
}

// EffectsOf says of steps, and of the flows that they call, whether they change nothing,
// and whether doing them twice is doing them once.
func EffectsOf(steps []*Step) (reads, repeats bool) {
	reads, repeats = true, true
	for _, st := range steps {
		inner := st.Inner()
		switch do := st.Do.(type) {
		case *CallStep:
			effect := do.Op.EffectOf(do.fixedParams())
			reads = reads && effect == connector.EffectReadOnly
			repeats = repeats && (effect != connector.EffectMutating || do.Idempotent)
		case *SubFlowStep:
			if do.Program != nil {
				inner = do.Program.Steps
			}
		}
		r, p := EffectsOf(inner)
		reads, repeats = reads && r, repeats && p
	}
	return reads, repeats
}

// fixedParams returns the parameters of a call that are the same in each run.
func (c *CallStep) fixedParams() map[string]any {
	fixed := map[string]any{}
	switch p := c.Params.(type) {
	case Constant:
		fixed, _ = p.V.(map[string]any)
	case *MapValue:
		for i, name := range p.Keys {
			if v, ok := p.Items[i].(Constant); ok {
				fixed[name] = v.V
			}
		}
	}
	return fixed
}

func Owes(steps []*Step) bool {
	for _, st := range steps {
		if st.Owes() {
			return true
		}
	}
	return false
}
