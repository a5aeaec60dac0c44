package check

import (
	"iter"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/flows/internal/interp"
	"github.com/medlar-flow/medlar/internal/bind"
	"github.com/medlar-flow/medlar/schema"
)

// conditions are the texts of the conditions that hold at a place, the
// innermost first.
type conditions struct {
	outer *conditions
	text  string
	fails bool     // it is known not to hold
	asked bool     // paths is known
	paths []string // what is not null here, by it
	since int      // the moment at which it was asked
	moves int      // checker.moves at that moment
}

// nulling is that a name of ctx was set to what can be null: what a condition
// said of it before says nothing any more.
type nulling struct {
	name   string
	moment int
}

// nulls notes that a name was set, if that can be null.
func (c *checker) nulls(name string, t *schema.Field) {
	if fields.IsNull(t) || fields.NullByFlow(t) {
		c.moment++
		c.nulled = append(c.nulled, nulling{name, c.moment})
	}
}

// nulledAt returns the moment at which a name was set to what can be null last;
// 0 for never since the outermost of the conditions was asked.
func (c *checker) nulledAt(name string, holds *conditions) int {
	if holds == nil {
		return 0
	}
	for holds.outer != nil {
		holds = holds.outer
	}
	for _, n := range slices.Backward(c.nulled) { // the latest moment first
		switch {
		case n.moment <= holds.since:
			return 0
		case n.name == name:
			return n.moment
		}
	}
	return 0
}

// proves returns what holds where a condition holds, too.
func (sc *scope) proves(guard *node) *conditions { return sc.given(guard, false) }

// refutes returns what holds where a condition does not hold.
func (sc *scope) refutes(guard *node) *conditions { return sc.given(guard, true) }

// provesValue returns what holds where the value of an expression is not null.
func (sc *scope) provesValue(value *node) *conditions {
	text := ""
	if value.Kind == scalarNode {
		text = bind.NotNull(value.Text)
	}
	if text == "" {
		return sc.holds
	}
	return sc.where(text, false)
}

func (sc *scope) given(guard *node, fails bool) *conditions {
	if guard == nil || guard.Kind != scalarNode {
		return sc.holds
	}
	return sc.where(guard.Text, fails)
}

// where returns the conditions with one more that is asked now.
func (sc *scope) where(text string, fails bool) *conditions {
	sc.check.asks()
	return &conditions{outer: sc.holds, text: text, fails: fails, since: sc.check.moment, moves: sc.check.moves}
}

// proven is true for a step that has run where c holds: one that has a condition
// as its guard. Who asks about the errors of a parallel knows whether its branches ended
// well, unless the answer is that one failed.
func (c *conditions) proven(check *checker, info *stepInfo) bool {
	for ; c != nil; c = c.outer {
		if !c.fails && check.sameSince(info.guard, c.text, c.moves) {
			return true
		}
		if info.unsure != "" && mentions(c.text, info.unsure) && !saysFailed(c.proofs(check), info.unsure) {
			return true
		}
	}
	return false
}

// notNull reports whether what a reference says is not null by the conditions.
// given is the condition under which it was given a value, and after the moment
// since which it can be null: what was asked before does not count.
func (c *conditions) notNull(check *checker, ref bind.Ref, given guard, after int) bool {
	for ; c != nil && c.since >= after; c = c.outer {
		if !c.fails && check.sameSince(given, c.text, c.moves) {
			return true
		}
		if ref.Root == "error" && check.changedWithin("error", c.moves, check.moves) {
			return false // it was another error
		}
		if !c.speaksOf(ref) {
			continue
		}
		if bind.Proves(c.proofs(check), ref.String()) {
			return true
		}
	}
	return false
}

// proofs returns what is not null by a condition.
func (c *conditions) proofs(check *checker) []string {
	if !c.asked {
		c.paths, c.asked = check.engine.Proofs(c.text, !c.fails), true
	}
	return c.paths
}

// provesPath reports whether a condition around says that a path is not null,
// whatever its type says, and nothing was set since that the path begins with.
func (sc *scope) provesPath(p *bind.Program) bool {
	path := p.Path()
	if sc == nil || path == "" {
		return false
	}
	root, rest, _ := strings.Cut(path, ".")
	return sc.provesMember(bind.Ref{Root: root, Name: rest})
}

// speaksOf is false of a condition that says nothing of a reference, so that it
// need not be parsed to know that. A name can be spelt with escapes, and one
// with dots in it as several.
func (c *conditions) speaksOf(ref bind.Ref) bool {
	name, _, _ := strings.Cut(ref.Name, ".")
	return containsWord(c.text, name) || strings.Contains(c.text, `\`)
}

// containsWord reports whether a word stands in a text, and is not a part of a
// longer one there.
func containsWord(text, word string) bool {
	for at := 0; ; {
		i := strings.Index(text[at:], word)
		if i < 0 {
			return false
		}
		start := at + i
		end := start + len(word)
		if isWhole(text, start, end) {
			return true
		}
		at = start + 1
	}
}

// isWhole is false of a part of a text before or behind which its first or last
// word goes on.
func isWhole(text string, start, end int) bool {
	goesOn := func(at int) bool { return at > 0 && at < len(text) && isWordByte(text[at-1]) && isWordByte(text[at]) }
	return !goesOn(start) && !goesOn(end)
}

// MayBeNull reports whether the result of a step, a name of ctx, or the item of a
// loop over what holds null can be null where an expression stands.
func (sc *scope) MayBeNull(ref bind.Ref) bool {
	if ref.Root == "steps" {
		info := sc.check.steps[ref.Name]
		return info != nil && info.nullable && !sc.holds.proven(sc.check, info) && !sc.notNull(ref, info.guard, 0)
	}
	if ref.Root != "ctx" {
		return !sc.notNull(ref, guard{}, 0)
	}
	f := sc.ctx.field(ref.Name)
	if f == nil || !fields.NullByFlow(f) || sc.header {
		return false
	}
	if sc.holds == nil {
		return true
	}
	return !sc.notNull(ref, sc.ctx.guard(ref.Name), sc.check.nulledAt(ref.Name, sc.holds))
}

// notNull reports whether the conditions around say that a value is not null: see
// conditions.notNull.
func (sc *scope) notNull(ref bind.Ref, given guard, after int) bool {
	if sc.holds == nil {
		return false
	}
	return sc.holds.notNull(sc.check, ref, given, after) || sc.shown(ref, given, after, nil)
}

// MemberNotNull reports whether a member is not null by the conditions around, and
// those of its expression.
func (sc *scope) MemberNotNull(ref bind.Ref, proven []string) bool {
	if sc.header || sc.provesMember(ref) {
		return true
	}
	given := guard{}
	if ref.Root == "ctx" {
		given = sc.ctx.guard(ref.Name)
	}
	return sc.shown(ref, given, 0, proven)
}

// provesMember reports whether a condition around says that a member is not null, and
// nothing was set since that its path begins with.
func (sc *scope) provesMember(ref bind.Ref) bool {
	name, _, _ := strings.Cut(ref.Name, ".")
	for c := sc.holds; c != nil; c = c.outer {
		if ref.Root == "ctx" && sc.check.changedWithin(name, c.moves, sc.check.moves) {
			return false // nor do those further out, which were asked before
		}
		if c.speaksOf(ref) && bind.Proves(c.proofs(sc.check), ref.String()) {
			return true
		}
	}
	return false
}

// Conditional reports whether a value is known to be not null under a condition.
func (sc *scope) Conditional() bool { return sc.check.guarded || sc.check.flags }

// NotNullWhere reports whether a value that can be null is not where parts of the
// conditions of its expression hold.
func (sc *scope) NotNullWhere(ref bind.Ref, proven []string) bool {
	switch ref.Root {
	case "steps":
		info := sc.check.steps[ref.Name]
		return info != nil && (sc.shown(ref, info.guard, 0, proven) || info.unsure != "" && endedWell(proven, info.unsure))
	case "ctx":
		return sc.shown(ref, sc.ctx.guard(ref.Name), sc.check.nulledAt(ref.Name, sc.holds), proven)
	}
	return sc.shown(ref, guard{}, 0, proven)
}

// MayHoldNull reports whether an element of a name of ctx, or of what a step gave,
// can be null where an expression stands.
func (sc *scope) MayHoldNull(ref bind.Ref) bool {
	if ref.Root == "ctx" {
		_, holds := sc.check.holding[ref.Name]
		if holds || !sc.check.nullElems {
			return holds
		}
		f := sc.ctx.field(ref.Name)
		return f != nil && f.Elem != nil && f.Elem.Absent && f.Type == schema.List && f == sc.check.program.Inputs.Field(ref.Name)
	}
	id, member, _ := strings.Cut(ref.Name, ".")
	info := sc.check.steps[id]
	return info != nil && info.holdsNull && member == info.list
}

var (
	_ bind.NullScope      = (*scope)(nil)
	_ bind.HoldsNullScope = (*scope)(nil)
	_ bind.ProvenScope    = (*scope)(nil)
	_ bind.MemberScope    = (*scope)(nil)
)

// holdsNull notes whether a name is set to a list that can hold null. One that
// is set in a deeper block to something else may still be what it was.
func (c *checker) holdsNull(name string, v interp.Value) {
	b, ok := v.(*interp.Binding)
	depth, held := c.holding[name]
	switch {
	case ok && b.Program.HoldsNull() != "":
		if c.holding == nil {
			c.holding = map[string]int{}
		}
		if !held {
			depth = c.blocks
		}
		c.holding[name] = min(depth, c.blocks)
	case held && c.blocks <= depth:
		delete(c.holding, name)
	}
}

// noteGuard remembers that a step ran under a guard, which was asked at a moment.
func (c *checker) noteGuard(n *node, moment int) {
	condition, id := n.Get("if"), n.Get("id")
	if condition == nil || id == nil || condition.Kind != scalarNode {
		return
	}
	if info := c.steps[id.Text]; info != nil {
		info.guard, c.guarded = guardOf(condition, moment), true
	}
}

// mayBeNull warns of what can be null where null cannot be: in text, in a
// required parameter, as an operand and as an argument.
func (c *checker) mayBeNull(n *node, p *bind.Program, f *schema.Field, what string) {
	nulls := p.Nulls()
	if f.Required && p.Null() != "" {
		nulls = append(nulls, p.Null())
	}
	if f.Type == schema.List && f.Elem != nil && f.Elem.Type != schema.Any && !f.Elem.Nullable && p.HoldsNull() != "" {
		nulls = append(nulls, p.HoldsNull())
	}
	if len(nulls) == 0 {
		return
	}
	if name, ok := strings.CutPrefix(nulls[0], bind.NoMember); ok {
		c.warn(n, "possibly-null", "give another value with ??, or write the member", "%s: the map that is written there has no member %q", what, name)
		return
	}
	if list, ok := strings.CutSuffix(nulls[0], bind.ElementNull); ok {
		c.warn(n, "possibly-null", "give another value with ?? where the list is made, or leave null out: filter("+list+", # != null)", "%s: an element of %s can be null", what, list)
		return
	}
	if nulls[0] == bind.NullLiteral {
		c.warn(n, "possibly-null", "write another value in its place", "%s: null stands where it cannot be taken", what)
		return
	}
	root, name, _ := strings.Cut(nulls[0], ".")
	if name == "" {
		c.warn(n, "possibly-null", "give another value with ??, or leave null out of what the loop goes through: filter(list, # != null)", "%s: %s can be null here", what, root)
		return
	}
	if strings.HasPrefix(nulls[0], bind.OfElement) {
		c.warn(n, "possibly-null", "give another value with ??, or leave such elements out: filter(list, ."+name+" != null)", "%s: .%s of an element can be null here", what, name)
		return
	}
	if member := root == "steps" && c.steps[name] != nil && !c.steps[name].nullable || strings.Contains(name, ".") || root != "ctx" && root != "steps" && root != "error"; member {
		help := "give another value with ??, or ask before: ‹if: \"${" + nulls[0] + " != null}\"›"
		if first, _, _ := strings.Cut(name, "."); root == "ctx" && c.program.Inputs.Field(first) != nil {
			help += "; a member that is required or has a default is never null"
		}
		c.warn(n, "possibly-null", help, "%s: %s can be null here", what, nulls[0])
		return
	}
	if root == "steps" {
		c.warn(n, "possibly-null", "give another value with ??, or guard this step with the same condition",
			"%s: step %q may have been skipped, and its result is null then", what, name)
		return
	}
	if root == "error" {
		c.warn(n, "possibly-null", "give another value with ??, or ask before: ‹if: \"${error."+name+" != null}\"›; what kind of error it is say error.code and error.class",
			"%s: not every error has error.%s", what, name)
		return
	}
	help := "give another value with ??, or ask before: ‹if: \"${ctx." + name + " != null}\"›"
	if input := c.program.Inputs.Field(name); input != nil && input.Nullable {
		help += "; an input that is required or has a default is never null"
	}
	c.warn(n, "possibly-null", help, "%s: ctx.%s can be null here", what, name)
}

// mentions reports whether a text speaks of a step.
func mentions(text, id string) bool {
	for range references(text, id) {
		return true
	}
	return false
}

// references returns where a text refers to a step: the start and the end of each
// steps.id in it.
func references(text, id string) iter.Seq2[int, int] {
	return func(yield func(int, int) bool) {
		path := "steps." + id
		for from := 0; ; {
			i := strings.Index(text[from:], path)
			if i < 0 {
				return
			}
			start := from + i
			from = start + len(path)
			whole := (start == 0 || !isWordByte(text[start-1])) && (from == len(text) || !isWordByte(text[from]))
			if whole && !yield(start, from) {
				return
			}
		}
	}
}

func isWordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

// behindGuard lets the results of the steps since mark be null: the block that
// they stand in has a guard, which was asked at a moment.
func (c *checker) behindGuard(mark int, condition *node, moment int) {
	for _, id := range c.done[mark:] {
		info := c.steps[id]
		inner := info.guard
		info.guard = guard{}
		if (!info.nullable || inner.text != "") && condition.Kind == scalarNode {
			info.guard, c.guarded = guardOf(condition, moment).and(inner), true
		}
		info.nullable = true
	}
}
