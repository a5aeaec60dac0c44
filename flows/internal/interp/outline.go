package interp

import "github.com/medlar-flow/medlar/flows/report"

// Outline lists the steps of the program in their order, inner ones after the
// step that holds them.
func (p *Program) Outline() []report.StepInfo {
	var o outline
	o.block(p.Steps, "", "")
	return o.steps
}

type outline struct {
	steps []report.StepInfo
	each  func(path string, st *Step) // told of each step; nil for nobody
}

// block adds steps whose paths begin with prefix.
func (o *outline) block(steps []*Step, prefix, block string) {
	for _, st := range steps {
		path := prefix + st.Rel
		if o.each != nil {
			o.each(path, st)
		}
		o.steps = append(o.steps, report.StepInfo{
			Path: path, Block: block, ID: st.Id, Verb: st.Verb, Operation: st.operation(),
			File: st.At.File, Line: st.At.Line, Col: st.At.Col, Guarded: st.Guard != nil,
		})
		for _, inner := range st.blocks() {
			frame := prefix
			if inner.frame {
				frame = path
			}
			o.block(inner.steps, frame, path+inner.name)
		}
		if st.Undo != nil {
			o.block(st.Undo.Steps, path+"/undo", path+"/undo")
		}
	}
}
