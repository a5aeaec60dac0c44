package bind

import (
	"reflect"

	"github.com/expr-lang/expr/checker/nature"

	"github.com/medlar-flow/medlar/schema"
)

// The Go types that stand for those of flows while expr checks. An integer is
// int there, as expr's own literals are; when it runs it is int64.
var (
	goString  = reflect.TypeFor[string]()
	goInteger = reflect.TypeFor[int]()
	goNumber  = reflect.TypeFor[float64]()
	goBoolean = reflect.TypeFor[bool]()
	goBytes   = reflect.TypeFor[[]byte]()
	goList    = reflect.TypeFor[[]any]()
	goMap     = reflect.TypeFor[map[string]any]()
	goAny     = reflect.TypeFor[any]()
)

// opaque is the nature given to every node once types are checked: one for
// which expr's compiler neither dereferences nor specialises.
var opaque = nature.FromType(goList)

// goType returns the Go type that stands for f, or nil for any.
func goType(f *schema.Field) reflect.Type {
	if f == nil {
		return nil
	}
	switch f.Type {
	case schema.String, schema.Duration, schema.Timestamp:
		return goString
	case schema.Integer:
		return goInteger
	case schema.Number:
		return goNumber
	case schema.Boolean:
		return goBoolean
	case schema.Bytes:
		return goBytes
	case schema.List:
		return goList
	case schema.Object, schema.Map:
		return goMap
	}
	return nil
}

// natureOf returns f to expr's checker. Members are left out: the rewriter has
// checked them and typed their selection.
func natureOf(f *schema.Field) nature.Nature { return natureTo(f, 3) }

// natureTo goes so many lists deep: a list's element may be its own type.
func natureTo(f *schema.Field, lists int) nature.Nature {
	n := nature.FromType(goType(f))
	if f != nil && f.Type == schema.List && f.Elem != nil && lists > 0 {
		elem := natureTo(f.Elem, lists-1)
		n.Ref = &elem
	}
	return n
}

// fieldOf turns what expr's checker found back into a type of flows.
func fieldOf(n *nature.Nature) *schema.Field {
	switch n.Kind {
	case reflect.Bool:
		return &schema.Field{Type: schema.Boolean}
	case reflect.Int, reflect.Int64:
		return &schema.Field{Type: schema.Integer}
	case reflect.Float64:
		return &schema.Field{Type: schema.Number}
	case reflect.String:
		return stringField
	case reflect.Map:
		return &schema.Field{Type: schema.Map}
	case reflect.Slice:
		if n.Type == goBytes {
			return &schema.Field{Type: schema.Bytes}
		}
		f := &schema.Field{Type: schema.List}
		if n.Ref != nil {
			f.Elem = fieldOf(n.Ref)
		}
		return f
	}
	return nil
}

// getters are the functions that select a member, one for each type of result,
// so that the checker knows it.
var getters = map[reflect.Type]string{
	goString: "$getString", goInteger: "$getInteger", goNumber: "$getNumber", goBoolean: "$getBoolean",
	goBytes: "$getBytes", goList: "$getList", goMap: "$getMap", goAny: "$get",
}

func getterOf(f *schema.Field) string {
	if t := goType(f); t != nil {
		return getters[t]
	}
	return getters[goAny]
}

// plainGetterOf returns the getter that also decodes the payloads in its result.
func plainGetterOf(f *schema.Field) string { return plainGetters + getterOf(f) }

const plainGetters = "$plain"

// getterTypes are those of the getters: a function that takes a value and a key.
var getterTypes = map[reflect.Type]reflect.Type{
	goString: reflect.TypeFor[func(any, any) string](), goInteger: reflect.TypeFor[func(any, any) int](),
	goNumber: reflect.TypeFor[func(any, any) float64](), goBoolean: reflect.TypeFor[func(any, any) bool](),
	goBytes: reflect.TypeFor[func(any, any) []byte](), goList: reflect.TypeFor[func(any, any) []any](),
	goMap: reflect.TypeFor[func(any, any) map[string]any](), goAny: reflect.TypeFor[func(any, any) any](),
}

// casts are functions that give their argument, one for each type. They are
// gone when the expression runs.
var casts = map[reflect.Type]string{
	goString: "$asString", goInteger: "$asInteger", goNumber: "$asNumber", goBoolean: "$asBoolean",
	goBytes: "$asBytes", goList: "$asList", goMap: "$asMap",
}

const castName = "$as"

// castTypes are those of the casts.
var castTypes = map[reflect.Type]reflect.Type{
	goString: reflect.TypeFor[func(any) string](), goInteger: reflect.TypeFor[func(any) int](),
	goNumber: reflect.TypeFor[func(any) float64](), goBoolean: reflect.TypeFor[func(any) bool](),
	goBytes: reflect.TypeFor[func(any) []byte](), goList: reflect.TypeFor[func(any) []any](),
	goMap: reflect.TypeFor[func(any) map[string]any](),
}
