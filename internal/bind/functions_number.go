package bind

import (
	"errors"
	"math"
	"math/big"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/expr-lang/expr/ast"

	"github.com/medlar-flow/medlar/schema"
)

func numberFunctions() []*function {
	round := func(name string, fn func(float64) float64) *function {
		return &function{name: name, types: signatures((func(float64) float64)(nil)), call: func(_ *frame, args []any) (any, error) {
			if err := checkNumber(name, args[0]); err != nil {
				return nil, wrongType("number", args[0])
			}
			return fn(floatOf(args[0])), nil
		}}
	}
	return append([]*function{
		round("ceil", math.Ceil), round("floor", math.Floor), round("round", math.Round),
		{name: "abs", types: signatures((func(int) int)(nil), (func(float64) float64)(nil)), result: sameNumber, call: absolute},
		{name: "int", check: takesNumeric("int", goInteger), inspect: numeric, call: toInteger},
		{name: "float", check: takesNumeric("float", goNumber), inspect: numeric, call: toFloat},
		{name: "max", check: takesNumbers("max"), inspect: numbersInside, framed: true, call: func(_ *frame, args []any) (any, error) { return extreme(args, 1) }},
		{name: "min", check: takesNumbers("min"), inspect: numbersInside, framed: true, call: func(_ *frame, args []any) (any, error) { return extreme(args, -1) }},
		{name: "mean", types: signatures((func(...any) float64)(nil)), inspect: numbersInside, framed: true, call: mean},
		{name: "median", types: signatures((func(...any) float64)(nil)), inspect: numbersInside, framed: true, call: median},
		{name: "bitnot", types: signatures((func(int) int)(nil)), call: func(_ *frame, args []any) (any, error) {
			i, err := integerOf(args[0])
			return ^i, err
		}},
	}, bitFunctions()...)
}

// takesNumbers makes the check of max and min, whose result is an integer or a
// number where all arguments are.
func takesNumbers(name string) func([]reflect.Type) (reflect.Type, error) {
	return func(args []reflect.Type) (reflect.Type, error) {
		gives, unknown := goInteger, len(args) == 0
		for _, t := range args {
			switch t {
			case goInteger:
			case goNumber:
				gives = goNumber
			case goAny, goList, nil:
				unknown = true
			default:
				return nil, errors.New(name + " takes numbers, durations or timestamps, and lists of them, not " + withArticle(flowType(t.String())))
			}
		}
		if unknown {
			return goAny, nil
		}
		return gives, nil
	}
}

func bitFunctions() []*function {
	ops := map[string]func(a, b int64) int64{
		"bitand":  func(a, b int64) int64 { return a & b },
		"bitor":   func(a, b int64) int64 { return a | b },
		"bitxor":  func(a, b int64) int64 { return a ^ b },
		"bitnand": func(a, b int64) int64 { return a &^ b },
		"bitshl":  func(a, b int64) int64 { return a << b },
		"bitshr":  func(a, b int64) int64 { return a >> b },
		"bitushr": func(a, b int64) int64 { return int64(uint64(a) >> b) },
	}
	var list []*function
	for name, op := range ops {
		shifts := strings.HasSuffix(name, "shl") || strings.HasSuffix(name, "shr")
		list = append(list, &function{name: name, types: signatures((func(int, int) int)(nil)), call: func(_ *frame, args []any) (any, error) {
			a, err := integerOf(args[0])
			if err != nil {
				return nil, err
			}
			b, err := integerOf(args[1])
			switch {
			case err != nil:
				return nil, err
			case shifts && b < 0:
				return nil, errors.New("a shift by a negative count")
			}
			return op(a, b), nil
		}})
	}
	return list
}

// sameNumber is the type of a number that stays one.
func sameNumber(args []fact) *schema.Field {
	switch {
	case args[0].typ != nil && args[0].typ.Type == schema.Integer:
		return integerField
	case args[0].typ != nil && args[0].typ.Type == schema.Number:
		return numberField
	}
	return nil
}

func absolute(_ *frame, args []any) (any, error) {
	switch x := args[0].(type) {
	case int64:
		if x < 0 {
			return negate(nil, args)
		}
		return x, nil
	case float64:
		return math.Abs(x), nil
	}
	return nil, wrongType("number", args[0])
}

// takesNumeric makes the check of int and float.
func takesNumeric(name string, gives reflect.Type) func([]reflect.Type) (reflect.Type, error) {
	return func(args []reflect.Type) (reflect.Type, error) {
		if len(args) != 1 {
			return nil, errors.New(name + " takes one argument")
		}
		switch args[0] {
		case goBoolean, goList, goMap, goBytes:
			return nil, errors.New(name + " takes a number, or text that is one, not " + withArticle(flowType(args[0].String())))
		}
		return gives, nil
	}
}

// numbersInside reports lists of what is no number, unless something beside them
// is a time: then text is read as one.
func numbersInside(r *rewriter, n *ast.CallNode, args []fact) {
	name := n.Callee.(*ast.IdentifierNode).Value
	for _, f := range args {
		if f.time() != 0 || f.times() != 0 {
			r.timesInside(name, n, args)
			return
		}
	}
	for i, f := range args {
		is := r.kindsOf(n.Arguments[i], f)
		if f.typ != nil && (name == "mean" || name == "median") && is.beyond(numberKinds|listKinds) != 0 {
			r.refuseArgument(name, n, i, f, is, numberKinds|listKinds)
			continue
		}
		if r.refuseKinds(name, &n.Arguments[i], f, numberKinds|listKinds) {
			continue
		}
		f = f.innermost()
		if f.typ != nil && f.typ.Type != schema.List {
			continue
		}
		if wrong := r.holdsOf(f).beyond(numberKinds | listKinds); wrong != 0 {
			r.refuseHolds(name, "numbers, and lists of them", &n.Arguments[i], wrong, numberKinds)
		} else if deep := r.deepOf(f); deep&(kind(schema.Duration)|kind(schema.Timestamp)) == 0 && deep.beyond(numberKinds|listKinds) != 0 {
			r.refuseHolds(name, "numbers, and lists of them", &n.Arguments[i], deep.beyond(numberKinds|listKinds), 0)
		}
	}
}

// extremeKinds is what max and min give: a number of those that they are given, or
// null where there is none.
func (r *rewriter) extremeKinds(n *ast.CallNode, args []fact) (are kinds) {
	for i, f := range args {
		is := r.kindsOf(n.Arguments[i], f)
		if is == listKinds {
			is = r.holdsOf(f)
		}
		if !is.sure(numberKinds) {
			return 0
		}
		are |= is
	}
	if are.unlike() {
		are |= someNumber
	}
	return are
}

// timesInside reports lists beside a time of what is none, and no text.
func (r *rewriter) timesInside(name string, n *ast.CallNode, args []fact) {
	for i, f := range args {
		f = f.innermost()
		if f.typ != nil && f.typ.Type != schema.List {
			continue
		}
		if wrong := r.holdsOf(f).beyond(textKinds | listKinds); wrong != 0 {
			r.refuseHolds(name, "times, and lists of them, where one is a time", &n.Arguments[i], wrong, 0)
		}
	}
}

// innermost is the list that a list of lists holds at last.
func (f fact) innermost() fact {
	for range maxNesting {
		if f.typ == nil || f.typ.Type != schema.List || f.typ.Elem == nil || f.typ.Elem.Type != schema.List {
			break
		}
		f = f.elem()
	}
	return f
}

// numeric reports what is neither a number nor text that may be one.
func numeric(r *rewriter, n *ast.CallNode, args []fact) {
	if len(args) != 1 {
		return
	}
	name, help := n.Callee.(*ast.IdentifierNode).Value, ""
	if args[0].typ == nil {
		r.refuseKinds(name, &n.Arguments[0], args[0], kind(schema.String)|numberKinds)
		return
	}
	switch args[0].typ.Type {
	case schema.Any, schema.String, schema.Integer, schema.Number:
		return
	case schema.Duration:
		help = "seconds(duration) is a number"
	case schema.Timestamp:
		help = "epochSeconds(time) is a number"
	}
	r.problemAt(n.Arguments[0].Location(), RuleType, name+" takes a number, or text that is one, not "+args[0].named(), help)
	r.bad(&n.Arguments[0])
}

// toInteger cuts numbers off and reads text.
func toInteger(_ *frame, args []any) (any, error) {
	switch x := args[0].(type) {
	case int64, *big.Int:
		return x, nil
	case float64:
		if x < -(1<<63) || x >= 1<<63 {
			return nil, errors.New("the number does not fit into 64 bits")
		}
		return int64(x), nil
	case string:
		i, err := strconv.ParseInt(x, 10, 64)
		if err != nil {
			return nil, errors.New("the text is not an integer of 64 bits")
		}
		return i, nil
	}
	return nil, wrongType("number or text", args[0])
}

func toFloat(_ *frame, args []any) (any, error) {
	switch x := args[0].(type) {
	case int64, float64:
		return floatOf(x), nil
	case *big.Int:
		return nil, errBig
	case string:
		f, err := strconv.ParseFloat(x, 64)
		if err != nil || strings.Trim(x, "0123456789.eE+-") != "" {
			return nil, errors.New("the text is not a number")
		}
		return f, nil
	}
	return nil, wrongType("number or text", args[0])
}

// eachNumber calls fn for the numbers of values and of lists in them.
func eachNumber(values []any, depth int, fn func(any)) error {
	for _, v := range values {
		switch x := v.(type) {
		case int64, float64:
			fn(v)
			continue
		case []any:
			if depth > maxNesting {
				return errors.New("lists nest too deep")
			}
			if err := eachNumber(x, depth+1, fn); err != nil {
				return err
			}
			continue
		}
		if isBig(v) {
			return errBig
		}
		return wrongType("number", v)
	}
	return nil
}

// extreme returns the largest number for sign 1, the smallest for -1, null where
// there is none.
func extreme(args []any, sign int) (any, error) {
	var best any
	err := eachNumber(args, 0, func(v any) {
		if best == nil || compareNumbers(v, best) == sign {
			best = v
		}
	})
	return best, err
}

func compareNumbers(a, b any) int {
	x, ok := asInteger(a)
	y, ok2 := asInteger(b)
	switch {
	case ok && ok2:
		return compare(x, y)
	case ok:
		return compareMixed(x, floatOf(b))
	case ok2:
		return -compareMixed(y, floatOf(a))
	}
	return compare(floatOf(a), floatOf(b))
}

func compare[T int64 | float64 | string](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func mean(_ *frame, args []any) (any, error) {
	var total float64
	n := 0
	err := eachNumber(args, 0, func(v any) { total, n = total+floatOf(v), n+1 })
	if err != nil || n == 0 {
		return 0.0, err
	}
	return finite(total / float64(n))
}

func median(_ *frame, args []any) (any, error) {
	var all []float64
	err := eachNumber(args, 0, func(v any) { all = append(all, floatOf(v)) })
	if err != nil || len(all) == 0 {
		return 0.0, err
	}
	slices.Sort(all)
	half := len(all) / 2
	if len(all)%2 == 1 {
		return all[half], nil
	}
	return finite((all[half-1] + all[half]) / 2)
}

// sum adds the numbers of a list.
func sum(_ *frame, args []any) (any, error) {
	list, err := listOf(args[0])
	if err != nil {
		return nil, err
	}
	var total any = int64(0)
	for _, v := range list {
		if total, err = addNumbers(nil, []any{total, v}); err != nil {
			return nil, err
		}
	}
	return total, nil
}
