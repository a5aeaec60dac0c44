package flows

// StepInfo says where a step of a flow stands and what it does, for tools that
// show a flow or count what ran of it.
type StepInfo struct {
	// Path is the step's path without the indices of iterations: that of an
	// event, "/smoke[17]/answer", is "/smoke/answer" here.
	Path string
	// Block is the path of the list of steps that the step stands in:
	// "", "/4/then", "/smoke".
	Block     string
	ID        string // empty for a step without one
	Verb      string // "call", "forEach"
	Operation string // of a call
	File      string // the flow file that it stands in
	Line, Col int    // both count from 1
	// Guarded is true where a condition can skip the step.
	Guarded bool
}

// Outline lists the steps of the flow in their order, inner ones after the
// step that holds them.
func (f *Flow) Outline() []StepInfo {
	var o outline
	o.block(f.program.steps, "", "")
	return o.steps
}

type outline struct{ steps []StepInfo }

// block adds steps whose paths begin with prefix.
func (o *outline) block(steps []*step, prefix, block string) {
	for _, st := range steps {
		path := prefix + st.rel
		o.steps = append(o.steps, StepInfo{
			Path: path, Block: block, ID: st.id, Verb: st.verb, Operation: st.operation(),
			File: st.at.File, Line: st.at.Line, Col: st.at.Col, Guarded: st.guard != nil,
		})
		for _, inner := range st.blocks() {
			frame := prefix
			if inner.frame {
				frame = path
			}
			o.block(inner.steps, frame, path+inner.name)
		}
		if st.undo != nil {
			o.block(st.undo.steps, path+"/undo", path+"/undo")
		}
	}
}

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
