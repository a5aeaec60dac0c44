package bind

import (
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"
)

// valueRange is ${from..to} as the whole of an expression.
type valueRange struct{ from, to rangeEnd }

// rangeEnd is a literal, or code.
type rangeEnd struct {
	literal int64
	code    *code
	off     int
	len     int
}

func (e *Engine) rangeEnd(r *rewriter, tree *parser.Tree, n ast.Node) rangeEnd {
	off, length := r.span(n.Location())
	if i, ok := n.(*ast.IntegerNode); ok {
		return rangeEnd{literal: int64(i.Value)}
	}
	made := r.code()
	e.generate(made, &parser.Tree{Node: n, Source: tree.Source}, e.check)
	return rangeEnd{code: made, off: off, len: length}
}

// value has the form that Program.Range gives out.
func (e *rangeEnd) value(v Vars) (int64, error) {
	n, err := e.eval(v)
	if err != nil {
		return 0, err
	}
	return n, nil
}

func (e *rangeEnd) eval(v Vars) (int64, *EvalError) {
	if e.code == nil {
		return e.literal, nil
	}
	out, err := e.code.eval(v)
	if err != nil {
		return 0, err
	}
	n, ok := out.(int64)
	if !ok {
		return 0, &EvalError{
			Offset: e.off, Length: e.len,
			Message: "the end of a range must be an integer, not " + withArticle(typeName(out)),
		}
	}
	return n, nil
}

// list makes the range, where somebody wants it as a value.
func (r *valueRange) list(v Vars) (any, *EvalError) {
	from, err := r.from.eval(v)
	if err != nil {
		return nil, err
	}
	to, err := r.to.eval(v)
	if err != nil {
		return nil, err
	}
	if to < from {
		return []any{}, nil
	}
	if size := uint64(to) - uint64(from); size >= maxRange {
		return nil, &EvalError{Message: errTooMany.Error()}
	}
	list := make([]any, 0, to-from+1)
	for i := from; ; i++ {
		list = append(list, i)
		if i == to {
			return list, nil
		}
	}
}

// maxRange bounds a range that is made into a list, as expr's machine does.
const maxRange = 1_000_000
