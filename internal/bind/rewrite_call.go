package bind

import (
	"cmp"
	"slices"

	"github.com/expr-lang/expr/ast"

	"github.com/medlar-flow/medlar/schema"
)

// method reports a call of what is no name, such as x.upper().
func (r *rewriter) method(node *ast.Node, n *ast.CallNode) fact {
	help := "write upper(x) or x | upper()"
	if member, ok := n.Callee.(*ast.MemberNode); ok {
		if name, ok := member.Property.(*ast.StringNode); ok {
			help = cmp.Or(memberHabit(name.Value, nil, schema.Any), help)
		}
	}
	before := len(r.problems)
	r.visit(&n.Callee)
	reported := len(r.problems) > before // with a help
	r.all(n.Arguments)
	if !reported {
		r.problemAt(n.Location(), RuleUnknownFunction, "values have no methods", help)
	}
	return r.bad(node)
}

// cast tells expr the type of a value that it does not know.
func (r *rewriter) cast(node *ast.Node, typ *schema.Field) {
	if t := goType(typ); t != nil {
		r.wrap(node, casts[t])
	}
}

// call visits f(x): f must be a function's name.
func (r *rewriter) call(node *ast.Node, n *ast.CallNode) fact {
	name, ok := n.Callee.(*ast.IdentifierNode)
	if !ok {
		return r.method(node, n)
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
	r.measured = f.name == "len" && len(n.Arguments) == 1 && isChain(n.Arguments[0])
	base, out := len(r.facts), fact{}
	defer func() { r.facts = r.facts[:base] }()
	for i := range n.Arguments {
		arg := r.visit(&n.Arguments[i])
		if !f.nulls || f.name == "get" && i == 1 {
			r.refusesNull(arg)
		}
		arg.null = ""
		if slices.Contains(noNulls, f.name) {
			r.noNullWithin(arg)
		}
		r.facts = append(r.facts, arg)
		out.secret = out.secret || arg.tainted()
	}
	facts := r.facts[base:]
	if f.pattern > 0 && f.pattern < len(n.Arguments) {
		r.checkPattern(&n.Arguments[f.pattern])
	}
	if f.inspect != nil {
		f.inspect(r, n, facts)
	}
	r.argumentKinds(f, n, facts)
	r.tried(f, n)
	if timed, ok := r.ofTimes(node, n, f, facts); ok {
		return timed
	}
	if out.are = callKinds(f); f.name == "max" || f.name == "min" {
		out.are, out.nullable = r.extremeKinds(n, facts), true
	}
	if len(facts) > 0 {
		out.hold, out.elems = r.heldBy(f, facts)
		out.deep = r.deepBy(f, facts)
		out.holdsNull = nullWithin(f.name, facts)
		switch f.name {
		case "merge":
			out.merged(facts)
		case "get":
			r.gets(&out, n, facts[0])
			if len(n.Arguments) > 1 {
				r.noKeyAt(&n.Arguments[1], facts[0])
			}
		}
	}
	switch {
	case f.clean:
		return fact{are: out.are}
	case f.keeps && len(facts) > 0:
		return facts[0]
	case f.result != nil && len(facts) > 0:
		if out.typ = f.result(facts); f.types[0].Out(0) == goAny { // a part, if it is there
			out.nullable = true
			r.cast(node, out.typ)
		}
	case f.gives != nil:
		out.typ = f.gives
	}
	return out
}

// gets adds what is known of the member of a literal map that get gives.
func (r *rewriter) gets(out *fact, n *ast.CallNode, of fact) {
	if len(n.Arguments) != 2 || !of.closed || !r.kindsOf(n.Arguments[0], of).sure(mapKinds) {
		return
	}
	if name, ok := n.Arguments[1].(*ast.StringNode); ok {
		out.null, out.are = of.memberNull(name.Value), of.memberKinds(name.Value)
	}
}

// end turns first(x) and last(x) into find and findLast of anything, which
// keep the type of the element.
func (r *rewriter) end(node *ast.Node, n *ast.CallNode, name string) fact {
	find := map[string]string{"first": "find", "last": "findLast"}[name]
	every := &ast.PredicateNode{Node: &ast.BoolNode{Value: true}}
	list := r.visit(&n.Arguments[0])
	r.refusesNull(list)
	if is := r.kindsOf(n.Arguments[0], list); list.typ != nil && is.beyond(listKinds) != 0 {
		r.problemAt(n.Arguments[0].Location(), RuleType, name+" takes a list, not "+is.String(), kindHelp(is, listKinds))
		return r.bad(node)
	}
	if isNil(n.Arguments[0]) {
		r.problemAt(n.Arguments[0].Location(), RuleType, name+" takes a list, not null", "give another value where it is null: x ?? []")
		return r.bad(node)
	}
	r.refuseKinds(name, &n.Arguments[0], list, listKinds)
	f := list.elem()
	f.nullable = true
	ast.Patch(node, &ast.BuiltinNode{Name: find, Arguments: []ast.Node{n.Arguments[0], every}})
	return f
}

// builtin visits what takes a predicate: all other functions are calls.
func (r *rewriter) builtin(node *ast.Node, n *ast.BuiltinNode) fact {
	coll := r.visit(&n.Arguments[0])
	r.refusesNull(coll)
	coll.null = ""
	r.refuseKinds(n.Name, &n.Arguments[0], coll, listKinds)
	_, loaded := n.Arguments[0].(*ast.IdentifierNode)
	it := item{elem: coll.elem(), untyped: !loaded}
	if n.Name == "reduce" {
		it.acc = anonymous(coll)
		it.acc.are = r.kindsOf(nil, it.elem)
	}
	if len(n.Arguments) > 2 {
		first := r.visit(&n.Arguments[2])
		it.acc = anonymous(it.acc, first)
		if first.time() == 0 {
			it.acc.are = r.kindsOf(n.Arguments[2], first)
		}
	}
	body := it.elem
	found := it.elem
	switch n.Name {
	case "filter":
		coll = r.withoutNulls(coll, n.Arguments[1], it)
		if coll.typ == nil || coll.typ.Elem == nil {
			coll.hold = r.foundBy(n.Arguments[1], it, coll.hold)
		}
	case "find", "findLast":
		found.are = r.foundBy(n.Arguments[1], it, found.are)
		found.written = r.withoutNulls(coll, n.Arguments[1], it).written
	}
	null := fact{}
	if len(n.Arguments) > 1 {
		r.items = append(r.items, it)
		body = r.visit(&n.Arguments[1])
		r.items = r.items[:len(r.items)-1]
		if n.Name != "map" && n.Name != "reduce" {
			r.refusesNull(body)
		}
		null, body.null = body, ""
		r.predicateKinds(n, body)
	} else if n.Name == "sum" && coll.times() == 0 {
		r.noNullWithin(coll)
		r.sums(&n.Arguments[0], r.holdsOf(coll))
	} else if n.Name == "count" {
		r.counts(&n.Arguments[0], coll)
	}
	if n.Name == "sortBy" && len(n.Arguments) > 2 {
		r.order(n.Arguments[2])
	}
	switch n.Name {
	case "all", "any", "none", "one":
		return fact{are: booleanKinds}
	case "count":
		return fact{are: kind(schema.Integer)}
	case "filter":
		return coll
	case "sortBy":
		r.sortKey(n, body)
		return coll
	case "find", "findLast":
		found.nullable, found.null = true, ""
		return found
	case "map":
		out := mapped(body, r.bodyKinds(n, body))
		if by, ok := n.Arguments[1].(*ast.PredicateNode); ok {
			out.deep = r.within(by.Node, body)
		}
		out.holdsNull = null.among()
		out.written, out.closed = null.written, null.closed
		return out
	case "groupBy":
		r.wrap(node, casts[goMap])
		out := grouped(coll, body.tainted())
		out.deep = r.holdsOf(coll)
		return out
	case "sum":
		return r.total(node, n, body)
	}
	out := anonymous(coll, body, it.acc)
	if kind := body.time(); n.Name == "reduce" && kind != 0 {
		out.typ = timeField(kind)
	}
	return out
}

// foundBy is what the elements of a list can be for which a predicate holds.
func (r *rewriter) foundBy(predicate ast.Node, it item, are kinds) kinds {
	p, ok := predicate.(*ast.PredicateNode)
	if !ok || !are.unlike() {
		return are
	}
	r.items = append(r.items, it)
	for _, n := range (&narrowing{key: r.keyOf}).of(p.Node, true) {
		if n.key == r.keyOf(&ast.PointerNode{}) {
			are &= n.are
		}
	}
	r.items = r.items[:len(r.items)-1]
	return are
}

// mapped is the fact of a list whose elements body gives.
func mapped(body fact, is kinds) fact {
	if body.typ == nil {
		return fact{secret: body.secret, elems: body.maybe, are: listKinds, hold: is}
	}
	return fact{typ: &schema.Field{Type: schema.List, Elem: body.typ}, secret: body.secret, elems: body.maybe}
}

// grouped is the fact of a map of lists such as coll. The keys are secret where
// what they are made of is.
func grouped(coll fact, secret bool) fact {
	group := coll.typ
	if group == nil || group.Type != schema.List {
		group = &schema.Field{Type: schema.List}
		secret = secret || coll.tainted()
	}
	return fact{typ: &schema.Field{Type: schema.Map, Elem: group}, secret: secret || coll.secret}
}
