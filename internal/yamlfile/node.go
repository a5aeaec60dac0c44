package yamlfile

import "slices"

// Node is a value of a file with its place.
type Node struct {
	// Kind says which of the other fields hold something.
	Kind Kind
	// Style says how a scalar is written.
	Style Style
	// Broken is true for what was reported and of which nothing else is known.
	Broken bool
	// Partial is true of a map of which a part was reported that would have given
	// it more keys.
	Partial bool
	// Line counts from 1.
	Line int32
	// Col counts characters from 1.
	Col int32
	// Expr says which of the file's texts with expressions this scalar is, from
	// 1; 0 for none. See File.Parse.
	Expr int32
	// Text is a scalar's text, without quotes and escapes.
	Text string

	parts *parts // of a map or a list; nil where it is empty
}

// parts are what a map or a list holds: most nodes are scalars, and have none. The keys of
// a map stand before its values.
type parts struct{ all []*Node }

// Keys returns a map's keys, in the order of the file. All are scalars.
func (n *Node) Keys() []*Node {
	if n.parts == nil || n.Kind != Map {
		return nil
	}
	size := len(n.parts.all) / 2
	return n.parts.all[:size:size]
}

// Items returns a map's values, one for each key, or a list's items.
func (n *Node) Items() []*Node {
	if n.parts == nil {
		return nil
	}
	if n.Kind == Map {
		return n.parts.all[len(n.parts.all)/2:]
	}
	return n.parts.all
}

// Hold gives a map copies of a list of keys and of one of as many values, or a list other
// items, without keys. Copies of the node keep what they hold.
func (n *Node) Hold(keys, items []*Node) {
	if len(keys) > 0 {
		items = slices.Concat(keys, items)
	}
	n.parts = &parts{all: items}
}

// Kind is what a node holds.
type Kind uint8

// The kinds of nodes.
const (
	Scalar Kind = iota
	List
	Map
)

// Style is how a scalar is written.
type Style uint8

// The styles of scalars.
const (
	Plain Style = iota
	SingleQuoted
	DoubleQuoted
	Literal
	Folded
)

// Get returns the value under a key, or nil.
func (n *Node) Get(key string) *Node {
	if n == nil {
		return nil
	}
	for i, k := range n.Keys() {
		if k.Text == key {
			return n.Items()[i]
		}
	}
	return nil
}

// Key returns the node of a key, or nil.
func (n *Node) Key(name string) *Node {
	if n == nil {
		return nil
	}
	for _, k := range n.Keys() {
		if k.Text == name {
			return k
		}
	}
	return nil
}

// Without returns a map that lacks a key.
func (n *Node) Without(key string) *Node {
	if n.Key(key) == nil {
		return n
	}
	out := *n
	var keys, items []*Node
	for i, k := range n.Keys() {
		if k.Text != key {
			keys, items = append(keys, k), append(items, n.Items()[i])
		}
	}
	out.Hold(keys, items)
	return &out
}

// IsNull reports whether the node is a plain null, ~ or nothing at all.
func (n *Node) IsNull() bool {
	return n == nil || n.Kind == Scalar && n.Style == Plain && isNullText(n.Text) && !n.Broken
}
