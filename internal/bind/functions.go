package bind

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"math/big"
	"reflect"
	"slices"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
	"github.com/medlar-flow/medlar/schema"
)

// function is what an expression can call, or an operator that was turned into
// a call.
type function struct {
	name  string
	label string         // what messages call it where that is not its name
	types []reflect.Type // the signatures it takes, in Go's types (see goType)
	// check, where set, gives the type of the result instead of types.
	check func([]reflect.Type) (reflect.Type, error)
	// gives, where set, is the type of the result in words of flows; result
	// finds it from the arguments, of which there is one at least.
	gives  *schema.Field
	result func(args []fact) *schema.Field
	// inspect, where set, reports literal arguments that cannot be right. The
	// number of arguments is not checked yet.
	inspect func(r *rewriter, n *ast.CallNode, args []fact)
	// call gets the frame where framed is set, else nil. It does not change
	// its arguments and does not keep the slice.
	call    func(fr *frame, args []any) (any, error)
	pattern int // the number of the argument that is a pattern, counted from 0; never the first
	framed  bool
	hidden  bool  // an operator: flows cannot name it
	never   kinds // what the first argument cannot be, where it can be any other value
	clean   bool  // the result is not secret, whatever the arguments are
	nulls   bool  // an argument may be null
	keeps   bool  // the result has the type of the first argument
	shares  bool  // the result is part of an argument: it takes no memory
	free    bool  // it does not work through its arguments
	foreign bool  // it is an embedder's
}

// callError is an error of ours on its way through expr's machine.
type callError struct {
	name string // empty for operators
	err  error
}

func (e *callError) Error() string {
	if e.name == "" {
		return e.err.Error()
	}
	return e.name + ": " + e.err.Error()
}

func (e *callError) Unwrap() error { return e.err }

// builtin returns the function to expr.
func (f *function) builtin() *builtin.Function {
	return &builtin.Function{Name: f.name, Types: f.types, Validate: f.check, Func: func(args ...any) (any, error) {
		var fr *frame
		if f.framed {
			fr, args = args[0].(*frame), args[1:]
		}
		if f.framed && !f.free {
			if err := fr.toil(args); err != nil {
				return nil, f.wrap(err)
			}
		}
		out, err := f.call(fr, args)
		if err == nil && fr != nil && !f.shares && !f.free {
			err = fr.spend(produced(out))
		}
		if err != nil {
			return nil, f.wrap(err)
		}
		return out, nil
	}}
}

func (f *function) wrap(err error) error {
	switch {
	case f.label != "":
		return &callError{name: f.label, err: err}
	case f.hidden:
		return &callError{err: err}
	}
	return &callError{name: f.name, err: err}
}

// produced estimates the bytes of a function's result, without what is in it.
func produced(v any) int {
	const word = 16 // of an any
	switch x := v.(type) {
	case string:
		return len(x)
	case []byte:
		return len(x)
	case []any:
		return word * len(x)
	case map[string]any:
		return 4 * word * len(x)
	}
	return 0
}

func (e *Engine) add(f *function) {
	if !f.hidden && (!schema.IsIdentifier(f.name) || isWord(f.name)) {
		panic(fmt.Sprintf("bind: %q is not a name for a function", f.name))
	}
	if e.functions[f.name] != nil || isPredicate(f.name) {
		panic(fmt.Sprintf("bind: the function %q is there already", f.name))
	}
	e.functions[f.name] = f
	if !f.hidden {
		i, _ := slices.BinarySearch(e.names, f.name)
		e.names = slices.Insert(e.names, i, f.name)
	}
}

func isPredicate(name string) bool {
	i, ok := builtin.Index[name]
	return ok && builtin.Builtins[i].Predicate
}

func (e *Engine) isFunction(name string) bool {
	f := e.functions[name]
	return f != nil && !f.hidden || isPredicate(name)
}

func (e *Engine) suggestFunction(name string) string {
	names := slices.Clone(e.names)
	for _, b := range builtin.Builtins {
		if b.Predicate {
			names = append(names, b.Name)
		}
	}
	return suggestFunction(name, names)
}

// signatures returns the types of functions, in the order they are tried.
func signatures(fns ...any) []reflect.Type {
	types := make([]reflect.Type, len(fns))
	for i, fn := range fns {
		types[i] = reflect.TypeOf(fn)
	}
	return types
}

// wrongType says that an argument is not what a function takes.
func wrongType(want string, v any) error {
	return fmt.Errorf("expected %s, found %s", withArticle(want), withArticle(typeName(v)))
}

func textOf(v any) (string, error) {
	s, ok := v.(string)
	if !ok {
		return "", wrongType("string", v)
	}
	return s, nil
}

// texts takes the first n arguments as text.
func texts(args []any, n int) ([4]string, error) {
	var out [4]string
	for i := range n {
		var err error
		if out[i], err = textOf(args[i]); err != nil {
			return out, err
		}
	}
	return out, nil
}

// asInteger takes the integers of flows, and those that expr's machine counts
// with.
func asInteger(v any) (int64, bool) {
	switch x := v.(type) {
	case int64:
		return x, true
	case int:
		return int64(x), true
	}
	return 0, false
}

func integerOf(v any) (int64, error) {
	i, ok := asInteger(v)
	if !ok {
		return 0, wrongType("integer", v)
	}
	return i, nil
}

// smallOf is an integer that counts something in memory.
func smallOf(v any) (int, error) {
	i, err := integerOf(v)
	if err != nil {
		return 0, err
	}
	return int(max(min(i, math.MaxInt32), math.MinInt32)), nil
}

func listOf(v any) ([]any, error) {
	switch x := v.(type) {
	case []any:
		return x, nil
	case nil:
		return nil, errors.New("expected a list, found null: add ?? []")
	}
	if n, changed := normalForm(v); changed {
		return listOf(n)
	}
	return nil, wrongType("list", v)
}

func mapOf(v any) (map[string]any, error) {
	if x, ok := v.(map[string]any); ok {
		return x, nil
	}
	if n, changed := normalForm(v); changed {
		return mapOf(n)
	}
	return nil, wrongType("map", v)
}

// sortedKeys is the order in which functions see maps.
func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }

// isBig is true for integers that cannot be computed with.
func isBig(v any) bool {
	_, ok := v.(*big.Int)
	return ok
}
