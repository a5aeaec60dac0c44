package check

import (
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/flows/internal/fields"
)

// guard is a condition under which something was done: where the same one holds
// again, that is done, unless a name was set since that the condition speaks of.
type guard struct {
	text string
	at   int // checker.changes, when it was asked
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
		for i, key := range set.Keys {
			c.changes(key.Text)
			if set.Items[i].IsNull() {
				c.nulls(key.Text, fields.Null)
			}
		}
	}
	for _, item := range n.Items {
		c.changesAgain(item)
	}
}

// sameSince reports whether a condition that was asked at a moment says what a
// guard with the same text said before.
func (c *checker) sameSince(g guard, text string, moment int) bool {
	if g.text == "" || g.text != text {
		return false
	}
	if strings.Contains(text, "now(") || strings.Contains(text, "uuid(") {
		return false
	}
	if g.at == moment {
		return true
	}
	for name := range namesIn(text) {
		if name == "" || c.changedWithin(name, g.at, moment) {
			return false
		}
	}
	return true
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
