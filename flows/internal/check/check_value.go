package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/flows/internal/interp"
	"github.com/medlar-flow/medlar/internal/bind"
	"github.com/medlar-flow/medlar/schema"
)

// value checks a value against the field that it is for, and gives the plan
// that makes it. f nil takes anything. sc nil takes no expressions. what names
// the value in messages.
func (c *checker) value(n *node, f *schema.Field, sc *scope, what string) interp.Value {
	if f == nil {
		f = fields.Anything
	}
	if n.Broken {
		c.broken = true
		return interp.Constant{} // the file's reader has reported it
	}
	switch n.Kind {
	case mapNode:
		return c.mapping(n, f, sc, what)
	case listNode:
		return c.list(n, f, sc, what)
	default:
		return c.scalar(n, f, sc, what)
	}
}

func (c *checker) scalar(n *node, f *schema.Field, sc *scope, what string) interp.Value {
	if strings.Contains(n.Text, "${") || strings.Contains(n.Text, "{$") {
		v, done := c.template(n, f, sc, what)
		if done {
			return v
		}
		plain := *n
		plain.Text, _ = v.(interp.Constant).V.(string)
		n = &plain
	}
	v, ok := c.scalarLiteral(n, f, what)
	if !ok {
		return interp.Constant{}
	}
	if v != nil && (f.Secret || f.Type == schema.List && f.BareElement && f.Elem != nil && f.Elem.Secret) {
		c.literalSecret(n, sc, what)
	}
	before := len(c.diags)
	c.convert(n, f, v, what)
	c.asText(n, f, sc, what, before)
	return interp.Constant{V: v}
}

// scalarLiteral returns a scalar as the value that the field's type makes of it.
func (c *checker) scalarLiteral(n *node, f *schema.Field, what string) (any, bool) {
	if fields.IsTextual(f) {
		if n.IsNull() {
			c.nullLiteral(n, f, what)
			return nil, true
		}
		return n.Text, true
	}
	if n.IsNull() {
		c.nullLiteral(n, f, what)
	}
	v, problem := n.Value()
	if problem != "" {
		c.fail(n, "ambiguous-scalar", "", "%s: %s %s", what, n.Text, problem)
		if c.forgives() {
			return n.Text, true
		}
		return nil, false
	}
	return v, true
}

// template checks a text that may hold expressions. done is false where it
// holds none; v is then the text with $${ as ${.
func (c *checker) template(n *node, f *schema.Field, sc *scope, what string) (v interp.Value, done bool) {
	at := sc
	if at == nil {
		at = &scope{}
		if bind.HasExpr(n.Text) {
			c.noExpression(n, what)
			return interp.Constant{}, true
		}
	}
	reads := len(c.reads)
	n, omits := c.withoutOmit(n, f)
	program, problems := c.compile(n, at)
	c.problems(n, problems, at)
	if program == nil || hasErrors(problems) {
		return interp.Constant{}, true
	}
	if f.Secret {
		c.secretEnv(c.reads[reads:])
	}
	if fixed, ok := program.Constant(); ok {
		return interp.Constant{V: fixed}, false
	}
	c.curlyQuotes(n, what)
	fits := c.fits(n, program, f, what)
	if v, ok := program.Fixed(); ok && fits && !c.forgives() {
		c.convert(n, f, v, what)
	} else if fits && f.Type >= schema.Object && !c.forgives() && !c.loader.lenient {
		fits = c.inDepth(n, program, f, what)
	}
	if omits {
		return &interp.Binding{Program: program, At: c.src.Place(n), Omits: true}, true
	}
	if fits {
		c.mayBeNull(n, program, f, what)
	}
	c.nullNarrows(n, program, f, what)
	made := c.newBinding()
	made.Program, made.At = program, c.src.Place(n)
	return made, true
}

func (c *checker) compile(n *node, sc *scope) (*bind.Program, []bind.Problem) {
	before := len(c.urls)
	var program *bind.Program
	var problems []bind.Problem
	if c.ahead != nil && n.Expr > 0 {
		program, problems = c.ahead.Compile(int(n.Expr)-1, n.Text, sc)
	} else {
		program, problems = c.engine.Compile(n.Text, sc)
	}
	c.placeURLs(before, n)
	return program, problems
}

func hasErrors(problems []bind.Problem) bool {
	return slices.ContainsFunc(problems, func(p bind.Problem) bool { return !p.Warning })
}

func (c *checker) problems(n *node, problems []bind.Problem, sc *scope) {
	for _, p := range problems {
		p = c.mustache(n, p, sc)
		severity := diag.Error
		if p.Warning {
			severity = diag.Warning
		}
		switch {
		case p.Rule == bind.RuleUnclosed && n.Style != plainStyle:
			p.Help = "add the closing }, or write $${ for a plain ${"
		case p.Rule == bind.RuleUnknownInput && c.sharing != nil && c.sharing.user.hasSet(n.Text, p):
			p.Help = "a connection at the top sees inputs, and not what steps set: " + intoStep
		case p.Rule == bind.RuleUnknownInput && sc.rooted(n.Text, p) != "":
			p.Help = fmt.Sprintf("write ‹%[1]s› in place of ‹ctx.%[1]s›", sc.rooted(n.Text, p))
		case p.Rule == bind.RuleUnknownInput && p.Help == "":
			p.Help = "declare it under ‹inputs:›, or set it in a step before"
		}
		c.report(severity, c.src.Inside(n, p.Offset, p.Length), p.Rule, p.Help, p.Message)
	}
}

// shapeHelp is what to write where a list or map stands that is none of what is
// wanted.
func shapeHelp(f *schema.Field) string {
	switch f.Type {
	case schema.List:
		return "write a list: ‹[value]›"
	case schema.Map, schema.Object:
		return "write a map: ‹{name: value}›"
	}
	return "write one value"
}

func joinWhat(what, name string) string {
	if what == "" || strings.HasPrefix(name, "[") {
		return what + name
	}
	return what + "." + name
}

func (c *checker) list(n *node, f *schema.Field, sc *scope, what string) interp.Value {
	elem := f.Elem
	switch {
	case f.Coerce != nil:
		elem = nil
	case f.Type == schema.Any:
	case f.Type != schema.List:
		c.fail(n, "wrong-type", shapeHelp(f), "%s takes %s, found a list", what, fields.Article(f))
		elem = nil
	}
	items := make(interp.ListValue, len(n.Items()))
	fixed := true
	for i, item := range n.Items() {
		items[i] = c.value(item, elem, sc, joinWhat(what, fmt.Sprintf("[%d]", i)))
		_, ok := items[i].(interp.Constant)
		fixed = fixed && ok
	}
	if !fixed {
		return items
	}
	list := make([]any, len(items))
	for i, item := range items {
		list[i] = item.(interp.Constant).V
	}
	c.convertWhole(n, f, list, what)
	return interp.Constant{V: list}
}

// convertWhole checks what only a whole container can break; what its parts
// break was reported with them.
func (c *checker) convertWhole(n *node, f *schema.Field, v any, what string) {
	if f.Coerce == nil && f.MinLength == nil && f.MaxLength == nil {
		return
	}
	before := c.diags
	c.convert(n, f, v, what)
	for _, d := range c.diags[len(before):] {
		if d.Rule != schema.RuleLength && f.Coerce == nil {
			c.diags = before
			return
		}
	}
}

func (c *checker) mapping(n *node, f *schema.Field, sc *scope, what string) interp.Value {
	switch {
	case isFile(n) && (f.File || f.Type == schema.String && sc != nil):
		if sc != nil && sc.trigger != nil && !contains(sc.trigger.names, "secrets") { // which auth alone has
			c.fail(n, "no-file-here", "let a step read it", "%s: a trigger reads no files", what)
			return interp.Constant{}
		}
		return c.fileReference(n.Items()[0], f, what)
	case f.Coerce != nil:
		v := c.freeMap(n, nil, sc, what)
		if fixed, ok := v.(interp.Constant); ok {
			c.convert(n, f, fixed.V, what)
		}
		return v
	case f.Type == schema.Object && f.Members != nil:
		return c.object(n, f.Members, sc, what, n)
	case f.Type == schema.Map:
		v := c.freeMap(n, f.Elem, sc, what)
		if fixed, ok := v.(interp.Constant); ok {
			c.convertWhole(n, f, fixed.V, what)
		}
		return v
	case f.Type == schema.List && f.BareElement && f.Elem != nil:
		return c.mapping(n, f.Elem, sc, what)
	case f.Type == schema.Any || f.Type == schema.Object || f.Type == schema.List && f.BareElement:
		return c.freeMap(n, nil, sc, what)
	default:
		c.fail(n, "wrong-type", shapeHelp(f), "%s takes %s, found a map", what, fields.Article(f))
		return c.freeMap(n, nil, sc, what)
	}
}

// literalSecret keeps a secret that stands in the file out of excerpts, and
// says that it should not stand there.
func (c *checker) literalSecret(n *node, sc *scope, what string) {
	c.src.Hide(n.Text)
	help := "read it from the environment: \"${env.NAME}\""
	if sc != nil && sc.trigger != nil { // which has no env
		help = "declare it under ‹secrets:›, and write \"${secrets.NAME}\""
	}
	c.warn(n, "literal-secret", help, "%s is a secret and stands in the file", what)
}
