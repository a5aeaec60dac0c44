package bind

import (
	"errors"

	"github.com/expr-lang/expr/checker/nature"
	"github.com/expr-lang/expr/compiler"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"

	"github.com/expr-lang/expr/ast"
)

// code is an expression that runs on expr's machine.
type code struct {
	engine  *Engine
	program *vm.Program
	inputs  []input
	framed  bool
	src     string
	base    int // of src in the text
}

// frame is what functions see of one evaluation.
type frame struct {
	vars Vars
	left int // bytes that functions may still produce
}

// maxProduced bounds what the functions of one evaluation produce together.
const maxProduced = 64 << 20

var errTooMuch = errors.New("the expression needs too much memory")

func (f *frame) spend(n int) error {
	if n < 0 || n > f.left {
		return errTooMuch
	}
	f.left -= n
	return nil
}

// machine is what one evaluation needs; the engine keeps some.
type machine struct {
	vm    vm.VM
	env   map[string]any
	frame frame
}

func (c *code) eval(v Vars) (any, *EvalError) {
	m := c.engine.machines.Get().(*machine)
	defer c.engine.release(m)
	for i := range c.inputs {
		value, err := c.inputs[i].path.eval(v)
		if err != nil {
			return nil, err
		}
		m.env[c.inputs[i].name] = value
	}
	if c.framed {
		m.frame = frame{vars: v, left: maxProduced}
		m.env[frameName] = &m.frame
	}
	out, err := m.vm.Run(c.program, m.env)
	if err != nil {
		return nil, c.fault(err)
	}
	return settle(out)
}

// release leaves nothing of the evaluation in m. What the machine keeps for
// loops cannot be reached, so it is made anew.
func (e *Engine) release(m *machine) {
	clear(m.env)
	m.frame = frame{}
	if cap(m.vm.Scopes) > 0 || cap(m.vm.Stack) > 256 {
		m.vm = vm.VM{}
	} else {
		clear(m.vm.Stack[:cap(m.vm.Stack)])
		clear(m.vm.Variables)
	}
	e.machines.Put(m)
}

// fault says in words of flows what stopped the machine.
func (c *code) fault(err error) *EvalError {
	var at *file.Error
	if !errors.As(err, &at) {
		return &EvalError{Message: "the expression cannot be evaluated"}
	}
	var ours *callError
	message := ""
	if errors.As(at.Prev, &ours) {
		message = ours.Error()
	} else {
		message = machineMessage(at.Message)
	}
	off, length := span(c.src, c.base, at.Location)
	return &EvalError{Offset: off, Length: length, Message: message}
}

// configure makes the configurations that all expressions share.
func (e *Engine) configure() {
	e.parse, e.check = conf.CreateNew(), conf.CreateNew()
	for name, f := range e.parse.Builtins {
		if !f.Predicate {
			e.parse.Disabled[name] = true
			delete(e.check.Builtins, name)
		}
	}
	for name, f := range e.functions {
		e.check.Functions[name] = f.builtin()
	}
	e.check.Env = nature.FromType(goMap)
	e.check.Env.TypeData = &nature.TypeData{Fields: e.env}
	e.check.Env.Strict = true
	e.check.Strict = true
	e.check.Optimize = false
}

// program compiles what is more than a path.
func (c *compilation) program(src string, base int) (x expression, ok bool) {
	defer func() {
		// expr's parser, checker and compiler panic on trees that they do not
		// expect. That is a mistake of ours, not a reason to stop.
		if recover() != nil {
			c.report(base, len(src), RuleSyntax, "the expression cannot be compiled", "")
			x, ok = expression{}, false
		}
	}()
	tree, err := parser.ParseWithConfig(src, c.engine.parse)
	r := &rewriter{compilation: c, src: src, base: base}
	if err != nil {
		r.syntax(err)
		return expression{}, false
	}
	before := len(c.problems)
	f := r.visit(&tree.Node)
	x, p := c.engine.build(tree, r, f)
	if p != nil {
		c.problems = append(c.problems, *p)
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
		return expression{}, r.mismatch(err)
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
		return expression{fact: f, rng: &valueRange{from, to}}, nil
	}
	return expression{fact: f, code: e.generate(r, tree)}, nil
}

// generate lowers and compiles a checked tree.
func (e *Engine) generate(r *rewriter, tree *parser.Tree) *code {
	l := lowerer{functions: e.functions}
	l.lower(&tree.Node)
	program, err := compiler.Compile(tree, e.check)
	if err != nil {
		panic(err)
	}
	return &code{engine: e, program: program, inputs: r.inputs, framed: l.framed, src: r.src, base: r.base}
}
