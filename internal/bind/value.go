package bind

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// ValueProgram is a text over a few variables, compiled without a flow.
type ValueProgram struct {
	program *Program
	names   []string
}

// valueEngine is made when somebody first needs it.
var valueEngine = sync.OnceValue(func() *Engine { return NewEngine() })

// CompileValue compiles src, which is written as Compile's text is, over
// variables of any type. The error tells every mistake. now() and uuid() fail
// when they are evaluated.
func CompileValue(src string, names ...string) (*ValueProgram, error) {
	p, problems := valueEngine().Compile(src, valueScope(names))
	if p == nil {
		return nil, problemsError(problems)
	}
	return &ValueProgram{program: p, names: slices.Clone(names)}, nil
}

// Eval returns the value. Variables that vars does not have are null.
func (p *ValueProgram) Eval(vars map[string]any) (any, error) {
	return p.program.Eval(valueVars{names: p.names, values: vars})
}

type valueScope []string

func (s valueScope) Roots() []string { return s }

func (s valueScope) Resolve(ref Ref) (Binding, *Problem) {
	i := slices.Index(s, ref.Root)
	if i < 0 || ref.Name != "" {
		return Binding{}, &Problem{}
	}
	return Binding{Slot: i}, nil
}

type valueVars struct {
	names  []string
	values map[string]any
}

func (v valueVars) Load(slot int, _ bool) any { return v.values[v.names[slot]] }

func (valueVars) Payloads() bool { return false }

// problemsError is what CompileValue has to say.
type problemsError []Problem

func (e problemsError) Error() string {
	lines := make([]string, len(e))
	for i, p := range e {
		lines[i] = fmt.Sprintf("at byte %d: %s", p.Offset, p.Message)
		if p.Help != "" {
			lines[i] += " (" + p.Help + ")"
		}
	}
	return strings.Join(lines, "; ")
}
