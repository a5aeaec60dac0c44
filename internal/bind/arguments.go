package bind

import (
	"errors"
	"reflect"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"

	"github.com/medlar-flow/medlar/schema"
)

// takes returns what a function's parameter can be; 0 where nothing is said.
func (f *function) takes(i int) kinds {
	var takes kinds
	for _, t := range f.types {
		in := parameter(t, i)
		if in == goAny && i > 0 {
			return ^kinds(0)
		}
		if in == goAny {
			return ^f.never
		}
		takes |= goKinds[in]
	}
	return takes
}

// argumentKinds reports arguments that are not, or not always, of a type that a
// function takes there.
func (r *rewriter) argumentKinds(f *function, n *ast.CallNode, facts []fact) {
	for i := range n.Arguments {
		if takes := f.takes(i); isNil(n.Arguments[i]) && !f.nulls && takes != 0 && takes&others == 0 {
			r.refuseNull(f.name, n, i, takes)
			continue
		}
		is := r.kindsOf(n.Arguments[i], facts[i])
		if is == 0 || facts[i].time() != 0 && facts[i].typ == nil {
			continue
		}
		takes := f.takes(i)
		switch {
		case takes == 0 || is.beyond(takes) == 0:
		case is.unlike():
			r.refuseKinds(f.name, &n.Arguments[i], facts[i], takes)
		default:
			r.refuseArgument(f.name, n, i, facts[i], is, takes)
		}
	}
}

// refuseArgument reports an argument of a type that a function does not take.
func (r *rewriter) refuseArgument(name string, n *ast.CallNode, i int, f fact, is, takes kinds) {
	want, help := parameterType(name, i), ""
	if want == "" || want == "any" {
		want = takes.String()
	} else {
		want = named(want)
	}
	if f.time() != 0 && takes&numberKinds != 0 {
		help = numberHelp(f.time(), fact{typ: numberField}) + "; "
	}
	if d, ok := Describe(name); ok {
		help += d.Usage()
	}
	if better := kindHelp(is, takes); better != "" {
		help = better
	}
	message := name + " takes " + want + " here, not " + is.String()
	if takes&booleanKinds != 0 && takes&mapKinds != 0 { // nearly all
		message = name + " cannot take " + is.String()
	}
	r.problemAt(n.Arguments[i].Location(), RuleType, message, strings.TrimSuffix(help, "; "))
	r.bad(&n.Arguments[i])
}

// refuseNull reports null where a function takes something.
func (r *rewriter) refuseNull(name string, n *ast.CallNode, i int, takes kinds) {
	want := parameterType(name, i)
	if want == "" {
		want = takes.String()
	} else {
		want = named(want)
	}
	r.problemAt(n.Arguments[i].Location(), RuleType, name+" takes "+want+" here, not null", "give another value where it is null, with ??")
	r.bad(&n.Arguments[i])
}

// named says what a parameter takes, of which a signature has the type: a string or
// a number, a list of maps.
func named(typ string) string {
	var names []string
	for name := range strings.SplitSeq(typ, " or ") {
		if elem, ok := strings.CutPrefix(name, "list of "); ok {
			name = "list of " + plurals(elem)
		}
		names = append(names, withArticle(name))
	}
	return strings.Join(names, " or ")
}

// parameterType returns the type of a function's parameter as its signature
// says; empty for functions that are not described.
func parameterType(name string, i int) string {
	f, ok := Describe(name)
	if !ok {
		return ""
	}
	inside, _, _ := strings.Cut(strings.TrimPrefix(f.Signature, "("), ") → ")
	list := strings.Split(inside, ", ")
	if i >= len(list) {
		i = len(list) - 1
	}
	_, typ, _ := strings.Cut(list[i], ": ")
	return typ
}

// parameter returns the type of a signature's parameter; nil where there is none.
func parameter(signature reflect.Type, i int) reflect.Type {
	last := signature.NumIn() - 1
	switch {
	case i < last, i == last && !signature.IsVariadic():
		return signature.In(i)
	case signature.IsVariadic():
		return signature.In(last).Elem()
	}
	return nil
}

// otherTime reports an argument that is a duration where a timestamp is wanted,
// or the other way round.
func (r *rewriter) otherTime(n *ast.CallNode, i int, f fact, want schema.Type) bool {
	if r.unlike || f.time() == 0 || f.time() == want {
		return false
	}
	name := n.Callee.(*ast.IdentifierNode).Value
	r.refuseArgument(name, n, i, f, kind(f.time()), kind(want))
	return true
}

// samples stand for first arguments that are not known yet, where functions look
// at the others alone.
var samples = map[string]any{
	"chunk": []any{}, "take": []any{}, "sort": []any{}, "repeat": "", "padLeft": "", "padRight": "",
}

// untried are functions whose results are not made of their arguments alone, and
// one that says better what it takes.
var untried = []string{"now", "uuid", "signalUrl", "len"}

// mostTried bounds what a call may make that is tried.
const mostTried = 64 << 10

// tried calls a function whose arguments all stand in the expression: what fails
// then fails whenever it runs.
func (r *rewriter) tried(f *function, n *ast.CallNode) {
	if r.unlike || f.foreign || f.call == nil || len(n.Arguments) == 0 || r.failed() || slices.Contains(untried, f.name) {
		return
	}
	var args []any
	if f.framed {
		args = append(args, &frame{left: mostTried, work: mostTried, patterns: &r.engine.patterns})
	}
	literals, sampled := 0, false
	for i, node := range n.Arguments {
		v := r.constant(node)
		if v == nil && i == 0 {
			v, sampled = samples[f.name], true
			literals--
		}
		if v == nil {
			return
		}
		literals++
		args = append(args, v)
	}
	if literals == 0 || !f.arity(len(n.Arguments)) {
		return
	}
	out, err := f.builtin().Func(args...)
	if err == nil && !sampled {
		r.keep(n, out)
	}
	if err == nil || errors.Is(err, errTooMuch) || errors.Is(err, errTooLong) {
		return
	}
	d, _ := Describe(f.name)
	r.problemAt(n.Location(), RuleType, err.Error(), d.Usage())
}

// arity reports whether a function takes so many arguments.
func (f *function) arity(n int) bool {
	for _, t := range f.types {
		if n == t.NumIn() || t.IsVariadic() && n >= t.NumIn()-1 {
			return true
		}
	}
	return len(f.types) == 0 && n == 1
}

// constant is a call and its result.
type constant struct {
	call  *ast.CallNode
	value any
}

// longestConstant and mostConstants bound what is kept.
const (
	longestConstant = 1 << 10
	mostConstants   = 100
)

// keep keeps the result of a call, where it is a scalar.
func (r *rewriter) keep(n *ast.CallNode, value any) {
	switch x := value.(type) {
	case string:
		if len(x) > longestConstant {
			return
		}
	case bool, int64, float64:
	default:
		return
	}
	if len(r.constants) < mostConstants {
		r.constants = append(r.constants, constant{n, value})
	}
}

// constant returns the value of what is always the same: a literal, a call of such,
// a name that let gives one; nil where it is not known. Under a condition, which may
// have asked for it, a name says nothing.
func (r *rewriter) constant(node ast.Node) any {
	if v, ok := literalValue(node); ok {
		return v
	}
	switch n := node.(type) {
	case *ast.CallNode:
		for _, c := range slices.Backward(r.constants) {
			if c.call == n {
				return c.value
			}
		}
	case *ast.IdentifierNode:
		for _, v := range slices.Backward(r.lets) {
			if v.name == n.Value && r.guarded == 0 {
				return v.value
			}
		}
	case *ast.BinaryNode:
		return r.calculated(n)
	}
	return nil
}

// calculated returns the sum, difference or product of two numbers that are known.
func (r *rewriter) calculated(n *ast.BinaryNode) any {
	var op func(*frame, []any) (any, error)
	switch n.Operator {
	case "+":
		op = binaryOp("+", addIntegers, func(a, b float64) float64 { return a + b })
	case "-":
		op = binaryOp("-", subtractIntegers, func(a, b float64) float64 { return a - b })
	case "*":
		op = binaryOp("*", multiplyIntegers, func(a, b float64) float64 { return a * b })
	default:
		return nil
	}
	a, b := r.constant(n.Left), r.constant(n.Right)
	if a == nil || b == nil {
		return nil
	}
	out, err := op(nil, []any{a, b})
	if err != nil {
		return nil
	}
	return out
}

// literalValue returns the value of a scalar that stands in the expression.
func literalValue(node ast.Node) (any, bool) {
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.IntegerNode:
		return int64(n.Value), true
	case *ast.FloatNode:
		return n.Value, true
	case *ast.BoolNode:
		return n.Value, true
	case *ast.UnaryNode:
		v, ok := literalValue(n.Node)
		if i, isInteger := v.(int64); ok && isInteger && n.Operator == "-" {
			return -i, true
		}
		if x, isNumber := v.(float64); ok && isNumber && n.Operator == "-" {
			return -x, true
		}
	}
	return nil, false
}

// literalParts returns the value of what stands in the expression, of lists and maps
// with Unwritten in the place of what does not; nil for anything else.
func literalParts(node ast.Node) any {
	switch n := node.(type) {
	case *ast.MapNode:
		out := make(map[string]any, len(n.Pairs))
		for _, p := range n.Pairs {
			pair, ok := p.(*ast.PairNode)
			if !ok {
				return nil
			}
			key, ok := pair.Key.(*ast.StringNode)
			if !ok {
				return nil
			}
			out[key.Value] = orUnwritten(pair.Value)
		}
		return out
	case *ast.ArrayNode:
		out := make([]any, len(n.Nodes))
		for i, item := range n.Nodes {
			out[i] = orUnwritten(item)
		}
		return out
	}
	v, _ := literalValue(node)
	return v
}

func orUnwritten(node ast.Node) any {
	if v := literalParts(node); v != nil {
		return v
	}
	if isNull(node) {
		return nil
	}
	return Unwritten{}
}

// byZero reports a division by a literal zero.
func (r *rewriter) byZero(n *ast.BinaryNode) {
	if n.Operator != "/" && n.Operator != "%" || r.unlike {
		return
	}
	if v := r.constant(n.Right); v == int64(0) || v == 0.0 {
		r.problemAt(n.Right.Location(), RuleType, errZero.Error(), "ask before where it can be 0: n == 0 ? 0 : x / n")
		r.bad(&n.Right)
	}
}

// counts reports a list that count goes through without a predicate, and whose
// elements are not conditions.
func (r *rewriter) counts(node *ast.Node, list fact) {
	if wrong := r.holdsOf(list).beyond(booleanKinds); wrong != 0 {
		r.problemAt((*node).Location(), RuleType, "count without a predicate takes booleans: an element can be "+wrong.String(), "len(list) is the number of elements; count(list, # > 1) counts those for which a predicate holds")
		r.bad(node)
	}
}

// order reports a literal order of sortBy that is none.
func (r *rewriter) order(node ast.Node) {
	if literal, ok := node.(*ast.StringNode); ok && literal.Value != "asc" && literal.Value != "desc" && !r.unlike {
		r.problemAt(literal.Location(), RuleType, errOrder.Error(), "")
	}
}
