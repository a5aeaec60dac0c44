package schema

import (
	"fmt"
	"reflect"
	"time"

	"github.com/medlar-flow/medlar/internal/value"
)

func planPointer(t reflect.Type, parents []reflect.Type) (*plan, error) {
	elem, err := planFor(t.Elem(), parents)
	if err != nil {
		return nil, err
	}
	f := *elem.field
	f.Nullable = true
	return &plan{
		field: &f,
		decode: func(dst reflect.Value, v any) error {
			p := reflect.New(t.Elem())
			dst.Set(p)
			return elem.decode(p.Elem(), v)
		},
		encode: func(src reflect.Value) (any, error) {
			if src.IsNil() {
				return nil, nil
			}
			return elem.encode(src.Elem())
		},
	}, nil
}

func planSlice(t reflect.Type, parents []reflect.Type) (*plan, error) {
	elem, err := planFor(t.Elem(), parents)
	if err != nil {
		return nil, err
	}
	return &plan{
		field:  &Field{Type: List, Elem: elem.field},
		decode: func(dst reflect.Value, v any) error { return decodeSlice(elem, dst, v) },
		encode: func(src reflect.Value) (any, error) { return encodeSlice(elem, src) },
	}, nil
}

func planMap(t reflect.Type, parents []reflect.Type) (*plan, error) {
	if t.Key().Kind() != reflect.String || t.Key() == secretType {
		return nil, fmt.Errorf("a map needs string keys, found %s", t.Key())
	}
	elem, err := planFor(t.Elem(), parents)
	if err != nil {
		return nil, err
	}
	decode := func(dst reflect.Value, v any) error { return decodeMap(elem, dst, v) }
	if t == reflect.TypeFor[map[string]any]() {
		decode = decodeAnyMap
	}
	return &plan{
		field:  &Field{Type: Map, Elem: elem.field},
		decode: decode,
		encode: func(src reflect.Value) (any, error) { return encodeMap(elem, src) },
	}, nil
}

func decodeStruct(members []member, dst reflect.Value, v any) error {
	values, ok := v.(map[string]any)
	if !ok {
		return wrongValue("a map", v)
	}
	for _, m := range members {
		value, ok := values[m.name]
		if !ok || value == nil {
			continue
		}
		if err := m.plan.decode(reach(dst, m.index), value); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
	}
	return nil
}

// reach returns the field at index, making the embedded structs on its way.
func reach(v reflect.Value, index []int) reflect.Value {
	for _, i := range index {
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		}
		v = v.Field(i)
	}
	return v
}

func encodeStruct(members []member, src reflect.Value) (any, error) {
	out := make(map[string]any, len(members))
	for _, m := range members {
		field, err := src.FieldByIndexErr(m.index)
		if err != nil {
			out[m.name] = nil
			continue
		}
		if out[m.name], err = m.plan.encode(field); err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
	}
	return out, nil
}

func decodeSlice(elem *plan, dst reflect.Value, v any) error {
	list, ok := v.([]any)
	if !ok {
		return wrongValue("a list", v)
	}
	out := reflect.MakeSlice(dst.Type(), len(list), len(list))
	for i, item := range list {
		if item == nil {
			continue
		}
		if err := elem.decode(out.Index(i), item); err != nil {
			return fmt.Errorf("[%d]: %w", i, err)
		}
	}
	dst.Set(out)
	return nil
}

func encodeSlice(elem *plan, src reflect.Value) (any, error) {
	if src.IsNil() {
		return nil, nil
	}
	out := make([]any, src.Len())
	var err error
	for i := range out {
		if out[i], err = elem.encode(src.Index(i)); err != nil {
			return nil, fmt.Errorf("[%d]: %w", i, err)
		}
	}
	return out, nil
}

func decodeMap(elem *plan, dst reflect.Value, v any) error {
	values, ok := v.(map[string]any)
	if !ok {
		return wrongValue("a map", v)
	}
	t := dst.Type()
	out := reflect.MakeMapWithSize(t, len(values))
	slot := reflect.New(t.Elem()).Elem() // which the map takes a copy of
	for k, value := range values {
		slot.SetZero()
		if value != nil {
			if err := elem.decode(slot, value); err != nil {
				return fmt.Errorf("%s: %w", k, err)
			}
		}
		out.SetMapIndex(reflect.ValueOf(k).Convert(t.Key()), slot)
	}
	dst.Set(out)
	return nil
}

// decodeAnyMap copies the map, which is then the program's.
func decodeAnyMap(dst reflect.Value, v any) error {
	values, ok := v.(map[string]any)
	if !ok {
		return wrongValue("a map", v)
	}
	*dst.Addr().Interface().(*map[string]any) = cloned(values)
	return nil
}

func encodeMap(elem *plan, src reflect.Value) (any, error) {
	if src.IsNil() {
		return nil, nil
	}
	out := make(map[string]any, src.Len())
	for it := src.MapRange(); it.Next(); {
		// A map's element is not addressable; encoders only read it.
		v, err := elem.encode(it.Value())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", it.Key(), err)
		}
		out[it.Key().String()] = v
	}
	return out, nil
}

func decodeString(dst reflect.Value, v any) error {
	text, ok := v.(string)
	if !ok {
		return wrongValue("text", v)
	}
	dst.SetString(text)
	return nil
}

// encodeString works on the kind, so that a Secret gives its text.
func encodeString(src reflect.Value) (any, error) { return src.String(), nil }

func encodeNormal(src reflect.Value) (any, error) { return value.Normalize(src.Interface()) }

func decodeBool(dst reflect.Value, v any) error {
	b, ok := v.(bool)
	if !ok {
		return wrongValue("a boolean", v)
	}
	dst.SetBool(b)
	return nil
}

func decodeInt(dst reflect.Value, v any) error {
	i, ok := v.(int64)
	if !ok || dst.OverflowInt(i) {
		return wrongValue("an integer of "+dst.Type().String(), v)
	}
	dst.SetInt(i)
	return nil
}

func decodeUint(dst reflect.Value, v any) error {
	i, ok := v.(int64)
	if !ok || i < 0 || dst.OverflowUint(uint64(i)) {
		return wrongValue("an integer of "+dst.Type().String(), v)
	}
	dst.SetUint(uint64(i))
	return nil
}

func decodeFloat(dst reflect.Value, v any) error {
	switch n := v.(type) {
	case float64:
		if dst.OverflowFloat(n) {
			return wrongValue("a number of "+dst.Type().String(), v)
		}
		dst.SetFloat(n)
	case int64:
		dst.SetFloat(float64(n))
	default:
		return wrongValue("a number", v)
	}
	return nil
}

func decodeDuration(dst reflect.Value, v any) error {
	text, ok := v.(string)
	if !ok {
		return wrongValue("a duration", v)
	}
	d, err := ParseDuration(text)
	dst.SetInt(int64(d))
	return err
}

func decodeTime(dst reflect.Value, v any) error {
	text, ok := v.(string)
	if !ok {
		return wrongValue("a timestamp", v)
	}
	t, err := time.Parse(time.RFC3339, text)
	dst.Set(reflect.ValueOf(t))
	return err
}

func decodeBytes(dst reflect.Value, v any) error {
	b, ok := v.([]byte)
	if !ok {
		return wrongValue("bytes", v)
	}
	dst.SetBytes(b)
	return nil
}

func encodeBytes(src reflect.Value) (any, error) {
	if src.IsNil() {
		return nil, nil
	}
	return src.Bytes(), nil
}

func decodeAny(dst reflect.Value, v any) error {
	dst.Set(reflect.ValueOf(v))
	return nil
}

func wrongValue(want string, v any) error {
	return fmt.Errorf("expected %s, found %s", want, kindOf(v))
}
