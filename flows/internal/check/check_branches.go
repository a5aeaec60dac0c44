package check

import (
	"slices"

	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/flows/internal/habits"
	"github.com/medlar-flow/medlar/flows/internal/interp"
	"github.com/medlar-flow/medlar/internal/bind"
	"github.com/medlar-flow/medlar/schema"
)

// branchCheck checks blocks of which one runs: the steps of one are not known
// in the others.
type branchCheck struct {
	w      *stepCheck
	mark   int
	ways   []way
	ran    []func()      // gives the steps of each block back what they are behind it
	under  []func(guard) // notes of the steps of each block under which condition it runs
	nulled []nulling     // in all blocks so far
}

func (w *stepCheck) alternatives() *branchCheck { return &branchCheck{w: w, mark: len(w.done)} }

// branch checks one of the blocks. n nil is a block without steps.
func (b *branchCheck) branch(n *node, name string, holds *conditions) []*interp.Step {
	w := b.w
	w.leave(b.mark, stepElsewhere, true)
	inner := *w.sc
	inner.ctx = w.sc.ctx.child()
	inner.holds = holds
	mark := len(w.done)
	var steps []*interp.Step
	if n != nil {
		before := len(w.nulled)
		steps = w.block(n, &inner, w.st.Rel+"/"+name)
		b.nulled = append(b.nulled, w.nulled[before:]...)
		w.nulled = w.nulled[:before:before]
	}
	b.ways = append(b.ways, way{inner.ctx, end(steps)})
	b.ran = append(b.ran, w.asTheyAre(mark))
	b.under = append(b.under, w.under(mark))
	return steps
}

// join makes the steps of all blocks known, and what those set that lead on.
func (b *branchCheck) join() {
	b.w.leave(b.mark, stepDone, true)
	if i := onlyOpen(b.ways); i >= 0 {
		b.ran[i]()
	}
	b.w.nulled = append(b.w.nulled, b.nulled...)
	b.w.joinWays(b.ways)
}

// under returns what notes of the steps since mark that they have run where a
// condition holds, and those that stand under conditions of their own where these
// hold, too.
func (w *stepCheck) under(mark int) func(guard) {
	ids := w.done[mark:len(w.done):len(w.done)]
	var inner []guard // none where none has one
	for i, id := range ids {
		info := w.steps[id]
		if info.nullable && inner == nil {
			inner = make([]guard, len(ids))
		}
		if info.nullable {
			inner[i] = info.guard
			inner[i].inside = true
		}
	}
	return func(where guard) {
		for i, id := range ids {
			info := w.steps[id]
			switch {
			case where.text == "" || !info.nullable:
			case inner == nil || !inner[i].inside:
				info.guard, w.guarded = where, true
			case inner[i].text != "":
				info.guard, w.guarded = where.and(inner[i]), true
			}
		}
	}
}

// onlyOpen returns the one way that leads on, and so was gone; -1 where there are
// several, or none.
func onlyOpen(ways []way) int {
	one := -1
	for i, w := range ways {
		switch {
		case w.ends:
		case one >= 0:
			return -1
		default:
			one = i
		}
	}
	return one
}

// branches checks if with then and else.
func (w *stepCheck) branches() {
	w.asks()
	moment := w.moves
	do := &interp.IfStep{Condition: w.condition(w.body, w.sc, "if")}
	w.st.Do = do
	b := w.alternatives()
	do.Then = b.branch(w.n.Get("then"), "then", w.sc.proves(w.body))
	do.Otherwise = b.branch(w.n.Get("else"), "else", w.sc.refutes(w.body))
	then, otherwise := b.ways[0].ctx, b.ways[1].ctx
	w.narrow(otherwise, then.own, w.body, false)
	w.narrow(then, otherwise.own, w.body, true)
	b.join()
	where := guardOf(w.body, moment)
	w.onlyThere(then, otherwise, then.own, where)
	w.onlyThere(then, otherwise, otherwise.own, where)
	b.under[0](where)
	where.fails = true
	b.under[1](where)
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
	around, here := w.sc, *w.sc
	defer func() { w.sc = around }()
	w.sc = &here // the conditions of earlier cases do not hold in later ones
	cases := w.n.Get("cases")
	if cases == nil && w.means("cases") {
		b.branch(nil, "cases", w.sc.holds)
	} else {
		if cases == nil || cases.Kind != listNode || len(cases.Items()) == 0 {
			w.fail(w.verb, "missing-key", casesHelp(cases), "a switch needs a list of cases")
			cases = casesMeant(cases)
		}
		for i, n := range cases.Items() {
			w.switchCase(do, b, n, t, interp.ItemPath("cases", int64(i)))
		}
	}
	do.Otherwise = b.branch(w.n.Get("default"), "default", w.sc.holds)
	if w.n.Get("default") == nil && w.covers(do, t) {
		b.ways[len(b.ways)-1].ends = true // none of the values is left for it
	}
	b.join()
	w.finish(nil, "", false)
}

// casesMeant returns the cases that stand in another shape; an empty list for none.
func casesMeant(n *node) *node {
	if n != nil {
		if cases := pairsOf(n, "is"); cases != nil {
			return cases
		}
	}
	return &node{Kind: listNode}
}

func (w *stepCheck) switchCase(do *interp.SwitchStep, b *branchCheck, n *node, t *schema.Field, name string) {
	if n.Kind != mapNode {
		w.fail(n, "wrong-type", "write ‹{is: value, do: [steps]}›", "a case must be a map, found %s", describe(n))
		return
	}
	n = w.stepInside(n, caseKeys, "a case")
	for i, key := range n.Keys() {
		if !contains(caseKeys, key.Text) {
			w.foreignKey(key, n.Items()[i], habits.Part(habits.Case, key.Text), "a case", caseKeys)
		}
	}
	n = mendedKeys(n, caseKeys, useIn(habits.Case))
	meant := func(key string) bool {
		return means(n, key, caseKeys, useIn(habits.Case))
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
		c.Is, c.Times = w.caseValues(is, t, interp.TimeOf(do.Value))
		if one, none := nullAmong(c.Is); none {
			holds = w.sc.provesValue(w.body)
		} else if one {
			defer func() { w.sc.holds = w.sc.provesValue(w.body) }()
		}
	default:
		c.When = w.condition(when, w.sc, "when")
		holds = w.sc.proves(when)
		defer func() { w.sc.holds = w.sc.refutes(when) }()
	}
	body := n.Get("do")
	if body == nil && !meant("do") {
		w.fail(n, "missing-key", "add ‹do: [steps]›", "a case needs do")
	}
	c.Name = name
	c.Steps = b.branch(body, name, holds)
	do.Cases = append(do.Cases, c)
}

// covers reports whether each value that a switch can have is one of a case: of a
// boolean, and of text or a number that has to be one of a list.
func (w *stepCheck) covers(do *interp.SwitchStep, t *schema.Field) bool {
	if t == nil || t.OpenEnum {
		return false
	}
	left := slices.Clone(t.Enum)
	if t.Type == schema.Boolean && left == nil {
		left = []any{true, false}
	}
	b, ok := do.Value.(*interp.Binding)
	if len(left) == 0 || !ok {
		return false
	}
	if t.Nullable && !w.sc.provesPath(b.Program) {
		left = append(left, nil)
	}
	for _, c := range do.Cases {
		for _, v := range c.Is {
			if fixed, ok := v.(interp.Constant); ok {
				left = slices.DeleteFunc(left, func(v any) bool { return v == fixed.V })
			}
		}
	}
	return len(left) == 0
}

// nullAmong reports whether one of the values of a case is null, and whether none
// can be.
func nullAmong(values []interp.Value) (one, none bool) {
	none = true
	for _, v := range values {
		fixed, ok := v.(interp.Constant)
		one = one || ok && fixed.V == nil
		none = none && ok && fixed.V != nil
	}
	return one, none
}

// caseValues checks what a case compares with: one value, or a list of them.
// times says which are compared as durations or timestamps; nil for none.
func (w *stepCheck) caseValues(n *node, t *schema.Field, time schema.Type) (values []interp.Value, times []schema.Type) {
	items := []*node{n}
	if n.Kind == listNode {
		items = n.Items()
	}
	values = make([]interp.Value, len(items))
	for i, item := range items {
		values[i] = w.caseValue(item, t, time)
		kind := time
		if kind == 0 {
			kind = interp.TimeOf(values[i])
		}
		if kind != 0 && times == nil {
			times = make([]schema.Type, len(items))
		}
		if times != nil {
			times[i] = kind
		}
	}
	return values, times
}

func (w *stepCheck) caseValue(n *node, t *schema.Field, time schema.Type) interp.Value {
	literal := n.Kind == scalarNode && !bind.HasExpr(n.Text) && !n.IsNull()
	if literal && time != 0 {
		if help := bind.NoTime(time, n.Text); help != "" {
			w.warn(n, "never-matches", help, "this case never matches: the switch's value is %s", fields.Article(&schema.Field{Type: time}))
		}
		return interp.Constant{V: n.Text}
	}
	if literal && t != nil && fields.IsTextual(t) {
		return interp.Constant{V: n.Text}
	}
	v := w.value(n, nil, w.sc, "is")
	if t == nil || t.Type == schema.Any {
		return v
	}
	never := !canFit(interp.TypeOf(v), t) || time != 0 && interp.TimeOf(v) != 0 && interp.TimeOf(v) != time
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
	if w.body.Kind != mapNode || len(w.body.Keys()) == 0 {
		w.fail(w.body, "wrong-type", "write ‹parallel: {name: [steps], other: [steps]}›", "parallel must be a map of branches, found %s", describe(w.body))
		if w.body = branchesOf(w.body); w.body == nil {
			return
		}
	}
	if loop := loopInParallel(w.body); loop != nil {
		w.fail(w.verb, "wrong-type", "write ‹forEach: "+habits.Quoted(loop.Get("forEach").Text)+"›, ‹concurrency: 5› and ‹do: [steps]›", "parallel has branches by their names, and here a loop stands")
		w.step(loop, w.sc, w.st.Rel, 1)
		return
	}
	mark := len(w.done)
	do.Enough = w.enough(int64(len(w.body.Keys())), "branches")
	do.OnError = do.OnError && do.Enough == nil
	some, one := do.OnError || do.Enough != nil, isOne(do.Enough)
	setBy := map[string]string{}
	var ctxs []*ctxScope
	var ways []way
	w.loopKinds = append(w.loopKinds, "parallel")
	for i, key := range w.body.Keys() {
		name, ok := w.identifier(key, "a branch")
		if !ok {
			continue
		}
		w.leave(mark, stepElsewhere, some)
		inner := *w.sc
		inner.ctx = w.sc.ctx.child()
		br := interp.ParallelBranch{Name: name, Steps: w.block(w.body.Items()[i], &inner, w.st.Rel+"/"+name)}
		for _, set := range inner.ctx.own {
			if first := setBy[set]; first != "" && !one {
				w.fail(key, "set-twice", "give one of them another name", "the branches %s and %s both set %s", first, name, set)
			}
			setBy[set] = name
			br.Sets = append(br.Sets, set)
		}
		if do.Enough != nil {
			br.Slots = interp.SlotsOf(br.Steps)
		}
		ctxs, ways = append(ctxs, inner.ctx), append(ways, way{inner.ctx, end(br.Steps)})
		do.Branches = append(do.Branches, br)
	}
	w.loopKinds = w.loopKinds[:len(w.loopKinds)-1]
	w.leave(mark, stepDone, some)
	if some {
		for _, id := range w.done[mark:] {
			w.steps[id].unsure, w.guarded = w.st.Id, true
		}
	}
	if one { // as if one of them had been chosen
		w.joinWays(ways)
		ctxs = nil
	}
	for _, ctx := range ctxs {
		switch {
		case do.Enough != nil: // or nothing of what it set
			w.joinWays([]way{{ctx: ctx}, {ctx: w.sc.ctx.child()}})
			continue
		case do.OnError:
			ctx = w.cutShort(ctx)
		}
		w.joinWays([]way{{ctx: ctx}})
	}
	do.Owes = w.st.Owes()
	w.finish(parallelResult(do), "parallel", false)
}

// loopInParallel returns the loop that is written as a parallel: its list, and do with the
// steps; nil for none.
func loopInParallel(n *node) *node {
	do := n.Get("do")
	if do == nil {
		do = n.Get("steps")
	}
	if do == nil || do.Kind != listNode {
		return nil
	}
	for i, key := range n.Keys() {
		if item := n.Items()[i]; (verbSpelt(key.Text) == "forEach" || contains([]string{"for", "in", "items", "over", "each", "loop"}, key.Text)) && item.Kind == scalarNode && bind.HasExpr(item.Text) {
			loop := mapOf(n, []*node{named(key, "forEach"), {Text: "do"}}, []*node{item, do})
			return loop
		}
	}
	return nil
}

// parallelResult describes what a parallel step gives: nothing, or the errors of its branches.
func parallelResult(do *interp.ParallelStep) func() *schema.Field {
	if !do.OnError && do.Enough == nil {
		return nil
	}
	failure := *interp.ErrorField
	failure.Nullable, failure.Absent = true, true
	members := []*schema.Field{{Name: "errors", Type: schema.Map, Elem: &failure}}
	if do.Enough != nil {
		name := &schema.Field{Type: schema.String}
		for _, br := range do.Branches {
			name.Enum = append(name.Enum, br.Name)
		}
		members = append(members, &schema.Field{Name: "won", Type: schema.List, Elem: name})
	}
	result := fields.ObjectOf(members)
	return func() *schema.Field { return result }
}

// onlyThere notes of names that can be null behind two blocks, and are not null in one
// of them, that they are not null where its condition holds: that of otherwise is that
// the other does not.
func (w *stepCheck) onlyThere(then, otherwise *ctxScope, names []string, where guard) {
	if where.text == "" {
		return
	}
	for _, name := range names {
		now := w.sc.ctx.now(name)
		if !fields.NullByFlow(now) && now.Type != schema.Object {
			continue
		}
		w.thereIn(then, name, now, where)
		not := where
		not.fails = true
		w.thereIn(otherwise, name, now, not)
	}
}

func (w *stepCheck) thereIn(block *ctxScope, name string, now *schema.Field, where guard) {
	there, inner := block.now(name), guard{}
	if block.guards != nil {
		inner = block.guards[name]
	}
	if (!fields.NullByFlow(there) || inner.text != "") && fields.NullByFlow(now) {
		w.sc.ctx.guarded(name, where.and(inner))
	}
	w.membersThere(name, there, now, where)
}

// membersThere is onlyThere of the members that a block gave a name, which can be
// missing behind it.
func (w *stepCheck) membersThere(path string, there, now *schema.Field, where guard) {
	if there == now || there.Type != schema.Object || now.Type != schema.Object || there.Members == nil || now.Members == nil {
		return
	}
	for _, f := range there.Members.Fields() {
		if behind := now.Members.Field(f.Name); behind != nil && behind.Absent && !f.Absent {
			w.sc.ctx.guarded(path+"."+f.Name, where)
		}
	}
}

// narrow takes null from the names, as far as a block did not set them, where the
// block's condition, that it holds or not, says that they are none.
func (w *stepCheck) narrow(block *ctxScope, names []string, condition *node, holds bool) {
	known := &conditions{text: condition.Text, fails: !holds, since: w.moment}
	for _, name := range names {
		now := block.now(name)
		if !fields.NullByFlow(now) || fields.IsNull(now) || block.types[name] != nil {
			continue
		}
		if known.notNull(w.checker, bind.Ref{Root: "ctx", Name: name}, guard{}, 0) {
			some := *now
			some.Nullable = false
			block.set(name, &some)
		}
	}
}

// end reports whether nothing behind the steps runs.
func end(steps []*interp.Step) bool { return slices.ContainsFunc(steps, (*interp.Step).Ends) }
