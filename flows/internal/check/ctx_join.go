package check

import (
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/flows/internal/interp"
	"github.com/medlar-flow/medlar/internal/bind"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// kept is what a name keeps from its first assignment on.
type kept struct {
	typ *schema.Field // nil while it was nothing but null
	at  *node         // the name; nil of an input
}

// rootCtx is ctx at the beginning of a flow.
func (c *checker) rootCtx(inputs *schema.Schema) *ctxScope {
	ctx := c.newCtxScope(inputs)
	ctx.inputs = inputs
	return ctx
}

// remember begins to note all that names are, for those who may see ctx at any
// moment.
func (c *ctxScope) remember() { c.past = map[string]*schema.Field{} }

func (c *ctxScope) note(name string, t *schema.Field) {
	if c.past == nil || t == nil {
		return
	}
	if before := c.past[name]; before != nil {
		t = fields.Join(before, t)
	}
	c.past[name] = t
}

// keeps returns what a name keeps; ok is false of one that was never set.
func (c *ctxScope) keeps(name string) (k kept, ok bool) {
	for ; c != nil; c = c.parent {
		if k, ok = c.kept[name]; ok {
			return k, true
		}
		if c.inputs != nil {
			if f := c.inputs.Field(name); f != nil {
				return kept{typ: f}, true
			}
		}
	}
	return kept{}, false
}

func (c *ctxScope) keep(name string, k kept) {
	if c.kept == nil {
		c.kept = map[string]kept{}
	}
	c.kept[name] = k
}

// now returns the type of what a name is: null where it is not set.
func (c *ctxScope) now(name string) *schema.Field {
	f := c.field(name)
	if f == nil {
		return fields.Null
	}
	if f.Type == schema.Any {
		if k, _ := c.keeps(name); k.typ == nil {
			return fields.Null
		}
	}
	return f
}

// guarded notes that a name is not null where a guard's condition holds.
func (c *ctxScope) guarded(name string, g guard) {
	if g.text == "" {
		return
	}
	if c.guards == nil {
		c.guards = map[string]guard{}
	}
	c.guards[name], c.check.guarded = g, true
}

// flag is that a name says whether a condition held that was asked at a moment.
type flag struct {
	guard
	set int // checker.moves, when the name was set
}

// flag returns what a name says; ok is false of one that says nothing of the kind.
func (c *ctxScope) flag(name string) (f flag, ok bool) {
	for ; c != nil; c = c.parent {
		if c.types[name] != nil {
			f, ok = c.flags[name]
			return f, ok
		}
	}
	return flag{}, false
}

// flagsIn returns the conditions among the values that names are set to.
func (w *stepCheck) flagsIn(m *interp.MapValue) map[string]flag {
	var list map[string]flag
	for i, v := range m.Items {
		b, ok := v.(*interp.Binding)
		if !ok || !b.Program.IsCondition() {
			continue
		}
		w.asks()
		if w.flags = true; list == nil {
			list = map[string]flag{}
		}
		list[m.Keys[i]] = flag{guard: guard{text: b.Program.Text(), at: int32(w.moves)}} //nolint:gosec // see guardOf
	}
	return list
}

// noteFlags notes what names say that were set.
func (c *ctxScope) noteFlags(names []string, list map[string]flag) {
	for _, name := range names {
		delete(c.flags, name)
		f, ok := list[name]
		if !ok {
			continue
		}
		if c.flags == nil {
			c.flags = map[string]flag{}
		}
		f.set = c.check.moves
		c.flags[name] = f
	}
}

// guard returns the condition under which a name is not null; none for one
// that is never null or can always be.
func (c *ctxScope) guard(name string) guard {
	root, _, _ := strings.Cut(name, ".") // name can be the path of a member
	for ; c != nil; c = c.parent {
		if c.types[root] != nil {
			return c.guards[name]
		}
	}
	return guard{}
}

// unguarded forgets the conditions under which a name, and its members, are not null.
func (c *ctxScope) unguarded(name string) {
	delete(c.guards, name)
	for path := range c.guards {
		if strings.HasPrefix(path, name) && path[len(name)] == '.' {
			delete(c.guards, path)
		}
	}
}

// way is a block that leads on to what is behind it, unless it ends.
type way struct {
	ctx  *ctxScope
	ends bool // with a fail or a return
}

// joinWays takes over what names are behind blocks of which one ran. Those that
// end leave no value behind them, but a handler further out may see what they
// set.
func (w *stepCheck) joinWays(ways []way) {
	var fewAll, fewOpen [4]*ctxScope
	all, open := fewAll[:0], fewOpen[:0]
	for _, one := range ways {
		all = append(all, one.ctx)
		if !one.ends {
			open = append(open, one.ctx)
		}
	}
	if len(open) == 0 { // nothing behind them runs
		open = all
	}
	var seen map[string]bool // only where a name can stand twice
	for i, one := range all {
		for _, name := range one.own {
			if seen[name] {
				continue
			}
			if i < len(all)-1 && seen == nil && setLater(all[i+1:]) {
				seen = map[string]bool{}
			}
			if seen != nil {
				seen[name] = true
			}
			w.joinName(all, open, name)
		}
	}
}

// setLater reports whether one of the blocks sets a name.
func setLater(blocks []*ctxScope) bool {
	return slices.ContainsFunc(blocks, func(c *ctxScope) bool { return len(c.own) > 0 })
}

// joinName takes over one name: all are the blocks, open those that lead on.
func (w *stepCheck) joinName(all, open []*ctxScope, name string) {
	base := w.sc.ctx
	w.joinKept(base, all, name)
	given := guard{}
	if w.guarded {
		given = base.guard(name)
	}
	if given.text != "" && slices.ContainsFunc(open, func(one *ctxScope) bool { return one.types[name] != nil && fields.NullByFlow(one.types[name]) }) {
		given = guard{}
		base.unguarded(name)
	}
	now := joined(open, name)
	if fields.IsNull(now) {
		now = fields.OrNull(joined(all, name))
	}
	for _, one := range all {
		base.note(name, one.past[name])
	}
	if was := base.types[name]; was != nil && fields.Same(was, now) {
		base.note(name, now)
	} else {
		base.set(name, now)
	}
	base.guarded(name, given)
}

// joined returns the type of what a name is behind one of the blocks.
func joined(blocks []*ctxScope, name string) *schema.Field {
	var now *schema.Field
	for _, one := range blocks {
		if t := one.now(name); now == nil {
			now = t
		} else {
			now = fields.Join(now, t)
		}
	}
	return now
}

// joinKept gives a name that several blocks set first what it keeps.
func (w *stepCheck) joinKept(base *ctxScope, ways []*ctxScope, name string) {
	first, _ := base.keeps(name)
	if first.typ != nil {
		return
	}
	for _, one := range ways {
		k, ok := one.keeps(name)
		switch {
		case !ok:
		case first.typ == nil:
			first = k
			base.keep(name, k)
		case k.typ != nil && k.typ != first.typ:
			if ok, wrong := fields.Holds(first.typ, k.typ); !ok {
				w.typeChange(k.at, nil, name, wrong, first)
			}
		}
	}
}

// cutShort returns what ctx may be where blocks can have ended anywhere.
func (w *stepCheck) cutShort(blocks ...*ctxScope) *ctxScope {
	base := w.sc.ctx
	out := base.child()
	for _, block := range blocks {
		for _, name := range block.own {
			if k, ok := block.keeps(name); ok {
				out.keep(name, k)
			}
			may := block.now(name)
			if past := block.past[name]; past != nil {
				may = fields.Join(past, may)
			}
			out.set(name, fields.Join(out.now(name), may))
		}
	}
	return out
}

// takeOver takes over what a block set that ran.
func (w *stepCheck) takeOver(block *ctxScope) {
	for _, name := range block.own {
		w.joinName([]*ctxScope{block}, []*ctxScope{block}, name)
	}
}

// carried is what names are at the beginning of the later rounds of repeats.
type carried struct {
	names map[*node]map[string]*schema.Field // by the body
	times int                                // how often something was added
}

// learnt counts what a check has found that an earlier place of the file has to
// know.
func (c *checker) learnt() int { return len(c.grown) + c.carried.times }

// beginRounds lets names be what an earlier check of the file has found them to
// be at the end of a round. It returns what they are.
func (w *stepCheck) beginRounds() map[string]*schema.Field {
	ctx := w.sc.ctx
	for _, name := range value.SortedKeys(w.carried.names[w.body]) {
		ctx.set(name, w.carried.names[w.body][name])
		w.nulls(name, w.carried.names[w.body][name])
	}
	before := map[string]*schema.Field{}
	for _, f := range ctx.schema().Fields() {
		before[f.Name] = ctx.now(f.Name)
	}
	return before
}

// mostCarried bounds how often the types of one file are widened: a type that
// grows with every round has no end.
const mostCarried = 100

// endRounds notes what names are at the end of a round that they were not at its
// beginning.
func (w *stepCheck) endRounds(before map[string]*schema.Field) {
	for _, name := range value.SortedKeys(before) {
		was, now := before[name], w.sc.ctx.now(name)
		if fields.Covers(was, now) && (!fields.IsNull(was) || fields.IsNull(now)) {
			continue
		}
		t := fields.Join(was, now)
		switch {
		case w.carried.times > mostCarried:
			return
		case w.carried.times > mostCarried/2:
			t = &schema.Field{Nullable: true, Secret: t.HasSecret()}
		}
		if w.carried.names == nil {
			w.carried.names = map[*node]map[string]*schema.Field{}
		}
		if w.carried.names[w.body] == nil {
			w.carried.names[w.body] = map[string]*schema.Field{}
		}
		w.carried.names[w.body][name] = t
		w.carried.times++
	}
}

// hasSet reports whether the name of ctx that a problem is about is known to the
// step.
func (sc *scope) hasSet(text string, p bind.Problem) bool {
	if sc == nil || p.Offset+p.Length > len(text) {
		return false
	}
	return sc.ctx.field(strings.Trim(text[p.Offset:p.Offset+p.Length], `"'`)) != nil
}
