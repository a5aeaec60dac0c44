package bind

import (
	"math"
	"reflect"
	"regexp"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
)

// lowerer prepares a checked expression for expr's compiler: operators whose
// meaning flows define differently become calls, literals become values of
// flows, and static types are taken off again (see opaque).
type lowerer struct {
	functions map[string]*function
	framed    bool // some call wants the frame
}

// frameName is the identifier of the evaluation's own state.
const frameName = "$"

func (l *lowerer) each(nodes []ast.Node) {
	for i := range nodes {
		l.lower(&nodes[i])
	}
}

func (l *lowerer) lower(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IntegerNode:
		l.replace(node, &ast.ConstantNode{Value: int64(n.Value)})
	case *ast.UnaryNode:
		l.unary(node, n)
	case *ast.BinaryNode:
		l.binary(node, n)
	case *ast.SliceNode:
		l.slice(node, n)
	case *ast.CallNode:
		if name := n.Callee.(*ast.IdentifierNode).Value; strings.HasPrefix(name, castName) {
			*node = n.Arguments[0]
			l.lower(node)
			return
		}
		l.call(n)
	case *ast.BuiltinNode:
		l.builtin(node, n)
	case *ast.PointerNode:
		if n.Name == "index" {
			l.wrap(node, "$integer")
		}
	case *ast.PredicateNode:
		l.lower(&n.Node)
	case *ast.ConditionalNode:
		l.conditional(n)
	case *ast.VariableDeclaratorNode:
		l.lower(&n.Value)
		l.lower(&n.Expr)
	case *ast.SequenceNode:
		l.each(n.Nodes)
	case *ast.ArrayNode:
		l.array(node, n)
	case *ast.MapNode:
		l.each(n.Pairs)
	case *ast.PairNode:
		l.lower(&n.Key)
		l.lower(&n.Value)
	}
	(*node).SetNature(opaque)
}

func (l *lowerer) replace(node *ast.Node, with ast.Node) {
	ast.Patch(node, with)
	(*node).SetNature(opaque)
}

// array makes a list of literals once; results are shared, so nobody changes
// it.
func (l *lowerer) array(node *ast.Node, n *ast.ArrayNode) {
	l.each(n.Nodes)
	list := make([]any, len(n.Nodes))
	for i, item := range n.Nodes {
		switch x := item.(type) {
		case *ast.ConstantNode:
			list[i] = x.Value
		case *ast.StringNode:
			list[i] = x.Value
		case *ast.FloatNode:
			list[i] = x.Value
		case *ast.BoolNode:
			list[i] = x.Value
		case *ast.NilNode:
		default:
			return
		}
	}
	l.replace(node, &ast.ConstantNode{Value: list})
}

// invoke makes a call of one of our functions at a place.
func (l *lowerer) invoke(loc file.Location, name string, args ...ast.Node) ast.Node {
	callee := &ast.IdentifierNode{Value: name}
	callee.SetNature(opaque)
	if l.functions[name].framed {
		args = append([]ast.Node{l.frame()}, args...)
	}
	n := &ast.CallNode{Callee: callee, Arguments: args}
	n.SetLocation(loc)
	n.SetNature(opaque)
	return n
}

func (l *lowerer) frame() ast.Node {
	l.framed = true
	id := &ast.IdentifierNode{Value: frameName}
	id.SetNature(opaque)
	return id
}

// wrap puts a call around a node that is already lowered.
func (l *lowerer) wrap(node *ast.Node, name string) {
	(*node).SetNature(opaque)
	*node = l.invoke((*node).Location(), name, *node)
}

func (l *lowerer) call(n *ast.CallNode) {
	l.each(n.Arguments)
	n.Callee.SetNature(opaque)
	name := n.Callee.(*ast.IdentifierNode).Value
	if i := l.functions[name].pattern; i > 0 {
		if literal, ok := n.Arguments[i].(*ast.StringNode); ok {
			l.replace(&n.Arguments[i], &ast.ConstantNode{Value: regexp.MustCompile(literal.Value)})
		}
	}
	if l.functions[name].framed {
		n.Arguments = append([]ast.Node{l.frame()}, n.Arguments...)
	}
}

func (l *lowerer) unary(node *ast.Node, n *ast.UnaryNode) {
	l.lower(&n.Node)
	switch n.Operator {
	case "-":
		if c, ok := n.Node.(*ast.ConstantNode); ok {
			if i, ok := c.Value.(int64); ok {
				l.replace(node, &ast.ConstantNode{Value: -i})
				return
			}
		}
		*node = l.invoke(n.Location(), "$negate", n.Node)
	case "+":
		*node = l.invoke(n.Location(), "$number", n.Node)
	}
}

var arithmetic = map[string]string{
	"+": "$add", "-": "$subtract", "*": "$multiply", "/": "$divide", "%": "$modulo", "**": "$power", "^": "$power",
}

// conditional lowers one node once, as the rewriter does.
func (l *lowerer) conditional(n *ast.ConditionalNode) {
	shared := n.Cond == n.Exp1
	l.lower(&n.Cond)
	if shared {
		n.Exp1 = n.Cond
	} else {
		l.lower(&n.Exp1)
	}
	l.lower(&n.Exp2)
	n.SetLocation(n.Cond.Location()) // what the machine stops at
}

func (l *lowerer) binary(node *ast.Node, n *ast.BinaryNode) {
	if before, after, ok := sharedOperand(n); ok {
		name := operatorName(after)
		l.lower(&n.Left)
		after.Left = before.Right
		l.lower(&after.Right)
		after.SetNature(opaque)
		l.operate(&n.Right, after, name)
		return
	}
	if n.Operator == ".." {
		l.rangeEnds(n)
		l.wrap(node, "$integers")
		return
	}
	name := operatorName(n)
	l.lower(&n.Left)
	l.lower(&n.Right)
	l.operate(node, n, name)
}

// operatorName is the function that stands for an operator: empty where the
// machine's own has the meaning of flows.
func operatorName(n *ast.BinaryNode) string {
	switch n.Operator {
	case "+":
		if !n.Nature().IsNumber() {
			return "$join" // text or numbers
		}
	case "==", "!=":
		if !comparable(n.Left, n.Right) {
			return "$equal"
		}
		return ""
	case "<", ">", "<=", ">=":
		if !comparable(n.Left, n.Right) {
			return n.Operator
		}
		return ""
	case "in":
		return "$in"
	case "matches":
		if _, ok := n.Right.(*ast.StringNode); !ok {
			return "$matches"
		}
		return ""
	}
	return arithmetic[n.Operator]
}

// operate puts a call in the place of an operator whose operands are lowered.
func (l *lowerer) operate(node *ast.Node, n *ast.BinaryNode, name string) {
	if name == "" {
		return
	}
	loc := n.Location()
	if orders[name] != "" {
		*node = l.invoke(loc, orders[name], n.Left, n.Right)
		return
	}
	*node = l.invoke(loc, name, n.Left, n.Right)
	if n.Operator == "!=" {
		not := &ast.UnaryNode{Operator: "!", Node: *node}
		not.SetLocation(loc)
		not.SetNature(opaque)
		*node = not
	}
}

// comparable reports whether expr's machine compares as flows do: null, and two
// values of one scalar type. An integer and a number it compares as numbers,
// which is exact only where one of them is a small literal.
func comparable(a, b ast.Node) bool {
	if isNil(a) || isNil(b) || isSmall(a) || isSmall(b) {
		return true
	}
	x, y := scalarKind(a), scalarKind(b)
	switch {
	case x == reflect.String || y == reflect.String || x == reflect.Bool || y == reflect.Bool:
		return true
	}
	return x == y && x != reflect.Invalid
}

func scalarKind(n ast.Node) reflect.Kind {
	switch nt := n.Nature(); nt.Kind {
	case reflect.Bool, reflect.String, reflect.Float64:
		return nt.Kind
	case reflect.Int, reflect.Int64:
		return reflect.Int
	}
	return reflect.Invalid
}

// isSmall is true of literals that are the same as an integer and as a number.
func isSmall(n ast.Node) bool {
	const exact = 1 << 53
	switch x := n.(type) {
	case *ast.IntegerNode:
		return x.Value > -exact && x.Value < exact
	case *ast.FloatNode:
		return math.Abs(x.Value) < exact
	case *ast.UnaryNode:
		return x.Operator == "-" && isSmall(x.Node)
	}
	return false
}

// rangeEnds keeps the ends of a range so near zero that their difference does
// not overflow: the machine's memory budget then refuses what is too long.
func (l *lowerer) rangeEnds(n *ast.BinaryNode) {
	for _, end := range []*ast.Node{&n.Left, &n.Right} {
		l.lower(end)
		*end = l.invoke((*end).Location(), "$rangeEnd", *end)
	}
}

func (l *lowerer) slice(node *ast.Node, n *ast.SliceNode) {
	l.lower(&n.Node)
	args := []ast.Node{n.Node, n.From, n.To}
	for i := range args[1:] {
		if args[i+1] == nil {
			args[i+1] = &ast.NilNode{}
		}
		l.lower(&args[i+1])
	}
	*node = l.invoke(n.Location(), "$slice", args...)
}

// builtin lowers what takes a predicate.
func (l *lowerer) builtin(node *ast.Node, n *ast.BuiltinNode) {
	l.each(n.Arguments)
	l.wrap(&n.Arguments[0], "$list")
	switch n.Name {
	case "count", "findIndex":
		l.wrap(node, "$integer")
	case "findLast":
		*node = l.invoke(n.Location(), "$last", l.matching(n))
	case "findLastIndex":
		*node = l.invoke(n.Location(), "$lastTrue", l.mapped(n, n.Arguments[1]))
	case "sum":
		out := n.Arguments[0]
		if len(n.Arguments) == 2 {
			out = l.mapped(n, n.Arguments[1])
		}
		*node = l.invoke(n.Location(), "$sum", out)
	case "groupBy":
		*node = l.invoke(n.Location(), "$groupBy", l.mapped(n, l.pair(n.Arguments[1])))
	case "sortBy":
		args := []ast.Node{l.mapped(n, l.pair(n.Arguments[1]))}
		*node = l.invoke(n.Location(), "$sortBy", append(args, n.Arguments[2:]...)...)
	}
}

// matching is filter(list, predicate) for a findLast: expr's own loop from the
// end leaves a value on the machine's stack for each element, which then stands
// where another part of the expression belongs.
func (l *lowerer) matching(n *ast.BuiltinNode) ast.Node {
	if p, ok := n.Arguments[1].(*ast.PredicateNode); ok {
		if always, ok := p.Node.(*ast.BoolNode); ok && always.Value {
			return n.Arguments[0]
		}
	}
	f := &ast.BuiltinNode{Name: "filter", Arguments: n.Arguments}
	f.SetLocation(n.Location())
	f.SetNature(opaque)
	return f
}

// mapped is map(list, body) over the list of n.
func (l *lowerer) mapped(n *ast.BuiltinNode, body ast.Node) ast.Node {
	m := &ast.BuiltinNode{Name: "map", Arguments: []ast.Node{n.Arguments[0], body}}
	m.SetLocation(n.Location())
	m.SetNature(opaque)
	return m
}

// pair is [#, body], what a function needs to know of each element.
func (l *lowerer) pair(body ast.Node) ast.Node {
	elem, list := &ast.PointerNode{}, &ast.ArrayNode{}
	list.Nodes = []ast.Node{elem, body}
	for _, n := range []ast.Node{elem, list} {
		n.SetLocation(body.Location())
		n.SetNature(opaque)
	}
	return list
}
