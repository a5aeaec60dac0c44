package check

import (
	"slices"

	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/flows/internal/habits"
	"github.com/medlar-flow/medlar/flows/internal/interp"
	"github.com/medlar-flow/medlar/internal/bind"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

func (w *stepCheck) failStep() {
	do := &interp.FailStep{}
	w.st.Do = do
	w.finish(nil, "", false)
	if w.rethrow(do) {
		return
	}
	if w.body.Kind != mapNode {
		w.fail(w.body, "wrong-type", "write ‹fail: {code: Failed, message: "+example(w.body, "text")+"}›", "fail must be a map, found %s", describe(w.body))
		return
	}
	w.place = habits.Fail
	v := w.object(w.body, fields.FailSchema, w.sc, "fail", w.verb)
	w.place = ""
	m, ok := v.(*interp.MapValue)
	if !ok {
		fixed, _ := v.(interp.Constant).V.(map[string]any)
		m = &interp.MapValue{}
		for _, key := range value.SortedKeys(fixed) {
			m.Keys, m.Items = append(m.Keys, key), append(m.Items, interp.Constant{V: fixed[key]})
		}
	}
	for i, key := range m.Keys {
		if w.secretBinding(m.Items[i]) {
			w.warn(w.body.Get(key), "secret-shown", "leave it out: it is shown as ***", "fail.%s holds a secret", key)
		}
		switch key {
		case "code":
			do.Code = m.Items[i]
		case "message":
			do.Message = m.Items[i]
		case "details":
			do.Details = m.Items[i]
		case "status":
			do.Status = m.Items[i]
		}
	}
}

// rethrow recognises fail: "${error}".
func (w *stepCheck) rethrow(do *interp.FailStep) bool {
	if w.body.Kind != scalarNode || !bind.HasExpr(w.body.Text) {
		return false
	}
	b, ok := w.value(w.body, interp.ErrorField, w.sc, "fail").(*interp.Binding)
	if !ok {
		return true
	}
	refs := b.Program.Refs()
	if !b.Program.Whole() || len(refs) != 1 || refs[0].Root != "error" || !interp.SameType(b.Program.Type()) {
		w.fail(w.body, "wrong-type", "write ‹fail: \"${error}\"›, or ‹fail: {code: Name, message: text}›", "fail throws error itself again, or an error of its own")
		return true
	}
	slot, _ := w.sc.Resolve(refs[0])
	do.Again, do.ErrorSlot = true, slot.Slot+1
	w.reads = append(w.reads, do.ErrorSlot)
	return true
}

func (w *stepCheck) returnStep() {
	if len(w.loopKinds) > 0 {
		kind := w.loopKinds[len(w.loopKinds)-1]
		help := "set a name of ctx, or use fail"
		if kind == "forEach" {
			help = w.jumpHelp("return", nil)
		}
		w.fail(w.verb, "return-inside", help, "return cannot stand inside %s", kind)
	}
	v := w.value(w.body, nil, w.sc, "return")
	w.warnSecrets(w.body, v, "return", "leave it out, or see it with --reveal")
	w.returns = append(w.returns, interp.GivenType(v))
	w.st.Do = &interp.ReturnStep{Output: v, Field: interp.TypeOf(v)}
	w.finish(nil, "", false)
}

// retry reads how a step is tried again.
func (w *stepCheck) retry(n *node) *interp.RetryPolicy {
	p := interp.DefaultRetry()
	if n.Kind == scalarNode {
		if word, _ := n.Value(); word == true || word == false || n.IsNull() {
			w.fail(n, "wrong-type", "write ‹retry: 3› for three tries in all, or leave it out", "retry must be a number or a map, found %s", describe(n))
			return p
		}
		if v, ok := w.literal(n, fields.AttemptsField, "retry"); ok {
			p.Attempts = int(v.(int64))
		}
		return p
	}
	before := len(w.diags)
	w.place = habits.Retry
	v, ok := w.object(n, fields.RetrySchema, nil, "retry", n).(interp.Constant)
	w.place = ""
	if n.Kind != mapNode || !ok || len(w.diags) > before {
		if n.Kind != mapNode {
			w.fail(n, "wrong-type", "write ‹retry: 3›, or ‹retry: {attempts: 3, delay: 1s}›", "retry must be a number or a map, found %s", describe(n))
		}
		return p
	}
	converted, err := fields.RetrySchema.Convert(v.V.(map[string]any))
	if err != nil {
		w.fieldErrors(n, err, "retry")
		return p
	}
	p.Read(converted)
	return p
}

// undo checks what takes the step back.
func (w *stepCheck) undo(result func() *schema.Field, source string) {
	n := w.n.Get("undo")
	if n == nil {
		return
	}
	if n.Kind == mapNode {
		list := &node{Kind: listNode, Line: n.Line, Col: n.Col}
		list.Hold(nil, []*node{n})
		n = list
	}
	frame := w.sc.frame.child()
	plan := &interp.UndoPlan{ResultSlot: frame.name("result", result(), source)}
	inner := &scope{check: w.checker, frame: frame, ctx: w.sc.ctx.child(), holds: w.sc.holds}
	mark, reads := len(w.done), len(w.reads)
	w.loopKinds = append(w.loopKinds, "undo")
	outer := w.undoing
	w.undoing = w.st.Id
	plan.Steps = w.block(n, inner, "")
	w.undoing = outer
	w.loopKinds = w.loopKinds[:len(w.loopKinds)-1]
	w.leave(mark, stepInside, false)
	plan.Slots, plan.UsesResult = *frame.count, frame.used["result"]
	plan.Reads = slices.DeleteFunc(slices.Clone(w.reads[reads:]), func(slot int) bool { return slot>>interp.DepthShift > w.sc.frame.depth })
	w.st.Undo = plan
}
