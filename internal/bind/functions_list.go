package bind

import (
	"errors"
	"reflect"
	"slices"

	"github.com/expr-lang/expr/ast"

	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

func listFunctions() []*function {
	return []*function{
		{name: "len", check: measurable, inspect: hasLength, clean: true, call: length},
		{name: "first", types: signatures((func([]any) any)(nil))}, // never called: see rewriter.end
		{name: "last", types: signatures((func([]any) any)(nil))},
		{name: "get", nulls: true, types: signatures((func(any, any) any)(nil)), inspect: hasElements, result: partOf, call: getOrNull},
		{name: "take", types: signatures((func([]any, int) []any)(nil)), keeps: true, framed: true, shares: true, call: take},
		{name: "reverse", types: signatures((func([]any) []any)(nil)), keeps: true, framed: true, call: reverse},
		{name: "uniq", types: signatures((func([]any) []any)(nil)), keeps: true, framed: true, call: uniq},
		{name: "sort", types: signatures((func([]any) []any)(nil), (func([]any, string) []any)(nil)), keeps: true, inspect: ordered, framed: true, call: sortList},
		{name: "concat", types: signatures((func([]any, ...[]any) []any)(nil)), result: allAlike(schema.List), framed: true, call: concat},
		{name: "flatten", types: signatures((func([]any) []any)(nil)), result: flattened, framed: true, call: flatten},
		{name: "keys", types: signatures((func(map[string]any) []any)(nil)), gives: textsField, framed: true, call: keys},
		{name: "values", types: signatures((func(map[string]any) []any)(nil)), result: elementsOf, framed: true, call: values},
		{name: "toPairs", types: signatures((func(map[string]any) []any)(nil)), gives: listType(listType(nil)), framed: true, call: toPairs},
		{name: "fromPairs", types: signatures((func([]any) map[string]any)(nil)), inspect: ofPairs, framed: true, call: fromPairs},
		{name: "merge", nulls: true, types: signatures((func(map[string]any, ...map[string]any) map[string]any)(nil)), result: allAlike(schema.Map), framed: true, call: merge},
		{name: "zip", types: signatures((func([]any, ...[]any) []any)(nil)), gives: listType(listType(nil)), framed: true, call: zip},
		{name: "chunk", types: signatures((func([]any, int) []any)(nil)), result: listsOf, framed: true, call: chunk},
		{
			name: "sumBy", types: signatures((func([]any, string, string) map[string]any)(nil)),
			gives: &schema.Field{Type: schema.Map, Elem: numberField}, inspect: literalMembers, framed: true, call: sumBy,
		},
		{
			name: "meanBy", types: signatures((func([]any, string, string) map[string]any)(nil)),
			gives: &schema.Field{Type: schema.Map, Elem: numberField}, inspect: literalMembers, framed: true, call: meanBy,
		},
	}
}

// flattened is the type of a list without the lists in it.
func flattened(args []fact) *schema.Field {
	t := args[0].typ
	for range maxNesting {
		if t == nil || t.Type != schema.List || t.Elem == nil || t.Elem.Type == schema.Any {
			return listType(nil)
		}
		if t.Elem.Type != schema.List {
			return &schema.Field{Type: schema.List, Elem: t.Elem}
		}
		t = t.Elem
	}
	return listType(nil)
}

// hasElements reports what has neither elements nor members, or not such ones.
func hasElements(r *rewriter, n *ast.CallNode, args []fact) {
	if len(args) != 2 {
		return
	}
	r.selector(&n.Arguments[1], args[1], args[0])
	if args[0].typ == nil {
		return
	}
	switch args[0].typ.Type {
	case schema.Any, schema.List, schema.Map, schema.Object:
	default:
		r.problemAt(n.Arguments[0].Location(), RuleType, "get takes a list or a map, not "+args[0].named(), "")
		r.bad(&n.Arguments[0])
	}
}

// partOf is the type of an element, or of a map's member, if there is one.
func partOf(args []fact) *schema.Field { return args[0].elem().typ }

// measurable lets len take what has a length.
func measurable(args []reflect.Type) (reflect.Type, error) {
	if len(args) != 1 {
		return nil, errors.New("len takes one argument")
	}
	switch args[0] {
	case goInteger, goNumber, goBoolean, nil:
		return nil, errors.New("len takes a string, bytes, a list or a map, not " + lengthless(args[0]))
	}
	return goInteger, nil
}

func lengthless(t reflect.Type) string {
	if t == nil {
		return "null"
	}
	return withArticle(flowType(t.String()))
}

// hasLength reports what can be of a type that has no length.
func hasLength(r *rewriter, n *ast.CallNode, args []fact) {
	if len(args) == 1 {
		r.refuseKinds("len", &n.Arguments[0], args[0], textKinds|listKinds|mapKinds|kind(schema.Bytes))
	}
}

// getOrNull is get(x, key): null where there is no such element.
func getOrNull(_ *frame, args []any) (any, error) {
	out, err := get(nil, args)
	if errors.Is(err, errIndex) {
		return nil, nil
	}
	return out, err
}

func take(_ *frame, args []any) (any, error) {
	list, err := listOf(args[0])
	if err != nil {
		return nil, err
	}
	n, err := smallOf(args[1])
	switch {
	case err != nil:
		return nil, err
	case n < 0:
		return nil, errors.New("a negative number of elements")
	}
	n = min(n, len(list))
	return list[:n:n], nil
}

func reverse(_ *frame, args []any) (any, error) {
	list, err := listOf(args[0])
	if err != nil {
		return nil, err
	}
	out := slices.Clone(list)
	slices.Reverse(out)
	return out, nil
}

// uniq keeps the first of equal elements.
func uniq(_ *frame, args []any) (any, error) { return uniqBy(nil, args[0]) }

// uniqBy compares what key makes of the elements.
func uniqBy(key func(any) any, arg any) (any, error) {
	list, err := listOf(arg)
	if err != nil {
		return nil, err
	}
	seen := make(map[string]bool, len(list))
	out := make([]any, 0, len(list))
	var text []byte
	for _, v := range list {
		compared := v
		if key != nil {
			compared = key(v)
		}
		if text, err = value.AppendJSON(text[:0], compared); err != nil {
			return nil, errors.New("an element cannot be compared")
		}
		if !seen[string(text)] {
			seen[string(text)] = true
			out = append(out, v)
		}
	}
	return out, nil
}

func concat(fr *frame, args []any) (any, error) {
	out := []any{}
	for _, arg := range args {
		list, err := listOf(arg)
		if err != nil {
			return nil, err
		}
		if (len(out)+len(list))*16 > fr.left {
			return nil, errTooMuch
		}
		out = append(out, list...)
	}
	return out, nil
}

func flatten(_ *frame, args []any) (any, error) {
	list, err := listOf(args[0])
	if err != nil {
		return nil, err
	}
	return boxed(flattenInto(nil, list, 0))
}

func flattenInto(out, list []any, depth int) ([]any, error) {
	if depth > maxNesting {
		return nil, errors.New("lists nest too deep")
	}
	if out == nil {
		out = make([]any, 0, len(list))
	}
	var err error
	for _, v := range list {
		inner, ok := v.([]any)
		if !ok {
			out = append(out, v)
			continue
		}
		if out, err = flattenInto(out, inner, depth+1); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func keys(_ *frame, args []any) (any, error) {
	m, err := mapOf(args[0])
	if err != nil {
		return nil, err
	}
	out := make([]any, 0, len(m))
	for _, k := range sortedKeys(m) {
		out = append(out, k)
	}
	return out, nil
}

func values(_ *frame, args []any) (any, error) {
	m, err := mapOf(args[0])
	if err != nil {
		return nil, err
	}
	out := make([]any, 0, len(m))
	for _, k := range sortedKeys(m) {
		out = append(out, m[k])
	}
	return out, nil
}

func toPairs(_ *frame, args []any) (any, error) {
	m, err := mapOf(args[0])
	if err != nil {
		return nil, err
	}
	out := make([]any, 0, len(m))
	for _, k := range sortedKeys(m) {
		out = append(out, []any{k, m[k]})
	}
	return out, nil
}

func fromPairs(_ *frame, args []any) (any, error) {
	list, err := listOf(args[0])
	if err != nil {
		return nil, err
	}
	out := make(map[string]any, len(list))
	for _, v := range list {
		pair, ok := v.([]any)
		if !ok || len(pair) != 2 {
			return nil, errors.New("an element is not a pair")
		}
		key, err := textOf(pair[0])
		if err != nil {
			return nil, err
		}
		out[key] = pair[1]
	}
	return out, nil
}

// merge takes later maps over earlier ones, not into nested ones.
func merge(_ *frame, args []any) (any, error) {
	out := make(map[string]any)
	for _, arg := range args {
		if arg == nil {
			continue
		}
		m, err := mapOf(arg)
		if err != nil {
			return nil, err
		}
		for k, v := range m {
			out[k] = v
		}
	}
	return out, nil
}

func sortList(_ *frame, args []any) (any, error) {
	list, err := listOf(args[0])
	if err != nil {
		return nil, err
	}
	pairs := make([]any, len(list))
	for i, v := range list {
		pairs[i] = []any{v, v}
	}
	return sortBy(nil, append([]any{pairs}, args[1:]...))
}

// sortBy sorts pairs of an element and its key, and gives the elements. Equal
// ones keep their order.
func sortBy(_ *frame, args []any) (any, error) {
	pairs, err := listOf(args[0])
	if err != nil {
		return nil, err
	}
	sign := 1
	if len(args) > 1 {
		switch args[1] {
		case "asc":
		case "desc":
			sign = -1
		default:
			return nil, errOrder
		}
	}
	sorted := slices.Clone(pairs)
	slices.SortStableFunc(sorted, func(a, b any) int {
		c, e := compareKeys(a.([]any)[1], b.([]any)[1])
		if e != nil && err == nil {
			err = e
		}
		return c * sign
	})
	for i, p := range sorted {
		sorted[i] = p.([]any)[0]
	}
	return boxed(sorted, err)
}

var errOrder = errors.New(`the order must be "asc" or "desc"`)

func compareKeys(a, b any) (int, error) {
	if x, ok := a.(string); ok {
		if y, ok := b.(string); ok {
			return compare(x, y), nil
		}
	} else if checkNumber("", a) == nil && checkNumber("", b) == nil {
		return compareNumbers(a, b), nil
	}
	return 0, errors.New("cannot order " + withArticle(typeName(a)) + " and " + withArticle(typeName(b)))
}

// groupBy collects the elements of pairs of an element and its key.
func groupBy(_ *frame, args []any) (any, error) {
	pairs, err := listOf(args[0])
	if err != nil {
		return nil, err
	}
	out := make(map[string]any)
	for _, p := range pairs {
		pair := p.([]any)
		key, err := scalarText(pair[1])
		if err != nil {
			return nil, err
		}
		group, _ := out[key].([]any)
		out[key] = append(group, pair[0])
	}
	return out, nil
}

// scalarText is a value that may be a map's key, as text.
func scalarText(v any) (string, error) {
	switch v.(type) {
	case string, bool, int64:
		text, err := appendText(nil, v)
		return string(text), err
	}
	return "", errors.New("a group's key must be a string, an integer or a boolean, not " + withArticle(typeName(v)))
}
