package bind

import (
	"errors"
	"strconv"

	"github.com/expr-lang/expr/ast"

	"github.com/medlar-flow/medlar/schema"
)

// zip makes a list of the first elements of all lists, one of the second, and
// so on.
func zip(fr *frame, args []any) (any, error) {
	lists := make([][]any, len(args))
	for i, arg := range args {
		list, err := listOf(arg)
		if err != nil {
			return nil, err
		}
		if lists[i] = list; len(list) != len(lists[0]) {
			return nil, errors.New("the lists are not equally long")
		}
	}
	n := len(lists[0])
	if err := fr.spend(n * (16*len(lists) + 24)); err != nil {
		return nil, err
	}
	out := make([]any, n)
	for i := range out {
		row := make([]any, len(lists))
		for j := range lists {
			row[j] = lists[j][i]
		}
		out[i] = row
	}
	return out, nil
}

// chunk cuts a list into lists of so many elements; the last one has the rest.
func chunk(_ *frame, args []any) (any, error) {
	list, err := listOf(args[0])
	if err != nil {
		return nil, err
	}
	size, err := smallOf(args[1])
	switch {
	case err != nil:
		return nil, err
	case size < 1:
		return nil, errors.New("a chunk has at least one element")
	}
	out := make([]any, 0, (len(list)+size-1)/size)
	for ; len(list) > size; list = list[size:] {
		out = append(out, list[:size:size])
	}
	if len(list) > 0 {
		out = append(out, list)
	}
	return out, nil
}

// byKey collects a member of maps by another one.
func byKey(args []any, each func(key string, v any) error) error {
	list, err := listOf(args[0])
	if err != nil {
		return err
	}
	names, err := texts(args[1:], 2)
	if err != nil {
		return err
	}
	for _, elem := range list {
		m, err := mapOf(elem)
		if err != nil {
			return errors.New("an element: " + err.Error())
		}
		key, err := scalarText(opened(m[names[0]]))
		if err != nil {
			return err
		}
		if err := each(key, opened(m[names[1]])); err != nil {
			return err
		}
	}
	return nil
}

func sumBy(_ *frame, args []any) (any, error) {
	out := make(map[string]any)
	err := byKey(args, func(key string, v any) error {
		total, ok := out[key]
		if !ok {
			total = int64(0)
		}
		var err error
		out[key], err = addNumbers(nil, []any{total, v})
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func meanBy(_ *frame, args []any) (any, error) {
	type total struct{ sum, n float64 }
	totals := make(map[string]total)
	err := byKey(args, func(key string, v any) error {
		if err := checkNumber("+", v); err != nil {
			return err
		}
		t := totals[key]
		totals[key] = total{t.sum + floatOf(v), t.n + 1}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := make(map[string]any, len(totals))
	for key, t := range totals {
		if out[key], err = finite(t.sum / t.n); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// literalMembers reports names that the elements of the list do not have.
func literalMembers(r *rewriter, n *ast.CallNode, facts []fact) {
	if len(facts) != 3 {
		return
	}
	if wrong := r.holdsOf(facts[0]).beyond(mapKinds); wrong != 0 {
		r.refuseHolds(n.Callee.(*ast.IdentifierNode).Value, "maps", &n.Arguments[0], wrong, mapKinds)
		return
	}
	elem := facts[0].elem()
	if elem.typ == nil || elem.typ.Type != schema.Object {
		return
	}
	for i, arg := range n.Arguments[1:] {
		literal, ok := arg.(*ast.StringNode)
		if !ok {
			continue
		}
		off, length := r.span(literal.Location())
		s := segment{kind: byName, name: literal.Value, off: off, len: length}
		if _, p := elem.selectMember(&s, nil, r.engine); p != nil {
			r.problems = append(r.problems, *p)
			continue
		}
		literal.Value = s.name
		r.keyOrNumber(n, i, literal, elem.typ.Members.Field(s.name))
	}
}

// keyOrNumber reports a member that sumBy and meanBy, whose name the call has,
// cannot group by or add up.
func (r *rewriter) keyOrNumber(n *ast.CallNode, i int, literal *ast.StringNode, member *schema.Field) {
	if member == nil || member.Type == schema.Any || r.unlike {
		return
	}
	takes, what := kind(schema.Integer)|textKinds|booleanKinds, "groups by a string, an integer or a boolean"
	if i == 1 {
		takes, what = numberKinds, "adds numbers"
	}
	if wrong := kind(member.Type).beyond(takes); wrong != 0 {
		r.problemAt(literal.Location(), RuleType, n.Callee.(*ast.IdentifierNode).Value+" "+what+", and "+strconv.Quote(literal.Value)+" is "+wrong.String(), "")
	}
}

func listType(elem *schema.Field) *schema.Field {
	return &schema.Field{Type: schema.List, Elem: elem}
}

// elementsOf is the list of what a map holds.
func elementsOf(args []fact) *schema.Field {
	if t := args[0].typ; t != nil && t.Type == schema.Map {
		return listType(t.Elem)
	}
	return listType(nil)
}

// listsOf is a list of lists such as the first argument.
func listsOf(args []fact) *schema.Field {
	if t := args[0].typ; t != nil && t.Type == schema.List {
		return listType(t)
	}
	return listType(listType(nil))
}

// allAlike is the type of the arguments where they share one of a list's or
// map's, else the type without elements.
func allAlike(kind schema.Type) func([]fact) *schema.Field {
	return func(args []fact) *schema.Field {
		plain := &schema.Field{Type: kind}
		first := args[0].typ
		if first == nil || first.Type != kind || first.Elem == nil {
			return plain
		}
		for _, arg := range args[1:] {
			if t := arg.typ; t == nil || t.Type != kind || t.Keys != first.Keys || !sameElem(t.Elem, first.Elem) {
				return plain
			}
		}
		return first
	}
}

func sameElem(a, b *schema.Field) bool {
	return a == b || a != nil && b != nil && a.Type == b.Type && isScalarType(a.Type) && a.Secret == b.Secret
}

func isScalarType(t schema.Type) bool {
	switch t {
	case schema.String, schema.Integer, schema.Number, schema.Boolean, schema.Duration, schema.Timestamp, schema.Bytes:
		return true
	}
	return false
}
