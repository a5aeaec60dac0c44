package check

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows/internal/interp"
	"github.com/medlar-flow/medlar/internal/regex"
	"gopkg.in/yaml.v3"
)

const (
	maxFileSize = 16 << 20 // bytes of a flow file
	maxDepth    = 100      // levels of values and of blocks
	maxAliased  = 100_000  // nodes that aliases may add
)

// readFile reads a flow file, or says in one diagnostic why it cannot.
func readFile(fsys fs.FS, name string) ([]byte, *diag.Diagnostic) {
	if !fs.ValidPath(name) {
		return nil, fileProblem(name, "unreadable-file", "the path does not name a file below the root folder",
			"give a path without .. and without a leading /")
	}
	info, err := fs.Stat(fsys, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fileProblem(name, "no-such-file", "there is no such file", "check the path")
	case err != nil:
		return nil, fileProblem(name, "unreadable-file", "the file cannot be read: "+interp.Pathless(err), "")
	case info.IsDir():
		return nil, fileProblem(name, "unreadable-file", "this is a folder, not a flow file", "name a file in it")
	case info.Size() > maxFileSize:
		return nil, tooLarge(name, info.Size())
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, fileProblem(name, "unreadable-file", "the file cannot be read: "+interp.Pathless(err), "")
	}
	defer f.Close() //nolint:errcheck // it was only read
	text := bytes.NewBuffer(make([]byte, 0, info.Size()+bytes.MinRead))
	if _, err := text.ReadFrom(io.LimitReader(f, maxFileSize+1)); err != nil {
		return nil, fileProblem(name, "unreadable-file", "the file cannot be read: "+interp.Pathless(err), "")
	}
	if text.Len() > maxFileSize {
		return nil, tooLarge(name, int64(text.Len()))
	}
	return text.Bytes(), nil
}

func tooLarge(name string, size int64) *diag.Diagnostic {
	return fileProblem(name, "file-too-large",
		fmt.Sprintf("the file has %.1f MiB, a flow may have 16", float64(size)/(1<<20)),
		"move large data out of the flow: an operation's parameter may be {file: path}")
}

func fileProblem(name, rule, message, help string) *diag.Diagnostic {
	return &diag.Diagnostic{
		Span: diag.Span{File: name}, Severity: diag.Error, Rule: rule, Message: message, Help: help,
	}
}

// parse reads YAML text into nodes. It gives what it could read and every
// mistake that it found; a syntax error gives no node. texts are those that may
// hold expressions.
func parse(src *source) (root *node, texts []string, found diag.List) {
	p := &parser{src: src}
	if d := checkText(src); d != nil {
		return nil, nil, diag.List{*d}
	}
	dec := yaml.NewDecoder(bytes.NewReader(src.text))
	var doc yaml.Node
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, nil, diag.List{*emptyFile(src.file)}
	} else if err != nil {
		return nil, nil, diag.List{p.syntax(err)}
	}
	root = p.node(&doc, 0)
	p.secondDocument(dec)
	switch {
	case p.fatal != nil:
		return nil, nil, diag.List{*p.fatal}
	case root.isNull():
		return nil, nil, diag.List{*emptyFile(src.file)}
	}
	return root, p.texts, p.diags
}

func emptyFile(name string) *diag.Diagnostic {
	return fileProblem(name, "empty-file", "the file holds no flow", "a flow begins with flow: its-name and has steps")
}

type parser struct {
	src     *source
	diags   diag.List
	aliased int // nodes made from aliases
	inAlias int
	slab    []node   // nodes to be used
	texts   []string // with expressions, see node.expr
	// fatal is why the file was not read to its end: nothing else in it counts.
	fatal *diag.Diagnostic
}

// add gives a new node at a place. Nodes are made in lots: a large flow has
// hundreds of thousands.
func (p *parser) add(n *yaml.Node) *node {
	const lot = 256
	if len(p.slab) == 0 {
		p.slab = make([]node, lot)
	}
	out := &p.slab[0]
	p.slab = p.slab[1:]
	out.line, out.col = int32(n.Line), int32(n.Column)
	return out
}

// checkText refuses what YAML cannot hold, with its place.
func checkText(src *source) *diag.Diagnostic {
	at := bytes.IndexByte(src.text, 0)
	what := "the file holds a NUL byte: it is not YAML text"
	if at < 0 && !utf8.Valid(src.text) {
		what = "the file is not UTF-8 text"
		for i, rest := 0, src.text; len(rest) > 0 && at < 0; {
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
	line := bytes.Count(src.text[:at], []byte{'\n'}) + 1
	col := utf8.RuneCount(src.text[src.lines[line-1]:at]) + 1
	return &diag.Diagnostic{
		Span:     diag.Span{File: src.file, Line: line, Col: col, Width: 1},
		Severity: diag.Error, Rule: "not-yaml", Message: what, Help: "save the flow as UTF-8 text",
	}
}

func (p *parser) fail(n *yaml.Node, rule, help, format string, args ...any) {
	p.diags = append(p.diags, diag.Diagnostic{
		Span:     diag.Span{File: p.src.file, Line: n.Line, Col: n.Column, Width: max(1, utf8.RuneCountInString(firstLine(n.Value)))},
		Severity: diag.Error, Rule: rule, Message: fmt.Sprintf(format, args...), Help: help,
	})
}

// stop reports what makes the rest of the file meaningless.
func (p *parser) stop(n *yaml.Node, rule, help, format string, args ...any) {
	if p.fatal != nil {
		return
	}
	p.fail(n, rule, help, format, args...)
	d := p.diags[len(p.diags)-1]
	p.fatal = &d
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

var yamlLine = regex.Late(`line (\d+): `)

// syntax places an error of the YAML reader, which knows the line only. Where
// its parser stopped, and not its scanner, the line counts from 0 and is that
// of the surrounding list or map.
func (p *parser) syntax(err error) diag.Diagnostic {
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	number := 1
	help := "the mistake may stand in a line before; look at indentation, quotes and brackets"
	if m := yamlLine().FindStringSubmatchIndex(message); m != nil {
		number, _ = strconv.Atoi(message[m[2]:m[3]])
		message = message[:m[0]] + message[m[1]:]
	}
	if parserMessage().MatchString(message) {
		number++
		help = "the mistake stands in the list or map that begins here; look at indentation, quotes and brackets"
	}
	number = min(max(number, 1), len(p.src.lines))
	if at := p.unquoted(number); at > 0 {
		number, help = at, "put the whole value that holds ${...} in quotes"
	}
	line := p.src.line(number)
	blank := len(line) - len(strings.TrimLeft(line, " "))
	span := diag.Span{File: p.src.file, Line: number, Col: blank + 1, Width: max(1, utf8.RuneCountInString(strings.TrimSpace(line)))}
	return diag.Diagnostic{Span: span, Severity: diag.Error, Rule: "yaml-syntax", Message: "not YAML: " + message, Help: help}
}

var (
	parserMessage  = regex.Late("^did not find expected (key|node content|'-' indicator|',' or|<document start>)")
	unquotedScalar = regex.Late(`(^|[:,\[{-])\s*\$\{`)
)

// unquoted finds a plain value with an expression in a line or soon after it;
// 0 for none. It is what most often breaks the YAML of a flow.
func (p *parser) unquoted(number int) int {
	const near = 20
	for n := number; n < min(number+near, len(p.src.lines)+1); n++ {
		if unquotedScalar().MatchString(p.src.line(n)) {
			return n
		}
	}
	return 0
}

func (p *parser) secondDocument(dec *yaml.Decoder) {
	var second yaml.Node
	err := dec.Decode(&second)
	switch {
	case errors.Is(err, io.EOF):
	case err != nil:
		p.diags = append(p.diags, p.syntax(err))
	default:
		p.fail(&second, "second-document", "put the second flow into a file of its own", "a file holds one flow, here a second document begins")
	}
}

func (p *parser) node(n *yaml.Node, depth int) *node {
	if depth > maxDepth {
		p.stop(n, "too-deep", "move the inner part into a flow of its own", "values nest deeper than %d levels", maxDepth)
		return p.add(n)
	}
	if p.inAlias > 0 {
		p.aliased++
	}
	switch n.Kind {
	case yaml.DocumentNode:
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

// alias copies what an alias stands for, up to a limit: a few lines of aliases
// can stand for more values than a machine holds.
func (p *parser) alias(n *yaml.Node, depth int) *node {
	if p.aliased > maxAliased {
		return p.add(n)
	}
	p.inAlias++
	out := p.node(n.Alias, depth+1)
	p.inAlias--
	if p.aliased > maxAliased && p.inAlias == 0 {
		p.stop(n, "alias-bomb", "write the values out", "aliases stand for more than %d values", maxAliased)
	}
	return out
}

func (p *parser) sequence(n *yaml.Node, depth int) *node {
	p.checkTag(n, "!!seq")
	out := p.add(n)
	out.kind, out.items = listNode, make([]*node, 0, len(n.Content))
	for _, item := range n.Content {
		if p.aliased > maxAliased {
			break
		}
		out.items = append(out.items, p.node(item, depth+1))
	}
	return out
}

func (p *parser) mapping(n *yaml.Node, depth int) *node {
	p.checkTag(n, "!!map")
	size := len(n.Content) / 2
	out, both := p.add(n), make([]*node, 2*size)
	out.kind, out.keys, out.items = mapNode, both[:0:size], both[size:size]
	seen := keySet{}
	for i := 0; i+1 < len(n.Content) && p.aliased <= maxAliased; i += 2 {
		key := p.key(n.Content[i])
		value := p.node(n.Content[i+1], depth+1)
		if key == nil || !p.first(n.Content[i], key, &seen) {
			continue
		}
		out.keys = append(out.keys, key)
		out.items = append(out.items, value)
	}
	return out
}

// key reads a key, or gives nil where it cannot stand.
func (p *parser) key(n *yaml.Node) *node {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Kind != yaml.ScalarNode {
		p.fail(n, "key-not-text", "", "a key must be text, found a list or a map")
		return nil
	}
	key := p.scalar(n)
	if key.style == plainStyle && n.Value == "<<" {
		p.fail(n, "merge-key", "write the values out", "merge keys (<<) are not part of the language")
		return nil
	}
	if key.style == plainStyle && key.isPlainNonText() {
		p.fail(n, "key-not-text", fmt.Sprintf("put it in quotes: %q", n.Value), "the key %s is not text", n.Value)
	}
	return key
}

// first is true if the key did not stand in its map before.
func (p *parser) first(n *yaml.Node, key *node, seen *keySet) bool {
	earlier := seen.add(key)
	if earlier == nil {
		return true
	}
	p.fail(n, "duplicate-key", fmt.Sprintf("the first one is in line %d; keep one of the two", earlier.line),
		"the key %q is given twice", key.text)
	return false
}

// keySet finds a key that stood before. Most maps are small, and for those a
// list is faster than a map.
type keySet struct {
	few  [12]*node
	n    int
	many map[string]*node
}

func (s *keySet) add(key *node) (earlier *node) {
	if s.many != nil {
		if earlier = s.many[key.text]; earlier == nil {
			s.many[key.text] = key
		}
		return earlier
	}
	for _, k := range s.few[:s.n] {
		if k.text == key.text {
			return k
		}
	}
	if s.n < len(s.few) {
		s.few[s.n] = key
		s.n++
		return nil
	}
	s.many = make(map[string]*node, 2*len(s.few))
	for _, k := range s.few {
		s.many[k.text] = k
	}
	s.many[key.text] = key
	return nil
}

func (p *parser) scalar(n *yaml.Node) *node {
	out := p.add(n)
	out.text = n.Value
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		out.style = doubleQuoted
	case n.Style&yaml.SingleQuotedStyle != 0:
		out.style = singleQuoted
	case n.Style&yaml.LiteralStyle != 0:
		out.style = literalBlock
	case n.Style&yaml.FoldedStyle != 0:
		out.style = foldedBlock
	}
	if strings.Contains(out.text, "${") {
		p.texts = append(p.texts, out.text)
		out.expr = int32(len(p.texts))
	}
	p.checkTag(n, "")
	return out
}

// checkTag refuses tags that stand in the file. The reader also sets the tags
// that it found out itself; those carry no style.
func (p *parser) checkTag(n *yaml.Node, implied string) {
	if n.Style&yaml.TaggedStyle != 0 && n.Tag != implied {
		p.fail(n, "yaml-tag", "leave the tag out", "tags such as %s are not part of the language", n.Tag)
	}
}
