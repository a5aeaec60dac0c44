package bind

import (
	"errors"
	"math"
	"reflect"
	"slices"
)

var (
	errOverflow = errors.New("integer overflow")
	errZero     = errors.New("division by zero")
	errRange    = errors.New("the result is too large for a number")
	errBig      = errors.New("integers beyond 64 bits can be passed on but not computed with")
)

// operators are the functions that stand for operators after lowering.
func operators() []*function {
	list := []*function{
		{name: "$add", call: binaryOp("+", addIntegers, func(a, b float64) float64 { return a + b })},
		{name: "$subtract", call: binaryOp("-", subtractIntegers, func(a, b float64) float64 { return a - b })},
		{name: "$multiply", call: binaryOp("*", multiplyIntegers, func(a, b float64) float64 { return a * b })},
		{name: "$divide", call: divide},
		{name: "$modulo", call: modulo},
		{name: "$power", call: power},
		{name: "$join", framed: true, call: join},
		{name: "$negate", call: negate},
		{name: "$number", call: func(_ *frame, args []any) (any, error) { return args[0], checkNumber("+", args[0]) }},
		{name: "$equal", framed: true, call: func(_ *frame, args []any) (any, error) { return equal(args[0], args[1]), nil }},
		{name: "$in", framed: true, call: contains},
		{name: "$matches", framed: true, call: matches},
		{name: "$slice", framed: true, shares: true, call: slice},
		{name: "$list", framed: true, shares: true, call: func(_ *frame, args []any) (any, error) { return boxed(listOf(args[0])) }},
		{name: "$integer", call: func(_ *frame, args []any) (any, error) { return integerOrNull(args[0]) }},
		{name: "$integers", call: integers},
		{name: lowerName, types: []reflect.Type{reflect.TypeFor[func(any) any]()}, framed: true, free: true, call: lowerKey},
		{name: "$last", framed: true, shares: true, call: last},
		{name: "$lastTrue", framed: true, call: lastTrue},
		{name: "$rangeEnd", call: rangeLimit},
		{name: "$sum", framed: true, call: sum},
		{name: "$groupBy", framed: true, call: groupBy},
		{name: "$sortBy", framed: true, call: sortBy},
	}
	list = append(list, timeOperators()...)
	for op, name := range orders {
		list = append(list, &function{name: name, call: ordering(op)})
	}
	for t, name := range casts {
		list = append(list, &function{name: name, types: []reflect.Type{castTypes[t]}, call: func(_ *frame, args []any) (any, error) { return args[0], nil }})
	}
	for t, name := range getters {
		types := []reflect.Type{getterTypes[t]}
		list = append(list, &function{name: name, types: types, call: get},
			&function{name: plainGetters + name, types: types, framed: true, free: true, call: getPlain})
	}
	for _, f := range list {
		f.hidden = true
	}
	return list
}

// boxed returns a list as any: nil where there is an error.
func boxed(list []any, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return list, nil
}

func binaryOp(op string, integer func(a, b int64) (int64, bool), number func(a, b float64) float64) func(*frame, []any) (any, error) {
	return func(_ *frame, args []any) (any, error) {
		a, aok := asInteger(args[0])
		b, bok := asInteger(args[1])
		if aok && bok {
			if out, ok := integer(a, b); ok {
				return out, nil
			}
			return nil, errors.New(errOverflow.Error() + " in " + op)
		}
		x, y, err := numbers(op, args)
		if err != nil {
			return nil, err
		}
		return finite(number(x, y))
	}
}

func addIntegers(a, b int64) (int64, bool) {
	c := a + b
	return c, (c > a) == (b > 0)
}

func subtractIntegers(a, b int64) (int64, bool) {
	c := a - b
	return c, (c < a) == (b > 0)
}

func multiplyIntegers(a, b int64) (int64, bool) {
	if a == 0 || b == 0 {
		return 0, true
	}
	c := a * b
	return c, (c < 0) == ((a < 0) != (b < 0)) && c/b == a && (a != -1 || b != math.MinInt64) && (b != -1 || a != math.MinInt64)
}

// numbers takes two operands as numbers.
func numbers(op string, args []any) (x, y float64, err error) {
	for i, to := range []*float64{&x, &y} {
		if err = checkNumber(op, args[i]); err != nil {
			return 0, 0, err
		}
		*to = floatOf(args[i])
	}
	return x, y, nil
}

func checkNumber(op string, v any) error {
	switch v.(type) {
	case int64, int, float64:
		return nil
	}
	if isBig(v) {
		return errBig
	}
	return errors.New(op + " takes numbers, not " + withArticle(typeName(v)))
}

func floatOf(v any) float64 {
	switch x := v.(type) {
	case int64:
		return float64(x)
	case int:
		return float64(x)
	case float64:
		return x
	}
	return math.NaN()
}

func finite(f float64) (any, error) {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return nil, errRange
	}
	return f, nil
}

func divide(_ *frame, args []any) (any, error) {
	x, y, err := numbers("/", args)
	switch {
	case err != nil:
		return nil, err
	case y == 0:
		return nil, errZero
	}
	return finite(x / y)
}

func modulo(_ *frame, args []any) (any, error) {
	if _, _, err := numbers("%", args); err != nil {
		return nil, err
	}
	a, err := integerOf(args[0])
	if err != nil {
		return nil, err
	}
	b, err := integerOf(args[1])
	switch {
	case err != nil:
		return nil, err
	case b == 0:
		return nil, errZero
	case b == -1:
		return int64(0), nil // MinInt64 % -1 would overflow
	}
	return a % b, nil
}

func power(_ *frame, args []any) (any, error) {
	x, y, err := numbers("**", args)
	if err != nil {
		return nil, err
	}
	return finite(math.Pow(x, y))
}

func negate(_ *frame, args []any) (any, error) {
	switch x := args[0].(type) {
	case int64:
		if x == math.MinInt64 {
			return nil, errOverflow
		}
		return -x, nil
	case float64:
		return -x, nil
	}
	return nil, checkNumber("-", args[0])
}

// join is + where the types are not known to be numbers.
func join(fr *frame, args []any) (any, error) {
	a, aok := args[0].(string)
	b, bok := args[1].(string)
	switch {
	case aok && bok:
		if len(a)+len(b) > fr.left {
			return nil, errTooMuch
		}
		return a + b, nil
	case aok || bok:
		return nil, errors.New("+ cannot take " + withArticle(typeName(args[0])) + " and " + withArticle(typeName(args[1])) +
			": use string(...), or text with ${...} in it")
	}
	return addNumbers(fr, args)
}

var addNumbers = binaryOp("+", addIntegers, func(a, b float64) float64 { return a + b })

// contains is the operator in: an element of a list or a key of a map.
func contains(_ *frame, args []any) (any, error) {
	switch in := args[1].(type) {
	case nil:
		return false, nil
	case []any:
		for _, v := range in {
			if equal(v, args[0]) {
				return true, nil
			}
		}
		return false, nil
	case map[string]any:
		key, ok := args[0].(string)
		_, found := in[key]
		return ok && found, nil
	}
	if n, changed := normalForm(args[1]); changed {
		return contains(nil, []any{args[0], n})
	}
	return nil, errors.New("in takes a list or a map, not " + withArticle(typeName(args[1])))
}

// matches is the operator with a pattern that is computed. Like expr's, it is
// false for null.
func matches(fr *frame, args []any) (any, error) {
	if args[0] == nil || args[1] == nil {
		return false, nil
	}
	if b, ok := args[0].([]byte); ok { // which the machine takes where the pattern is a literal
		args = []any{string(b), args[1]}
	}
	t, err := texts(args, 2)
	if err != nil {
		return nil, err
	}
	re, err := fr.pattern(t[1], t[0])
	if err != nil {
		return nil, err
	}
	return re.MatchString(t[0]), nil
}

func integerOrNull(v any) (any, error) {
	if v == nil {
		return nil, nil
	}
	return integerOf(v)
}

// last returns the last element, or null.
func last(_ *frame, args []any) (any, error) {
	list, err := listOf(args[0])
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list[len(list)-1], nil
}

// lastTrue returns the index of the last element that is true, or null.
func lastTrue(_ *frame, args []any) (any, error) {
	list, err := listOf(args[0])
	if err != nil {
		return nil, err
	}
	for i, v := range slices.Backward(list) {
		yes, ok := v.(bool)
		if !ok {
			return nil, wrongType("boolean", v)
		}
		if yes {
			return int64(i), nil
		}
	}
	return nil, nil
}

// integers turns the list that expr's machine makes for a range into one of
// flows.
func integers(_ *frame, args []any) (any, error) {
	ints, ok := args[0].([]int)
	if !ok {
		return boxed(listOf(args[0]))
	}
	list := make([]any, len(ints))
	for i, n := range ints {
		list[i] = int64(n)
	}
	return list, nil
}

func rangeLimit(_ *frame, args []any) (any, error) {
	n, err := integerOf(args[0])
	if err != nil {
		return nil, errors.New("the end of a range must be an integer, not " + withArticle(typeName(args[0])))
	}
	return max(min(n, math.MaxInt64/4), math.MinInt64/4), nil
}

// orders are the functions for comparisons of what may be an integer and a
// number.
var orders = map[string]string{"<": "$less", ">": "$more", "<=": "$notMore", ">=": "$notLess"}

func ordering(op string) func(*frame, []any) (any, error) {
	return func(_ *frame, args []any) (any, error) {
		order, err := compareKeys(args[0], args[1])
		if err != nil {
			return nil, errors.New("cannot compare " + withArticle(typeName(args[0])) + " with " + withArticle(typeName(args[1])))
		}
		return isOrdered(op, order), nil
	}
}

// isOrdered reports whether a comparison holds of two values in an order.
func isOrdered(op string, order int) bool {
	switch op {
	case "<":
		return order < 0
	case ">":
		return order > 0
	case "<=":
		return order <= 0
	}
	return order >= 0
}
