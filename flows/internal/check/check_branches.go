package check

import (
	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/flows/internal/habits"
	"github.com/medlar-flow/medlar/flows/internal/interp"
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
func (b *branchCheck) branch(n *node, name string, holds *conditions) []*interp.Step {
	w := b.w
	w.leave(b.mark, stepElsewhere, true)
	inner := *w.sc
	inner.ctx = w.sc.ctx.child()
	inner.holds = holds
	b.ctxs = append(b.ctxs, inner.ctx)
	if n == nil {
		return nil
	}
	return w.block(n, &inner, w.st.Rel+"/"+name)
}

// join makes the steps of all blocks known and takes over what they set: a name
// is certain where each of them set it.
func (b *branchCheck) join() {
	b.w.leave(b.mark, stepDone, true)
	times := map[string]int{}
	for _, ctx := range b.ctxs {
		for _, f := range ctx.fields() {
			times[f.Name]++
		}
	}
	for _, ctx := range b.ctxs {
		for _, f := range ctx.fields() {
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
	do := &interp.IfStep{Condition: w.condition(w.body, w.sc, "if")}
	w.st.Do = do
	b := w.alternatives()
	do.Then = b.branch(w.n.Get("then"), "then", w.sc.proves(w.body))
	do.Otherwise = b.branch(w.n.Get("else"), "else", w.sc.holds)
	b.join()
	w.finish(nil, "", false)
}

var caseKeys = []string{"is", "when", "do"}

func (w *stepCheck) switchStep() {
	do := &interp.SwitchStep{}
	w.st.Do = do
	var t *schema.Field
	if !w.body.IsNull() {
		do.Value = w.value(w.body, nil, w.sc, "switch")
		t = interp.TypeOf(do.Value)
	}
	b := w.alternatives()
	cases := w.n.Get("cases")
	if cases == nil && w.means("cases") {
		b.branch(nil, "cases", w.sc.holds)
	} else if cases == nil || cases.Kind != listNode || len(cases.Items) == 0 {
		w.fail(w.verb, "missing-key", casesHelp(cases), "a switch needs a list of cases")
	} else {
		for i, n := range cases.Items {
			w.switchCase(do, b, n, t, interp.ItemPath("cases", int64(i)))
		}
	}
	do.Otherwise = b.branch(w.n.Get("default"), "default", w.sc.holds)
	b.join()
	w.finish(nil, "", false)
}

func (w *stepCheck) switchCase(do *interp.SwitchStep, b *branchCheck, n *node, t *schema.Field, name string) {
	if n.Kind != mapNode {
		w.fail(n, "wrong-type", "write ‹{is: value, do: [steps]}›", "a case must be a map, found %s", describe(n))
		return
	}
	for i, key := range n.Keys {
		if !contains(caseKeys, key.Text) {
			w.foreignKey(key, n.Items[i], habits.Part(habits.Case, key.Text), "a case", caseKeys)
		}
	}
	meant := func(key string) bool {
		return means(n, key, caseKeys, func(k string) string { return habits.Part(habits.Case, k) })
	}
	c := interp.SwitchCase{}
	is, when := n.Get("is"), n.Get("when")
	holds := w.sc.holds
	switch {
	case is == nil && when == nil && (meant("is") || meant("when")):
	case is != nil && when != nil || is == nil && when == nil:
		w.fail(n, "bad-case", "is compares with the switch's value, when is a condition", "a case has either is or when")
	case is != nil && do.Value == nil:
		w.fail(n.Key("is"), "bad-case", `write ‹switch: "${ctx.kind}"›, or use ‹when:›`, "is has nothing to compare with: the switch has no value")
	case is != nil:
		c.Is = w.caseValues(is, t)
	default:
		c.When = w.condition(when, w.sc, "when")
		holds = w.sc.proves(when)
	}
	body := n.Get("do")
	if body == nil && !meant("do") {
		w.fail(n, "missing-key", "add ‹do: [steps]›", "a case needs do")
	}
	c.Name = name
	c.Steps = b.branch(body, name, holds)
	do.Cases = append(do.Cases, c)
}

// caseValues checks what a case compares with: one value, or a list of them.
func (w *stepCheck) caseValues(n *node, t *schema.Field) []interp.Value {
	items := []*node{n}
	if n.Kind == listNode {
		items = n.Items
	}
	values := make([]interp.Value, len(items))
	for i, item := range items {
		values[i] = w.caseValue(item, t)
	}
	return values
}

func (w *stepCheck) caseValue(n *node, t *schema.Field) interp.Value {
	if n.Kind == scalarNode && !bind.HasExpr(n.Text) && !n.IsNull() && t != nil && fields.IsTextual(t) {
		return interp.Constant{V: n.Text}
	}
	v := w.value(n, nil, w.sc, "is")
	if t == nil || t.Type == schema.Any {
		return v
	}
	never := !canFit(interp.TypeOf(v), t)
	if fixed, ok := v.(interp.Constant); ok && !never {
		converted, err := (&schema.Field{Type: t.Type}).Convert(fixed.V)
		never, v = err != nil, interp.Constant{V: converted}
	}
	if never {
		w.warn(n, "never-matches", "", "this case never matches: the switch's value is %s", fields.Article(t))
	}
	return v
}

// parallel checks branches that run at the same time.
func (w *stepCheck) parallel() {
	do := &interp.ParallelStep{OnError: w.onError()}
	w.st.Do = do
	if w.body.Kind != mapNode || len(w.body.Keys) == 0 {
		w.fail(w.body, "wrong-type", "write ‹parallel: {name: [steps], other: [steps]}›", "parallel must be a map of branches, found %s", describe(w.body))
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
		w.leave(mark, stepElsewhere, do.OnError)
		inner := *w.sc
		inner.ctx = w.sc.ctx.child()
		br := interp.ParallelBranch{Name: name, Steps: w.block(w.body.Items[i], &inner, w.st.Rel+"/"+name)}
		for _, f := range inner.ctx.fields() {
			if first := setBy[f.Name]; first != "" {
				w.fail(key, "set-twice", "give one of them another name", "the branches %s and %s both set %s", first, name, f.Name)
			}
			setBy[f.Name] = name
			br.Sets = append(br.Sets, f.Name)
		}
		ctxs = append(ctxs, inner.ctx)
		do.Branches = append(do.Branches, br)
	}
	w.loopKinds = w.loopKinds[:len(w.loopKinds)-1]
	w.leave(mark, stepDone, do.OnError)
	for _, ctx := range ctxs {
		for _, f := range ctx.fields() {
			w.merge(f, !do.OnError)
		}
	}
	do.Owes = w.st.Owes()
	w.finish(parallelResult(do), "parallel", false)
}

// parallelResult describes what a parallel step gives: nothing, or the errors of its branches.
func parallelResult(do *interp.ParallelStep) func() *schema.Field {
	if !do.OnError {
		return nil
	}
	failure := *interp.ErrorField
	failure.Nullable = true
	result := fields.ObjectOf([]*schema.Field{{Name: "errors", Type: schema.Map, Elem: &failure}})
	return func() *schema.Field { return result }
}
