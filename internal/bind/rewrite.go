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
	last     comparison
	facts    []fact // of the arguments of the calls around
	links    []*links
	chains   int // how many of links the chains around use
	// unlike is true where the expression looks at the types of values, or
	// nobody wants to know what can be of several.
	unlike bool
	are    []narrowed // by the conditions around in the expression
	// constants are calls whose results are known; guarded counts the conditions
	// around, which may have asked for what let declares.
	constants []constant
	guarded   int
}

// input is a value to be loaded before the machine runs.
type input struct {
	name string    // of the identifier that stands for it
	from []segment // the path from its root on, to find equal ones
	path path
	typ  *schema.Field
	// whole is true where it is not only the beginning of a chain of members;
	// deep, where the payloads inside are to be decoded then.
	whole, deep bool
}

type variable struct {
	name  string
	fact  fact
	value any // where it is known; else nil
}

// item is what # and #acc stand for.
type item struct {
	elem, acc fact
	// untyped is true where expr does not know the type of the elements.
	untyped bool
}

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
		return r.unary(node, n)
	case *ast.BinaryNode:
		return r.binary(node, n)
	case *ast.SliceNode:
		return r.slice(n)
	case *ast.CallNode:
		return r.call(node, n)
	case *ast.BuiltinNode:
		return r.builtin(node, n)
	case *ast.PointerNode:
		return r.pointer(node, n)
	case *ast.PredicateNode:
		return r.visit(&n.Node)
	case *ast.ConditionalNode:
		return r.conditional(n)
	case *ast.VariableDeclaratorNode:
		return r.let(n)
	case *ast.SequenceNode:
		return r.sequence(n)
	case *ast.ArrayNode:
		return r.array(n)
	case *ast.MapNode:
		return r.members(n)
	case *ast.StringNode:
		r.template(n)
	case *ast.IntegerNode:
		return fact{typ: integerField}
	case *ast.FloatNode:
		return fact{typ: numberField}
	case *ast.BoolNode:
		return fact{typ: booleanField}
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
	n.SetLocation(n.Cond.Location()) // the parser gives it what stands behind
	shared := n.Cond == n.Exp1
	then, otherwise := r.holding(n.Cond, true), r.holding(n.Cond, false)
	first := r.visit(&n.Cond)
	r.refusesNull(first)
	if !shared {
		r.refuseKinds("a condition", &n.Cond, first, booleanKinds)
	}
	if shared {
		n.Exp1 = n.Cond
	} else {
		first = r.where(then, &n.Exp1)
	}
	second := r.where(otherwise, &n.Exp2)
	out := r.either(n.Exp1, first, n.Exp2, second)
	out.null = orNull(first, second)
	return out
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

func (r *rewriter) unary(node *ast.Node, n *ast.UnaryNode) fact {
	f := r.visit(&n.Node)
	r.refusesNull(f)
	if n.Operator == "-" && f.time() == schema.Duration {
		if r.noText("-", schema.Duration, &n.Node, f) {
			return fact{}
		}
		patch(node, &ast.CallNode{Callee: &ast.IdentifierNode{Value: "$negateDuration"}, Arguments: []ast.Node{n.Node}})
		return fact{typ: durationField, secret: f.tainted()}
	}
	if (n.Operator == "-" || n.Operator == "+") && f.typ != nil && isTime(f.typ.Type) {
		r.problemAt(n.Location(), RuleType, n.Operator+" cannot take "+f.named(), numberHelp(f.typ.Type, fact{typ: numberField}))
		return r.bad(&n.Node)
	}
	out := anonymous(f).unlessBoolean(n.Operator)
	if n.Operator == "not" || n.Operator == "!" {
		r.refuseKinds("not", &n.Node, f, booleanKinds)
		out.are = booleanKinds
	} else {
		r.refuseKinds(n.Operator, &n.Node, f, numberKinds)
		out.are = r.kindsOf(n.Node, f) & (numberKinds | someNumber)
	}
	return out
}

func (r *rewriter) binary(node *ast.Node, n *ast.BinaryNode) fact {
	if before, after, ok := sharedOperand(n); ok {
		r.visit(&n.Left)
		r.shared(n, before, after)
		return fact{}
	}
	left, right := r.sides(n)
	r.operands(n.Operator, left, right)
	r.operandKinds(n, left, right)
	r.byZero(n)
	switch n.Operator {
	case "matches":
		r.checkPattern(&n.Right)
	case "==", "!=", "<", ">", "<=", ">=":
		r.compared(n, left, right)
		return fact{are: booleanKinds}
	case "in":
		r.among(n, left, right)
		if right.typ != nil && right.typ.Keys != nil {
			r.noKeyAt(&n.Left, right)
		}
	case "+", "-", "*", "/", "%", "**", "^":
		if out, ok := r.computed(node, n, left, right); ok {
			return out
		}
	case "??":
		out := r.either(n.Left, left, n.Right, right)
		out.null = right.null
		return out
	}
	is := r.computedKinds(n, left, right)
	out := anonymous(left, right).unlessBoolean(n.Operator)
	out.are = is
	if n.Operator == ".." {
		out.hold = kind(schema.Integer)
	}
	return out
}

// sides visits both operands. The right one of and, or and ?? is computed where
// the left one allows.
func (r *rewriter) sides(n *ast.BinaryNode) (left, right fact) {
	switch n.Operator {
	case "and", "&&", "or", "||":
		h := r.holding(n.Left, n.Operator == "and" || n.Operator == "&&")
		left = r.visit(&n.Left)
		return left, r.where(h, &n.Right)
	}
	left = r.visit(&n.Left)
	return left, r.visit(&n.Right)
}

// shared visits the second of two comparisons with one operand between them.
// The operand is a key in both, or in none.
func (r *rewriter) shared(n, before, after *ast.BinaryNode) {
	first := r.last
	after.Left = before.Right
	right := r.visit(&after.Right)
	r.refusesNull(right)
	r.last = comparison{right, first.kind}
	between := first.right
	if first.kind != 0 {
		between.maybe = first.kind
	}
	kind := r.kindOf(after, between, right)
	switch {
	case kind == 0:
	case first.kind != 0:
		r.key(&after.Right, kind, false)
	case n.Left != ast.Node(before):
		r.problemAt(after.Location(), RuleType, "times are compared here with what was no time before", "write the comparisons one by one, with and between them")
	default:
		r.last.kind = kind
		r.key(&before.Left, kind, false)
		r.key(&before.Right, kind, false)
		after.Left = before.Right
		r.key(&after.Right, kind, false)
	}
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
	f := r.visit(&n.Node) // of null it is null
	r.refuseKinds("a slice", &n.Node, f, textKinds|listKinds)
	for _, end := range []*ast.Node{&n.From, &n.To} {
		if *end != nil {
			r.wantsInteger("a slice's end", end, r.visit(end))
		}
	}
	_, text := n.Node.(*ast.StringNode)
	if f.time() != 0 || text {
		return fact{secret: f.secret, are: kind(schema.String)} // a part of its text
	}
	return f
}

func (r *rewriter) let(n *ast.VariableDeclaratorNode) fact {
	f := r.visit(&n.Value)
	if r.isRoot(n.Name) {
		r.problemAt(n.Location(), RuleSyntax, `cannot declare "`+n.Name+`": the name is taken`, "take another name")
	}
	r.lets = append(r.lets, variable{n.Name, f, r.constant(n.Value)})
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

func (r *rewriter) pointer(node *ast.Node, n *ast.PointerNode) fact {
	if len(r.items) == 0 {
		return fact{}
	}
	switch it := r.items[len(r.items)-1]; n.Name {
	case "":
		if it.untyped {
			r.cast(node, it.elem.typ)
		}
		return r.narrow(it.elem, r.keyOf(n))
	case "acc":
		return it.acc
	}
	return fact{}
}

// load returns the identifier that stands for a path, one for equal paths, of
// which so many names are of what has the slot. whole is true where the value is
// used and not only selected from; measured, where that use is the argument of
// len.
func (r *rewriter) load(slot int, segs []segment, used int, f fact, whole, measured bool) *ast.IdentifierNode {
	i := slices.IndexFunc(r.inputs, func(in input) bool { return sameNames(in.from, segs) })
	if i < 0 {
		i = len(r.inputs)
		from := r.room.clone(segs)
		if r.inputs == nil {
			r.inputs = r.room.input()
		}
		r.inputs = append(r.inputs, input{name: inputName(i), from: from, path: path{slot: slot, segs: from[used:]}, typ: f.typ})
	}
	in := &r.inputs[i]
	in.whole = in.whole || whole
	in.deep = in.deep || whole && !measured && mayHoldPayload(f.typ)
	return &ast.IdentifierNode{Value: in.name}
}

var inputNames = [...]string{"$0", "$1", "$2", "$3", "$4", "$5", "$6", "$7"}

func inputName(i int) string {
	if i < len(inputNames) {
		return inputNames[i]
	}
	return "$" + strconv.Itoa(i)
}
