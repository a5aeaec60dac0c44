package bind

import (
	"regexp"
	"slices"
	"strconv"

	"github.com/expr-lang/expr/ast"

	"github.com/medlar-flow/medlar/schema"
)

// rewriter walks an expression before expr checks it. It turns references into
// identifiers whose values are loaded before the machine runs, members into
// calls that know null, and reports what is wrong with names. The facts it
// gives are what expr's types cannot say: members and secrets.
type rewriter struct {
	*compilation
	source
	inputs []input
	lets   []variable
	items  []item // the elements of the predicates around
	// measured is true while the argument of len is visited, which needs
	// nothing of what lies in it.
	measured bool
}

// input is a value to be loaded before the machine runs.
type input struct {
	name string // of the identifier that stands for it
	key  string // the path as source, to find equal ones
	path path
	typ  *schema.Field
	// whole is true where it is not only the beginning of a chain of members;
	// deep, where the payloads inside are to be decoded then.
	whole, deep bool
}

type variable struct {
	name string
	fact fact
}

// item is what # and #acc stand for.
type item struct{ elem, acc fact }

// badName stands for a reference that was reported, so that nothing more is
// said about it.
const badName = "$bad"

func (r *rewriter) bad(node *ast.Node) fact {
	ast.Patch(node, &ast.IdentifierNode{Value: badName})
	return fact{}
}

func (r *rewriter) visit(node *ast.Node) fact {
	switch n := (*node).(type) {
	case *ast.IdentifierNode, *ast.MemberNode, *ast.ChainNode:
		return r.chain(node)
	case *ast.UnaryNode:
		return anonymous(r.visit(&n.Node)).unlessBoolean(n.Operator)
	case *ast.BinaryNode:
		return r.binary(n)
	case *ast.SliceNode:
		return r.slice(n)
	case *ast.CallNode:
		return r.call(node, n)
	case *ast.BuiltinNode:
		return r.builtin(n)
	case *ast.PointerNode:
		return r.pointer(n)
	case *ast.PredicateNode:
		return r.visit(&n.Node)
	case *ast.ConditionalNode:
		return r.conditional(n)
	case *ast.VariableDeclaratorNode:
		return r.let(n)
	case *ast.SequenceNode:
		return r.sequence(n)
	case *ast.ArrayNode:
		return r.all(n.Nodes)
	case *ast.MapNode:
		return r.all(n.Pairs)
	case *ast.PairNode:
		return anonymous(r.visit(&n.Key), r.visit(&n.Value))
	}
	return fact{}
}

// all visits nodes and gives a fact that is secret if one of theirs is.
func (r *rewriter) all(nodes []ast.Node) fact {
	var out fact
	for i := range nodes {
		out = anonymous(out, r.visit(&nodes[i]))
	}
	return out
}

// unlessBoolean drops the taint of what an operator turns into true or false.
func (f fact) unlessBoolean(operator string) fact {
	switch operator {
	case "==", "!=", "<", ">", "<=", ">=", "and", "&&", "or", "||", "not", "!",
		"in", "matches", "contains", "startsWith", "endsWith":
		return fact{}
	}
	return f
}

// conditional visits c ? a : b, and c ?: b, where expr's parser has one node
// for condition and value.
func (r *rewriter) conditional(n *ast.ConditionalNode) fact {
	shared := n.Cond == n.Exp1
	first := r.visit(&n.Cond)
	if shared {
		n.Exp1 = n.Cond
	} else {
		first = r.visit(&n.Exp1)
	}
	return same(first, r.visit(&n.Exp2))
}

// sharedOperand finds a < b < c, which expr's parser makes into a < b && b < c
// with one node for both b. It gives the two comparisons.
func sharedOperand(n *ast.BinaryNode) (before, after *ast.BinaryNode, ok bool) {
	after, ok = n.Right.(*ast.BinaryNode)
	if !ok || n.Operator != "&&" {
		return nil, nil, false
	}
	before, ok = n.Left.(*ast.BinaryNode)
	if ok && before.Operator == "&&" {
		before, ok = before.Right.(*ast.BinaryNode)
	}
	return before, after, ok && before.Right == after.Left
}

func (r *rewriter) binary(n *ast.BinaryNode) fact {
	if before, after, ok := sharedOperand(n); ok {
		r.visit(&n.Left)
		after.Left = before.Right
		r.visit(&after.Right)
		return fact{}
	}
	left, right := r.visit(&n.Left), r.visit(&n.Right)
	if n.Operator == "matches" {
		r.checkPattern(&n.Right)
	}
	return anonymous(left, right).unlessBoolean(n.Operator)
}

// checkPattern reports a literal pattern that does not compile.
func (r *rewriter) checkPattern(node *ast.Node) {
	literal, ok := (*node).(*ast.StringNode)
	if !ok {
		return
	}
	if _, err := regexp.Compile(literal.Value); err != nil {
		r.problemAt(literal.Location(), RulePattern, err.Error(), "patterns are those of RE2: https://github.com/google/re2/wiki/Syntax")
		r.bad(node)
	}
}

func (r *rewriter) slice(n *ast.SliceNode) fact {
	f := r.visit(&n.Node)
	if n.From != nil {
		r.visit(&n.From)
	}
	if n.To != nil {
		r.visit(&n.To)
	}
	return f
}

func (r *rewriter) let(n *ast.VariableDeclaratorNode) fact {
	f := r.visit(&n.Value)
	if r.isRoot(n.Name) {
		r.problemAt(n.Location(), RuleSyntax, `cannot declare "`+n.Name+`": the name is taken`, "take another name")
	}
	r.lets = append(r.lets, variable{n.Name, f})
	f = r.visit(&n.Expr)
	r.lets = r.lets[:len(r.lets)-1]
	return f
}

func (r *rewriter) isRoot(name string) bool {
	if name[0] == '$' || name == "null" {
		return true
	}
	for _, root := range r.scope.Roots() {
		if root == name {
			return true
		}
	}
	return false
}

func (r *rewriter) sequence(n *ast.SequenceNode) fact {
	var f fact
	for i := range n.Nodes {
		f = r.visit(&n.Nodes[i])
	}
	return f
}

func (r *rewriter) pointer(n *ast.PointerNode) fact {
	if len(r.items) == 0 {
		return fact{}
	}
	switch it := r.items[len(r.items)-1]; n.Name {
	case "":
		return it.elem
	case "acc":
		return it.acc
	}
	return fact{}
}

// call visits f(x): f must be a function's name.
func (r *rewriter) call(node *ast.Node, n *ast.CallNode) fact {
	name, ok := n.Callee.(*ast.IdentifierNode)
	if !ok {
		r.visit(&n.Callee)
		r.all(n.Arguments)
		r.problemAt(n.Location(), RuleUnknownFunction, "values have no methods", "write upper(x) or x | upper()")
		return r.bad(node)
	}
	f := r.engine.functions[name.Value]
	if f == nil || f.hidden {
		r.all(n.Arguments)
		r.problemAt(n.Location(), RuleUnknownFunction, `unknown function "`+name.Value+`"`, r.engine.suggestFunction(name.Value))
		return r.bad(node)
	}
	if (f.name == "first" || f.name == "last") && len(n.Arguments) == 1 {
		return r.end(node, n, f.name)
	}
	if f.keeps && len(n.Arguments) > 0 {
		out := r.visit(&n.Arguments[0])
		r.all(n.Arguments[1:])
		return out
	}
	r.measured = f.name == "len" && len(n.Arguments) == 1 && isChain(n.Arguments[0])
	out := r.all(n.Arguments)
	if f.name == "regexReplace" && len(n.Arguments) == 3 {
		r.checkPattern(&n.Arguments[1])
	}
	if f.clean {
		return fact{}
	}
	return out
}

// end turns first(x) and last(x) into find and findLast of anything, which
// keep the type of the element.
func (r *rewriter) end(node *ast.Node, n *ast.CallNode, name string) fact {
	find := map[string]string{"first": "find", "last": "findLast"}[name]
	every := &ast.PredicateNode{Node: &ast.BoolNode{Value: true}}
	f := r.visit(&n.Arguments[0]).elem()
	f.nullable = true
	ast.Patch(node, &ast.BuiltinNode{Name: find, Arguments: []ast.Node{n.Arguments[0], every}})
	return f
}

// builtin visits what takes a predicate: all other functions are calls.
func (r *rewriter) builtin(n *ast.BuiltinNode) fact {
	coll := r.visit(&n.Arguments[0])
	it := item{elem: coll.elem()}
	if n.Name == "reduce" {
		it.acc = anonymous(coll)
	}
	if len(n.Arguments) > 2 {
		it.acc = anonymous(it.acc, r.visit(&n.Arguments[2]))
	}
	body := it.elem
	if len(n.Arguments) > 1 {
		r.items = append(r.items, it)
		body = r.visit(&n.Arguments[1])
		r.items = r.items[:len(r.items)-1]
	}
	switch n.Name {
	case "all", "any", "none", "one", "count":
		return fact{}
	case "filter", "sortBy":
		return coll
	case "find", "findLast":
		it.elem.nullable = true
		return it.elem
	case "map":
		if body.typ == nil {
			return body
		}
		return fact{typ: &schema.Field{Type: schema.List, Elem: body.typ}, secret: body.secret}
	}
	if n.Name == "sum" {
		return anonymous(body)
	}
	return anonymous(coll, body, it.acc)
}

// load gives the identifier that stands for a path, one for equal paths. whole
// is true where the value is used and not only selected from; measured, where
// that use is the argument of len.
func (r *rewriter) load(p path, f fact, key string, whole, measured bool) *ast.IdentifierNode {
	i := slices.IndexFunc(r.inputs, func(in input) bool { return in.key == key })
	if i < 0 {
		i = len(r.inputs)
		r.inputs = append(r.inputs, input{name: inputName(i), key: key, path: p, typ: f.typ})
	}
	in := &r.inputs[i]
	in.whole = in.whole || whole
	in.deep = in.deep || whole && !measured && mayHoldPayload(f.typ, nil)
	return &ast.IdentifierNode{Value: in.name}
}

var inputNames = [...]string{"$0", "$1", "$2", "$3", "$4", "$5", "$6", "$7"}

func inputName(i int) string {
	if i < len(inputNames) {
		return inputNames[i]
	}
	return "$" + strconv.Itoa(i)
}
