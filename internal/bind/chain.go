package bind

import (
	"slices"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"

	"github.com/medlar-flow/medlar/schema"
)

// links is a chain of members such as steps.a.b[0], taken apart.
type links struct {
	base ast.Node
	segs []segment  // of the base, where it is a name, and of each member
	keys []ast.Node // of each member
	// loaded is true where the base is a value of the scope, which can hold
	// payloads; measured, where nobody needs to know what they hold.
	loaded, measured bool
	key              string // of a base that is no name of the scope, for proofs

	fewSegs [4]segment // what segs and keys begin with
	fewKeys [3]ast.Node
}

func isChain(node ast.Node) bool {
	switch node.(type) {
	case *ast.IdentifierNode, *ast.MemberNode, *ast.ChainNode:
		return true
	}
	return false
}

// chain visits a name or a chain of members and puts in its place a loaded
// value and calls for what can only be selected when the expression runs.
func (r *rewriter) chain(node *ast.Node) fact {
	key := ""
	if len(r.are) > 0 {
		key = r.keyOf(*node)
	}
	l := r.takeApart(*node)
	f := r.ofChain(node, l)
	if r.chains--; key != "" {
		return r.narrow(f, key)
	}
	return f
}

func (r *rewriter) ofChain(node *ast.Node, l *links) fact {
	l.measured, r.measured = r.measured, false
	name, ok := l.base.(*ast.IdentifierNode)
	switch {
	case !ok:
		l.key = r.keyOf(l.base)
		f := r.visit(&l.base)
		if _, text := l.base.(*ast.StringNode); text {
			f = fact{typ: stringField}
		}
		return r.selectAll(node, l, f, 0)
	case name.Value == "null" && len(l.keys) == 0:
		ast.Patch(node, &ast.NilNode{})
		return fact{null: NullLiteral}
	}
	for i, v := range slices.Backward(r.lets) {
		if v.name == name.Value {
			l.key = letKey(i)
			return r.selectAll(node, l, r.narrow(v.fact, r.keyOf(name)), 0)
		}
	}
	return r.root(node, l, name)
}

// takeApart returns the links of a chain. They are used again for the next one
// that does not lie in this one.
func (r *rewriter) takeApart(node ast.Node) *links {
	if r.chains == len(r.links) {
		r.links = append(r.links, &links{})
	}
	l := r.links[r.chains]
	r.chains++
	*l = links{}
	l.segs, l.keys = l.fewSegs[:0], l.fewKeys[:0]
	for {
		switch n := node.(type) {
		case *ast.ChainNode:
			node = n.Node
			continue
		case *ast.MemberNode:
			l.segs = append(l.segs, r.segment(n.Property))
			l.keys = append(l.keys, n.Property)
			node = n.Node
			continue
		}
		break
	}
	off, length := r.span(node.Location())
	first := segment{off: off, len: length}
	if name, ok := node.(*ast.IdentifierNode); ok {
		first.name = name.Value
	}
	l.base = node
	l.segs = append(l.segs, first)
	slices.Reverse(l.segs)
	slices.Reverse(l.keys)
	return l
}

func (r *rewriter) segment(property ast.Node) segment {
	off, length := r.span(property.Location())
	s := segment{off: off, len: length, kind: byValue}
	switch n := property.(type) {
	case *ast.StringNode:
		s.kind, s.name = byName, n.Value
	case *ast.IntegerNode:
		s.kind, s.index = byIndex, n.Value
	case *ast.UnaryNode:
		if i, ok := n.Node.(*ast.IntegerNode); ok && n.Operator == "-" {
			s.kind, s.index = byIndex, -i.Value
		}
	}
	return s
}

// root resolves a chain that begins with a name of the scope.
func (r *rewriter) root(node *ast.Node, l *links, name *ast.IdentifierNode) fact {
	if name.Value == "$env" {
		r.report(l.segs[0].off, l.segs[0].len, RuleWholeScope, "$env cannot be used", "name what you need, such as ctx.name or steps.stepId")
		r.visitKeys(l)
		return r.bad(node)
	}
	f, slot, used, ok := r.resolve(l.segs)
	if !ok {
		r.visitKeys(l)
		return r.bad(node)
	}
	if len(r.are) > 0 {
		key := name.Value
		if used > 1 {
			key += "." + l.segs[1].name
		}
		f = r.narrow(f, key)
	}
	// Declared members are read before the machine runs: with a declared
	// object that cannot fail. What is less sure waits for its turn, which may
	// never come.
	from := used
	for ; from < len(l.segs) && f.typ != nil && f.typ.Type == schema.Object && l.segs[from].kind == byName; from++ {
		var p *Problem
		if f, p = r.selectMember(f, &l.segs[from], l.segs[:from]); p != nil {
			r.problems = append(r.problems, *p)
			r.visitKeys(l)
			return r.bad(node)
		}
	}
	l.loaded = true
	id := r.load(slot, l.segs[:from], used, f, from == len(l.segs), l.measured)
	id.SetLocation(l.location(from - 1))
	l.base = id
	return r.selectAll(node, l, f, from-1)
}

// location spans the base and so many members.
func (l *links) location(members int) file.Location {
	loc := l.base.Location()
	if members > 0 {
		loc.To = l.keys[members-1].Location().To
	}
	return loc
}

// sameNames reports whether two paths of names are the same.
func sameNames(a, b []segment) bool {
	return slices.EqualFunc(a, b, func(a, b segment) bool { return a.name == b.name })
}

func (r *rewriter) visitKeys(l *links) {
	for i := range l.keys {
		r.visit(&l.keys[i])
	}
}

// selectAll puts calls around l.base for the members from number done on.
func (r *rewriter) selectAll(node *ast.Node, l *links, f fact, done int) fact {
	out := l.base
	for i := done; i < len(l.keys); i++ {
		if key := r.visit(&l.keys[i]); l.segs[i+1].kind == byValue {
			r.refusesNull(key)
			r.selector(&l.keys[i], key, f)
			r.foldKey(&l.keys[i], f)
		}
		var p *Problem
		label := l.segs[:i+1]
		if l.segs[0].name == "" {
			label = nil
		}
		if !l.loaded {
			r.compilation.chain, r.at = l, i
		}
		f, p = r.selectMember(f, &l.segs[i+1], label)
		if r.compilation.chain = nil; p != nil {
			r.problems = append(r.problems, *p)
			for i++; i < len(l.keys); i++ {
				r.visit(&l.keys[i])
			}
			return r.bad(node)
		}
		if key, ok := l.keys[i].(*ast.StringNode); ok {
			key.Value = l.segs[i+1].name
		}
		call := &ast.CallNode{
			Callee:    &ast.IdentifierNode{Value: l.getter(f.typ, i == len(l.keys)-1)},
			Arguments: []ast.Node{out, l.keys[i]},
		}
		call.SetLocation(l.keys[i].Location())
		out = call
	}
	*node = out
	return f
}

// getter is the function that selects a member of type t. The last one of a
// chain also decodes the payloads in what it gives.
func (l *links) getter(t *schema.Field, last bool) string {
	if last && l.loaded && !l.measured && mayHoldPayload(t) {
		return plainGetterOf(t)
	}
	return getterOf(t)
}

// mayHoldPayload reports whether payloads can lie in a value of type t: in each
// place whose type is not known.
func mayHoldPayload(t *schema.Field) bool {
	return t.Reaches(func(t *schema.Field) bool {
		return t == nil || t.Type == schema.Any || t.Type == schema.Object && t.Members.IsOpen()
	})
}
