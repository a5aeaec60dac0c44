package interp

import (
	"math/big"

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
			f.Name, f.Aliases, f.Absent = key, nil, nullByFlow(x.Items[i])
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

// GivenType is TypeOf of what a flow gives, Absent where that is null, or can be by
// what the flow says.
func GivenType(v Value) *schema.Field {
	t := TypeOf(v)
	if !nullByFlow(v) || fields.IsNull(t) {
		return t
	}
	out := *t
	out.Nullable, out.Absent = true, true
	return &out
}

// nullByFlow reports whether a value is null, or can be by what the flow says.
func nullByFlow(v Value) bool {
	switch x := v.(type) {
	case Constant:
		return x.V == nil
	case *Binding:
		return x.Program.Null() != ""
	}
	return false
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
	case *big.Int: // which can be passed on
		return something
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
			f.Name, f.Aliases, f.Absent = key, nil, x[key] == nil
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
	something = &schema.Field{} // of any type, and not null
)

// SameType is true for the error object as a whole.
func SameType(t *schema.Field) bool { return t != nil && t.Members == ErrorField.Members }

// ErrorField describes the error object that handlers see.
var ErrorField = func() *schema.Field {
	members := append(failureFields(false), causeField())
	return &schema.Field{Type: schema.Object, Members: schema.MustNew(append(members, cleanupFields()...)...)}
}()

// failureFields are the members of an error but for its cause. In a cause, which
// can be something else, each may be missing.
func failureFields(inCause bool) []*schema.Field {
	always := func(name string, t schema.Type) *schema.Field {
		return &schema.Field{Name: name, Type: t, Nullable: inCause}
	}
	maybe := func(name string, t schema.Type) *schema.Field {
		return &schema.Field{Name: name, Type: t, Nullable: true}
	}
	return []*schema.Field{
		always("code", schema.String), always("class", schema.String), always("message", schema.String),
		maybe("step", schema.String), maybe("operation", schema.String), maybe("status", schema.Integer), maybe("requestId", schema.String),
		always("attempts", schema.Integer), always("requests", schema.Integer), maybe("retryAfter", schema.Duration),
		always("outcome", schema.String), maybe("details", schema.Any),
	}
}

// cleanupFields are what went wrong after an error.
func cleanupFields() []*schema.Field {
	return []*schema.Field{
		{Name: "undoErrors", Type: schema.List, Nullable: true}, {Name: "suppressed", Type: schema.List, Nullable: true},
	}
}

// causeField describes what led to an error: another one, or what a called
// function says of its own. An operation can give members beside these.
func causeField() *schema.Field {
	members := append(
		append(failureFields(true), cleanupFields()...),
		&schema.Field{Name: "errorType", Type: schema.String, Nullable: true},
		&schema.Field{Name: "errorMessage", Type: schema.Any, Nullable: true},
		&schema.Field{Name: "stackTrace", Type: schema.Any, Nullable: true},
		&schema.Field{Name: "logTail", Type: schema.String, Nullable: true},
		&schema.Field{Name: "functionError", Type: schema.String, Nullable: true},
		&schema.Field{Name: "cause", Type: schema.Any, Nullable: true},
	)
	return &schema.Field{Name: "cause", Type: schema.Object, Nullable: true, Members: schema.MustNew(members...).Open()}
}
