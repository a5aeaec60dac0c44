package bind

import (
	"errors"
	"sync"

	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"

	"github.com/medlar-flow/medlar/internal/value"
)

// code is an expression that is evaluated, by expr's machine or from its tree.
type code struct {
	engine  *Engine
	once    sync.Once    // prepares it: one of simple and program is there behind it
	late    sync.Once    // makes the program of one that is simple
	tree    *parser.Tree // that program is made of; nil once it is, unless it is simple
	program *vm.Program
	simple  bool // see isSimple
	inputs  []input
	framed  bool
	source  source
	literal any // of an expression that is nothing else; see Program.Fixed
}

// frame is what functions see of one evaluation.
type frame struct {
	vars Vars
	left int // bytes that functions may still produce
	work int // elements that may still be looked at
	ask  int // what of the work is left when the evaluation asks whether to stop

	patterns *patterns // of the engine
}

// maxProduced bounds what the functions of one evaluation produce together.
const maxProduced = 64 << 20

// maxWork bounds the elements that predicates and functions of one evaluation
// look at together: loops within loops over a long list would not end.
const maxWork = 10 << 20

// askEvery is the work after which an evaluation asks whether to stop: expr's
// machine cannot be stopped from outside. It is counted the same whenever the
// expression is evaluated with the same values.
const askEvery = 64 << 10

var (
	errTooMuch = errors.New("the expression makes more than 64 MiB: let it make less at once, such as the members that are needed of each element")
	errTooMany = errors.New("the expression makes lists of more than 1,000,000 elements: let a forEach go through the range, or make less at once")
	errTooLong = errors.New("the expression looks at more than 10 million elements: look through a shorter list, or make a map by the key once and look into that")
	errStopped = errors.New("the evaluation was stopped")
)

// Stoppable is what Vars may also implement: whether an evaluation that takes long
// is to stop. It is asked after the same work each time.
type Stoppable interface{ Stopping() bool }

func (f *frame) spend(n int) error {
	if n < 0 || n > f.left {
		return errTooMuch
	}
	f.left -= n
	return nil
}

// toil counts the work that arguments mean.
func (f *frame) toil(args []any) error {
	for _, arg := range args {
		switch x := arg.(type) {
		case []any:
			f.work -= len(x)
		case map[string]any:
			f.work -= len(x)
		case string:
			f.work -= len(x) / 16
		}
	}
	if f.work < 0 {
		return errTooLong
	}
	if f.work > f.ask {
		return nil
	}
	f.ask = f.work - askEvery
	if vars, ok := f.vars.(Stoppable); ok && vars.Stopping() {
		return errStopped
	}
	return nil
}

// machine is what one evaluation needs; the engine keeps some.
type machine struct {
	vm    vm.VM
	env   map[string]any
	frame frame
}

// ready prepares the expression, where nobody has. It is false where expr's compiler does
// not take what its checker took, or panics, which is a mistake of ours.
func (c *code) ready() bool {
	c.once.Do(func() {
		if c.program != nil {
			return
		}
		defer func() { _ = recover() }()
		c.framed = c.engine.lower(c.tree)
		if c.simple = isSimple(&c.tree.Node, c.inputs); !c.simple {
			c.program = c.engine.emitted(c.tree)
			c.tree = nil
		}
	})
	return c.simple || c.program != nil
}

// runs makes the program of an expression that is simple, for values that the machine has
// to look at. It is false as ready is.
func (c *code) runs() bool {
	c.late.Do(func() {
		defer func() { _ = recover() }()
		c.program = c.engine.emitted(c.tree)
	})
	return c.program != nil
}

// emitted makes a program of a lowered tree, beside others that do.
func (e *Engine) emitted(tree *parser.Tree) *vm.Program {
	e.emitting.Lock()
	defer e.emitting.Unlock()
	return assemble(tree, e.emit)
}

func (c *code) eval(v Vars) (any, *EvalError) {
	if !c.ready() {
		return nil, &EvalError{Message: uncompiled}
	}
	if !c.simple {
		return c.run(v)
	}
	if out, ok, err := c.simply(v); ok || err != nil {
		return out, err
	}
	if !c.runs() {
		return nil, &EvalError{Message: uncompiled}
	}
	return c.run(v)
}

// run has the machine evaluate the expression.
func (c *code) run(v Vars) (any, *EvalError) {
	m := c.engine.machines.Get().(*machine)
	defer c.engine.release(m)
	for i := range c.inputs {
		value, err := c.inputs[i].eval(v)
		if err != nil {
			return nil, err
		}
		m.env[c.inputs[i].name] = value
	}
	if c.framed {
		m.frame = frame{vars: v, left: maxProduced, work: maxWork, ask: maxWork - askEvery, patterns: &c.engine.patterns}
		m.env[frameName] = &m.frame
	}
	out, err := m.vm.Run(c.program, m.env)
	if err != nil {
		return nil, c.fault(err)
	}
	return settle(out)
}

// eval loads an input. Payloads in it are decoded where the expression uses it
// whole; where it goes on to a member, selecting looks into them, and the last
// selection decodes those in what it gives.
func (in *input) eval(v Vars) (any, *EvalError) {
	out, err := in.path.eval(v)
	if err != nil {
		return nil, err
	}
	if in.deep && v.Payloads() {
		return value.Plain(out), nil
	}
	if in.whole {
		return opened(out), nil
	}
	return out, nil
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
	message := machineMessage(at.Message)
	var cause error
	if errors.As(at.Prev, &ours) {
		message, cause = ours.Error(), ours.err
	}
	src := c.source // a copy: evaluations share c
	off, length := src.span(at.Location)
	return &EvalError{Offset: off, Length: length, Message: message, Stopped: errors.Is(at.Prev, errStopped), cause: cause}
}
