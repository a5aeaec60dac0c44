package yamlfile

import (
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/medlar-flow/medlar/internal/regex"
)

var gluedKey = regex.Late{Text: `^([A-Za-z_][\w-]*)(?::| +| *= *)([{\[])`}

// checkBracket finds with:{a: 1}, with {a: 1} and with = {a: 1} in a line, which YAML reads
// as keys such as "with:{a". It
// returns the key and the value that were meant.
func (p *parser) checkBracket(n *yaml.Node, key, value *Node, depth int) (meant, held *Node) {
	m := gluedKey.Get().FindStringSubmatchIndex(key.Text)
	if key.Style != Plain || m == nil {
		return key, value
	}
	name, open := key.Text[:m[3]], key.Text[m[4]:m[5]]
	what, help := "a space is missing behind the colon of the key %s", "put a space behind the colon"
	if key.Text[m[3]] != ':' {
		what, help = "the key %s has no colon", "put a colon and a space behind it"
	}
	if !p.file.private {
		help += ": " + name + ": " + open
	}
	line, col := int(key.Line), int(key.Col)
	p.fail(line, col, name+":", "missing-space", help, what, p.quote(name))
	at := col + m[4]
	if held = p.glued(n, key.Text[:m[4]], at, depth); held == nil {
		held = p.add(line, at)
		held.Broken, held.Partial = true, true
		if held.Kind = List; open == "{" {
			held.Kind = Map
		}
	}
	return p.text(line, col, name, Plain), held
}

// glued reads what stands behind the colon of a key in its line; nil where that is no
// value.
func (p *parser) glued(n *yaml.Node, before string, col, depth int) *Node {
	_, line, found := strings.Cut(p.read.Line(n.Line), before)
	var doc yaml.Node
	if !found || decode(yaml.NewDecoder(strings.NewReader(line)), &doc) != nil || len(doc.Content) != 1 || doc.Content[0].Kind == yaml.ScalarNode {
		return nil
	}
	placed(&doc, n.Line, col)
	outer := p.isPart
	p.isPart = false // n has its line already
	defer func() { p.isPart = outer }()
	return p.node(doc.Content[0], depth+1)
}

// placed gives nodes that were read of the rest of a line their places.
func placed(n *yaml.Node, line, col int) {
	n.Line, n.Column = line, col+n.Column-1
	for _, part := range n.Content {
		placed(part, line, col)
	}
}
