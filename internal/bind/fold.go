package bind

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"

	"github.com/medlar-flow/medlar/schema"
)

// allProofs appends to list what proofsOf finds, and the paths with which a
// condition cannot be what it is if they are null: of (a ?? 0) > 5 that holds it is
// a, of type(a) == 'string' and a in ['x'] as well.
func allProofs(list []string, n ast.Node, holds bool, spell func(string) string) []string {
	list = proofsOf(list, n, holds, spell)
	asked := askedFor(nil, n, spell)
	for _, path := range asked {
		if is, known := (folding{path, spell}).boolean(n); known && is != holds {
			list = append(list, path)
		}
	}
	return list
}

// mostAsked bounds the paths of a condition that are tried.
const mostAsked = 16

// askedFor appends to list the paths in a condition for which it has an answer where
// they are null.
func askedFor(list []string, n ast.Node, spell func(string) string) []string {
	add := func(n ast.Node) {
		if path := spelling(n, spell); path != "" && len(list) < mostAsked && !slices.Contains(list, path) {
			list = append(list, path)
		}
	}
	switch x := n.(type) {
	case *ast.UnaryNode:
		return askedFor(list, x.Node, spell)
	case *ast.BinaryNode:
		if x.Operator == "??" || x.Operator == "in" {
			add(x.Left)
		}
		return askedFor(askedFor(list, x.Left, spell), x.Right, spell)
	case *ast.CallNode:
		for _, arg := range x.Arguments {
			if name, ok := x.Callee.(*ast.IdentifierNode); ok && name.Value == "type" {
				add(arg)
			}
			list = askedFor(list, arg, spell)
		}
	}
	return list
}

// folding finds out what an expression is where a path is null, as far as literals
// say it.
type folding struct {
	path  string
	spell func(string) string
}

// null is what the literal is, and the path.
type null struct{}

// value returns nil where it is not known.
func (f folding) value(n ast.Node) any {
	switch x := n.(type) {
	case *ast.NilNode:
		return null{}
	case *ast.IntegerNode:
		if x.Value < 1<<53 && x.Value > -1<<53 {
			return float64(x.Value)
		}
	case *ast.FloatNode:
		return x.Value
	case *ast.StringNode:
		return x.Value
	case *ast.UnaryNode, *ast.BinaryNode:
		if is, known := f.boolean(n); known {
			return is
		}
		if x, ok := n.(*ast.BinaryNode); ok && x.Operator == "??" {
			return f.orElse(x)
		}
		return nil
	case *ast.BoolNode:
		return x.Value
	case *ast.CallNode:
		return f.call(x)
	}
	switch path := spelling(n, f.spell); {
	case isNull(n), path == f.path, strings.HasPrefix(path, f.path+"."):
		return null{}
	}
	return nil
}

func (f folding) orElse(n *ast.BinaryNode) any {
	left := f.value(n.Left)
	if left == (null{}) {
		return f.value(n.Right)
	}
	return left
}

// call knows the type of null, and the lengths of literals.
func (f folding) call(n *ast.CallNode) any {
	name, ok := n.Callee.(*ast.IdentifierNode)
	if !ok || len(n.Arguments) != 1 {
		return nil
	}
	arg := n.Arguments[0]
	switch name.Value {
	case "type":
		if f.value(arg) == (null{}) {
			return "null"
		}
	case "len":
		if or, ok := arg.(*ast.BinaryNode); ok && or.Operator == "??" && f.value(or.Left) == (null{}) {
			arg = or.Right
		}
		switch x := arg.(type) {
		case *ast.StringNode:
			return float64(utf8.RuneCountInString(x.Value))
		case *ast.ArrayNode:
			return float64(len(x.Nodes))
		case *ast.MapNode:
			return float64(len(x.Pairs))
		}
	}
	return nil
}

// boolean returns what a condition is, if that is known.
func (f folding) boolean(n ast.Node) (is, known bool) {
	switch x := n.(type) {
	case *ast.BoolNode:
		return x.Value, true
	case *ast.UnaryNode:
		if x.Operator == "not" || x.Operator == "!" {
			is, known = f.boolean(x.Node)
			return !is, known
		}
	case *ast.BinaryNode:
		return f.operator(x)
	}
	return false, false
}

func (f folding) operator(n *ast.BinaryNode) (is, known bool) {
	switch n.Operator {
	case "and", "&&", "or", "||":
		decides := n.Operator[0] == 'o' || n.Operator[0] == '|' // true of an or, false of an and
		a, knownA := f.boolean(n.Left)
		b, knownB := f.boolean(n.Right)
		if knownA && a == decides || knownB && b == decides {
			return decides, true
		}
		return !decides, knownA && knownB
	case "??":
		is, known = f.orElse(n).(bool)
		return is, known
	case "in":
		list, ok := n.Right.(*ast.ArrayNode)
		return false, ok && f.value(n.Left) == (null{}) && !slices.ContainsFunc(list.Nodes, func(n ast.Node) bool { return !isLiteral(n) })
	}
	a, b := f.value(n.Left), f.value(n.Right)
	if a == nil || b == nil {
		return false, false
	}
	return compared(n.Operator, a, b)
}

// compared compares two values of one type; null is equal to null alone. Text that
// may be read as a time is left alone, but for itself.
func compared(operator string, a, b any) (is, known bool) {
	if x, ok := a.(string); ok {
		if y, ok := b.(string); ok && x != y && (isTimeText(x) || isTimeText(y)) {
			return false, false
		}
	}
	switch operator {
	case "==":
		return a == b, true
	case "!=":
		return a != b, true
	}
	order, known := 0, false
	if x, ok := a.(float64); ok {
		y, also := b.(float64)
		order, known = cmp.Compare(x, y), also
	} else if x, ok := a.(string); ok {
		y, also := b.(string)
		order, known = cmp.Compare(x, y), also
	}
	if known = known && orders[operator] != ""; !known {
		return false, false
	}
	return isOrdered(operator, order), true
}

// NotNull returns the condition that the value of a text which is one expression is
// not null; it is empty for others.
func NotNull(text string) string {
	src, _, ok := onlyExpression(text)
	if !ok {
		return ""
	}
	pieces, unclosed, deep := split(text)
	expressions := 0
	for _, p := range pieces {
		if p.expr {
			expressions++
		}
	}
	if unclosed >= 0 || deep >= 0 || expressions != 1 {
		return ""
	}
	return "${(" + src + ") != null}"
}

func isTimeText(s string) bool {
	for _, kind := range []schema.Type{schema.Duration, schema.Timestamp} {
		if _, err := keyOf(kind)(s); err == nil {
			return true
		}
	}
	return false
}
