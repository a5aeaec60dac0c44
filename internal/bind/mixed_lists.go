package bind

import (
	"slices"

	"github.com/expr-lang/expr/ast"

	"github.com/medlar-flow/medlar/schema"
)

// refuseHolds reports a list whose elements are not what a function takes.
func (r *rewriter) refuseHolds(name, takes string, node *ast.Node, wrong, right kinds) {
	r.problemAt((*node).Location(), RuleType, name+" takes "+takes+": an element can be "+wrong.String(), elementHelp(wrong, right))
	r.bad(node)
}

// ordered reports lists whose elements have no order.
func ordered(r *rewriter, n *ast.CallNode, args []fact) {
	if len(args) > 0 {
		r.orders("sort", &n.Arguments[0], r.holdsOf(args[0]))
	}
}

// orders reports what is no text, no number, or one as well as the other.
func (r *rewriter) orders(name string, node *ast.Node, is kinds) {
	switch wrong := is.beyond(numberKinds | textKinds); {
	case wrong != 0:
		r.refuseHolds(name, "numbers, or text", node, wrong, numberKinds|textKinds)
	case is&numberKinds != 0 && is&textKinds != 0:
		r.refuseHolds(name, "numbers, or text, and not both", node, is, textKinds)
	}
}

// elementsAre makes the inspection of a function whose list holds nothing else.
func elementsAre(name, takes string, right kinds) func(*rewriter, *ast.CallNode, []fact) {
	return func(r *rewriter, n *ast.CallNode, args []fact) { r.elementsOf(n, args, 0, name, takes, right) }
}

// elementsOf reports a list that is the argument i and holds something else.
func (r *rewriter) elementsOf(n *ast.CallNode, args []fact, i int, name, takes string, right kinds) {
	if i >= len(args) {
		return
	}
	if wrong := r.holdsOf(args[i]).beyond(right); wrong != 0 {
		r.refuseHolds(name, takes, &n.Arguments[i], wrong, right)
	}
}

// textsAre makes the inspection of a function whose argument i is a list of names.
func textsAre(name string, i int) func(*rewriter, *ast.CallNode, []fact) {
	return func(r *rewriter, n *ast.CallNode, args []fact) {
		r.elementsOf(n, args, i, name, "a list of strings here", textKinds)
	}
}

// ofPairs reports pairs without a name.
func ofPairs(r *rewriter, n *ast.CallNode, args []fact) {
	r.elementsOf(n, args, 0, "fromPairs", "pairs", listKinds)
	if len(args) == 0 || r.failed() {
		return
	}
	if deep := r.deepOf(args[0]); deep != 0 && deep&(textKinds|others) == 0 {
		r.problemAt(n.Arguments[0].Location(), RuleType, "fromPairs takes pairs of a string and a value: an element of a pair is "+deep.String(), "map(list, [string(#[0]), #[1]]) makes names of them")
		r.bad(&n.Arguments[0])
	}
}

// ofRows reports rows of a CSV that are neither, or not all the same.
func ofRows(r *rewriter, n *ast.CallNode, args []fact) {
	if len(args) == 0 {
		return
	}
	textsAre("toCSV", 2)(r, n, args)
	is := r.holdsOf(args[0])
	wrong := is.beyond(listKinds | mapKinds)
	if wrong == 0 && is&listKinds != 0 && is&mapKinds != 0 {
		wrong = is
	}
	if wrong != 0 {
		r.refuseHolds("toCSV", "rows that are all maps, or all lists", &n.Arguments[0], wrong, listKinds|mapKinds)
	}
}

// held is what the elements of several lists, and the members of maps, can be:
// elems is the type of those that are times, as in a fact.
func (r *rewriter) held(facts []fact) (hold kinds, elems schema.Type) {
	if r.unlike {
		return 0, 0
	}
	one := true
	for _, f := range facts {
		is := f.hold
		switch {
		case f.typ == nil:
		case (f.typ.Type == schema.List || f.typ.Type == schema.Map) && f.typ.Elem != nil:
			is = kind(f.typ.Elem.Type)
		case f.typ.Type == schema.Object:
			is = memberKinds(f)
		}
		times := f.elems
		for _, t := range []schema.Type{spanType, timeType} {
			if is == kind(t) {
				is, times = 0, t
			}
		}
		if times == 0 {
			is = is.orOthers()
		}
		hold |= is
		if elems, one = oneTime(elems, times); !one {
			return hold | textKinds, 0
		}
	}
	return hold, elems
}

// memberKinds is what the members of an object can be.
func memberKinds(f fact) kinds {
	if f.members != nil || f.typ.Members == nil {
		return 0
	}
	list := f.typ.Members.Fields()
	if len(list) > mostMembers {
		return 0
	}
	var all kinds
	for _, m := range list {
		if len(m.Into) == 0 && !m.Drop {
			all |= kind(m.Type).orOthers()
		}
	}
	if f.isOpen() {
		all |= others
	}
	return all
}

// heldBy is what the elements of a function's result can be, where that is more
// than its type says.
func (r *rewriter) heldBy(f *function, facts []fact) (hold kinds, elems schema.Type) {
	switch {
	case slices.Contains(holdKeepers, f.name):
		return r.held(facts)
	case f.name == "flatten":
		hold, elems = r.held(facts[:1])
		if hold&listKinds != 0 {
			hold = hold&^listKinds | r.deepOf(facts[0]).orOthers()
		}
		if hold&listKinds != 0 { // what lies deeper is not followed
			hold = hold&^listKinds | others
		}
		return hold, elems
	case slices.Contains(listMakers, f.name):
		return listKinds, 0
	}
	return 0, 0
}

// listMakers are the functions that give lists of lists.
var listMakers = []string{"chunk", "zip", "toPairs"}

// deepBy is what the lists and maps in a function's result hold.
func (r *rewriter) deepBy(f *function, facts []fact) (deep kinds) {
	switch {
	case slices.Contains(holdKeepers, f.name):
		for _, arg := range facts {
			deep |= r.deepOf(arg).orOthers()
		}
	case slices.Contains(listMakers, f.name):
		if f.name == "chunk" {
			facts = facts[:1]
		}
		hold, times := r.held(facts)
		if deep = hold.orOthers(); times != 0 {
			deep |= others
		}
		if f.name == "toPairs" {
			deep |= kind(schema.String)
		}
	}
	return deep
}

// bodyKinds is what a predicate gives.
func (r *rewriter) bodyKinds(n *ast.BuiltinNode, body fact) kinds {
	if by, ok := n.Arguments[1].(*ast.PredicateNode); ok {
		return r.kindsOf(by.Node, body)
	}
	return 0
}

// predicateKinds reports what a predicate gives and its function does not take.
func (r *rewriter) predicateKinds(n *ast.BuiltinNode, body fact) {
	by, ok := n.Arguments[1].(*ast.PredicateNode)
	if !ok || body.time() != 0 {
		return
	}
	is := r.kindsOf(by.Node, body)
	switch n.Name {
	case "map", "reduce":
	case "sortBy":
		r.orders(n.Name, &by.Node, is)
	case "sum":
		r.sums(&by.Node, is)
	case "groupBy":
		if wrong := is.beyond(textKinds | booleanKinds | kind(schema.Integer)); wrong != 0 {
			r.problemAt(by.Node.Location(), RuleType, "a group's key must be a string, an integer or a boolean, and this can be "+wrong.String(), "")
			r.bad(&by.Node)
		}
	default:
		r.refuseKinds("the predicate", &by.Node, body, booleanKinds)
	}
}

func (r *rewriter) sums(node *ast.Node, is kinds) {
	if wrong := is.beyond(numberKinds); wrong != 0 {
		r.refuseHolds("sum", "numbers or durations", node, wrong, numberKinds)
	}
}
