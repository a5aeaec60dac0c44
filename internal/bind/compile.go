package bind

import (
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/schema"
)

// compilation is the work on one text.
type compilation struct {
	engine   *Engine
	scope    Scope
	text     string
	read     []piece // of the text, where it was read already
	room     *room   // of an Ahead; nil without
	problems []Problem
	refs     []Ref
	dashed   int      // where a name with dashes ends that was reported
	proven   []string // paths that are not null, by the conditions around in the expression
	nulls    []string // what can be null and stands where null cannot be
	chain    *links   // of whose base, that is no name of the scope, a member is selected; else nil
	at       int      // the member of chain
	parts    bool     // proven holds parts of conditions, too: see ProvenScope
}

var (
	anyField     = &schema.Field{}
	stringField  = &schema.Field{Type: schema.String}
	integerField = &schema.Field{Type: schema.Integer}
	numberField  = &schema.Field{Type: schema.Number}
	booleanField = &schema.Field{Type: schema.Boolean}
	mapField     = &schema.Field{Type: schema.Map}
	textsField   = &schema.Field{Type: schema.List, Elem: stringField}
)

func (c *compilation) compile() *Program {
	if !strings.Contains(c.text, wso2Opening) {
		if !strings.Contains(c.text, "${") {
			return plainText(c.text, c.text)
		}
		if p := c.wholePath(); p != nil || c.problems != nil {
			return p
		}
	} else {
		c.wso2()
	}
	return c.pieces()
}

// wholePath is the short way for ${ctx.a.b}. It gives nil, without a problem,
// where the text is something else.
func (c *compilation) wholePath() *Program {
	src, base, ok := onlyExpression(c.text)
	if !ok || c.read != nil {
		return nil
	}
	var buf [8]segment
	segs, ok := scanPath(buf[:0], src, base)
	if !ok {
		return nil
	}
	made := c.room.barePath()
	c.refs = made.ref[:0:1]
	ex, ok := c.path(segs, &made.bare)
	if !ok {
		return nil
	}
	made.Program = c.whole(ex)
	return &made.Program
}

// onlyExpression returns what stands between ${ and } in a text that begins and
// ends so.
func onlyExpression(text string) (src string, base int, ok bool) {
	start, end := trimSpace(text)
	if end-start < 4 || text[start:start+2] != "${" || text[end-1] != '}' {
		return "", 0, false
	}
	return text[start+2 : end-1], start + 2, true
}

// barePath is what the program of a text that is one path is made of. A flow has
// thousands.
type barePath struct {
	Program
	bare bare
	ref  [1]Ref
}

// bare is a path with room for the one member that most select.
type bare struct {
	path path
	segs [1]segment
}

func (c *compilation) whole(ex expression) Program {
	return Program{text: c.text, whole: true, expr: ex, secret: ex.known.secret, refs: c.refs, nulls: c.nulls}
}

// path makes an expression of a scanned path, in the room that made is.
func (c *compilation) path(segs []segment, made *bare) (expression, bool) {
	f, slot, used, ok := c.resolve(segs)
	if !ok {
		return expression{}, false
	}
	for i := used; i < len(segs); i++ {
		var p *Problem
		if f, p = c.selectMember(f, &segs[i], segs[:i]); p != nil {
			c.problems = append(c.problems, *p)
			return expression{}, false
		}
	}
	last := segs[len(segs)-1]
	ex := expression{known: f.outcome(), off: segs[0].off, len: last.off + last.len - segs[0].off}
	ex.path = &made.path
	ex.path.slot = slot
	if used < len(segs) {
		ex.path.segs = append(made.segs[:0], segs[used:]...)
	}
	return ex, true
}

// pieces compiles a text that is not one plain path.
func (c *compilation) pieces() *Program {
	pieces, unclosed, deep := c.read, -1, -1
	if pieces == nil {
		pieces, unclosed, deep = split(c.text)
	}
	switch {
	case unclosed >= 0:
		c.report(unclosed, 2, RuleUnclosed, "this ${ has no closing }",
			`put the whole value in quotes: YAML ends a plain value at " #" and at ": "`)
	case deep >= 0:
		c.report(deep, 2, RuleTooLong, "the expression nests too deep", "set parts of it as variables first")
	case len(c.text) > maxText:
		c.report(0, 0, RuleTooLong, "a text with expressions is longer than 1 MiB", "")
		return nil
	}
	if len(pieces) == 1 && pieces[0].expr && !strings.Contains(c.text, wso2Opening) { // as most are
		ex, ok := c.expression(pieces[0])
		if c.failed() {
			return nil
		}
		if ok {
			p := c.room.program()
			*p = c.whole(ex)
			return p
		}
		return c.assemble(nil)
	}
	parts := make([]part, 0, len(pieces))
	for _, p := range pieces {
		if !p.expr {
			parts = append(parts, part{literal: c.text[p.off:p.end]})
			continue
		}
		if strings.Contains(c.text[p.off:p.end], wso2Opening) {
			continue // reported already
		}
		if ex, ok := c.expression(p); ok {
			parts = append(parts, part{expr: &ex})
		}
	}
	if c.failed() {
		return nil
	}
	return c.assemble(parts)
}

func (c *compilation) failed() bool {
	return slices.ContainsFunc(c.problems, func(p Problem) bool { return !p.Warning })
}

func (c *compilation) assemble(parts []part) *Program {
	var only *expression
	whole, literal, secret := true, true, false
	for _, p := range parts {
		switch {
		case p.expr == nil:
			whole = whole && strings.TrimSpace(p.literal) == ""
		case only == nil:
			only, literal = p.expr, false
			secret = p.expr.known.secret
		default:
			whole = false
			secret = secret || p.expr.known.secret
		}
	}
	switch {
	case literal:
		return plainText(c.text, joinLiterals(parts))
	case whole:
		p := c.whole(*only)
		return &p
	}
	for _, p := range parts {
		if p.expr != nil {
			c.noNull(p.expr.known.null())
			c.noBytes(p.expr)
		}
	}
	if c.failed() {
		return nil
	}
	p := c.room.program()
	*p = Program{text: c.text, parts: parts, secret: secret, refs: c.refs, nulls: c.nulls}
	return p
}

// noBytes reports bytes between pieces of text.
func (c *compilation) noBytes(x *expression) {
	is := x.known.are
	if x.known.typ != nil {
		is = kind(x.known.typ.Type)
	}
	if is == kind(schema.Bytes) && !c.engine.unlike {
		c.report(x.off, x.len, RuleType, "this is bytes, which text cannot hold", bytesHelp)
	}
}

func joinLiterals(parts []part) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(p.literal)
	}
	return b.String()
}

// expression compiles what stands between ${ and }.
func (c *compilation) expression(p piece) (expression, bool) {
	src := c.text[p.off:p.end]
	if start, end := trimSpace(src); start == end {
		c.report(p.off-2, p.end-p.off+3, RuleEmpty, "${} holds no expression", "write a literal ${ as $${")
		return expression{}, false
	}
	if len(src) > maxExpression {
		c.report(p.off-2, 2, RuleTooLong, "the expression is longer than 64 KiB", "set parts of it as variables first")
		return expression{}, false
	}
	var buf [8]segment
	if segs, ok := scanPath(buf[:0], src, p.off); ok {
		return c.path(segs, &bare{})
	}
	if at := commentAtEnd(src); at >= 0 {
		c.report(p.off+at, 2, RuleSyntax, "what stands behind "+src[at:at+2]+" is a comment, and is not read",
			"int(a / b) divides integers; comments stand behind a # of the file")
		return expression{}, false
	}
	return c.program(p)
}

// commentAtEnd returns where a comment begins that ends an expression; -1 for none.
// One that ends a line further up is surely meant.
func commentAtEnd(src string) int {
	if !strings.Contains(src, "//") && !strings.Contains(src, "/*") {
		return -1
	}
	for i := 0; i < len(src)-1; i++ {
		switch b := src[i]; {
		case b == '\'' || b == '"' || b == '`':
			if i = quoteEnd(src, i); i < 0 {
				return -1
			}
		case b == '/' && (src[i+1] == '/' || src[i+1] == '*'):
			end := "\n"
			if src[i+1] == '*' {
				end = "*/"
			}
			rest := strings.Index(src[i+2:], end)
			if rest < 0 || strings.TrimSpace(src[i+2+rest+len(end):]) == "" {
				return i
			}
			i += 1 + rest + len(end)
		}
	}
	return -1
}

func needsName(root string) bool { return root == "steps" || root == "secrets" || root == "env" }

// beginsWith is how a scope's help for a name begins that is like no other.
const beginsWith = "an expression begins with"

func (c *compilation) report(off, length int, rule, message, help string) {
	c.problems = append(c.problems, Problem{Offset: off, Length: length, Rule: rule, Message: message, Help: help})
}

const wso2Opening = "{$ctx:"

// wso2 reports every {$ctx:name}, the way that WSO2's connectors spell a
// binding.
func (c *compilation) wso2() {
	for from := 0; ; {
		i := strings.Index(c.text[from:], wso2Opening)
		if i < 0 {
			return
		}
		i += from
		name := c.text[i+len(wso2Opening):]
		end := strings.IndexByte(name, '}')
		length := len(wso2Opening)
		if end >= 0 {
			name, length = name[:end], length+end+1
		} else {
			name = "name"
		}
		c.report(i, length, RuleWSO2, "this is not how a flow spells a binding", "write ${ctx."+strings.TrimSpace(name)+"}")
		from = i + length
	}
}
