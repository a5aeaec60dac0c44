package bind

import (
	"reflect"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/checker/nature"
	"github.com/expr-lang/expr/compiler"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"
)

// configure makes the configurations that all expressions share.
func (e *Engine) configure() {
	e.parse = conf.CreateNew()
	check := *e.parse // which has cached nothing yet; making another costs more than all that follows
	e.check = &check
	e.check.ConstFns, e.check.Disabled = map[string]reflect.Value{}, map[string]bool{}
	e.check.Builtins = make(conf.FunctionsTable)
	e.parse.Disabled = make(map[string]bool, len(e.parse.Builtins))
	for name, f := range e.parse.Builtins {
		if f.Predicate {
			e.check.Builtins[name] = f
		} else {
			e.parse.Disabled[name] = true
		}
	}
	e.check.Functions = make(conf.FunctionsTable, len(e.functions))
	for name, f := range e.functions {
		e.check.Functions[name] = f.builtin()
	}
	e.check.Optimize = false
	emit := *e.check // which has cached nothing yet; the tables do not change any more
	e.emit = &emit
	e.check.Env = nature.FromType(goMap)
	e.check.Env.TypeData = &nature.TypeData{Fields: e.env}
	e.check.Env.Strict = true
	e.check.Strict = true
	// The compiler needs to know only that the environment is a map.
	e.emit.Env = nature.FromType(goMap)
}

const uncompiled = "the expression cannot be compiled"

// program compiles what is more than a path.
func (c *compilation) program(p piece) (x expression, ok bool) {
	src, base := c.text[p.off:p.end], p.off
	defer func() {
		// expr's parser, checker and compiler panic on trees that they do not
		// expect. That is a mistake of ours, not a reason to stop.
		if recover() != nil {
			c.report(base, len(src), RuleSyntax, uncompiled, "")
			x, ok = expression{}, false
		}
	}()
	tree := p.tree
	var err error
	if tree == nil || c.parts { // it was rewritten
		tree, err = c.engine.parseSource(src)
	}
	r := c.engine.rewriter()
	defer c.engine.rewriters.Put(r)
	r.compilation, r.source = c, newSource(src, base)
	types := strings.Count(src, "type(")
	r.unlike = c.engine.unlike
	if err != nil {
		r.syntax(err)
		return expression{}, false
	}
	before, nulls, dashed := len(c.problems), len(c.nulls), c.dashed
	literal := literalParts(tree.Node)
	if types > 0 && !r.unlike {
		if r.unlike = !understands(tree.Node, types); !r.unlike && !c.parts {
			return c.again(p)
		}
	}
	f := r.visit(&tree.Node)
	if !c.parts && c.knowsMore(f.null != "" || len(c.nulls) > nulls, c.problems[before:]) {
		c.problems, c.nulls, c.dashed = c.problems[:before], c.nulls[:nulls], dashed
		return c.again(p)
	}
	x, problem := c.engine.build(tree, r, f)
	if x.code != nil {
		x.code.literal = literal
	}
	if problem != nil && !(len(c.problems) > before && problem.ofUnknown()) {
		c.problems = append(c.problems, *problem)
	}
	for _, p := range c.problems[before:] {
		if !p.Warning {
			return expression{}, false
		}
	}
	start, end := trimSpace(src)
	x.off, x.len = base+start, end-start
	return x, true
}

// again compiles an expression with what the parts of its conditions say: that costs
// more, and most need it not.
func (c *compilation) again(p piece) (expression, bool) {
	c.parts = true
	defer func() { c.parts = false }()
	return c.program(p)
}

// knowsMore reports whether the parts of the conditions in an expression can matter:
// where something can be null, or was reported to be of a type that is not taken.
func (c *compilation) knowsMore(null bool, problems []Problem) bool {
	if slices.ContainsFunc(problems, func(p Problem) bool { return p.Rule == RuleType }) {
		return true
	}
	scope, ok := c.scope.(ProvenScope)
	return null && ok && scope.Conditional()
}

// ofUnknown reports whether a problem is that of an operand of which nothing is
// known, as of one that was reported already.
func (p *Problem) ofUnknown() bool {
	_, operands, _ := strings.Cut(p.Message, " cannot take ")
	return strings.HasPrefix(operands, "any and ") || strings.HasSuffix(operands, " and any") || operands == "any"
}

// rewriter returns one that has seen nothing. What an earlier one made it does
// not touch.
func (e *Engine) rewriter() *rewriter {
	r, ok := e.rewriters.Get().(*rewriter)
	if !ok {
		return &rewriter{}
	}
	facts := r.facts[:0]
	clear(facts[:cap(facts)])
	*r = rewriter{facts: facts, links: r.links}
	return r
}

// build checks types and compiles.
func (e *Engine) build(tree *parser.Tree, r *rewriter, f fact) (expression, *Problem) {
	e.mu.Lock()
	defer e.mu.Unlock()
	clear(e.env)
	for i := range r.inputs {
		e.env[r.inputs[i].name] = natureOf(r.inputs[i].typ)
	}
	e.env[badName] = nature.Nature{}
	if _, err := e.checker.Check(tree, e.check); err != nil {
		return expression{}, r.mismatch(err, tree.Node)
	}
	if len(r.problems) > 0 && r.failed() {
		return expression{}, nil
	}
	if tree.Node.Nature().IsBool() {
		f.secret = false
	}
	if f.typ == nil {
		f.typ = fieldOf(tree.Node.Nature())
	}
	if n, ok := tree.Node.(*ast.BinaryNode); ok && n.Operator == ".." {
		from, to := e.rangeEnd(r, tree, n.Left), e.rangeEnd(r, tree, n.Right)
		return expression{known: f.outcome(), rng: &valueRange{from, to}}, nil
	}
	made := r.code()
	switch {
	case len(r.src) > surelyCompiles:
		e.generate(made, tree, e.check)
	case !e.codeless:
		made.tree = tree
	}
	return expression{known: f.outcome(), code: made}, nil
}

// code is what the machine needs to know of the expression beside its program.
func (r *rewriter) code() *code {
	return &code{engine: r.engine, inputs: r.inputs, source: newSource(r.src, r.base)}
}

// surelyCompiles is how long an expression can be at least that expr's compiler has a
// limit for: a call with more than 255 arguments (expr 1.17.8). The code of shorter ones
// is made when they are first evaluated.
const surelyCompiles = 2 * 256

// generate lowers and compiles a checked tree. It panics where expr's compiler
// does not take it.
func (e *Engine) generate(c *code, tree *parser.Tree, config *conf.Config) {
	c.framed = e.lower(tree)
	c.program = assemble(tree, config)
}

// lower prepares a checked tree for expr's compiler, and reports whether calls in it want
// the frame.
func (e *Engine) lower(tree *parser.Tree) (framed bool) {
	l := lowerer{functions: e.functions}
	l.lower(&tree.Node)
	return l.framed
}

// assemble compiles a lowered tree; it panics as generate does.
func assemble(tree *parser.Tree, config *conf.Config) *vm.Program {
	program, err := compiler.Compile(tree, config)
	if err != nil {
		panic(err)
	}
	return program
}
