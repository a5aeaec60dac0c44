package check

import (
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/internal/bind"
	"github.com/medlar-flow/medlar/schema"
)

// guard is a condition under which something was done: where the same one holds
// again, that is done, unless a name was set since that the condition speaks of.
type guard struct {
	text   string
	also   *guard // another condition that is needed
	at     int32  // checker.moves, when it was asked
	fails  bool   // it is done where the condition does not hold
	inside bool   // it is one inside the block of another
}

// guardOf is that a condition holds which was asked at a moment.
func guardOf(condition *node, moment int) guard {
	if condition == nil || condition.Kind != scalarNode {
		return guard{}
	}
	return guard{text: condition.Text, at: int32(moment)} //nolint:gosec // a file of 16 MiB sets no more names
}

// and returns a guard with the conditions of an inner one, too.
func (g guard) and(inner guard) guard {
	if inner.text != "" {
		g.also = &inner
	}
	return g
}

// needs yields the parts of the conditions of a guard, and when they were asked.
func (c *checker) needs(g *guard) func(yield func(part string, at int) bool) {
	return func(yield func(string, int) bool) {
		for ; g != nil && g.text != ""; g = g.also {
			parts := slices.DeleteFunc(c.engine.Proofs(g.text, !g.fails), func(p string) bool { return !isPart(p) })
			if len(parts) == 0 { // if: true
				parts = append(parts, string(bind.Holds)+bind.Unspelt)
			}
			for _, part := range parts {
				if !yield(part, int(g.at)) {
					return
				}
			}
		}
	}
}

func isPart(proof string) bool { return proof[0] == bind.Holds || proof[0] == bind.Fails }

// unchanged reports whether what a part of a condition speaks of is the same at two
// moments.
func (c *checker) unchanged(part string, one, other int) bool {
	for name := range namesIn(part) {
		if name == "" || c.changedWithin(name, min(one, other), max(one, other)) {
			return false
		}
	}
	return true
}

// known are the parts of conditions that hold at a place, and when they were asked.
type known struct {
	part string
	at   int
}

// mostKnownParts bounds the conditions around a place that are looked into.
const mostKnownParts = 64

// around lists the parts of the conditions around, of those that were asked after a
// moment, and of what stands in the expression; and what flags among them say.
func (sc *scope) around(after int, here []string) (parts []known, paths []string) {
	c := sc.check
	var list []known
	for _, p := range here {
		if isPart(p) {
			list = append(list, known{p, c.moves})
		}
	}
	for h := sc.holds; h != nil && h.since >= after && len(list) < mostKnownParts; h = h.outer {
		for _, p := range h.proofs(c) {
			if isPart(p) {
				list = append(list, known{p, h.moves})
			}
		}
	}
	for i := 0; i < len(list) && i < mostKnownParts; i++ {
		name, holds := flagIn(list[i].part)
		flag, ok := sc.ctx.flag(name)
		if !ok || c.changedWithin(name, min(list[i].at, flag.set), c.moves) || !c.unchanged(flag.text, int(flag.at), c.moves) {
			continue
		}
		for _, p := range c.engine.Proofs(flag.text, holds) {
			if isPart(p) {
				list = append(list, known{p, c.moves})
			} else {
				paths = append(paths, p)
			}
		}
	}
	return list, paths
}

// flagIn returns the name of ctx that a part of a condition is, and whether that
// holds.
func flagIn(part string) (name string, holds bool) {
	name, ok := strings.CutPrefix(part[1:], "ctx.")
	if !ok || !schema.IsIdentifier(name) {
		return "", false
	}
	return name, part[0] == bind.Holds
}

// shown reports whether what is known of the conditions around, and of flags in them,
// says that a value is not null. given is the condition under which it was given one.
func (sc *scope) shown(ref bind.Ref, given guard, after int, here []string) bool {
	if given.text == "" && !sc.check.flags {
		return false
	}
	parts, paths := sc.around(after, here)
	if bind.Proves(paths, ref.String()) {
		return true
	}
	if given.text == "" {
		return false
	}
	for need, at := range sc.check.needs(&given) {
		if need[1:] == bind.Unspelt || !slices.ContainsFunc(parts, func(k known) bool { return k.part == need && sc.check.unchanged(need, at, k.at) }) {
			return false
		}
	}
	return true
}

// asks notes that a condition stands in the flow: before the first one nobody
// wants to know what is set.
func (c *checker) asks() {
	if c.changed == nil {
		c.changed = map[string][]int{}
	}
}

// changes notes that a name is set to something else.
func (c *checker) changes(name string) {
	if c.changed == nil {
		return
	}
	c.moves++
	c.changed[name] = append(c.changed[name], c.moves)
}

// changesAgain notes what the steps below a node set: they run again, so that
// what stands in front of a condition can be set behind it.
func (c *checker) changesAgain(n *node) {
	if n == nil || c.changed == nil || n.Kind == scalarNode {
		return
	}
	if set := n.Get("set"); set != nil && set.Kind == mapNode {
		for i, key := range set.Keys() {
			c.changes(key.Text)
			if set.Items()[i].IsNull() {
				c.nulls(key.Text, fields.Null)
			}
		}
	}
	for _, item := range n.Items() {
		c.changesAgain(item)
	}
}

// sameSince reports whether a condition that was asked at a moment says what a
// guard with the same text said before.
func (c *checker) sameSince(g guard, text string, moment int) bool {
	if g.text == "" || g.text != text || g.fails || g.also != nil {
		return false
	}
	if strings.Contains(text, "now(") || strings.Contains(text, "uuid(") {
		return false
	}
	if int(g.at) == moment {
		return true
	}
	return c.unchanged(text, int(g.at), moment)
}

// changedWithin reports whether a name was set after one moment and not after
// another.
func (c *checker) changedWithin(name string, after, until int) bool {
	at, _ := slices.BinarySearch(c.changed[name], after+1)
	return at < len(c.changed[name]) && c.changed[name][at] <= until
}

// namesIn returns the names of ctx that a condition speaks of, and error; it
// returns an empty name for what is not known to be one.
func namesIn(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		if strings.Contains(text, "error") && !yield("error") {
			return
		}
		for {
			i := strings.Index(text, "ctx")
			if i < 0 {
				return
			}
			before := i == 0 || !isWordByte(text[i-1])
			if text = text[i+len("ctx"):]; !before || text != "" && isWordByte(text[0]) {
				continue
			}
			end := 1
			for end < len(text) && isWordByte(text[end]) {
				end++
			}
			name := ""
			if strings.HasPrefix(text, ".") {
				name = text[1:end]
			}
			if !yield(name) {
				return
			}
		}
	}
}
