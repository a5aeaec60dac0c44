package check

import (
	"iter"
	"strings"

	"github.com/medlar-flow/medlar/internal/bind"
	"github.com/medlar-flow/medlar/schema"
)

// conditions are the texts of the conditions that hold at a place, the
// innermost first.
type conditions struct {
	outer *conditions
	text  string
}

// proves returns what holds where a condition holds, too.
func (sc *scope) proves(guard *node) *conditions {
	if guard == nil || guard.Kind != scalarNode {
		return sc.holds
	}
	return &conditions{sc.holds, guard.Text}
}

// proven is true for a step that has run where c holds: one that a condition
// asks about, or one that has a condition as its guard.
func (c *conditions) proven(id string, info *stepInfo) bool {
	for ; c != nil; c = c.outer {
		if info.guard != "" && info.guard == c.text || mentions(c.text, id) {
			return true
		}
	}
	return false
}

// noteGuard remembers that a step ran under a guard.
func (c *checker) noteGuard(n *node) {
	guard, id := n.Get("if"), n.Get("id")
	if guard == nil || id == nil || guard.Kind != scalarNode {
		return
	}
	if info := c.steps[id.Text]; info != nil {
		info.guard = guard.Text
	}
}

// mayBeNull warns of a step that may have been skipped where null cannot be: in
// text, in a required parameter, and as the operand of a calculation.
func (c *checker) mayBeNull(n *node, p *bind.Program, f *schema.Field, sc *scope, what string) {
	if sc == nil || strings.Contains(n.Text, "??") {
		return
	}
	anywhere := !p.Whole() || f.Required
	for _, ref := range p.Refs() {
		info := c.steps[ref.Name]
		if ref.Root != "steps" || info == nil || !info.nullable || sc.holds.proven(ref.Name, info) || strings.Contains(n.Text, "steps."+ref.Name+" ==") {
			continue
		}
		if !anywhere && !calculates(n.Text, ref.Name) {
			continue
		}
		c.warn(n, "possibly-null", "give another value with ??, or guard this step with the same condition",
			"%s: step %q may have been skipped, and its result is null then", what, ref.Name)
		return
	}
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

// calculates reports whether a text has a step's result, or a member of it, beside
// an operator that null is no operand of.
func calculates(text, id string) bool {
	for start, end := range references(text, id) {
		for end < len(text) && (isWordByte(text[end]) || strings.IndexByte(`.[]'"`, text[end]) >= 0) {
			end++
		}
		before, after := strings.TrimRight(text[:start], " \t\n"), strings.TrimLeft(text[end:], " \t\n")
		if before != "" && isOperator(before[len(before)-1]) || after != "" && isOperator(after[0]) {
			return true
		}
	}
	return false
}

// isOperator is true for the last, and the first, character of the operators
// that null is no operand of; those that end in = begin with < or >.
func isOperator(c byte) bool { return strings.IndexByte("+-*/%<>", c) >= 0 }

func isWordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}
