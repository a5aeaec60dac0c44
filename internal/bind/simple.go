package bind

import (
	"cmp"

	"github.com/expr-lang/expr/ast"
)

// mostLoaded is how many inputs an expression may have that is evaluated without expr's
// machine.
const mostLoaded = 4

// loaded are the values of an expression's inputs, in their order.
type loaded [mostLoaded]any

// isSimple reports whether a lowered expression consists of inputs, literals and
// comparisons of them, with "and" and "or" between, as most conditions do. Such a one is
// evaluated from its tree: to make code of it for a machine takes as long as many
// evaluations, and most are evaluated once in the life of a command. Its literals are
// made values that need no memory when they are given.
func isSimple(node *ast.Node, inputs []input) bool {
	if len(inputs) > mostLoaded {
		return false
	}
	switch n := (*node).(type) {
	case *ast.BinaryNode:
		switch n.Operator {
		case "==", "!=", "<", "<=", ">", ">=", "and", "&&", "or", "||":
			return isSimple(&n.Left, inputs) && isSimple(&n.Right, inputs)
		}
	case *ast.IdentifierNode:
		return inputOf(n.Value, inputs) >= 0
	case *ast.StringNode:
		keepLiteral(node, n.Value)
		return true
	case *ast.FloatNode:
		keepLiteral(node, n.Value)
		return true
	case *ast.ConstantNode:
		_, ok := n.Value.(int64)
		return ok
	case *ast.BoolNode, *ast.NilNode:
		return true
	}
	return false
}

// keepLiteral puts in the place of a literal one that is the same for expr's compiler, too.
func keepLiteral(node *ast.Node, value any) {
	ast.Patch(node, &ast.ConstantNode{Value: value})
	(*node).SetNature(opaque)
}

func inputOf(name string, inputs []input) int {
	for i := range inputs {
		if inputs[i].name == name {
			return i
		}
	}
	return -1
}

// simply evaluates an expression that is simple. It is false where values are of types
// that the machine has to look at, which has the messages, too.
func (c *code) simply(v Vars) (out any, ok bool, err *EvalError) {
	var values loaded
	for i := range c.inputs {
		if values[i], err = c.inputs[i].eval(v); err != nil {
			return nil, false, err
		}
	}
	out, ok = c.look(c.tree.Node, &values)
	return out, ok, nil
}

// look evaluates a part of an expression that is simple.
func (c *code) look(n ast.Node, values *loaded) (out any, ok bool) {
	switch n := n.(type) {
	case *ast.BinaryNode:
		return c.join(n, values)
	case *ast.IdentifierNode:
		return values[inputOf(n.Value, c.inputs)], true
	case *ast.ConstantNode:
		return n.Value, true
	case *ast.BoolNode:
		return n.Value, true
	}
	return nil, true // a nil node
}

func (c *code) join(n *ast.BinaryNode, values *loaded) (out any, ok bool) {
	left, ok := c.look(n.Left, values)
	if !ok {
		return nil, false
	}
	switch n.Operator {
	case "and", "&&", "or", "||":
		first, isBool := left.(bool)
		if !isBool {
			return nil, false
		}
		if first == (n.Operator == "or" || n.Operator == "||") {
			return first, true
		}
		return c.look(n.Right, values)
	}
	right, ok := c.look(n.Right, values)
	if !ok {
		return nil, false
	}
	return compareScalars(n.Operator, left, right)
}

// compareScalars compares two values as expr's machine does where both are null or of one scalar
// type, or an integer and a number. It is false for all others.
func compareScalars(operator string, left, right any) (out, ok bool) {
	switch x := left.(type) {
	case nil:
		return equality(operator, right == nil, right)
	case bool:
		if y, ok := right.(bool); ok {
			return equality(operator, x == y, nil)
		}
	case string:
		if y, ok := right.(string); ok {
			return inOrder(operator, x, y), true
		}
	case int64:
		switch y := right.(type) {
		case int64:
			return inOrder(operator, x, y), true
		case float64:
			return inOrder(operator, float64(x), y), true
		}
	case float64:
		switch y := right.(type) {
		case int64:
			return inOrder(operator, x, float64(y)), true
		case float64:
			return inOrder(operator, x, y), true
		}
	}
	if right == nil {
		return equality(operator, false, left)
	}
	return false, false
}

// equality is the result of an operator that asks whether two values are equal, which of
// null and something else is known only where that is a scalar.
func equality(operator string, equal bool, other any) (out, ok bool) {
	switch other.(type) {
	case nil, bool, string, int64, float64:
		return equal == (operator == "=="), operator == "==" || operator == "!="
	}
	return false, false
}

func inOrder[T cmp.Ordered](operator string, x, y T) bool {
	switch operator {
	case "==":
		return x == y
	case "!=":
		return x != y
	case "<":
		return x < y
	case "<=":
		return x <= y
	case ">":
		return x > y
	}
	return x >= y
}
