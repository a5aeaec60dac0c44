package check

import (
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/flows/internal/habits"
	"github.com/medlar-flow/medlar/flows/internal/interp"
	"github.com/medlar-flow/medlar/internal/bind"
	"github.com/medlar-flow/medlar/schema"
)

// try checks a body with its handlers. The body shares ctx with what is around
// it; what it set is certain only where no handler can have cut it short.
func (w *stepCheck) try() {
	do := &interp.TryStep{}
	w.st.Do = do
	catch, finally := w.n.Get("catch"), w.n.Get("finally")
	if catch == nil && finally == nil && w.n.Get("retry") == nil && w.n.Get("undo") == nil && !w.saidAt(w.verb) && !w.means("catch") && !w.means("finally") {
		w.warn(w.verb, "missing-key", "add ‹catch:› with handlers, ‹finally:› with steps, or ‹retry: 3›", "a try alone does nothing")
	}
	mark := len(w.done)
	inner := *w.sc
	inner.ctx = w.sc.ctx.child()
	inner.ctx.remember()
	if w.n.Get("retry") != nil {
		w.changesAgain(w.body)
	}
	do.Body = w.block(w.body, &inner, w.st.Rel+"/try")
	do.Slots = interp.SlotsOf(do.Body)
	ran := w.asTheyAre(mark)
	w.leave(mark, stepDone, catch != nil && len(catch.Items()) > 0)
	ways := []way{{inner.ctx, end(do.Body)}}
	if catch != nil {
		ways = append(ways, w.catch(do, catch, w.cutShort(inner.ctx))...)
	}
	if onlyOpen(ways) == 0 { // no handler leads on
		ran()
	}
	if finally != nil {
		w.finally(do, finally, ways, mark)
	} else {
		w.joinWays(ways)
	}
	w.undo(func() *schema.Field { return fields.Anything }, "try")
	w.finish(nil, "", false)
}

// finally checks the steps that run however the body and its handlers ended:
// wherever these were cut short.
func (w *stepCheck) finally(do *interp.TryStep, n *node, ways []way, mark int) {
	ctxs := make([]*ctxScope, len(ways))
	for i, one := range ways {
		ctxs[i] = one.ctx
	}
	inner := *w.sc
	inner.ctx = w.cutShort(ctxs...).child()
	restore := w.asTheyAre(mark)
	w.unsure(mark)
	w.loopKinds = append(w.loopKinds, "finally")
	do.Finally = w.block(n, &inner, w.st.Rel+"/finally")
	w.loopKinds = w.loopKinds[:len(w.loopKinds)-1]
	restore()
	w.joinWays(ways)
	w.takeOver(inner.ctx)
}

// unsure lets the results of the steps since mark be null.
func (c *checker) unsure(mark int) {
	for _, id := range c.done[mark:] {
		info := c.steps[id]
		info.nullable, info.guard = true, guard{}
	}
}

// asTheyAre returns what gives the steps since mark back whether their results can
// be null as it is now.
func (c *checker) asTheyAre(mark int) (restore func()) {
	if len(c.done) == mark {
		return func() {}
	}
	before := make([]stepInfo, 0, len(c.done)-mark)
	for _, id := range c.done[mark:] {
		before = append(before, *c.steps[id])
	}
	return func() {
		for i, was := range before {
			info := c.steps[c.done[mark+i]]
			info.nullable, info.guard = was.nullable, was.guard
		}
	}
}

// catch checks the handlers. Each sees the body's steps, which may not have
// run, and not the other handlers'.
func (w *stepCheck) catch(do *interp.TryStep, n *node, body *ctxScope) []way {
	if n.Kind != listNode {
		w.fail(n, "wrong-type", "write ‹catch: [{on: [throttled], do: [steps]}]›", "catch must be a list of handlers, found %s", describe(n))
		if n = pairsOf(n, "on"); n == nil {
			return nil
		}
	}
	if stepsForHandlers(n) {
		w.fail(n.Items()[0], "wrong-type", "put them into a handler: ‹catch: [{do: [steps]}]›, with ‹on:› for the errors that it takes", "catch has a list of handlers, and these are steps")
		n = handlersOf(n)
	}
	mark := len(w.done)
	var ways []way
	always := 0
	for i, item := range n.Items() {
		w.leave(mark, stepElsewhere, true)
		if always > 0 {
			w.warn(item, "unreachable-handler", "move it before the one that takes every error", "this handler never runs: the one in line %d takes every error", always)
		}
		ctx := body.child()
		ctx.remember()
		h := w.handler(item, do, ctx, interp.ItemPath("catch", int64(i)))
		if h == nil {
			continue
		}
		if len(h.On) == 0 && h.Condition == nil && !hasForeign(item, handlerKeys) {
			always = int(item.Line)
		}
		do.Handlers = append(do.Handlers, h)
		ways = append(ways, way{ctx, end(h.Steps)})
	}
	w.leave(mark, stepDone, true)
	return ways
}

var handlerKeys = []string{"on", "if", "do"}

func (w *stepCheck) handler(n *node, try *interp.TryStep, ctx *ctxScope, name string) *interp.Handler {
	if n.Kind != mapNode {
		w.fail(n, "wrong-type", "write ‹{on: [throttled], do: [steps]}›", "a handler must be a map, found %s", describe(n))
		return nil
	}
	n = w.stepInside(n, handlerKeys, "a handler")
	for i, key := range n.Keys() {
		if !contains(handlerKeys, key.Text) {
			w.foreignKey(key, n.Items()[i], habits.Part(habits.Handler, key.Text), "a handler", handlerKeys)
		}
	}
	n = mendedKeys(n, handlerKeys, useIn(habits.Handler))
	frame := w.sc.frame.overlay()
	h := &interp.Handler{ErrorSlot: frame.name("error", interp.ErrorField, "error")}
	frame.newSlot() // the error as it was, for fail: "${error}"
	w.changes("error")
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
		sc.holds = sc.proves(condition)
	}
	if body := n.Get("do"); body != nil {
		h.Steps = w.block(body, sc, w.st.Rel+"/"+name)
	} else if !means(n, "do", handlerKeys, useIn(habits.Handler)) {
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
		} else if bind.HasExpr(w.body.Text) {
			help = "write ‹forEach: " + habits.Quoted(w.body.Text) + "› with ‹do:›"
		}
		w.fail(w.body, "wrong-type", help, "repeat takes a list of steps, found %s", describe(w.body))
		w.loopMeant()
		w.finish(func() *schema.Field { return fields.Anything }, "repeat", false)
		return
	}
	if w.timesAlone() {
		w.finish(func() *schema.Field { return fields.Anything }, "repeat", false)
		return
	}
	do.Body = w.repeated()
	do.Slots, do.Sets = interp.SlotsOf(do.Body), interp.SetsOf(do.Body)
	do.Reads = reads(w.n, w.head)
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

// timesAlone reports a repeat that is to run so many times and has no condition: it is a
// loop over numbers, as which its steps are checked.
func (w *stepCheck) timesAlone() bool {
	if w.n.Get("until") != nil || w.means("until") {
		return false
	}
	for i, key := range w.n.Keys() {
		item := w.n.Items()[i]
		if key.Text != "times" && key.Text != "count" && key.Text != "iterations" && (key.Text != "maxAttempts" || !w.saidAt(key)) || kindOfText(item.Text) != "number" {
			continue
		}
		w.diags = slices.DeleteFunc(w.diags, func(d diag.Diagnostic) bool { return d.Line == int(key.Line) && d.Col == int(key.Col) })
		w.fail(key, "unknown-key", "write ‹forEach: \"${1.."+item.Text+"}\"› with ‹do: [steps]› in place of the repeat", "a repeat runs until a condition holds, and here it is to run %s times", item.Text)
		loop := mapOf(w.n, []*node{named(w.verb, "forEach"), {Text: "do"}}, []*node{{Broken: true, Line: w.body.Line, Col: w.body.Col}, w.body})
		w.step(loop, w.sc, w.st.Rel, 1)
		return true
	}
	return false
}

// loopMeant checks the steps of a loop that was written as a repeat.
func (w *stepCheck) loopMeant() {
	item := w.body
	if !bind.HasExpr(item.Text) {
		item = &node{Broken: true, Line: item.Line, Col: item.Col}
	}
	keys, items := []*node{named(w.verb, "forEach")}, []*node{item}
	for i, key := range w.n.Keys() {
		name := key.Text
		if !contains(verbKeys["forEach"], name) {
			name = keyMeant(name, w.n.Items()[i], verbKeys["forEach"], habits.Step("forEach", name))
		}
		if name != "" && name != "timeout" && !slices.ContainsFunc(keys, func(k *node) bool { return k.Text == name }) {
			keys, items = append(keys, named(key, name)), append(items, w.n.Items()[i])
		}
	}
	if loop := mapOf(w.n, keys, items); loop.Get("do") != nil {
		w.step(loop, w.sc, w.st.Rel, 1)
	}
}

// repeated checks the body of a repeat and notes what names become in it: what
// becomes secret is so in the first round too.
func (w *stepCheck) repeated() []*interp.Step {
	ctx := w.sc.ctx
	names := w.beginRounds()
	w.changesAgain(w.body)
	before, again := ctx.schema(), ctx.again
	ctx.again, ctx.whole = true, nil
	w.loops++
	outer := w.inRounds
	w.inRounds = len(w.loopKinds) + 1
	body := w.block(w.body, w.sc, "")
	w.loops, w.inRounds = w.loops-1, outer
	ctx.again, ctx.whole = again, nil
	for _, f := range ctx.schema().Fields() {
		switch old := before.Field(f.Name); {
		case !f.HasSecret():
		case old == nil:
			w.grown[wholeCtx] = true
		case !old.HasSecret():
			w.grown[f.Name] = true
		}
	}
	w.endRounds(names)
	return body
}
