package bind

import (
	"github.com/expr-lang/expr/ast"

	"github.com/medlar-flow/medlar/schema"
)

// ofTimes turns sort, uniq, min and max of durations and timestamps into what
// compares them by value. It is not ok for other calls.
func (r *rewriter) ofTimes(node *ast.Node, n *ast.CallNode, f *function, facts []fact) (out fact, ok bool) {
	if len(facts) == 0 {
		return fact{}, false
	}
	switch f.name {
	case "sort":
		kind := facts[0].times()
		if kind == 0 || len(facts) > 2 {
			return fact{}, false
		}
		if wrong := r.noTimes(facts[0]); wrong != 0 {
			r.refuseHolds("sort", kind.String()+"s", &n.Arguments[0], wrong, 0)
			return fact{}, true
		}
		r.literals(n.Arguments[0], kind)
		var each ast.Node = &ast.PointerNode{}
		each.SetLocation(n.Arguments[0].Location())
		r.wrap(&each, keyName+timeKinds[kind])
		by := append([]ast.Node{n.Arguments[0], &ast.PredicateNode{Node: each}}, n.Arguments[1:]...)
		patch(node, &ast.BuiltinNode{Name: "sortBy", Arguments: by})
		return facts[0], true
	case "uniq":
		kind := facts[0].times()
		if kind == 0 {
			return fact{}, false
		}
		r.literals(n.Arguments[0], kind)
		rename(n, "$uniq"+timeKinds[kind])
		return facts[0], true
	case "min", "max":
		return r.extreme(node, n, f.name, facts)
	case "mean", "median":
		for i, arg := range facts {
			if kind := max(arg.time(), arg.times()); kind != 0 {
				r.problemAt(n.Arguments[i].Location(), RuleType, f.name+" takes numbers, not "+kind.String()+"s", f.name+"(map(list, seconds(#))) takes those of durations")
				return fact{}, true
			}
		}
	}
	return fact{}, false
}

func rename(n *ast.CallNode, name string) {
	callee := &ast.IdentifierNode{Value: name}
	callee.SetLocation(n.Callee.Location())
	n.Callee = callee
}

// extreme is ofTimes for min and max, whose arguments are values and lists.
func (r *rewriter) extreme(node *ast.Node, n *ast.CallNode, name string, facts []fact) (out fact, ok bool) {
	var kind schema.Type
	typed := true
	for i, f := range facts {
		one, same := oneTime(f.time(), f.times())
		if same {
			kind, same = oneTime(kind, one)
		}
		if !same {
			r.problemAt(n.Arguments[i].Location(), RuleType, name+" cannot take durations and timestamps together", "")
			r.bad(node)
			return fact{}, true
		}
		out.secret = out.secret || f.tainted()
		typed = typed && f.typ != nil && (isTime(f.typ.Type) || f.typ.Type == schema.List && f.typ.Elem != nil && isTime(f.typ.Elem.Type))
	}
	if kind == 0 {
		return fact{}, false
	}
	for i, f := range facts {
		if wrong := r.noTimes(f); wrong != 0 {
			r.problemAt(n.Arguments[i].Location(), RuleType, name+" cannot take "+withArticle(kind.String())+" and what can be "+wrong.String(), "")
			r.bad(node)
			return fact{}, true
		}
		if is := r.kindsOf(n.Arguments[i], f); f.typ == nil && f.time() == 0 && f.times() == 0 && is.sure(numberKinds) {
			r.problemAt(n.Arguments[i].Location(), RuleType, name+" cannot take "+withArticle(kind.String())+" and "+is.String(), numberHelp(kind, fact{typ: numberField}))
			r.bad(node)
			return fact{}, true
		}
		if !mayBeText(f) && (f.typ.Type != schema.List || f.typ.Elem != nil && !mayBeText(fact{typ: f.typ.Elem}) && f.typ.Elem.Type != schema.List) {
			r.problemAt(n.Arguments[i].Location(), RuleType, name+" cannot take "+withArticle(kind.String())+" and "+f.named(), numberHelp(kind, f))
			r.bad(node)
			return fact{}, true
		}
		r.literals(n.Arguments[i], kind)
	}
	rename(n, "$"+name+timeKinds[kind])
	out.maybe = kind
	if typed {
		out.typ = timeField(kind)
	}
	return out, true
}

// noTimes returns what a value, or an element of a list, can be that is no text
// which is read as a time. A value of one kind is left to those who ask.
func (r *rewriter) noTimes(f fact) kinds {
	switch {
	case r.unlike:
		return 0
	case f.typ == nil && f.are.unlike() && f.are.beyond(textKinds|listKinds) != 0:
		return f.are.beyond(textKinds | listKinds)
	case f.typ == nil || f.typ.Type == schema.List && f.typ.Elem == nil:
		return f.hold.beyond(textKinds | listKinds)
	}
	return 0
}

// sortKey has sortBy order times by value.
func (r *rewriter) sortKey(n *ast.BuiltinNode, body fact) {
	kind := body.time()
	by, ok := n.Arguments[1].(*ast.PredicateNode)
	if kind == 0 || !ok {
		return
	}
	r.key(&by.Node, kind, false)
}

// total is sum, which also adds durations.
func (r *rewriter) total(node *ast.Node, n *ast.BuiltinNode, body fact) fact {
	switch body.time() {
	case schema.Timestamp:
		r.problemAt(n.Location(), RuleType, "sum takes numbers or durations, not timestamps", "")
		return r.bad(node)
	case schema.Duration:
	default:
		out := anonymous(body)
		if is := r.kindsOf(n.Arguments[0], body); is.sure(numberKinds) {
			out.are = is
		}
		return out
	}
	list := n.Arguments[0]
	r.literals(list, schema.Duration)
	if len(n.Arguments) > 1 {
		list = &ast.BuiltinNode{Name: "map", Arguments: n.Arguments}
		list.SetLocation(n.Location())
	}
	patch(node, &ast.CallNode{Callee: &ast.IdentifierNode{Value: "$sumDurations"}, Arguments: []ast.Node{list}})
	return fact{typ: durationField, secret: body.tainted()}
}
