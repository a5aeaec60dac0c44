package yamlfile

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/medlar-flow/medlar/diag"
)

// PartSize is how many bytes of steps are read at a time. A text is cut that has
// twice as many.
const PartSize = 32 << 10

// Begin is Parse for a file whose steps may be many: where rest is not nil, the list
// of steps holds the first ones, and each part of rest has more of them. What is read
// so is what the whole text gives, since the library stands between two steps as it
// stands before the first one. A part that cannot be read alone says nothing of the
// file: then Parse says what is wrong with it, or that nothing is. size is PartSize
// but in tests.
func (f *File) Begin(size int) (root *Node, texts []string, found diag.List, rest *Rest) {
	return f.read(size)
}

// Rest is the steps of a file that are not read yet. Its parts may be read at the same
// time.
type Rest struct {
	count int
	times int // how much larger it is than the first part
	read  func(i int) (Steps, bool)
}

// Len returns how many parts there are.
func (r *Rest) Len() int { return r.count }

// About says how many there are in all of the steps of what the first part has so many.
func (r *Rest) About(first int) int { return first*(r.times+1) + first }

// Read reads a part. It is false for one that cannot be read alone.
func (r *Rest) Read(i int) (Steps, bool) { return r.read(i) }

// Steps is what was read of a part.
type Steps struct {
	// Items are the steps.
	Items []*Node
	// Texts are those that hold "${", by Node.Expr until Number is called.
	Texts []string

	list   *Node
	marked []*Node
}

// Number adds what stands before the texts to the numbers in Node.Expr.
func (s *Steps) Number(before int) {
	for _, n := range s.marked {
		n.Expr += int32(before) //nolint:gosec // a file of 16 MiB has no more
	}
}

// inParts reads what stands around the steps, as a flow without any, and the first
// part of them. rest is nil where the text cannot be cut, where something is to be
// said of it, and where it holds aliases.
func (p *parser) inParts(text []byte, size int) (root *Node, rest *Rest) {
	o, ok := cut(text, size)
	if !ok {
		return nil, nil
	}
	around := p.sub(o.key, o.after-o.key-1)
	root, ok = around.part(io.MultiReader(bytes.NewReader(o.head), bytes.NewReader(o.tail)))
	at := root.stepsAt(o.key)
	if !ok || at < 0 {
		return nil, nil
	}
	first, rest := readFirst(p, around, o.parts, p.steps)
	if rest != nil {
		root.Items()[at] = first.list
	}
	return root, rest
}

// readFirst reads the first of the parts, behind what stands around them. rest is nil
// where it cannot be read alone.
func readFirst[P interface{ size() int }](p, around *parser, parts []P, read func(P) (Steps, bool)) (first Steps, rest *Rest) {
	first, ok := read(parts[0])
	if !ok {
		return first, nil
	}
	first.Number(len(around.texts))
	p.texts = append(around.texts, first.Texts...)
	all := 0
	for _, part := range parts[1:] {
		all += part.size()
	}
	return first, &Rest{count: len(parts) - 1, times: all / parts[0].size(), read: func(i int) (Steps, bool) { return read(parts[1+i]) }}
}

// steps reads a part, behind a key as in the whole text.
func (p *parser) steps(at part) (out Steps, ok bool) {
	sub := p.sub(0, at.line-2)
	root, ok := sub.part(io.MultiReader(strings.NewReader(stepsKey+"\n"), bytes.NewReader(at.text)))
	if !ok || root.Kind != Map || len(root.Items()) != 1 || root.Items()[0].Kind != List {
		return out, false
	}
	list := root.Items()[0]
	return Steps{Items: list.Items(), Texts: sub.texts, list: list, marked: sub.marked}, true
}

// sub returns a parser of a part whose lines behind after are moved down.
func (p *parser) sub(after, down int) *parser {
	return &parser{file: p.file, slashes: p.slashes, isPart: true, after: after, down: down}
}

// part reads a text that is a part of the file.
func (p *parser) part(text io.Reader) (root *Node, ok bool) {
	dec := yaml.NewDecoder(text)
	var doc, more yaml.Node
	if decode(dec, &doc) != nil || !errors.Is(decode(dec, &more), io.EOF) {
		return nil, false
	}
	root = p.node(&doc, 0)
	return root, p.fatal == nil && p.diags == nil && !p.aliases
}

// stepsAt returns where the key of the steps stands in a map that was read without
// them; -1 where it does not.
func (n *Node) stepsAt(line int) int {
	if n == nil || n.Kind != Map {
		return -1
	}
	for i, key := range n.Keys() {
		if int(key.Line) == line && key.Col == 1 && key.Style == Plain && key.Text+":" == stepsKey {
			if value := n.Items()[i]; value.IsNull() && value.Text == "" {
				return i
			}
		}
	}
	return -1
}
