package awsapi

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"reflect"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/internal/value"
)

// A setter puts a converted value into a member of an SDK struct.
type setter func(dst reflect.Value, v any) error

// structSetter sets the members of one struct type, found by name once.
type structSetter struct {
	members map[string]memberSetter
}

type memberSetter struct {
	index int
	set   setter
}

// setters makes the setters of one operation. Types are shared, so that one
// that contains itself comes to an end.
type setters struct {
	unions     unions
	structs    map[reflect.Type]*structSetter
	unionPlans map[reflect.Type]unionSetter
}

func newSetters(u unions) *setters {
	return &setters{unions: u, structs: map[reflect.Type]*structSetter{}, unionPlans: map[reflect.Type]unionSetter{}}
}

func (s *setters) forStruct(t reflect.Type) *structSetter {
	if done := s.structs[t]; done != nil {
		return done
	}
	plan := &structSetter{members: map[string]memberSetter{}}
	s.structs[t] = plan
	for _, m := range membersOf(t) {
		plan.members[m.name] = memberSetter{index: m.index, set: s.forType(m.typ)}
	}
	return plan
}

// with returns the setter of an operation's input, some of whose members are set
// from the bytes that a value becomes.
func (p *structSetter) with(encoders map[string]func(any) ([]byte, error)) *structSetter {
	if len(encoders) == 0 {
		return p
	}
	members := maps.Clone(p.members)
	for name, encode := range encoders {
		members[name] = memberSetter{index: members[name].index, set: func(dst reflect.Value, v any) error {
			b, err := encode(v)
			if err == nil {
				dst.SetBytes(b)
			}
			return err
		}}
	}
	return &structSetter{members: members}
}

// fill sets the members that params name. A null and a name that is no member
// are left out: the latter is a parameter of ours.
func (p *structSetter) fill(dst reflect.Value, params map[string]any) error {
	for name, v := range params {
		m, ok := p.members[name]
		if !ok || v == nil {
			continue
		}
		if err := m.set(dst.Field(m.index), v); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func (s *setters) forType(t reflect.Type) setter {
	switch {
	case t == reflect.TypeFor[*string]():
		return setStringPointer
	case t.Kind() == reflect.Pointer:
		return pointerSetter(t.Elem(), s.forType(t.Elem()))
	case t == timeType:
		return setTime
	case t == bytesType:
		return setBytes
	}
	switch t.Kind() {
	case reflect.String:
		return setString
	case reflect.Bool:
		return setBool
	case reflect.Float32, reflect.Float64:
		return setFloat
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return setInt
	case reflect.Struct:
		return structMemberSetter(s.forStruct(t))
	case reflect.Slice:
		return sliceSetter(t, s.forType(t.Elem()))
	case reflect.Map:
		return mapSetter(t, s.forType(t.Elem()))
	default:
		return s.forInterface(t)
	}
}

func unexpected(dst reflect.Value, v any) error {
	return fmt.Errorf("a %T where the SDK takes %s", v, dst.Type())
}

func setStringPointer(dst reflect.Value, v any) error {
	text, ok := v.(string)
	if !ok {
		return unexpected(dst, v)
	}
	*dst.Addr().Interface().(**string) = &text
	return nil
}

func pointerSetter(elem reflect.Type, set setter) setter {
	return func(dst reflect.Value, v any) error {
		p := reflect.New(elem)
		if err := set(p.Elem(), v); err != nil {
			return err
		}
		dst.Set(p)
		return nil
	}
}

func setString(dst reflect.Value, v any) error {
	text, ok := v.(string)
	if !ok {
		return unexpected(dst, v)
	}
	dst.SetString(text)
	return nil
}

func setBool(dst reflect.Value, v any) error {
	b, ok := v.(bool)
	if !ok {
		return unexpected(dst, v)
	}
	dst.SetBool(b)
	return nil
}

func setInt(dst reflect.Value, v any) error {
	n, ok := v.(int64)
	if !ok || dst.OverflowInt(n) {
		return unexpected(dst, v)
	}
	dst.SetInt(n)
	return nil
}

func setFloat(dst reflect.Value, v any) error {
	switch n := v.(type) {
	case float64:
		dst.SetFloat(n)
	case int64:
		dst.SetFloat(float64(n))
	default:
		return unexpected(dst, v)
	}
	return nil
}

func setTime(dst reflect.Value, v any) error {
	text, ok := v.(string)
	if !ok {
		return unexpected(dst, v)
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return fmt.Errorf("expected a timestamp in RFC 3339")
	}
	dst.Set(reflect.ValueOf(t))
	return nil
}

func setBytes(dst reflect.Value, v any) error {
	b, ok := v.([]byte)
	if !ok {
		return unexpected(dst, v)
	}
	dst.SetBytes(b)
	return nil
}

func structMemberSetter(plan *structSetter) setter {
	return func(dst reflect.Value, v any) error {
		m, ok := v.(map[string]any)
		if !ok {
			return unexpected(dst, v)
		}
		return plan.fill(dst, m)
	}
}

// sliceSetter keeps an empty list empty: AWS tells it from none.
func sliceSetter(t reflect.Type, set setter) setter {
	return func(dst reflect.Value, v any) error {
		list, ok := v.([]any)
		if !ok {
			return unexpected(dst, v)
		}
		out := reflect.MakeSlice(t, len(list), len(list))
		for i, v := range list {
			if v == nil {
				continue
			}
			if err := set(out.Index(i), v); err != nil {
				return fmt.Errorf("[%d]: %w", i, err)
			}
		}
		dst.Set(out)
		return nil
	}
}

func mapSetter(t reflect.Type, set setter) setter {
	return func(dst reflect.Value, v any) error {
		m, ok := v.(map[string]any)
		if !ok {
			return unexpected(dst, v)
		}
		out := reflect.MakeMapWithSize(t, len(m))
		for key, v := range m {
			elem := reflect.New(t.Elem()).Elem()
			if v != nil {
				if err := set(elem, v); err != nil {
					return fmt.Errorf("%s: %w", key, err)
				}
			}
			out.SetMapIndex(reflect.ValueOf(key).Convert(t.Key()), elem)
		}
		dst.Set(out)
		return nil
	}
}

func (s *setters) forInterface(t reflect.Type) setter {
	if t.Kind() == reflect.Interface && t.Implements(readerType) {
		return setReader
	}
	if members := s.unions.of(t); len(members) > 0 {
		return s.forUnion(t, members)
	}
	return func(dst reflect.Value, _ any) error {
		return fmt.Errorf("a value of type %s cannot be given", dst.Type())
	}
}

func setReader(dst reflect.Value, v any) error {
	var r io.Reader
	switch x := v.(type) {
	case []byte:
		r = bytes.NewReader(x)
	case string:
		r = strings.NewReader(x)
	default:
		text, err := value.EncodeJSON(v)
		if err != nil {
			return err
		}
		r = bytes.NewReader(text)
	}
	dst.Set(reflect.ValueOf(r))
	return nil
}
