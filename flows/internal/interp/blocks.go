package interp

// innerBlock is a list of steps inside a step.
type innerBlock struct {
	name  string // behind the step's path: "/then"; empty for a loop's body
	steps []*Step
	frame bool // its steps' paths begin with this step's own
}

// blocks returns the lists of steps inside a step, but for its undo.
func (st *Step) blocks() []innerBlock {
	switch do := st.Do.(type) {
	case *IfStep:
		return []innerBlock{{name: "/then", steps: do.Then}, {name: "/else", steps: do.Otherwise}}
	case *ForEachStep:
		return []innerBlock{{steps: do.Body, frame: true}}
	case *RepeatStep:
		return []innerBlock{{steps: do.Body, frame: true}}
	case *SwitchStep:
		var blocks []innerBlock
		for _, c := range do.Cases {
			blocks = append(blocks, innerBlock{name: "/" + c.Name, steps: c.Steps})
		}
		return append(blocks, innerBlock{name: "/default", steps: do.Otherwise})
	case *ParallelStep:
		var blocks []innerBlock
		for _, branch := range do.Branches {
			blocks = append(blocks, innerBlock{name: "/" + branch.Name, steps: branch.Steps})
		}
		return blocks
	case *TryStep:
		blocks := []innerBlock{{name: "/try", steps: do.Body}}
		for i, h := range do.Handlers {
			blocks = append(blocks, innerBlock{name: "/" + ItemPath("catch", int64(i)), steps: h.Steps})
		}
		return append(blocks, innerBlock{name: "/finally", steps: do.Finally})
	default:
		return nil
	}
}

// Inner returns the steps that stand in blocks of the step, but for its undo.
func (st *Step) Inner() []*Step {
	var list []*Step
	for _, b := range st.blocks() {
		list = append(list, b.steps...)
	}
	return list
}
