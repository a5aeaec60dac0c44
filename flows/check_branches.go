package flows

import (
	"github.com/medlar-flow/medlar/internal/bind"
	"github.com/medlar-flow/medlar/schema"
)

// branchCheck checks blocks of which one runs: the steps of one are not known
// in the others.
type branchCheck struct {
	w    *stepCheck
	mark int
	ctxs []*ctxScope
}

func (w *stepCheck) alternatives() *branchCheck { return &branchCheck{w: w, mark: len(w.done)} }

// branch checks one of the blocks. n nil is a block without steps.
func (b *branchCheck) branch(n *node, name string, holds *conditions) []*step {
	w := b.w
	w.leave(b.mark, stepElsewhere, true)
	inner := *w.sc
	inner.ctx = w.sc.ctx.child()
	inner.holds = holds
	b.ctxs = append(b.ctxs, inner.ctx)
	if n == nil {
		return nil
	}
	return w.block(n, &inner, w.st.rel+"/"+name)
}

// join makes the steps of all blocks known and takes over what they set: a name
// is certain where each of them set it.
func (b *branchCheck) join() {
	b.w.leave(b.mark, stepDone, true)
	times := map[string]int{}
	for _, ctx := range b.ctxs {
		for _, f := range ctx.schema.Own() {
			times[f.Name]++
		}
	}
	for _, ctx := range b.ctxs {
		for _, f := range ctx.schema.Own() {
			b.w.merge(f, times[f.Name] == len(b.ctxs))
		}
	}
}

// merge takes over a name that a branch set.
func (w *stepCheck) merge(f *schema.Field, certain bool) {
	merged := *f
	first := w.sc.ctx.schema.Field(f.Name)
	switch {
	case first == nil:
		merged.Nullable = merged.Nullable || !certain
	case !canFit(f, first):
		merged = schema.Field{Name: f.Name, Nullable: true, Secret: f.HasSecret() || first.HasSecret()}
	default:
		merged.Nullable = merged.Nullable || first.Nullable
		if first.HasSecret() && !merged.HasSecret() {
			merged.Secret = true
		}
	}
	w.sc.ctx.put(&merged)
}

// branches checks if with then and else.
func (w *stepCheck) branches() {
	do := &ifStep{condition: w.condition(w.body, w.sc, "if")}
	w.st.do = do
	b := w.alternatives()
	do.then = b.branch(w.n.Get("then"), "then", w.sc.proves(w.body))
	do.otherwise = b.branch(w.n.Get("else"), "else", w.sc.holds)
	b.join()
	w.finish(nil, "", false)
}

var caseKeys = []string{"is", "when", "do"}

func (w *stepCheck) switchStep() {
	do := &switchStep{}
	w.st.do = do
	var t *schema.Field
	if !w.body.IsNull() {
		do.value = w.value(w.body, nil, w.sc, "switch")
		t = typeOf(do.value)
	}
	b := w.alternatives()
	cases := w.n.Get("cases")
	if cases == nil || cases.Kind != listNode || len(cases.Items) == 0 {
		w.fail(w.verb, "missing-key", "add cases: [{is: value, do: [steps]}]", "a switch needs a list of cases")
	} else {
		for i, n := range cases.Items {
			w.switchCase(do, b, n, t, itemPath("cases", int64(i)))
		}
	}
	do.otherwise = b.branch(w.n.Get("default"), "default", w.sc.holds)
	b.join()
	w.finish(nil, "", false)
}

func (w *stepCheck) switchCase(do *switchStep, b *branchCheck, n *node, t *schema.Field, name string) {
	if n.Kind != mapNode {
		w.fail(n, "wrong-type", "write {is: value, do: [steps]}", "a case must be a map, found %s", describe(n))
		return
	}
	for _, key := range n.Keys {
		if !contains(caseKeys, key.Text) {
			w.unknownKey(key, "a case", caseKeys)
		}
	}
	c := switchCase{}
	is, when := n.Get("is"), n.Get("when")
	holds := w.sc.holds
	switch {
	case is != nil && when != nil || is == nil && when == nil:
		w.fail(n, "bad-case", "is compares with the switch's value, when is a condition", "a case has either is or when")
	case is != nil && do.value == nil:
		w.fail(n.Key("is"), "bad-case", `write switch: "${...}", or use when`, "is has nothing to compare with: the switch has no value")
	case is != nil:
		c.is = w.caseValues(is, t)
	default:
		c.when = w.condition(when, w.sc, "when")
		holds = w.sc.proves(when)
	}
	body := n.Get("do")
	if body == nil {
		w.fail(n, "missing-key", "add do: with the steps to run", "a case needs do")
	}
	c.name = name
	c.steps = b.branch(body, name, holds)
	do.cases = append(do.cases, c)
}

// caseValues checks what a case compares with: one value, or a list of them.
func (w *stepCheck) caseValues(n *node, t *schema.Field) []value {
	items := []*node{n}
	if n.Kind == listNode {
		items = n.Items
	}
	values := make([]value, len(items))
	for i, item := range items {
		values[i] = w.caseValue(item, t)
	}
	return values
}

func (w *stepCheck) caseValue(n *node, t *schema.Field) value {
	if n.Kind == scalarNode && !bind.HasExpr(n.Text) && !n.IsNull() && t != nil && isTextual(t) {
		return constant{n.Text}
	}
	v := w.value(n, nil, w.sc, "is")
	if t == nil || t.Type == schema.Any {
		return v
	}
	never := !canFit(typeOf(v), t)
	if fixed, ok := v.(constant); ok && !never {
		converted, err := (&schema.Field{Type: t.Type}).Convert(fixed.v)
		never, v = err != nil, constant{converted}
	}
	if never {
		w.warn(n, "never-matches", "", "this case never matches: the switch's value is %s", article(t))
	}
	return v
}

// parallel checks branches that run at the same time.
func (w *stepCheck) parallel() {
	do := &parallelStep{onError: w.onError()}
	w.st.do = do
	if w.body.Kind != mapNode || len(w.body.Keys) == 0 {
		w.fail(w.body, "wrong-type", "write parallel: {name: [steps], other: [steps]}", "parallel must be a map of branches, found %s", describe(w.body))
		return
	}
	mark := len(w.done)
	setBy := map[string]string{}
	var ctxs []*ctxScope
	w.loopKinds = append(w.loopKinds, "parallel")
	for i, key := range w.body.Keys {
		name, ok := w.identifier(key, "a branch")
		if !ok {
			continue
		}
		w.leave(mark, stepElsewhere, do.onError)
		inner := *w.sc
		inner.ctx = w.sc.ctx.child()
		br := parallelBranch{name: name, steps: w.block(w.body.Items[i], &inner, w.st.rel+"/"+name)}
		for _, f := range inner.ctx.schema.Own() {
			if first := setBy[f.Name]; first != "" {
				w.fail(key, "set-twice", "give one of them another name", "the branches %s and %s both set %s", first, name, f.Name)
			}
			setBy[f.Name] = name
			br.sets = append(br.sets, f.Name)
		}
		ctxs = append(ctxs, inner.ctx)
		do.branches = append(do.branches, br)
	}
	w.loopKinds = w.loopKinds[:len(w.loopKinds)-1]
	w.leave(mark, stepDone, do.onError)
	for _, ctx := range ctxs {
		for _, f := range ctx.schema.Own() {
			w.merge(f, !do.onError)
		}
	}
	do.owes = w.st.owes()
	w.finish(do.result(), "parallel", false)
}

// result of a parallel step: nothing, or the errors of its branches.
func (do *parallelStep) result() func() *schema.Field {
	if !do.onError {
		return nil
	}
	failure := *errorField
	failure.Nullable = true
	result := objectOf([]*schema.Field{{Name: "errors", Type: schema.Map, Elem: &failure}})
	return func() *schema.Field { return result }
}
