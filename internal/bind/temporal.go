package bind

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/expr-lang/expr/ast"

	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// This file finds the operators and functions of an expression that work on
// durations and timestamps, and puts calls around their operands: comparing
// times is comparing their keys (see keyOf).

func isTime(t schema.Type) bool { return t == schema.Duration || t == schema.Timestamp }

// time is Duration or Timestamp where the value, or a part of what it may be,
// is one; else 0.
func (f fact) time() schema.Type {
	if f.typ != nil && isTime(f.typ.Type) {
		return f.typ.Type
	}
	return f.maybe
}

// times is time of the elements of a list.
func (f fact) times() schema.Type {
	switch {
	case f.typ == nil:
		return f.elems
	case f.typ.Type == schema.Map || f.typ.Type == schema.Object:
		return 0
	case f.typ.Type == schema.List && f.typ.Elem != nil && isTime(f.typ.Elem.Type):
		return f.typ.Elem.Type
	}
	return f.elems
}

// oneTime is the kind of both; where they differ it is not ok.
func oneTime(a, b schema.Type) (kind schema.Type, ok bool) {
	switch {
	case a == 0 || a == b:
		return b, true
	case b == 0:
		return a, true
	}
	return 0, false
}

// either is what a ?? b and c ? a : b give. Text beside a time is read as one
// when it is compared, and a literal that is one is one.
func (r *rewriter) either(left ast.Node, a fact, right ast.Node, b fact) fact {
	out := same(a, b)
	if kind, ok := oneTime(a.time(), b.time()); ok && kind != 0 {
		out.maybe = kind
		if isOfTime(kind, left, a) && isOfTime(kind, right, b) {
			out.typ = timeField(kind)
		}
		out.nullable = a.nullable || b.nullable
	}
	if kind, ok := oneTime(a.times(), b.times()); ok {
		out.elems = kind
	}
	if out.typ == nil && out.maybe == 0 {
		out.typ = likeType(left, a, right, b)
	}
	if out.typ == nil {
		out.are = r.kindsOf(left, a).orOthers() | r.kindsOf(right, b).orOthers()
		out.hold = r.holdsOf(a).orOthers() | r.holdsOf(b).orOthers()
		out.deep = r.deepOf(a).orOthers() | r.deepOf(b).orOthers()
		switch {
		case isEmptyList(left) || a.elems != 0:
			out.hold, out.deep = r.holdsOf(b), r.deepOf(b)
		case isEmptyList(right) || b.elems != 0:
			out.hold, out.deep = r.holdsOf(a), r.deepOf(a)
		}
	}
	out.holdsNull = cmp.Or(a.holdsNull, b.holdsNull)
	out.oneOf(a, b)
	return out
}

// likeType is the type of two values that are of one type but for what they hold:
// texts, a list and an empty one, maps; nil for others.
func likeType(left ast.Node, a fact, right ast.Node, b fact) *schema.Field {
	x, y := typeOfNode(left, a), typeOfNode(right, b)
	switch {
	case x == schema.String && y == schema.String:
		return stringField
	case isEmptyList(right) && x == schema.List && !a.typ.HasSecret():
		return a.typ
	case isEmptyList(left) && y == schema.List && !b.typ.HasSecret():
		return b.typ
	case isMapType(x) && isMapType(y):
		return mapField
	case isNumber(x) && isNumber(y):
		return numberField
	case x == schema.List && y == schema.List && a.typ != nil && b.typ != nil && a.typ.Elem != nil && b.typ.Elem != nil:
		if isNumber(a.typ.Elem.Type) && isNumber(b.typ.Elem.Type) {
			return listType(numberField)
		}
	}
	return nil
}

func isNumber(t schema.Type) bool { return t == schema.Integer || t == schema.Number }

func isMapType(t schema.Type) bool { return t == schema.Map || t == schema.Object }

func isEmptyList(n ast.Node) bool {
	list, ok := n.(*ast.ArrayNode)
	return ok && len(list.Nodes) == 0
}

func timeField(kind schema.Type) *schema.Field {
	if kind == schema.Duration {
		return durationField
	}
	return timestampField
}

func isOfTime(kind schema.Type, node ast.Node, f fact) bool {
	if f.typ != nil {
		return f.typ.Type == kind
	}
	switch n := node.(type) {
	case *ast.NilNode:
		return true
	case *ast.StringNode:
		_, err := keyOf(kind)(n.Value)
		return err == nil
	}
	return false
}

// array visits the elements of a list. It has a type where all elements are
// scalars of one.
func (r *rewriter) array(n *ast.ArrayNode) fact {
	var out fact
	var elem *schema.Field
	typed, ok := true, true
	for i := range n.Nodes {
		f := r.visit(&n.Nodes[i])
		if i == 0 {
			out.written, out.closed = f.written, f.closed && r.kindsOf(n.Nodes[i], f) == mapKinds
		} else if out.closed = out.closed && f.closed; out.closed {
			out.oneOf(out, f)
		}
		if !out.closed {
			out.written = nil
		}
		out.secret = out.secret || f.tainted()
		out.holdsNull = cmp.Or(out.holdsNull, f.among())
		out.deep |= r.within(n.Nodes[i], f)
		if kind := f.time(); kind != 0 && ok {
			out.elems, ok = oneTime(out.elems, kind)
		}
		if f.time() == 0 {
			out.hold |= r.kindsOf(n.Nodes[i], f).orOthers()
		}
		typed = typed && f.typ != nil && (isScalarType(f.typ.Type) && (i == 0 || f.typ.Type == elem.Type) || isPlainList(f.typ) && (i == 0 || alike(f.typ, elem)))
		elem = f.typ
	}
	if areTimestamps(n.Nodes) {
		out.elems = schema.Timestamp
	}
	if typed && elem != nil {
		out.typ = listType(&schema.Field{Type: elem.Type})
		if elem.Elem != nil {
			out.typ.Elem.Elem = &schema.Field{Type: elem.Elem.Type}
		}
	}
	return out
}

// isPlainList is true of a list of scalars.
func isPlainList(t *schema.Field) bool {
	return t.Type == schema.List && t.Elem != nil && isScalarType(t.Elem.Type)
}

// areTimestamps is true of literals that are all timestamps and nothing else:
// a list of them is one of timestamps.
func areTimestamps(nodes []ast.Node) bool {
	for _, node := range nodes {
		literal, ok := node.(*ast.StringNode)
		if !ok || len(literal.Value) < len("2006-01-02T15:04:05Z") || literal.Value[10] != 'T' {
			return false
		}
		if _, err := parseTimeText(literal.Value); err != nil {
			return false
		}
	}
	return len(nodes) > 0
}

// comparison is what is known of the comparison that was visited last.
type comparison struct {
	right fact
	kind  schema.Type
}

// compared turns the operands of a comparison of times into keys.
func (r *rewriter) compared(n *ast.BinaryNode, left, right fact) {
	r.last = comparison{right: right}
	if isNil(n.Left) || isNil(n.Right) {
		return
	}
	equality := n.Operator == "==" || n.Operator == "!="
	if kind, ok := oneTime(left.times(), right.times()); equality && ok && kind != 0 {
		r.keys(&n.Left, kind)
		r.keys(&n.Right, kind)
		return
	}
	kind := r.kindOf(n, left, right)
	if kind == 0 {
		return
	}
	r.last.kind = kind
	r.key(&n.Left, kind, equality)
	r.key(&n.Right, kind, equality)
}

// kindOf is what is compared: 0 where that are no times, or a problem was
// reported.
func (r *rewriter) kindOf(n *ast.BinaryNode, left, right fact) schema.Type {
	kind, ok := oneTime(left.time(), right.time())
	switch {
	case !ok:
		r.refuse(n, left, right, "compare a time with a time, a duration with a duration: now() - t is a duration")
		return 0
	case kind == 0:
		return 0
	case !mayBeText(left) || !mayBeText(right):
		r.refuse(n, left, right, numberHelp(kind, left, right))
		return 0
	case n.Operator == "==", n.Operator == "!=": // what is no text equals none
	case r.noText(n.Operator, kind, &n.Left, left), r.noText(n.Operator, kind, &n.Right, right):
		return 0
	}
	return kind
}

// mayBeText is true of what is text, or may be.
func mayBeText(f fact) bool {
	return f.typ == nil || isTime(f.typ.Type) || f.typ.Type == schema.String || f.typ.Type == schema.Any
}

func numberHelp(kind schema.Type, sides ...fact) string {
	for _, f := range sides {
		if f.typ == nil || !isNumber(f.typ.Type) {
			continue
		}
		if kind == schema.Duration {
			return "seconds(duration) is a number"
		}
		return "epochSeconds(time) is a number, parseTime(seconds) a time"
	}
	return ""
}

// refuse reports operands that an operator cannot take, so that nothing more
// is said about them.
func (r *rewriter) refuse(n *ast.BinaryNode, left, right fact, help string) {
	a, b := left.named(), right.named()
	if isNil(n.Left) {
		a = "null"
	}
	if isNil(n.Right) {
		b = "null"
	}
	operands := a + " and " + b
	switch "any" { // which can be right
	case a:
		operands = b
	case b:
		operands = a
	}
	r.problemAt(n.Location(), RuleType, n.Operator+" cannot take "+operands, help)
	r.bad(&n.Left)
}

func (f fact) named() string {
	switch {
	case f.time() != 0:
		return withArticle(f.time().String())
	case f.typ != nil:
		return withArticle(f.typ.Type.String())
	}
	return "any"
}

func isNil(n ast.Node) bool {
	_, ok := n.(*ast.NilNode)
	return ok
}

// key puts the key of a time in the place of the time.
func (r *rewriter) key(node *ast.Node, kind schema.Type, equality bool) {
	if literal, ok := (*node).(*ast.StringNode); ok {
		k, err := keyOf(kind)(literal.Value)
		if err != nil {
			r.notTime(literal, kind)
			r.bad(node)
			return
		}
		patch(node, keyNode(k))
		return
	}
	r.literals(*node, kind)
	name := keyName
	if equality {
		name = sameName
	}
	r.wrap(node, name+timeKinds[kind])
}

func keyNode(k any) ast.Node {
	if n, ok := k.(int64); ok {
		return &ast.IntegerNode{Value: int(n)}
	}
	return &ast.StringNode{Value: k.(string)}
}

// patch replaces a node and keeps its place.
func patch(node *ast.Node, with ast.Node) {
	with.SetLocation((*node).Location())
	*node = with
}

// wrap puts a call of one of our functions around a node.
func (r *rewriter) wrap(node *ast.Node, name string) {
	patch(node, &ast.CallNode{Callee: &ast.IdentifierNode{Value: name}, Arguments: []ast.Node{*node}})
}

// keys is key for the elements of a list.
func (r *rewriter) keys(node *ast.Node, kind schema.Type) {
	list, ok := (*node).(*ast.ArrayNode)
	if !ok {
		r.literals(*node, kind)
		r.wrap(node, keysName+timeKinds[kind])
		return
	}
	for i := range list.Nodes {
		if !isNil(list.Nodes[i]) {
			r.key(&list.Nodes[i], kind, true)
		}
	}
}

// literals reports the texts in node that are compared with times and are
// none.
func (r *rewriter) literals(node ast.Node, kind schema.Type) {
	switch n := node.(type) {
	case *ast.StringNode:
		if _, err := keyOf(kind)(n.Value); err != nil {
			r.notTime(n, kind)
		}
	case *ast.ConditionalNode:
		r.literals(n.Exp1, kind)
		r.literals(n.Exp2, kind)
	case *ast.BinaryNode:
		if n.Operator == "??" {
			r.literals(n.Left, kind)
			r.literals(n.Right, kind)
		}
	case *ast.ArrayNode:
		for _, elem := range n.Nodes {
			r.literals(elem, kind)
		}
	case *ast.CallNode:
		if name, ok := n.Callee.(*ast.IdentifierNode); ok && slices.Contains(elementKeepers, name.Value) && !r.unlike {
			for _, arg := range n.Arguments {
				if _, text := arg.(*ast.StringNode); !text {
					r.literals(arg, kind)
				}
			}
		}
	}
}

// elementKeepers are the functions whose result has the elements of their lists.
var elementKeepers = []string{"concat", "flatten", "reverse", "uniq"}

// notTime reports a literal that stands where a time is wanted.
func (r *rewriter) notTime(literal *ast.StringNode, kind schema.Type) {
	r.problemAt(literal.Location(), RuleType, strconv.Quote(literal.Value)+" is not "+withArticle(kind.String()), timeHelp(kind, literal.Value))
}

func timeHelp(kind schema.Type, text string) string {
	if kind == schema.Duration {
		if as := ForeignDuration(text); as != "" {
			return "write " + as
		}
		return "write it such as 500ms, 90s, 1h30m or 7d"
	}
	for _, layout := range []string{time.DateOnly, "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateTime, "2006-01-02 15:04"} {
		if t, err := time.Parse(layout, text); err == nil {
			return "write " + value.FormatTime(t) + ": a timestamp has a time and a zone"
		}
	}
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil && ms > lastSecond && ms/1000 <= lastSecond {
		return "these are milliseconds: parseTime(n / 1000) reads them"
	}
	return "write it such as 2026-01-31T08:00:00Z"
}

// among turns the operands of in into keys.
func (r *rewriter) among(n *ast.BinaryNode, left, right fact) {
	if right.typ != nil && right.typ.Type != schema.List && right.typ.Type != schema.Any || isNil(n.Left) {
		return
	}
	kind, ok := oneTime(left.time(), right.times())
	switch {
	case !ok:
		r.problemAt(n.Location(), RuleType, "in cannot take "+left.named()+" and a list of "+right.times().String()+"s", "")
	case kind == 0:
	case !mayBeText(left):
		r.refuse(n, left, fact{typ: &schema.Field{Type: schema.List}}, numberHelp(kind, left))
	default:
		r.key(&n.Left, kind, true)
		r.keys(&n.Right, kind)
	}
}
