package bind

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"

	"github.com/medlar-flow/medlar/schema"
)

// NullScope is what a Scope may also be: one that knows which of its values can
// be null where an expression stands. What a service may leave out of an answer
// is not meant: that depends on the service.
type NullScope interface {
	// MayBeNull reports whether ctx.name, the result of a step, or a name whose
	// Binding says so can be null.
	MayBeNull(ref Ref) bool
}

// HoldsNullScope is a NullScope that also knows which lists can hold null.
type HoldsNullScope interface {
	// MayHoldNull reports whether an element of the list that is ctx.name, or the
	// result of a step, can be null; the name of a step's member is id.items.
	MayHoldNull(ref Ref) bool
}

// ElementNull is what Nulls and Null say of an element of a list that a name of
// ctx is, or a step gave, behind that name.
const ElementNull = "[]"

// elementNull returns what makes an element of the list null that is the member
// of a name behind path; empty for nothing.
func (c *compilation) elementNull(path []segment, name string) string {
	scope, ok := c.scope.(HoldsNullScope)
	switch root := path[0].name; {
	case !ok || root != "ctx" && root != "steps":
		return ""
	case len(path) == 1 && scope.MayHoldNull(Ref{root, name}):
		return root + "." + name + ElementNull
	case len(path) == 2 && root == "steps" && path[1].kind == byName && scope.MayHoldNull(Ref{root, path[1].name + "." + name}):
		return root + "." + path[1].name + "." + name + ElementNull
	}
	return ""
}

// MemberScope is what a NullScope may also be: one that knows of members that can be
// null, as their types say, where they are not.
type MemberScope interface {
	// MemberNotNull reports whether a member is not null by the conditions around,
	// and those of the expression, of which proven is what Proofs returns. Its name
	// has dots in it: {"ctx", "order.note"}.
	MemberNotNull(ref Ref, proven []string) bool
}

// OfElement is how what Nulls and Null say of a member of an element begins: #.name.
const OfElement = "#."

// absent returns what makes a member null that can be left out: its path, or nothing
// where a condition says that it is there.
func (c *compilation) absent(f fact, path []segment, name string) string {
	if _, known := f.written[name]; known {
		return "" // by what it is made of
	}
	if f.null != "" && Proves(c.proven, f.null+"."+name) {
		return ""
	}
	key, rooted := c.keyTo(path)
	key += "." + name
	switch scope, ok := c.scope.(MemberScope); {
	case Proves(c.proven, key):
		return ""
	case !rooted:
		return OfElement + name
	case ok:
		root, rest, _ := strings.Cut(key, ".")
		if scope.MemberNotNull(Ref{root, rest}, c.proven) {
			return ""
		}
	}
	return key
}

// keyTo returns how proofs spell a path, and whether it begins with a name of the
// scope.
func (c *compilation) keyTo(path []segment) (key string, rooted bool) {
	if c.chain != nil {
		key, path = c.chain.key, c.chain.segs[1:c.at+1]
	} else if len(path) > 0 {
		key, path, rooted = path[0].name, path[1:], true
	}
	for i := range path {
		if path[i].kind == byName {
			key += "." + path[i].name
		}
	}
	return key, rooted
}

// mayBeNull reports whether a reference can be null here, as far as the scope
// knows and no condition around it in the expression says that it is not.
func (c *compilation) mayBeNull(ref Ref) bool {
	scope, ok := c.scope.(NullScope)
	if !ok || Proves(c.proven, ref.String()) || !scope.MayBeNull(ref) {
		return false
	}
	where, ok := c.scope.(ProvenScope)
	return !ok || !c.parts || len(c.proven) == 0 || !where.NotNullWhere(ref, c.proven)
}

// proves reports whether a path is not null where a known one is not.
func proves(known, path string) bool {
	return known == path || strings.HasPrefix(known, path) && known[len(path)] == '.'
}

// Proves reports whether a path is not null where one of the known paths is not.
func Proves(known []string, path string) bool {
	return slices.ContainsFunc(known, func(k string) bool { return proves(k, path) })
}

// refusesNull notes what can be null of an operand that must not be.
func (c *compilation) refusesNull(facts ...fact) {
	for i := range facts {
		c.noNull(facts[i].null)
	}
}

func (c *compilation) noNull(path string) {
	if path != "" && !slices.Contains(c.nulls, path) && !Proves(c.proven, path) {
		c.nulls = append(c.nulls, path)
	}
}

// NullLiteral is what Nulls and Null say of null that is written there.
const NullLiteral = "null"

// NoMember is what Nulls and Null say of a member that a literal map has not,
// before its name.
const NoMember = "{}."

// memberNull returns what makes a member of a literal map null; empty for
// nothing.
func (f fact) memberNull(name string) string {
	member, there := f.written[name]
	if !there && f.closed {
		return NoMember + name
	}
	return member.null
}

// oneOf puts together what is known of the members of one literal map or another.
func (f *fact) oneOf(a, b fact) {
	if !a.closed || !b.closed {
		return
	}
	f.closed, f.written = true, map[string]written{}
	for _, from := range []fact{a, b} {
		for name := range from.written {
			f.written[name] = written{cmp.Or(a.memberNull(name), b.memberNull(name)), a.memberKinds(name) | b.memberKinds(name)}
		}
	}
}

// memberKinds is what a member of a literal map can be, where it has one.
func (f fact) memberKinds(name string) kinds {
	member, there := f.written[name]
	if !there {
		return 0
	}
	return member.are.orOthers()
}

// merged is what is known of the members of literal maps that are put together.
func (f *fact) merged(facts []fact) {
	f.written, f.closed = map[string]written{}, true
	for _, from := range facts {
		if !from.closed {
			f.written, f.closed = nil, false
			return
		}
		maps.Copy(f.written, from.written)
	}
}

// noNulls are the functions that take no null among the elements of a list.
var noNulls = []string{"sort", "join", "max", "min", "mean", "median", "sumBy", "meanBy", "fromPairs", "toCSV"}

// noNullWithin notes what makes an element of a list null that must not be.
func (r *rewriter) noNullWithin(list fact) {
	if !strings.HasPrefix(list.holdsNull, deeperNull) {
		r.noNull(list.holdsNull)
	}
}

// nullWithin is what is null in the list or map that a function makes.
func nullWithin(name string, facts []fact) (null string) {
	switch name {
	case "concat", "merge", "values":
		for i := range facts {
			null = cmp.Or(null, facts[i].holdsNull)
		}
	case "chunk":
		if null = facts[0].holdsNull; null != "" {
			null = deeperNull + null
		}
	case "flatten":
		for null = facts[0].holdsNull; strings.HasPrefix(null, deeperNull); {
			null = null[len(deeperNull):]
		}
	}
	return null
}

// withoutNulls is what is known of the elements of a list that a predicate holds
// for.
func (r *rewriter) withoutNulls(coll fact, predicate ast.Node, it item) fact {
	p, ok := predicate.(*ast.PredicateNode)
	null := coll.holdsNull != "" && !strings.HasPrefix(coll.holdsNull, deeperNull)
	if !ok || !null && coll.written == nil && !hasAbsent(it.elem.typ) {
		return coll
	}
	r.items = append(r.items, it)
	proofs := r.proofs(p.Node, true)
	if null && Proves(proofs, coll.holdsNull) {
		coll.holdsNull = ""
	}
	before := cmp.Or(it.elem.null, itemKey(len(r.items))) + "."
	for _, proof := range proofs {
		if name, ok := strings.CutPrefix(proof, before); ok {
			coll.written = maps.Clone(coll.written)
			if coll.written == nil {
				coll.written = map[string]written{}
			}
			coll.written[name] = written{are: coll.written[name].are}
		}
	}
	r.items = r.items[:len(r.items)-1]
	return coll
}

// hasAbsent reports whether an object has members that can be left out.
func hasAbsent(t *schema.Field) bool {
	return t != nil && t.Type == schema.Object && slices.ContainsFunc(t.Members.Fields(), func(f *schema.Field) bool { return f.Absent })
}

// operands notes the operands of an operator that null is none of.
func (c *compilation) operands(operator string, left, right fact) {
	switch operator {
	case "==", "!=", "??", "in", "matches", "contains", "startsWith", "endsWith": // of null they are false
	default:
		c.refusesNull(left, right)
	}
}

// proofs returns the paths that are not null where a condition holds, or does
// not, and those that are none around it.
func (r *rewriter) proofs(n ast.Node, holds bool) []string {
	list := slices.Clip(r.proven)
	if r.parts && len(r.items) == 0 && len(r.lets) == 0 { // whose names are no others than outside
		list = partsOf(list, n, holds)
	}
	return allProofs(list, n, holds, func(name string) string {
		if name == "#" {
			if len(r.items) == 0 {
				return ""
			}
			return cmp.Or(r.items[len(r.items)-1].elem.null, itemKey(len(r.items)))
		}
		for i, v := range slices.Backward(r.lets) {
			if v.name == name {
				return cmp.Or(v.fact.null, letKey(i))
			}
		}
		return name
	})
}

// proofsOf appends to list the paths that are not null where a condition holds,
// or does not. It asks spell how the beginning of a path is spelt.
func proofsOf(list []string, n ast.Node, holds bool, spell func(string) string) []string {
	switch x := n.(type) {
	case *ast.UnaryNode:
		if x.Operator == "not" || x.Operator == "!" {
			return proofsOf(list, x.Node, !holds, spell)
		}
	case *ast.BinaryNode:
		return proofsOfBinary(list, x, holds, spell)
	case *ast.CallNode, *ast.BuiltinNode:
		return taken(list, n, spell)
	}
	if holds {
		return spelled(list, n, spell)
	}
	return list
}

func proofsOfBinary(list []string, n *ast.BinaryNode, holds bool, spell func(string) string) []string {
	switch n.Operator {
	case "and", "&&", "or", "||":
		if isAnd := n.Operator[0] == 'a' || n.Operator[0] == '&'; isAnd == holds {
			return proofsOf(proofsOf(list, n.Left, holds, spell), n.Right, holds, spell)
		}
	case "==", "!=":
		list = taken(taken(list, n.Left, spell), n.Right, spell)
		if equal := (n.Operator == "==") == holds; equal == (isNull(n.Left) || isNull(n.Right)) || equal && !isLiteral(n.Left) && !isLiteral(n.Right) {
			return list
		}
		return spelled(spelled(list, n.Left, spell), n.Right, spell)
	case "contains", "startsWith", "endsWith": // of null they are false
		if holds {
			return spelled(spelled(taken(list, n, spell), n.Left, spell), n.Right, spell)
		}
		return taken(list, n, spell)
	case "<", ">", "<=", ">=": // null would have failed
		return spelled(spelled(taken(list, n, spell), n.Left, spell), n.Right, spell)
	case "matches":
		if holds {
			return spelled(taken(list, n.Left, spell), n.Left, spell)
		}
	}
	return list
}

// taken appends to list the paths in a node that an operator or a function has
// taken which takes no null: it would have failed.
func taken(list []string, n ast.Node, spell func(string) string) []string {
	switch x := n.(type) {
	case *ast.BinaryNode:
		switch x.Operator {
		case "+", "-", "*", "/", "%", "**", "^":
			list = taken(taken(list, x.Left, spell), x.Right, spell)
			return spelled(spelled(list, x.Left, spell), x.Right, spell)
		case "<", ">", "<=", ">=", "contains", "startsWith", "endsWith":
			return taken(taken(list, x.Left, spell), x.Right, spell)
		}
	case *ast.BuiltinNode: // of a predicate, only the list is sure to be looked at
		return spelled(taken(list, x.Arguments[0], spell), x.Arguments[0], spell)
	case *ast.CallNode:
		name, ok := x.Callee.(*ast.IdentifierNode)
		if !ok || slices.Contains(takeNull, name.Value) {
			return list
		}
		for _, arg := range x.Arguments {
			list = spelled(taken(list, arg, spell), arg, spell)
		}
	}
	return list
}

// takeNull are the functions that take null, as their nulls says.
var takeNull = []string{"type", "json", "toJSON", "get", "merge"}

// isNull is true of the literal null: it is an identifier until it was visited.
func isNull(n ast.Node) bool {
	name, ok := n.(*ast.IdentifierNode)
	return ok && name.Value == "null" || isNil(n)
}

func isLiteral(n ast.Node) bool {
	switch n.(type) {
	case *ast.IntegerNode, *ast.FloatNode, *ast.StringNode, *ast.BoolNode, *ast.ConstantNode:
		return true
	}
	return false
}

// spelled appends to list a path such as ctx.a.b, if the node is one.
func spelled(list []string, n ast.Node, spell func(string) string) []string {
	if text := spelling(n, spell); text != "" {
		return append(list, text)
	}
	return list
}

func spelling(n ast.Node, spell func(string) string) string {
	switch x := n.(type) {
	case *ast.IdentifierNode:
		if isNull(x) {
			return ""
		}
		return spell(x.Value)
	case *ast.PointerNode:
		if x.Name == "" {
			return spell("#")
		}
	case *ast.ChainNode:
		return spelling(x.Node, spell)
	case *ast.MemberNode:
		name, ok := x.Property.(*ast.StringNode)
		before := spelling(x.Node, spell)
		if ok && before != "" {
			return before + "." + name.Value
		}
		return before // an element of what is no list would have failed, or been null
	}
	return ""
}

// Proofs returns the paths such as ctx.name that are not null where a condition,
// a text that is one expression, holds, or does not; and the parts of the condition,
// each behind its sign.
func (e *Engine) Proofs(text string, holds bool) []string {
	tree := e.parseCondition(text)
	if tree == nil {
		return nil
	}
	return allProofs(partsOf(nil, tree.Node, holds), tree.Node, holds, func(name string) string { return name })
}

// parseCondition parses a text that is one expression; nil for others.
func (e *Engine) parseCondition(text string) *parser.Tree {
	start, end := trimSpace(text)
	if end-start < 4 || text[start:start+2] != "${" || text[end-1] != '}' || end-start > maxExpression {
		return nil
	}
	if _, unclosed, deep := split(text); unclosed >= 0 || deep >= 0 {
		return nil
	}
	return e.tryParse(text[start+2 : end-1])
}

// Nulls lists what can be null, as far as the scope knows, and stands where null
// cannot be: ctx.name, steps.id.
func (p *Program) Nulls() []string { return p.nulls }

// Null returns what makes the result null, ctx.name or steps.id; empty where
// nothing is known that does.
func (p *Program) Null() string {
	if !p.whole {
		return ""
	}
	return p.expr.known.null()
}

// HoldsNull returns what makes an element of the list that is the result null,
// or a member of the map; empty where nothing is known that does.
func (p *Program) HoldsNull() string {
	of := p.expr.known.absent
	if !p.whole || of == nil || strings.HasPrefix(of.holdsNull, deeperNull) {
		return ""
	}
	return of.holdsNull
}

// orNull returns what can be null of two values of which one is taken.
func orNull(a, b fact) string { return cmp.Or(a.null, b.null) }
