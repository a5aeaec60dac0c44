package flowtest

import (
	"strings"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/internal/value"
)

// node is a value of a test file with its place.
type node struct {
	kind nodeKind
	// quoted is true for text that cannot be a number or null.
	quoted    bool
	line, col int
	text      string
	keys      []*node // of a map
	items     []*node // of a list, or the values of a map
}

type nodeKind uint8

const (
	scalarNode nodeKind = iota
	listNode
	mapNode
)

func (n *node) isNull() bool {
	return n == nil || n.kind == scalarNode && !n.quoted && isNullText(n.text)
}

func isNullText(text string) bool {
	return text == "" || text == "~" || text == "null" || text == "Null" || text == "NULL"
}

// get gives the value under a key, or nil.
func (n *node) get(key string) *node {
	if n == nil {
		return nil
	}
	for i, k := range n.keys {
		if k.text == key {
			return n.items[i]
		}
	}
	return nil
}

// key gives the node of a key, or nil.
func (n *node) key(name string) *node {
	if n == nil {
		return nil
	}
	for _, k := range n.keys {
		if k.text == name {
			return k
		}
	}
	return nil
}

// nameOrSelf gives the place that stands for a test: its name.
func (n *node) nameOrSelf() *node {
	if name := n.get("name"); name != nil {
		return name
	}
	return n
}

// span gives the node's place: its first line.
func (n *node) span(file string) diag.Span {
	width := 1
	if n.kind == scalarNode {
		first, _, _ := strings.Cut(n.text, "\n")
		width = max(1, utf8.RuneCountInString(first))
		if n.quoted && first == n.text {
			width += 2
		}
	}
	return diag.Span{File: file, Line: n.line, Col: n.col, Width: width}
}

// describe says what a node holds, for people.
func (n *node) describe() string {
	switch {
	case n.isNull():
		return "nothing"
	case n.kind == listNode:
		return "a list"
	case n.kind == mapNode:
		return "a map"
	default:
		return "the text " + quote(n.text)
	}
}

// find gives the node at a path as the package schema writes it:
// "routingConfig.additionalVersionWeights.2", "list[3].name". It gives the
// last node on the way that there is. Where the path names a member, key is
// that of the member.
func (n *node) find(path string) (key, value *node) {
	value = n
	for path != "" {
		path = strings.TrimPrefix(path, ".")
		k, v, rest := value.step(path)
		if v == nil {
			break
		}
		key, value, path = k, v, rest
	}
	return key, value
}

// step goes down by one: to the longest key, or the index, that path begins with.
func (n *node) step(path string) (key, value *node, rest string) {
	if n.kind == listNode && strings.HasPrefix(path, "[") {
		index, rest, _ := strings.Cut(path[1:], "]")
		for i, item := range n.items {
			if index == indexText(i) {
				return nil, item, rest
			}
		}
	}
	for i, k := range n.keys {
		if behind, ok := strings.CutPrefix(path, k.text); ok && (key == nil || len(k.text) > len(key.text)) &&
			(behind == "" || behind[0] == '.' || behind[0] == '[') {
			key, value, rest = k, n.items[i], behind
		}
	}
	return key, value, rest
}

// scalar gives the value of a scalar that no schema claims as text, as flows
// read it. problem says why it has none.
func (n *node) scalar() (v any, problem string) {
	switch {
	case n.quoted:
		return n.text, ""
	case isNullText(n.text):
		return nil, ""
	}
	switch n.text {
	case "true", "True", "TRUE":
		return true, ""
	case "false", "False", "FALSE":
		return false, ""
	}
	digits := strings.TrimLeft(n.text, "+-")
	if digits == "" || strings.Trim(digits, "0123456789.eE+-_") != "" || strings.IndexByte("0123456789.", digits[0]) < 0 {
		return n.text, ""
	}
	if number, err := value.ParseNumber(n.text); err == nil {
		return number, ""
	}
	if strings.Count(digits, ".") > 1 || strings.ContainsAny(digits, "+-") {
		return n.text, "" // a date, an address
	}
	return nil, "looks like a number but YAML readers disagree on it: put it in quotes if it is text, else write plain decimal digits"
}
