package flowtest

import (
	"github.com/medlar-flow/medlar/internal/yamlfile"
)

// node is a value of a test file with its place.
type node = yamlfile.Node

const (
	scalarNode = yamlfile.Scalar
	listNode   = yamlfile.List
	mapNode    = yamlfile.Map
)

// nameOrSelf returns the place that stands for a test: its name.
func nameOrSelf(n *node) *node {
	if name := n.Get("name"); name != nil {
		return name
	}
	return n
}

// describe says what a node holds, for people.
func describe(n *node) string {
	switch {
	case n.IsNull():
		return "nothing"
	case n.Kind == listNode:
		return "a list"
	case n.Kind == mapNode:
		return "a map"
	default:
		return "the text " + quote(n.Text)
	}
}
