package flows

// outline lists the steps of the program in their order, inner ones after the
// step that holds them.
func (p *program) outline() []StepInfo {
	var o outline
	o.block(p.steps, "", "")
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
