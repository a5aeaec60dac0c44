package check

import (
	"strings"

	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/flows/internal/habits"
	"github.com/medlar-flow/medlar/flows/internal/interp"
	"github.com/medlar-flow/medlar/schema"
)

// try checks a body with its handlers. The body shares ctx with what is around
// it; what it set is certain only where no handler can have cut it short.
func (w *stepCheck) try() {
	do := &interp.TryStep{}
	w.st.Do = do
	catch, finally := w.n.Get("catch"), w.n.Get("finally")
	if catch == nil && finally == nil && w.n.Get("retry") == nil && w.n.Get("undo") == nil && !w.means("catch") && !w.means("finally") {
		w.warn(w.verb, "missing-key", "add ‹catch:› with handlers, ‹finally:› with steps, or ‹retry: 3›", "a try alone does nothing")
	}
	mark := len(w.done)
	inner := *w.sc
	inner.ctx = w.sc.ctx.child()
	do.Body = w.block(w.body, &inner, w.st.Rel+"/try")
	do.Slots = interp.SlotsOf(do.Body)
	caught := catch != nil && len(catch.Items) > 0
	w.leave(mark, stepDone, caught)
	ctxs := []*ctxScope{inner.ctx}
	if catch != nil {
		ctxs = append(ctxs, w.catch(do, catch, inner.ctx)...)
	}
	for i, ctx := range ctxs {
		for _, f := range ctx.fields() {
			w.merge(f, i == 0 && !caught)
		}
	}
	if finally != nil {
		w.loopKinds = append(w.loopKinds, "finally")
		do.Finally = w.block(finally, w.sc, w.st.Rel+"/finally")
		w.loopKinds = w.loopKinds[:len(w.loopKinds)-1]
	}
	w.undo(func() *schema.Field { return fields.Anything }, "try")
	w.finish(nil, "", false)
}

// catch checks the handlers. Each sees the body's steps, which may not have
// run, and not the other handlers'.
func (w *stepCheck) catch(do *interp.TryStep, n *node, body *ctxScope) []*ctxScope {
	if n.Kind != listNode {
		w.fail(n, "wrong-type", "write ‹catch: [{on: [throttled], do: [steps]}]›", "catch must be a list of handlers, found %s", describe(n))
		return nil
	}
	end := len(w.done)
	var ctxs []*ctxScope
	always := 0
	for i, item := range n.Items {
		w.leave(end, stepElsewhere, true)
		if always > 0 {
			w.warn(item, "unreachable-handler", "move it before the one that takes every error", "this handler never runs: the one in line %d takes every error", always)
		}
		ctx := body.child()
		h := w.handler(item, do, ctx, interp.ItemPath("catch", int64(i)))
		if h == nil {
			continue
		}
		if len(h.On) == 0 && h.Condition == nil && !hasForeign(item, handlerKeys) {
			always = int(item.Line)
		}
		do.Handlers = append(do.Handlers, h)
		ctxs = append(ctxs, ctx)
	}
	w.leave(end, stepDone, true)
	return ctxs
}

var handlerKeys = []string{"on", "if", "do"}

func (w *stepCheck) handler(n *node, try *interp.TryStep, ctx *ctxScope, name string) *interp.Handler {
	if n.Kind != mapNode {
		w.fail(n, "wrong-type", "write ‹{on: [throttled], do: [steps]}›", "a handler must be a map, found %s", describe(n))
		return nil
	}
	for i, key := range n.Keys {
		if !contains(handlerKeys, key.Text) {
			w.foreignKey(key, n.Items[i], habits.Part(habits.Handler, key.Text), "a handler", handlerKeys)
		}
	}
	frame := w.sc.frame.overlay()
	h := &interp.Handler{ErrorSlot: frame.name("error", interp.ErrorField, "error")}
	frame.newSlot() // the error as it was, for fail: "${error}"
	sc := &scope{check: w.checker, frame: frame, ctx: ctx, holds: w.sc.holds}
	if on := n.Get("on"); on != nil {
		if v, ok := w.literal(on, fields.StringsField, "on"); ok {
			h.On = map[string]bool{}
			for _, name := range v.([]any) {
				h.On[name.(string)] = true
			}
			w.unknownCodes(on, try.Body, "nothing in this try")
		}
	}
	if condition := n.Get("if"); condition != nil {
		h.Condition = w.condition(condition, sc, "if")
	}
	if body := n.Get("do"); body != nil {
		h.Steps = w.block(body, sc, w.st.Rel+"/"+name)
	} else if !means(n, "do", handlerKeys, func(k string) string { return habits.Part(habits.Handler, k) }) {
		w.fail(n, "missing-key", "add ‹do: [steps]› with the steps to run; ‹do: []› goes on as if nothing had happened", "a handler needs do")
	}
	return h
}

// repeat checks a body that runs until a condition holds. It shares ctx, and
// its steps are certain to have run once it is over.
func (w *stepCheck) repeat() {
	do := &interp.RepeatStep{}
	w.st.Do = do
	mark := len(w.done)
	if w.body.Kind == scalarNode {
		help := "write ‹repeat: [steps]› with ‹until:›"
		if strings.Trim(w.body.Text, "0123456789") == "" && w.body.Text != "" {
			help = "write ‹forEach: \"${1.." + w.body.Text + "}\"› with ‹do:›"
		}
		w.fail(w.body, "wrong-type", help, "repeat takes a list of steps, found %s", describe(w.body))
		w.finish(func() *schema.Field { return fields.Anything }, "repeat", false)
		return
	}
	do.Body = w.repeated()
	do.Slots, do.Sets = interp.SlotsOf(do.Body), interp.SetsOf(do.Body)
	if until := w.n.Get("until"); until != nil {
		do.Until = w.condition(until, w.sc, "until")
	} else if !w.means("until") {
		w.fail(w.verb, "missing-key", `add ‹until: "${...}"›; it sees the results of the round`, "a repeat needs until")
	}
	if n := w.n.Get("every"); n != nil {
		do.Every = w.value(n, fields.DurationField, w.sc, "every")
	}
	if n := w.n.Get("maxAttempts"); n != nil {
		do.Most = w.value(n, fields.AtLeast(1), w.sc, "maxAttempts")
	}
	w.leave(mark, stepDone, false)
	w.finish(func() *schema.Field { return &schema.Field{Type: schema.Integer} }, "repeat", false)
}

// repeated checks the body of a repeat and notes what becomes secret in it: it
// is so in the first round too.
func (w *stepCheck) repeated() []*interp.Step {
	ctx := w.sc.ctx
	before, again := ctx.schema, ctx.again
	ctx.again, ctx.whole = true, nil
	w.loops++
	body := w.block(w.body, w.sc, "")
	w.loops--
	ctx.again, ctx.whole = again, nil
	for _, f := range ctx.schema.Fields() {
		switch old := before.Field(f.Name); {
		case !f.HasSecret():
		case old == nil:
			w.grown[wholeCtx] = true
		case !old.HasSecret():
			w.grown[f.Name] = true
		}
	}
	return body
}
