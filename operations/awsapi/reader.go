package awsapi

import (
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/aws/smithy-go/document"

	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// maxStream bounds a body that the SDK leaves to be read, in bytes.
const maxStream = 64 << 20

// A reader gives a member of an SDK struct as a value of flows.
type reader func(src reflect.Value) (any, error)

// structReader reads the members of one struct type, found by name once.
type structReader struct {
	members []memberReader
	// nothing has each member as null. Values are put into a copy of it, since
	// copying a map of many names is faster than making one.
	nothing map[string]any
}

type memberReader struct {
	index int
	name  string
	read  reader
}

// readers makes the readers of one operation, as setters makes its setters.
type readers map[reflect.Type]*structReader

func (r readers) forStruct(t reflect.Type) *structReader {
	if done := r[t]; done != nil {
		return done
	}
	plan := &structReader{nothing: map[string]any{}}
	r[t] = plan
	for _, m := range membersOf(t) {
		plan.members = append(plan.members, memberReader{index: m.index, name: m.awsName, read: r.forType(m.typ)})
		plan.nothing[m.awsName] = nil
	}
	return plan
}

// payloads reads members as payloads that are bytes.
func (p *structReader) payloads(fields []*schema.Field) *structReader {
	members := slices.Clone(p.members)
	for i := range members {
		for _, f := range fields {
			if f.Name == members[i].name && f.Payload {
				members[i].read = func(src reflect.Value) (any, error) {
					if src.Type() != bytesType {
						return nil, fmt.Errorf("a %s is no payload", src.Type())
					}
					return value.NewPayload(src.Bytes()), nil
				}
			}
		}
	}
	return &structReader{members: members, nothing: p.nothing}
}

// read returns every member, null where the SDK has none.
func (p *structReader) read(src reflect.Value) (map[string]any, error) {
	out := maps.Clone(p.nothing)
	for i := range p.members {
		m := &p.members[i]
		v, err := m.read(src.Field(m.index))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
		if v != nil {
			out[m.name] = v
		}
	}
	return out, nil
}

func (r readers) forType(t reflect.Type) reader {
	switch {
	case t == reflect.TypeFor[*string]():
		return readStringPointer
	case t.Kind() == reflect.Pointer:
		return pointerReader(r.forType(t.Elem()))
	case t == timeType:
		return readTime
	case t == bytesType:
		return readBytes
	}
	switch t.Kind() {
	case reflect.String:
		return stringReader(t.PkgPath() != "")
	case reflect.Bool:
		return func(src reflect.Value) (any, error) { return src.Bool(), nil }
	case reflect.Float32, reflect.Float64:
		return func(src reflect.Value) (any, error) { return src.Float(), nil }
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return func(src reflect.Value) (any, error) { return src.Int(), nil }
	case reflect.Struct:
		plan := r.forStruct(t)
		return func(src reflect.Value) (any, error) { return plan.read(src) }
	case reflect.Slice:
		return sliceReader(r.forType(t.Elem()))
	case reflect.Map:
		return mapReader(r.forType(t.Elem()))
	default:
		return r.readDynamic
	}
}

func readStringPointer(src reflect.Value) (any, error) {
	if p := src.Addr().Interface().(**string); *p != nil {
		return **p, nil
	}
	return nil, nil
}

func pointerReader(read reader) reader {
	return func(src reflect.Value) (any, error) {
		if src.IsNil() {
			return nil, nil
		}
		return read(src.Elem())
	}
}

// stringReader returns null for an empty enum: the SDK has no other way to say
// that AWS sent none.
func stringReader(isEnum bool) reader {
	return func(src reflect.Value) (any, error) {
		text := src.String()
		if isEnum && text == "" {
			return nil, nil
		}
		return text, nil
	}
}

func readTime(src reflect.Value) (any, error) {
	return value.FormatTime(src.Interface().(time.Time)), nil
}

func readBytes(src reflect.Value) (any, error) {
	if src.IsNil() {
		return nil, nil
	}
	return src.Bytes(), nil
}

func sliceReader(read reader) reader {
	return func(src reflect.Value) (any, error) {
		if src.IsNil() {
			return nil, nil
		}
		list := make([]any, src.Len())
		for i := range list {
			v, err := read(src.Index(i))
			if err != nil {
				return nil, fmt.Errorf("[%d]: %w", i, err)
			}
			list[i] = v
		}
		return list, nil
	}
}

func mapReader(read reader) reader {
	return func(src reflect.Value) (any, error) {
		if src.IsNil() {
			return nil, nil
		}
		m := make(map[string]any, src.Len())
		elem := reflect.New(src.Type().Elem()).Elem()
		for it := src.MapRange(); it.Next(); {
			elem.Set(it.Value())
			v, err := read(elem)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", it.Key().String(), err)
			}
			m[it.Key().String()] = v
		}
		return m, nil
	}
}

// readDynamic reads what only the value tells: bodies, documents and unions.
func (r readers) readDynamic(src reflect.Value) (any, error) {
	if src.Kind() != reflect.Interface || src.IsNil() {
		return nil, nil
	}
	switch x := src.Interface().(type) {
	case io.Reader:
		return readBody(x)
	case document.Unmarshaler:
		return readDocument(x)
	default:
		return readUnion(src)
	}
}

func readBody(body io.Reader) (any, error) {
	if closer, ok := body.(io.Closer); ok {
		defer func() { _ = closer.Close() }()
	}
	b, err := io.ReadAll(io.LimitReader(body, maxStream+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxStream {
		return nil, fmt.Errorf("the body has more than %d bytes", maxStream)
	}
	return b, nil
}

func readDocument(doc document.Unmarshaler) (any, error) {
	var v any
	if err := doc.UnmarshalSmithyDocument(&v); err != nil {
		return nil, err
	}
	return plainDocument(v)
}

// plainDocument turns the numbers of a document into those of flows.
func plainDocument(v any) (any, error) {
	var err error
	switch x := v.(type) {
	case document.Number:
		return value.ParseNumber(string(x))
	case []any:
		for i := range x {
			if x[i], err = plainDocument(x[i]); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for k := range x {
			if x[k], err = plainDocument(x[k]); err != nil {
				return nil, err
			}
		}
	}
	return value.Normalize(v)
}

// readUnion returns {member: value}. The SDK has one type for each member, named
// AttributeValueMemberS for the member S of AttributeValue.
func readUnion(src reflect.Value) (any, error) {
	v := src.Elem()
	_, name, ok := strings.Cut(v.Type().String(), src.Type().Name()+"Member")
	if v.Kind() != reflect.Pointer || v.IsNil() || !ok {
		return nil, nil
	}
	value := v.Elem().FieldByName("Value")
	if !value.IsValid() {
		return nil, nil
	}
	// The types of members are not known before, so they are read uncompiled.
	inner, err := make(readers).forType(value.Type())(value)
	return map[string]any{name: inner}, err
}
