package interp

import (
	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// TypeOf returns the static type of a value.
func TypeOf(v Value) *schema.Field {
	switch x := v.(type) {
	case Constant:
		return typeOfConstant(x.V)
	case *Binding:
		t := x.Program.Type()
		if t == nil {
			t = fields.Anything
		}
		if x.Program.Secret() && !t.HasSecret() {
			secret := *t
			secret.Secret = true
			return &secret
		}
		return t
	case *MapValue:
		list := make([]*schema.Field, len(x.Keys))
		for i, key := range x.Keys {
			f := *TypeOf(x.Items[i])
			f.Name, f.Aliases = key, nil
			list[i] = &f
		}
		return fields.ObjectOf(list)
	case ListValue:
		return &schema.Field{Type: schema.List, Elem: commonType(x)}
	case *DynamicMap:
		return &schema.Field{Type: schema.Map, Elem: commonType(x.Items)}
	case *FileValue:
		if x.Text {
			return aString
		}
		if x.Unread {
			return fields.Anything
		}
		return &schema.Field{Type: schema.Bytes}
	default:
		return fields.Anything
	}
}

// TimeOf returns Duration or Timestamp where a value is one, or may be; else 0.
func TimeOf(v Value) schema.Type {
	if b, ok := v.(*Binding); ok {
		return b.Program.Time()
	}
	return 0
}

func typeOfConstant(v any) *schema.Field {
	switch x := v.(type) {
	case nil:
		return fields.Null
	case string:
		return aString
	case bool:
		return aBoolean
	case int64:
		return anInteger
	case float64:
		return aNumber
	case []any:
		items := make([]Value, len(x))
		for i, item := range x {
			items[i] = Constant{item}
		}
		return &schema.Field{Type: schema.List, Elem: commonType(items)}
	case map[string]any:
		if len(x) == 0 {
			return &schema.Field{Type: schema.Map} // to be filled
		}
		list := make([]*schema.Field, 0, len(x))
		for _, key := range value.SortedKeys(x) {
			f := *typeOfConstant(x[key])
			f.Name, f.Aliases = key, nil
			list = append(list, &f)
		}
		return fields.ObjectOf(list)
	default:
		return fields.Anything
	}
}

// commonType is the type of what can be each of the items. Null among them is
// no type of its own.
func commonType(items []Value) *schema.Field {
	var common *schema.Field
	for _, item := range items {
		t := TypeOf(item)
		switch {
		case common == nil || common == t:
			common = t
		case t.HasSecret() || common.HasSecret():
			return &schema.Field{Nullable: true, Secret: true}
		default:
			if common = fields.Join(common, t); common.Type == schema.Any && !fields.IsNull(common) {
				return fields.Anything
			}
		}
	}
	if common == nil || fields.IsNull(common) {
		return fields.Anything
	}
	return common
}

var (
	aString   = &schema.Field{Type: schema.String}
	aBoolean  = &schema.Field{Type: schema.Boolean}
	anInteger = &schema.Field{Type: schema.Integer}
	aNumber   = &schema.Field{Type: schema.Number}
)

// SameType is true for the error object as a whole.
func SameType(t *schema.Field) bool { return t != nil && t.Members == ErrorField.Members }

// ErrorField describes the error object that handlers see.
var ErrorField = func() *schema.Field {
	text := func(name string) *schema.Field { return &schema.Field{Name: name, Type: schema.String} }
	maybe := func(name string, t schema.Type) *schema.Field {
		return &schema.Field{Name: name, Type: t, Nullable: true}
	}
	return &schema.Field{Type: schema.Object, Members: schema.MustNew(
		text("code"), text("class"), text("message"), maybe("step", schema.String), maybe("operation", schema.String),
		maybe("status", schema.Integer), maybe("requestId", schema.String), &schema.Field{Name: "attempts", Type: schema.Integer},
		&schema.Field{Name: "requests", Type: schema.Integer},
		maybe("retryAfter", schema.Duration), text("outcome"), maybe("details", schema.Any), maybe("cause", schema.Any),
		maybe("undoErrors", schema.List), maybe("suppressed", schema.List),
	)}
}()
