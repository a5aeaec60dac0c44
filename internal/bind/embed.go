package bind

import (
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/medlar-flow/medlar/internal/value"
)

// embedded makes a function of a Go function of an embedder.
func embedded(name string, fn any) *function {
	v := reflect.ValueOf(fn)
	if v.Kind() != reflect.Func || v.IsNil() {
		panic(fmt.Sprintf("bind: the function %q is a %T", name, fn))
	}
	t := v.Type()
	fails := t.NumOut() == 2 && t.Out(1) == reflect.TypeFor[error]()
	if t.NumOut() != 1 && !fails {
		panic(fmt.Sprintf("bind: the function %q gives neither a value nor a value and an error", name))
	}
	in := make([]reflect.Type, t.NumIn())
	for i := range in {
		in[i] = checkedType(t.In(i))
		if t.IsVariadic() && i == len(in)-1 {
			in[i] = reflect.SliceOf(checkedType(t.In(i).Elem()))
		}
	}
	sig := reflect.FuncOf(in, []reflect.Type{checkedType(t.Out(0))}, t.IsVariadic())
	return &function{name: name, types: []reflect.Type{sig}, framed: true, foreign: true, call: func(_ *frame, args []any) (any, error) {
		return callGo(v, args, fails)
	}}
}

// checkedType is the type that the checker uses for one of Go.
func checkedType(t reflect.Type) reflect.Type {
	switch t.Kind() {
	case reflect.Bool:
		return goBoolean
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if t == reflect.TypeFor[time.Duration]() {
			return goString
		}
		return goInteger
	case reflect.Float32, reflect.Float64:
		return goNumber
	case reflect.String:
		return goString
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return goBytes
		}
		return goList
	case reflect.Map:
		return goMap
	}
	return goAny
}

func callGo(fn reflect.Value, args []any, fails bool) (any, error) {
	t := fn.Type()
	in := make([]reflect.Value, len(args))
	for i, arg := range args {
		want := t.In(min(i, t.NumIn()-1))
		if t.IsVariadic() && i >= t.NumIn()-1 {
			want = want.Elem()
		}
		var err error
		if in[i], err = toGo(arg, want); err != nil {
			return nil, fmt.Errorf("argument %d: %w", i+1, err)
		}
	}
	out := fn.Call(in)
	if fails && !out[1].IsNil() {
		return nil, out[1].Interface().(error)
	}
	n, err := value.Normalize(out[0].Interface())
	if err != nil {
		return nil, errors.New("the result is not a value of a flow")
	}
	return n, nil
}

// toGo turns a value of flows into what a Go function takes.
func toGo(v any, want reflect.Type) (reflect.Value, error) {
	r := reflect.ValueOf(v)
	switch {
	case v == nil:
		if k := want.Kind(); k == reflect.Interface || k == reflect.Slice || k == reflect.Map || k == reflect.Pointer {
			return reflect.Zero(want), nil
		}
	case r.Type().AssignableTo(want):
		return r, nil
	case want == reflect.TypeFor[time.Duration]():
		return toDuration(v)
	case want.Kind() == reflect.Slice && r.Kind() == reflect.Slice:
		return toSlice(r, want)
	case want.Kind() == reflect.Map && r.Kind() == reflect.Map && want.Key().Kind() == reflect.String:
		return toMap(r, want)
	default:
		if n, ok := toNumber(v, want); ok {
			return n, nil
		}
		if r.Kind() == want.Kind() && r.CanConvert(want) {
			return r.Convert(want), nil
		}
	}
	return reflect.Value{}, fmt.Errorf("%s does not fit a Go %s", withArticle(typeName(v)), want)
}

func toSlice(r reflect.Value, want reflect.Type) (reflect.Value, error) {
	out := reflect.MakeSlice(want, r.Len(), r.Len())
	for i := range r.Len() {
		elem, err := toGo(r.Index(i).Interface(), want.Elem())
		if err != nil {
			return out, err
		}
		out.Index(i).Set(elem)
	}
	return out, nil
}

func toMap(r reflect.Value, want reflect.Type) (reflect.Value, error) {
	out := reflect.MakeMapWithSize(want, r.Len())
	for it := r.MapRange(); it.Next(); {
		elem, err := toGo(it.Value().Interface(), want.Elem())
		if err != nil {
			return out, err
		}
		out.SetMapIndex(it.Key().Convert(want.Key()), elem)
	}
	return out, nil
}

func toNumber(v any, want reflect.Type) (reflect.Value, bool) {
	out := reflect.New(want).Elem()
	switch i, isInt := v.(int64); {
	case isInt && out.CanInt() && !out.OverflowInt(i):
		out.SetInt(i)
	case isInt && out.CanUint() && i >= 0 && !out.OverflowUint(uint64(i)):
		out.SetUint(uint64(i))
	case isInt && out.CanFloat():
		out.SetFloat(float64(i))
	default:
		f, isFloat := v.(float64)
		if !isFloat || !out.CanFloat() {
			return out, false
		}
		out.SetFloat(f)
	}
	return out, true
}

// toDuration gives a Go function its duration.
func toDuration(v any) (reflect.Value, error) {
	text, err := textOf(v)
	if err != nil {
		return reflect.Value{}, err
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return reflect.Value{}, errors.New("the text is not a duration such as 1m30s")
	}
	return reflect.ValueOf(d), nil
}
