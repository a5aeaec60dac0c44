package bind

import (
	"slices"

	"github.com/expr-lang/expr/ast"
)

// ProvenScope is a NullScope that also knows the conditions under which its values
// are not null.
type ProvenScope interface {
	// Conditional reports whether there is any such value.
	Conditional() bool
	// NotNullWhere reports whether a value that can be null is not where what
	// Proofs returns of a condition holds.
	NotNullWhere(ref Ref, proven []string) bool
}

// The signs before a part of a condition, in what Proofs returns: it holds, or does
// not. No path begins with them.
const (
	Holds = '+'
	Fails = '-'
)

// Unspelt stands behind the sign of a part that is too large, or another one each time
// it is asked.
const Unspelt = "?"

// partsOf appends to list the parts of a condition that holds, or does not: each
// that stands between and, or of what does not hold between or, as it is spelt
// behind its sign.
func partsOf(list []string, n ast.Node, holds bool) []string {
	switch x := n.(type) {
	case *ast.UnaryNode:
		if x.Operator == "not" || x.Operator == "!" {
			return partsOf(list, x.Node, !holds)
		}
	case *ast.BinaryNode:
		switch x.Operator {
		case "and", "&&", "or", "||":
			if isAnd := x.Operator[0] == 'a' || x.Operator[0] == '&'; isAnd == holds {
				return partsOf(partsOf(list, x.Left, holds), x.Right, holds)
			}
		case "==", "!=":
			equal := (x.Operator == "==") == holds
			if literal, ok := x.Right.(*ast.BoolNode); ok {
				list = partsOf(list, x.Left, equal == literal.Value)
			}
			if left := mostPartNodes; !spellable(n, &left) {
				return append(list, sign(equal)+Unspelt)
			}
			sides := []string{x.Left.String(), x.Right.String()}
			slices.Sort(sides)
			return append(list, sign(equal)+sides[0]+" == "+sides[1])
		}
	}
	if left := mostPartNodes; !spellable(n, &left) {
		return append(list, sign(holds)+Unspelt)
	}
	return append(list, sign(holds)+n.String())
}

func sign(holds bool) string {
	if holds {
		return string(Holds)
	}
	return string(Fails)
}

// mostPartNodes bounds the parts that are spelt.
const mostPartNodes = 32

// spellable reports whether a part is small, and the same each time it is asked.
func spellable(n ast.Node, left *int) bool {
	if *left--; *left < 0 {
		return false
	}
	switch x := n.(type) {
	case *ast.IdentifierNode, *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NilNode:
		return true
	case *ast.ChainNode:
		return spellable(x.Node, left)
	case *ast.MemberNode:
		return spellable(x.Node, left) && spellable(x.Property, left)
	case *ast.UnaryNode:
		return spellable(x.Node, left)
	case *ast.BinaryNode:
		return spellable(x.Left, left) && spellable(x.Right, left)
	case *ast.ArrayNode:
		return !slices.ContainsFunc(x.Nodes, func(n ast.Node) bool { return !spellable(n, left) })
	case *ast.CallNode:
		name, ok := x.Callee.(*ast.IdentifierNode)
		return ok && name.Value != "now" && name.Value != "uuid" && !slices.ContainsFunc(x.Arguments, func(n ast.Node) bool { return !spellable(n, left) })
	}
	return false
}
