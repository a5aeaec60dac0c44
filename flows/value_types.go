package flows

import (
	"errors"
	"io/fs"

	"github.com/medlar-flow/medlar/schema"
)

// typeOf gives the static type of a value.
func typeOf(v value) *schema.Field {
	switch x := v.(type) {
	case constant:
		return typeOfConstant(x.v)
	case *binding:
		t := x.program.Type()
		if t == nil {
			t = anything
		}
		if x.program.Secret() && !t.HasSecret() {
			secret := *t
			secret.Secret = true
			return &secret
		}
		return t
	case *mapValue:
		list := make([]*schema.Field, len(x.keys))
		for i, key := range x.keys {
			f := *typeOf(x.items[i])
			f.Name, f.Aliases = key, nil
			list[i] = &f
		}
		return objectOf(list)
	case listValue:
		return &schema.Field{Type: schema.List, Elem: commonType(x)}
	case *dynamicMap:
		return &schema.Field{Type: schema.Map, Elem: commonType(x.items)}
	case *fileValue:
		return &schema.Field{Type: schema.Bytes}
	default:
		return anything
	}
}

func typeOfConstant(v any) *schema.Field {
	switch x := v.(type) {
	case nil:
		return anything
	case string:
		return aString
	case bool:
		return aBoolean
	case int64:
		return anInteger
	case float64:
		return aNumber
	case []any:
		items := make([]value, len(x))
		for i, item := range x {
			items[i] = constant{item}
		}
		return &schema.Field{Type: schema.List, Elem: commonType(items)}
	case map[string]any:
		if len(x) == 0 {
			return &schema.Field{Type: schema.Map} // to be filled
		}
		list := make([]*schema.Field, 0, len(x))
		for _, key := range schema.SortedKeys(x) {
			f := *typeOfConstant(x[key])
			f.Name, f.Aliases = key, nil
			list = append(list, &f)
		}
		return objectOf(list)
	default:
		return anything
	}
}

func pathless(err error) string {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err.Error()
	}
	return err.Error()
}

// commonType is the type of all items where they share one.
func commonType(items []value) *schema.Field {
	var common *schema.Field
	for _, item := range items {
		t := typeOf(item)
		switch {
		case common == nil:
			common = t
		case t.HasSecret() || common.HasSecret():
			return &schema.Field{Nullable: true, Secret: true}
		case t.Type != common.Type || t.Type == schema.Object || t.Elem != common.Elem:
			common = anything
		}
	}
	if common == nil {
		return anything
	}
	return common
}

var (
	aString   = &schema.Field{Type: schema.String}
	aBoolean  = &schema.Field{Type: schema.Boolean}
	anInteger = &schema.Field{Type: schema.Integer}
	aNumber   = &schema.Field{Type: schema.Number}
)

// sameType is true for the error object as a whole.
func sameType(t *schema.Field) bool { return t != nil && t.Members == errorField.Members }

// errorField describes the error object that handlers see.
var errorField = func() *schema.Field {
	text := func(name string) *schema.Field { return &schema.Field{Name: name, Type: schema.String} }
	maybe := func(name string, t schema.Type) *schema.Field {
		return &schema.Field{Name: name, Type: t, Nullable: true}
	}
	return &schema.Field{Type: schema.Object, Members: schema.MustNew(
		text("code"), text("class"), text("message"), maybe("step", schema.String), maybe("operation", schema.String),
		maybe("status", schema.Integer), maybe("requestId", schema.String), &schema.Field{Name: "attempts", Type: schema.Integer},
		maybe("retryAfter", schema.Duration), text("outcome"), maybe("details", schema.Any), maybe("cause", schema.Any),
		maybe("undoErrors", schema.List), maybe("suppressed", schema.List),
	)}
}()
