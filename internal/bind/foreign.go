package bind

import (
	"slices"
	"strings"

	"github.com/expr-lang/expr/parser"

	"github.com/medlar-flow/medlar/internal/foreign"
	"github.com/medlar-flow/medlar/schema"
)

// elsewhereRules are the rules of mistakes that can be what another language writes.
var elsewhereRules = []string{RuleSyntax, RuleType, RuleUnknownName, RuleUnknownInput, RuleUnknownField, RuleUnknownFunction}

// elsewhere puts in the place of mistakes in what other languages write one
// mistake with what a flow writes.
func (c *compilation) elsewhere() {
	if c.engine.looked.Load() > mostLooked {
		return
	}
	pieces, unclosed, deep := split(c.text)
	if unclosed >= 0 || deep >= 0 {
		return
	}
	for _, p := range pieces {
		if p.expr && p.end-p.off <= maxExpression {
			c.rewritten(p)
		}
	}
}

// rewritten does what elsewhere does with one expression. A mistake that has what to
// write in its place stays as it is.
func (c *compilation) rewritten(p piece) {
	var places []int
	read := true
	for _, problem := range c.problems {
		if within(problem, p.off, p.end-p.off) && !problem.Warning && !problem.Replaces && slices.Contains(elsewhereRules, problem.Rule) {
			places = append(places, problem.Offset-p.off)
			read = read && problem.Rule != RuleSyntax
		}
	}
	if places == nil {
		return
	}
	src := c.text[p.off:p.end]
	w, ok := foreign.Find(src, places, read, foreignScope{c})
	c.engine.looked.Add(int64(w.Work))
	if !ok {
		return
	}
	replaced := func(problem Problem) bool {
		return !problem.Warning && !problem.Replaces && (within(problem, p.off+w.Offset, w.Length) || !read && within(problem, p.off, len(src)))
	}
	i := slices.IndexFunc(c.problems, replaced)
	if i < 0 {
		return
	}
	one := c.problems[i]
	if !read {
		one.Message = "this is not how a flow writes it"
	}
	one.Offset, one.Length = p.off+w.Offset, w.Length
	one.Help, one.Replaces = joinHelp(w.Note, "write "+w.Use), true
	c.problems = append(slices.DeleteFunc(c.problems, replaced), one)
}

// within reports whether a problem stands in a part of the text.
func within(p Problem, off, length int) bool { return p.Offset >= off && p.Offset <= off+length }

// foreignScope is what package foreign needs to know of where an expression
// stands.
type foreignScope struct{ *compilation }

func (s foreignScope) Reads(expr string) bool {
	_, err := parser.ParseWithConfig(expr, s.engine.parse)
	return err == nil
}

func (s foreignScope) Type(expr string) string {
	c := compilation{engine: s.engine, scope: s.scope, text: "${" + expr + "}"}
	p := c.compile()
	if p == nil || c.failed() || !p.whole {
		return ""
	}
	if kind := p.Time(); kind != 0 {
		return kind.String()
	}
	if f := p.Type(); f != nil && f.Type != schema.Any {
		return f.Type.String()
	}
	return ""
}

func (s foreignScope) Has(root, name string) bool {
	if root == "" {
		return slices.Contains(s.scope.Roots(), name)
	}
	c := compilation{engine: s.engine, scope: s.scope, text: "${" + root + "." + name + "}"}
	return c.compile() != nil && !c.failed() && !strings.ContainsAny(name, "$#@")
}

func (s foreignScope) Function(name string) bool {
	f := s.engine.functions[name]
	_, takesPredicate := s.engine.check.Builtins[name]
	return f != nil && !f.hidden || takesPredicate
}
