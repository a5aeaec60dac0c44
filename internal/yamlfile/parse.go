package yamlfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/medlar-flow/medlar/diag"
)

const (
	// MaxSize is how many bytes a file may have.
	MaxSize = 16 << 20
	// MaxDepth is how many levels values may have.
	MaxDepth = 100
	// MaxAliased is how many values aliases may stand for.
	MaxAliased = 100_000
)

// Parse reads the text into nodes. It returns what it could read and every
// mistake that it found. root is nil where nothing can be used, and for a file
// without values, which is no mistake here. texts are the scalars that hold
// "${", in the order of Node.Expr.
func (f *File) Parse() (root *Node, texts []string, found diag.List) {
	root, texts, found, _ = f.read(0)
	return root, texts, found
}

// read reads the text, in parts of a size where that is not 0: see Begin.
func (f *File) read(size int) (root *Node, texts []string, found diag.List, rest *Rest) {
	p := &parser{file: f, read: f}
	f.isJSON = f.looksLikeJSON()
	if len(f.Text) > MaxSize {
		return nil, nil, diag.List{{
			Span: diag.Span{File: f.Name}, Severity: diag.Error, Rule: "file-too-large", Help: "make two files of it",
			Message: fmt.Sprintf("the file has more than %d MiB", MaxSize>>20),
		}}, nil
	}
	if d := f.checkText(); d != nil {
		return nil, nil, diag.List{*d}, nil
	}
	if root, rest, ok := p.json(size); rest != nil {
		return root, p.texts, nil, rest
	} else if ok {
		root, texts, found = p.result(root)
		return root, texts, found, nil
	}
	text, slashes := hideSlashes(asVersion1(f.Text))
	p.slashes = slashes
	if size > 0 {
		if root, rest = p.inParts(text, size); rest != nil {
			return root, p.texts, nil, rest
		}
	}
	root, texts, found = p.whole(text)
	return root, texts, found, nil
}

// whole reads a text at once.
func (p *parser) whole(text []byte) (root *Node, texts []string, found diag.List) {
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var doc yaml.Node
	if err := decode(dec, &doc); errors.Is(err, io.EOF) {
		return nil, nil, nil
	} else if err != nil {
		return p.file.mend(err, text)
	}
	root = p.node(&doc, 0)
	p.secondDocument(dec, text)
	return p.result(root)
}

func (p *parser) result(root *Node) (*Node, []string, diag.List) {
	switch {
	case p.fatal != nil:
		return nil, nil, diag.List{*p.fatal}
	case root.IsNull():
		return nil, nil, p.diags
	}
	return root, p.texts, p.diags
}

type parser struct {
	file     *File
	read     *File // the file, or what is read in its place: see mend
	slashes  slashes
	hidden   hidden      // 0 where nothing is
	moves    moves       // of what is read
	bare     []diag.Span // values without quotes in which something is hidden
	unquoted diag.List   // those of them that want quotes
	inFlow   bool        // between brackets
	diags    diag.List
	aliased  int // nodes made from aliases
	inAlias  int
	slab     []Node   // nodes to be used
	holders  []parts  // of lists and maps, to be used
	room     []*Node  // for what they hold
	held     []*Node  // parts of the lists and maps that are being read
	texts    []string // with expressions, see Node.Expr
	// fatal is why the file was not read to its end: nothing else in it counts.
	fatal *diag.Diagnostic

	// Of a part of the file: lines of the library's nodes behind after stand so many
	// further down.
	isPart      bool
	after, down int
	marked      []*Node // the scalars of texts
	aliases     bool    // there are any
}

// add returns a new node at a place. Nodes are made in lots: a large file has
// hundreds of thousands.
func (p *parser) add(line, col int) *Node {
	const lot = 256
	if len(p.slab) == 0 {
		p.slab = make([]Node, lot)
	}
	out := &p.slab[0]
	p.slab = p.slab[1:]
	out.Line, out.Col = int32(line), int32(col)
	return out
}

// roomFor returns room for so many nodes of a list or a map. It is made in lots, too.
func (p *parser) roomFor(n int) []*Node {
	const lot = 1024
	if n > lot/8 {
		return make([]*Node, n)
	}
	if len(p.room) < n {
		p.room = make([]*Node, lot)
	}
	out := p.room[:n:n]
	p.room = p.room[n:]
	return out
}

// list makes a list of what is held from base on.
func (p *parser) list(out *Node, base int) *Node {
	items := p.roomFor(len(p.held) - base)
	copy(items, p.held[base:])
	p.held = p.held[:base]
	return p.hold(out, List, items)
}

// pairs makes a map of the keys and values that are held from base on.
func (p *parser) pairs(out *Node, base int) *Node {
	size := (len(p.held) - base) / 2
	both := p.roomFor(2 * size)
	for i := range size {
		both[i], both[size+i] = p.held[base+2*i], p.held[base+2*i+1]
	}
	p.held = p.held[:base]
	return p.hold(out, Map, both)
}

// hold makes a list of a node, or a map whose keys stand before as many values.
func (p *parser) hold(out *Node, kind Kind, all []*Node) *Node {
	const lot = 64
	if len(p.holders) == 0 {
		p.holders = make([]parts, lot)
	}
	out.Kind, out.parts = kind, &p.holders[0]
	p.holders = p.holders[1:]
	out.parts.all = all
	return out
}

// checkText refuses what YAML cannot hold, with its place.
func (f *File) checkText() *diag.Diagnostic {
	at := bytes.IndexByte(f.Text, 0)
	what := "the file holds a NUL byte: it is not YAML text"
	if at < 0 && !utf8.Valid(f.Text) {
		what = "the file is not UTF-8 text"
		for i, rest := 0, f.Text; len(rest) > 0 && at < 0; {
			r, size := utf8.DecodeRune(rest)
			if r == utf8.RuneError && size == 1 {
				at = i
			}
			i, rest = i+size, rest[size:]
		}
	}
	if at < 0 {
		return nil
	}
	line, col := f.position(at)
	return &diag.Diagnostic{
		Span: f.span(line, col, 1), Severity: diag.Error, Rule: "not-yaml", Message: what, Help: "save the file as UTF-8 text",
	}
}

// fail reports a mistake at a place of YAML. Where the file is private, nothing
// of its text may stand in the message: see quote.
func (p *parser) fail(line, col int, text, rule, help, format string, args ...any) {
	first, _, _ := strings.Cut(text, "\n")
	p.diags = append(p.diags, diag.Diagnostic{
		Span:     p.file.span(line, col, utf8.RuneCountInString(first)),
		Severity: diag.Error, Rule: rule, Message: fmt.Sprintf(format, args...), Help: help,
	})
}

// quote returns text of the file for a message, in quotes, and nothing that can
// be read where the file is private.
func (p *parser) quote(text string) string {
	if shown := p.file.Shown(text); shown != text {
		return shown
	}
	return fmt.Sprintf("%q", text)
}

// stop reports what makes the rest of the file meaningless.
func (p *parser) stop(line, col int, rule, help, format string, args ...any) {
	if p.fatal != nil {
		return
	}
	p.fail(line, col, "", rule, help, format, args...)
	d := p.diags[len(p.diags)-1]
	p.fatal = &d
}

func (p *parser) tooDeep(line, col int) {
	p.stop(line, col, "too-deep", "move the inner part into a file of its own", "values nest deeper than %d levels", MaxDepth)
}

func (p *parser) secondDocument(dec *yaml.Decoder, text []byte) {
	var second yaml.Node
	err := decode(dec, &second)
	switch {
	case errors.Is(err, io.EOF):
	case err != nil:
		d, _ := p.read.syntax(err, text)
		if p.hidden != 0 {
			d = p.hidden.showAll(d)
			d.Col = p.moves.back(d.Line, d.Col)
		}
		p.diags = append(p.diags, d)
	default:
		p.fail(second.Line, second.Column, "", "second-document", "put the second document into a file of its own",
			"a file holds one document, here a second one begins")
	}
}

func (p *parser) node(n *yaml.Node, depth int) *Node {
	p.move(n)
	if depth > MaxDepth {
		p.tooDeep(n.Line, n.Column)
		return p.add(n.Line, n.Column)
	}
	if p.inAlias > 0 {
		p.aliased++
	}
	switch n.Kind {
	case yaml.DocumentNode:
		if len(n.Content) == 0 {
			return p.add(n.Line, n.Column)
		}
		return p.node(n.Content[0], depth)
	case yaml.AliasNode:
		return p.alias(n, depth)
	case yaml.MappingNode:
		return p.mapping(n, depth)
	case yaml.SequenceNode:
		return p.sequence(n, depth)
	default:
		return p.scalar(n)
	}
}

// move gives a node the line that it has in the file.
func (p *parser) move(n *yaml.Node) {
	if p.isPart && n.Line > p.after {
		n.Line += p.down
	}
}

// alias copies what an alias stands for, up to a limit: a few lines of aliases
// can stand for more values than a machine holds.
func (p *parser) alias(n *yaml.Node, depth int) *Node {
	p.aliases = true
	if p.aliased > MaxAliased {
		return p.add(n.Line, n.Column)
	}
	p.inAlias++
	out := p.node(n.Alias, depth+1)
	p.inAlias--
	if p.aliased > MaxAliased && p.inAlias == 0 {
		p.stop(n.Line, n.Column, "alias-bomb", "write the values out", "aliases stand for more than %d values", MaxAliased)
	}
	return out
}

func (p *parser) sequence(n *yaml.Node, depth int) *Node {
	p.checkTag(n, "!!seq")
	outer := p.inFlow
	p.inFlow = n.Style&yaml.FlowStyle != 0
	out := p.add(n.Line, n.Column)
	items := p.roomFor(len(n.Content))[:0]
	for _, item := range n.Content {
		if p.aliased > MaxAliased {
			break
		}
		items = append(items, p.node(item, depth+1))
	}
	p.inFlow = outer
	return p.hold(out, List, items)
}

func (p *parser) mapping(n *yaml.Node, depth int) *Node {
	p.checkTag(n, "!!map")
	if inner, ok := bracesInBraces(n); ok {
		return p.braces(n, inner)
	}
	outer := p.inFlow
	p.inFlow = n.Style&yaml.FlowStyle != 0
	size := len(n.Content) / 2
	out, both := p.add(n.Line, n.Column), p.roomFor(2*size)
	keys, items := both[:0], both[size:size]
	seen := keySet{}
	for i := 0; i+1 < len(n.Content) && p.aliased <= MaxAliased; i += 2 {
		key := p.key(n.Content[i])
		value := p.node(n.Content[i+1], depth+1)
		if key == nil {
			out.Partial = true
			continue
		}
		if !p.first(key, &seen) {
			continue
		}
		if n.Style&yaml.FlowStyle != 0 {
			key, value = p.checkSpace(key, value, n.Content[i+1])
		} else if key != nil && strings.ContainsAny(key.Text, "{[") {
			key, value = p.checkBracket(n.Content[i], key, value, depth)
		}
		keys, items = append(keys, key), append(items, value)
	}
	p.inFlow = outer
	if len(keys) < size { // the values follow those keys that are left
		both = both[:len(keys)+copy(both[len(keys):], items)]
	}
	return p.hold(out, Map, both)
}

// key reads a key, or returns nil where it cannot stand.
func (p *parser) key(n *yaml.Node) *Node {
	p.move(n)
	if n.Kind == yaml.AliasNode {
		p.aliases = true
		n = n.Alias
	}
	if n.Kind != yaml.ScalarNode {
		p.fail(n.Line, n.Column, "", "key-not-text", "", "a key must be text, found a list or a map")
		return nil
	}
	key := p.scalar(n)
	if key.Style == Plain && n.Value == "<<" {
		p.fail(n.Line, n.Column, n.Value, "merge-key", "write the values out", "merge keys (<<) are not read")
		return nil
	}
	if key.Style == Plain && key.isPlainNonText() && !p.mayBeKey(key) {
		p.fail(n.Line, n.Column, n.Value, "key-not-text", "put it in quotes: "+p.quote(n.Value), "the key %s is not text", unquoted(p.quote(n.Value)))
	}
	return key
}

// mayBeKey reports whether a number may be a key here. Every reader takes it for
// the same one.
func (p *parser) mayBeKey(key *Node) bool {
	v, problem := key.Value()
	_, whole := v.(int64)
	return p.file.numbers && whole && problem == "" && isInteger(key.Text)
}

func unquoted(text string) string { return strings.Trim(text, `"`) }

// first reports whether the key did not stand in its map before.
func (p *parser) first(key *Node, seen *keySet) bool {
	earlier := seen.add(key)
	if earlier == nil {
		return true
	}
	p.fail(int(key.Line), int(key.Col), key.Text, "duplicate-key",
		fmt.Sprintf("the first one is in line %d; keep one of the two", earlier.Line),
		"the key %s is given twice", p.quote(key.Text))
	return false
}

// checkSpace finds {a:1}, which YAML reads as the key "a:1" without a value. It
// returns the key and the value that were meant, so that nothing more is said of
// them.
func (p *parser) checkSpace(key, value *Node, n *yaml.Node) (meant, held *Node) {
	name, rest, found := strings.Cut(key.Text, ":")
	if !found || key.Style != Plain || n.Kind != yaml.ScalarNode || n.Value != "" || n.Style != 0 {
		return key, value
	}
	help := "put a space behind the colon"
	if name != "" && rest != "" && !p.file.private {
		help += ": " + name + ": " + rest
	}
	p.fail(int(key.Line), int(key.Col), key.Text, "missing-space", help, "the key %s has no value", p.quote(key.Text))
	if name == "" {
		return key, value
	}
	style := Plain
	if last := len(rest) - 1; last > 0 && rest[0] == rest[last] && (rest[0] == '"' || rest[0] == '\'') {
		style = map[byte]Style{'"': DoubleQuoted, '\'': SingleQuoted}[rest[0]]
		rest = rest[1:last]
	}
	line, col := int(key.Line), int(key.Col)
	return p.text(line, col, name, Plain), p.text(line, col+utf8.RuneCountInString(name)+1, rest, style)
}

func (p *parser) scalar(n *yaml.Node) *Node {
	style := Plain
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		style = DoubleQuoted
	case n.Style&yaml.SingleQuotedStyle != 0:
		style = SingleQuoted
	case n.Style&yaml.LiteralStyle != 0:
		style = Literal
	case n.Style&yaml.FoldedStyle != 0:
		style = Folded
	}
	p.checkTag(n, "")
	text := n.Value
	if p.slashes.letter != 0 {
		text = p.slashes.show(text, style)
	}
	if p.hidden != 0 {
		text = p.shown(n, text, style)
	}
	return p.text(n.Line, n.Column, text, style)
}

// text returns a scalar.
func (p *parser) text(line, col int, text string, style Style) *Node {
	out := p.add(line, col)
	out.Text, out.Style = text, style
	if strings.Contains(text, "${") {
		p.texts = append(p.texts, text)
		out.Expr = int32(len(p.texts))
		if p.isPart {
			p.marked = append(p.marked, out)
		}
	}
	return out
}

// checkTag refuses tags that stand in the file. The library also sets the tags
// that it found out itself; those carry no style.
func (p *parser) checkTag(n *yaml.Node, implied string) {
	if n.Style&yaml.TaggedStyle != 0 && n.Tag != implied {
		p.tagged(n)
	}
}

func (p *parser) tagged(n *yaml.Node) {
	help := "leave the tag out, or put text that begins with ! in quotes"
	switch n.Tag {
	case "!Ref", "!Sub", "!GetAtt", "!ImportValue", "!Join", "!Select", "!reference", "!var", "!env", "!secret":
		help = `write an expression in quotes, such as "${ctx.NAME}"`
	}
	p.fail(n.Line, n.Column, n.Value, "yaml-tag", help,
		"tags such as %s are not read", unquoted(p.quote(n.Tag)))
}
