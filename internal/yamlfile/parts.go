package yamlfile

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"sync"
	"sync/atomic"

	"gopkg.in/yaml.v3"
)

// partSize is how many bytes of steps are read at a time. A text is cut that has
// twice as many.
const partSize = 32 << 10

// inParts reads a text whose steps are many, by two goroutines: each part as a list of
// steps, and what stands around them as a flow without steps. What is read is what the
// whole text gives, since the library stands between two steps as it stands before the
// first one. ok is false where that is not sure: where the text cannot be cut, where
// something is to be said of it, which is left to a reading of the whole, and where it
// holds aliases.
func (p *parser) inParts(text []byte, size int) (root *Node, ok bool) {
	o, ok := cut(text, size)
	if !ok {
		return nil, false
	}
	around := p.sub(o.key, o.after-o.key-1)
	root, ok = around.part(io.MultiReader(bytes.NewReader(o.head), bytes.NewReader(o.tail)))
	at := root.stepsAt(o.key)
	if !ok || at < 0 {
		return nil, false
	}
	lists := make([]steps, len(o.parts))
	if !p.readParts(o.parts, lists) {
		return nil, false
	}
	p.take(around)
	all := *lists[0].list
	all.Items = nil
	for _, some := range lists {
		p.take(some.parser)
		all.Items = append(all.Items, some.list.Items...)
	}
	root.Items[at] = &all
	return root, true
}

// steps is what was read of a part.
type steps struct {
	parser *parser
	list   *Node
}

// readParts reads parts by two goroutines. It is false where one cannot be read
// alone.
func (p *parser) readParts(parts []part, into []steps) bool {
	var next atomic.Int64
	var failed atomic.Bool
	read := func() {
		for {
			i := int(next.Add(1)) - 1
			if i >= len(parts) || failed.Load() {
				return
			}
			var ok bool
			if into[i], ok = p.steps(parts[i]); !ok {
				failed.Store(true)
			}
		}
	}
	var helper sync.WaitGroup
	helper.Go(read)
	read()
	helper.Wait()
	return !failed.Load()
}

// steps reads a part, behind a key as in the whole text.
func (p *parser) steps(at part) (out steps, ok bool) {
	out.parser = p.sub(0, at.line-2)
	root, ok := out.parser.part(io.MultiReader(strings.NewReader(stepsKey+"\n"), bytes.NewReader(at.text)))
	if !ok || root.Kind != Map || len(root.Items) != 1 || root.Items[0].Kind != List {
		return out, false
	}
	out.list = root.Items[0]
	return out, true
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

// take adds the texts that a part has found to those of the file.
func (p *parser) take(sub *parser) {
	for _, n := range sub.marked {
		n.Expr += int32(len(p.texts))
	}
	p.texts = append(p.texts, sub.texts...)
}

// stepsAt returns where the key of the steps stands in a map that was read without
// them; -1 where it does not.
func (n *Node) stepsAt(line int) int {
	if n == nil || n.Kind != Map {
		return -1
	}
	for i, key := range n.Keys {
		if int(key.Line) == line && key.Col == 1 && key.Style == Plain && key.Text+":" == stepsKey {
			if value := n.Items[i]; value.IsNull() && value.Text == "" {
				return i
			}
		}
	}
	return -1
}
