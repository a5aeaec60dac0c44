package bind

import (
	"cmp"
	"strconv"

	"github.com/expr-lang/expr/ast"

	"github.com/medlar-flow/medlar/schema"
)

const (
	spanType = schema.Duration
	timeType = schema.Timestamp
)

// computed turns an arithmetic operator on durations and timestamps into a
// call. It is not ok where no operand is one.
func (r *rewriter) computed(node *ast.Node, n *ast.BinaryNode, left, right fact) (out fact, ok bool) {
	a, b := left.time(), right.time()
	if a == 0 && b == 0 || isNil(n.Left) || isNil(n.Right) {
		return fact{}, false
	}
	out = fact{secret: left.tainted() || right.tainted()}
	if r.noOperands(n, left, right) {
		r.bad(node)
		return out, true
	}
	var name string
	var gives *schema.Field
	switch n.Operator {
	case "+":
		name, gives = r.sum(n, left, right)
	case "-":
		name, gives = r.difference(n, left, right)
	case "*":
		name, gives = r.product(n, left, right)
	case "/":
		if a == spanType && b == 0 {
			name, gives = "$divideDuration", durationField
		} else {
			r.refuse(n, left, right, "a duration is divided by a number; seconds(a) / seconds(b) is the ratio of two")
		}
	default:
		r.refuse(n, left, right, "")
	}
	if name == "" {
		r.bad(node)
		return out, true
	}
	out.typ = gives
	patch(node, &ast.CallNode{Callee: &ast.IdentifierNode{Value: name}, Arguments: []ast.Node{n.Left, n.Right}})
	return out, true
}

// noOperands reports an operand that can be what no operator on times takes
// there.
func (r *rewriter) noOperands(n *ast.BinaryNode, left, right fact) bool {
	a, b := left.time(), right.time()
	if n.Operator == "+" || n.Operator == "-" {
		return r.noText(n.Operator, cmp.Or(a, b), &n.Left, left) || r.noText(n.Operator, cmp.Or(b, a), &n.Right, right)
	}
	switch {
	case a == timeType || b == timeType: // which no other operator takes
	case a == 0:
		return r.refuseKinds(n.Operator, &n.Left, left, numberKinds) || r.noText(n.Operator, b, &n.Right, right)
	case b == 0:
		return r.noText(n.Operator, a, &n.Left, left) || r.refuseKinds(n.Operator, &n.Right, right, numberKinds)
	}
	return false
}

const sumHelp = "in text, write ${...} in it, or use string(...)"

// sum is + where one operand is a time. Text beside it is a duration, or, if
// it is a literal, perhaps a timestamp.
func (r *rewriter) sum(n *ast.BinaryNode, left, right fact) (name string, gives *schema.Field) {
	a, aok := r.operand(n.Left, left, spanType, timeType)
	b, bok := r.operand(n.Right, right, spanType, timeType)
	switch {
	case !aok || !bok:
		if !r.notText(n, left, right) {
			r.refuse(n, left, right, numberHelp(spanType, left, right))
		}
		return "", nil
	case a == timeType && b == timeType:
		r.refuse(n, left, right, "time - time is a duration, time + duration is a time")
		return "", nil
	case b == timeType:
		n.Left, n.Right = n.Right, n.Left
		return "$addToTime", timestampField
	case a == timeType:
		return "$addToTime", timestampField
	}
	return "$addDurations", durationField
}

// operand is the kind of an operand of + or -: of text that is no literal, the
// first of kinds.
func (r *rewriter) operand(node ast.Node, f fact, kinds ...schema.Type) (schema.Type, bool) {
	if kind := f.time(); kind != 0 {
		r.literals(node, kind)
		return kind, true
	}
	literal, ok := node.(*ast.StringNode)
	if !ok {
		return kinds[0], mayBeText(f)
	}
	for _, kind := range kinds {
		if _, err := keyOf(kind)(literal.Value); err == nil {
			return kind, true
		}
	}
	return 0, false
}

// notText reports a literal beside a time that is none.
func (r *rewriter) notText(n *ast.BinaryNode, left, right fact) bool {
	for _, side := range []struct {
		node ast.Node
		fact fact
	}{{n.Left, left}, {n.Right, right}} {
		if literal, ok := side.node.(*ast.StringNode); ok && side.fact.time() == 0 {
			help := timeHelp(spanType, literal.Value)
			if n.Operator == "+" {
				help = sumHelp + "; a duration is written such as 90s, 1h30m or 7d"
			}
			r.problemAt(literal.Location(), RuleType, strconv.Quote(literal.Value)+" is not a duration", help)
			return true
		}
	}
	return false
}

// difference is - where one operand is a time.
func (r *rewriter) difference(n *ast.BinaryNode, left, right fact) (name string, gives *schema.Field) {
	lefts, rights := []schema.Type{timeType, spanType}, []schema.Type{spanType, timeType}
	if right.time() == timeType {
		lefts = lefts[:1]
	}
	if left.time() == spanType {
		rights = rights[:1]
	}
	a, aok := r.operand(n.Left, left, lefts...)
	b, bok := r.operand(n.Right, right, rights...)
	switch {
	case !aok || !bok:
		if !r.notText(n, left, right) {
			r.refuse(n, left, right, numberHelp(spanType, left, right))
		}
		return "", nil
	case r.unsure(n.Left, left, right.time() == spanType), r.unsure(n.Right, right, left.time() == timeType):
		r.refuse(n, left, right, "say what the text is: duration(text), or parseTime(text)")
		return "", nil
	case a == timeType && b == timeType:
		return "$between", durationField
	case a == timeType:
		return "$subtractFromTime", timestampField
	case b == timeType:
		r.refuse(n, left, right, "time - duration is a time, time - time is a duration")
		return "", nil
	}
	return "$subtractDurations", durationField
}

// unsure is true of text whose kind decides what - means.
func (r *rewriter) unsure(node ast.Node, f fact, decides bool) bool {
	_, literal := node.(*ast.StringNode)
	return decides && f.time() == 0 && !literal
}

func (r *rewriter) product(n *ast.BinaryNode, left, right fact) (name string, gives *schema.Field) {
	a, b := left.time(), right.time()
	if a == timeType || b == timeType || a == b {
		r.refuse(n, left, right, "a duration is multiplied by a number")
		return "", nil
	}
	if b == spanType {
		n.Left, n.Right = n.Right, n.Left
	}
	return "$scaleDuration", durationField
}
