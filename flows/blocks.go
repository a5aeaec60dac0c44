package flows

// innerBlock is a list of steps inside a step.
type innerBlock struct {
	name  string // behind the step's path: "/then"; empty for a loop's body
	steps []*step
	frame bool // its steps' paths begin with this step's own
}

// blocks gives the lists of steps inside a step, but for its undo.
func (st *step) blocks() []innerBlock {
	switch do := st.do.(type) {
	case *ifStep:
		return []innerBlock{{name: "/then", steps: do.then}, {name: "/else", steps: do.otherwise}}
	case *forEachStep:
		return []innerBlock{{steps: do.body, frame: true}}
	case *repeatStep:
		return []innerBlock{{steps: do.body, frame: true}}
	case *switchStep:
		var blocks []innerBlock
		for _, c := range do.cases {
			blocks = append(blocks, innerBlock{name: "/" + c.name, steps: c.steps})
		}
		return append(blocks, innerBlock{name: "/default", steps: do.otherwise})
	case *parallelStep:
		var blocks []innerBlock
		for _, branch := range do.branches {
			blocks = append(blocks, innerBlock{name: "/" + branch.name, steps: branch.steps})
		}
		return blocks
	case *tryStep:
		blocks := []innerBlock{{name: "/try", steps: do.body}}
		for i, h := range do.handlers {
			blocks = append(blocks, innerBlock{name: "/" + itemPath("catch", int64(i)), steps: h.steps})
		}
		return append(blocks, innerBlock{name: "/finally", steps: do.finally})
	default:
		return nil
	}
}
