package interp

import (
	"strings"

	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
)

// Outline lists the steps of the program in their order, inner ones after the
// step that holds them.
func (p *Program) Outline() []report.StepInfo {
	var o outline
	o.block(p.Steps, "", "")
	return o.steps
}

// maxCalled bounds the steps of called flows that are listed: a flow that calls flows
// many times over can have more than anybody needs.
const maxCalled = 10_000

// Called lists the steps of the flows that the program's steps call, as often as they
// are called, with the paths that a run of this program gives them. whole is false
// where there are too many.
func (p *Program) Called() (steps []report.StepInfo, whole bool) {
	return p.called(nil, "")
}

// called appends the steps of flows that the program calls, whose paths begin so.
func (p *Program) called(list []report.StepInfo, base string) (steps []report.StepInfo, whole bool) {
	whole = true
	each := outline{each: func(path string, st *Step) {
		sub, ok := st.Do.(*SubFlowStep)
		if !ok || sub.Program == nil || !whole {
			return
		}
		var inner outline
		inner.block(sub.Program.Steps, base+path, base+path)
		if list = append(list, inner.steps...); len(list) > maxCalled {
			list, whole = nil, false
			return
		}
		list, whole = sub.Program.called(list, base+path)
	}}
	each.block(p.Steps, "", "")
	return list, whole
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
			Path: path, Block: block, ID: st.Id, Verb: st.Verb, Operation: st.operation(), About: st.about(),
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

// about returns what a step is about, as its file says it.
func (st *Step) about() string {
	switch do := st.Do.(type) {
	case *IfStep:
		return do.Condition.text()
	case *SwitchStep:
		return writtenAs(do.Value)
	case *ForEachStep:
		if do.Ranged != nil {
			return do.Ranged.Text()
		}
		return writtenAs(do.Items)
	case *RepeatStep:
		return do.Until.text()
	case *WaitStep:
		if do.Until != nil {
			return "until " + writtenAs(do.Until)
		}
		return writtenAs(do.Duration)
	case *SignalStep:
		return do.Name
	case *SetStep:
		return strings.Join(do.Values.Keys, ", ")
	case *SubFlowStep:
		if do.Program != nil {
			return do.Program.Name
		}
	case *FailStep:
		return writtenAs(do.Code)
	}
	return ""
}

// text returns a binding as it stands in the file; nothing for nil.
func (b *Binding) text() string {
	if b == nil || b.Program == nil {
		return ""
	}
	return b.Program.Text()
}

// writtenAs returns an expression as it stands in the file, or a constant that is one
// word or number; nothing for other values.
func writtenAs(v Value) string {
	switch v := v.(type) {
	case *Binding:
		return v.text()
	case Constant:
		switch c := v.V.(type) {
		case string:
			return c
		case bool, int64, float64:
			text, _ := value.EncodeJSON(c)
			return string(text)
		}
	}
	return ""
}
