package awsemu

import (
	"bytes"
	"math"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

const (
	fixtureSize  = 16 << 20
	fixtureDepth = 100
	// fixtureNodes is how many nodes a file may have once its aliases are
	// followed.
	fixtureNodes = 1_000_000
)

// node is a YAML node with aliases followed and scalars read.
type node struct {
	line, column int
	entries      []entry // of a mapping
	items        []*node // of a list
	value        any     // of a scalar: nil, bool, int64, float64, string
	text         string  // of a scalar: as it is written
	kind         nodeKind
}

type nodeKind string

const (
	aMapping nodeKind = "a mapping"
	aList    nodeKind = "a list"
	aScalar  nodeKind = "a single value"
)

// entry is one key of a mapping. Keys are texts, however they are written.
type entry struct {
	key   *node
	value *node
}

// loader reads a file into nodes and collects what is wrong with it.
type loader struct {
	*mistakes
	count    int
	tooLarge bool
}

// load gives the root of the file, or nil where it is empty or not to be read
// at all; the mistakes tell which.
func load(src []byte, m *mistakes) *node {
	if len(src) > fixtureSize {
		m.add(1, 1, "the file has %d bytes: at most %d are read", len(src), fixtureSize)
		return nil
	}
	if i := bytes.IndexByte(src, 0); i >= 0 {
		line := 1 + bytes.Count(src[:i], []byte("\n"))
		m.add(line, i-bytes.LastIndexByte(src[:i], '\n'), "the file holds a NUL byte")
		return nil
	}
	dec := yaml.NewDecoder(bytes.NewReader(src))
	var document, second yaml.Node
	if err := dec.Decode(&document); err != nil {
		if err.Error() != "EOF" {
			m.syntax(err)
		}
		return nil
	}
	if err := dec.Decode(&second); err == nil {
		m.add(second.Line, 1, "a functions file is one YAML document, and this begins a second one")
	} else if err.Error() != "EOF" {
		m.syntax(err)
	}
	l := &loader{mistakes: m}
	root := l.node(&document, 0)
	if l.tooLarge {
		return nil // what has been read of it would only confuse
	}
	return root
}

var yamlLine = newPattern(`(?s)^yaml: (?:line (\d+): )?(.*)$`)

// syntax reports an error of the YAML reader, which knows lines only.
func (m *mistakes) syntax(err error) {
	line, text := 1, err.Error()
	if parts := yamlLine.FindStringSubmatch(text); parts != nil {
		line, _ = strconv.Atoi(parts[1])
		text = parts[2]
	}
	m.report("yaml-syntax", max(line, 1), 1, strings.ReplaceAll(text, "\n", " "))
}

// node reads one node; nil is one that cannot be used and has been reported.
func (l *loader) node(n *yaml.Node, depth int) *node {
	l.count++
	switch {
	case l.tooLarge:
		return nil
	case l.count > fixtureNodes:
		l.tooLarge = true
		l.add(n.Line, n.Column, "the file has over %d nodes once its aliases are followed", fixtureNodes)
		return nil
	case depth > fixtureDepth:
		l.tooLarge = true
		l.add(n.Line, n.Column, "values are nested more than %d deep", fixtureDepth)
		return nil
	}
	out := &node{line: n.Line, column: n.Column, kind: aScalar}
	switch n.Kind {
	case yaml.DocumentNode:
		return l.node(n.Content[0], depth)
	case yaml.AliasNode:
		return l.node(n.Alias, depth+1)
	case yaml.SequenceNode:
		out.kind = aList
		out.items = make([]*node, 0, len(n.Content))
		for _, item := range n.Content {
			if read := l.node(item, depth+1); read != nil {
				out.items = append(out.items, read)
			}
		}
	case yaml.MappingNode:
		out.kind = aMapping
		l.mapping(out, n, depth)
	default:
		return l.scalar(out, n)
	}
	return out
}

func (l *loader) mapping(out *node, n *yaml.Node, depth int) {
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind != yaml.ScalarNode {
			l.add(key.Line, key.Column, "expected a text as a key, found something else")
			continue
		}
		if key.Tag == "!!merge" {
			l.add(key.Line, key.Column, "merge keys (<<) are not supported")
			continue
		}
		if line, twice := first[key.Value]; twice {
			l.add(key.Line, key.Column, "the key %q is already in line %d", key.Value, line)
			continue
		}
		first[key.Value] = key.Line
		name := &node{line: key.Line, column: key.Column, kind: aScalar, value: key.Value, text: key.Value}
		if value := l.node(n.Content[i+1], depth+1); value != nil {
			out.entries = append(out.entries, entry{name, value})
		}
	}
}

func (l *loader) scalar(out *node, n *yaml.Node) *node {
	out.text, out.value = n.Value, n.Value
	switch n.ShortTag() {
	case "!!str", "!!timestamp":
		return out
	case "!!null":
		out.value = nil
		return out
	case "!!bool", "!!int", "!!float":
		var v any
		if err := n.Decode(&v); err != nil {
			l.add(n.Line, n.Column, "%q is not what its tag %s says", n.Value, n.ShortTag())
			return nil
		}
		out.value = v
		return l.number(out)
	}
	l.add(n.Line, n.Column, "the tag %s is not supported", n.ShortTag())
	return nil
}

// number settles on the number types of JSON values in this package.
func (l *loader) number(out *node) *node {
	switch v := out.value.(type) {
	case int:
		out.value = int64(v)
	case uint64:
		out.value = float64(v)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			l.add(out.line, out.column, "JSON has no number such as %s", out.text)
			return nil
		}
	}
	return out
}
