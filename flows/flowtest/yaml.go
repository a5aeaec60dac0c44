package flowtest

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/medlar-flow/medlar/internal/regex"
)

const (
	maxFileSize = 16 << 20 // bytes of a test file
	maxDepth    = 100      // levels of values
	maxAliased  = 100_000  // values that aliases stand for
)

// parse reads YAML text into nodes. What is wrong is noted; nil means that
// nothing could be read.
func (r *reader) parse() *node {
	if !utf8.Valid(r.text) || bytes.IndexByte(r.text, 0) >= 0 {
		r.failFile("not-yaml", "save the test file as UTF-8 text", "the file is not UTF-8 text")
		return nil
	}
	dec := yaml.NewDecoder(bytes.NewReader(r.text))
	var doc yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		r.failFile("empty-file", "a test file has tests: a list of them", "the file holds no tests")
		return nil
	case err != nil:
		r.syntax(err)
		return nil
	}
	p := parser{reader: r}
	root := p.node(&doc, 0)
	var second yaml.Node
	if err := dec.Decode(&second); err == nil {
		r.fail(place(&second), "second-document", "put the second one into a file of its own", "a second document begins here")
	} else if !errors.Is(err, io.EOF) {
		r.syntax(err)
	}
	if p.endless {
		return nil
	}
	return root
}

var yamlLine = regex.Late(`line (\d+): `)

// syntax places an error of the YAML reader, which knows the line only.
func (r *reader) syntax(err error) {
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	at := &node{line: 1, col: 1}
	if m := yamlLine().FindStringSubmatchIndex(message); m != nil {
		at.line, _ = strconv.Atoi(message[m[2]:m[3]])
		message = message[:m[0]] + message[m[1]:]
	}
	if lines := bytes.Count(r.text, []byte("\n")) + 1; at.line > lines {
		at.line = lines
	}
	line := r.line(at.line)
	at.text = strings.TrimSpace(line)
	at.col = utf8.RuneCountInString(line) - utf8.RuneCountInString(strings.TrimLeft(line, " ")) + 1
	r.fail(at, "yaml-syntax", "the mistake may stand in a line before; look at indentation, quotes and brackets", "not YAML: %s", message)
}

type parser struct {
	*reader
	aliased int // values read by way of aliases
	inAlias int
	endless bool
}

func place(n *yaml.Node) *node {
	quoted := n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0
	return &node{line: n.Line, col: n.Column, text: n.Value, quoted: quoted}
}

func (p *parser) node(n *yaml.Node, depth int) *node {
	out := place(n)
	if p.inAlias > 0 {
		p.aliased++
	}
	if depth > maxDepth || p.aliased > maxAliased {
		if !p.endless {
			p.endless = true
			p.fail(out, "too-deep", "write a smaller test", "values nest too deeply, or aliases stand for too many of them")
		}
		return out
	}
	switch n.Kind {
	case yaml.DocumentNode:
		return p.node(n.Content[0], depth)
	case yaml.AliasNode:
		p.inAlias++
		defer func() { p.inAlias-- }()
		return p.node(n.Alias, depth+1)
	case yaml.SequenceNode:
		out.kind = listNode
		for _, item := range n.Content {
			if p.endless {
				break
			}
			out.items = append(out.items, p.node(item, depth+1))
		}
	case yaml.MappingNode:
		out.kind = mapNode
		p.members(out, n.Content, depth)
	default:
	}
	if n.Style&yaml.TaggedStyle != 0 {
		p.fail(out, "yaml-tag", "leave the tag out", "tags such as %s are not read", n.Tag)
	}
	return out
}

func (p *parser) members(out *node, content []*yaml.Node, depth int) {
	seen := make(map[string]*node, len(content)/2)
	for i := 0; i+1 < len(content) && !p.endless; i += 2 {
		key := p.node(content[i], depth+1)
		value := p.node(content[i+1], depth+1)
		earlier := seen[key.text]
		switch {
		case key.kind != scalarNode:
			p.fail(key, "key-not-text", "", "a key must be text, found %s", key.describe())
		case content[i].Value == "<<" && !key.quoted:
			p.fail(key, "merge-key", "write the values out", "merge keys (<<) are not read")
		case earlier != nil:
			p.fail(key, "duplicate-key", "keep one of the two", "the key %q is given twice, first in line %d", key.text, earlier.line)
		default:
			seen[key.text] = key
			out.keys = append(out.keys, key)
			out.items = append(out.items, value)
		}
	}
}
