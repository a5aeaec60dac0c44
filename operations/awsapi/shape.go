package awsapi

import (
	"io"
	"reflect"
	"time"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	"github.com/aws/smithy-go/traits"
)

var (
	timeType     = reflect.TypeFor[time.Time]()
	bytesType    = reflect.TypeFor[[]byte]()
	readerType   = reflect.TypeFor[io.Reader]()
	metadataType = reflect.TypeFor[middleware.Metadata]()
)

// member is one field of an SDK struct that stands for a value.
type member struct {
	index   int
	awsName string
	name    string // as flows spell it
	typ     reflect.Type
}

// membersOf returns the members of a struct, without what the SDK keeps there
// for itself. Where two names would be spelt alike, the second stays as it is.
func membersOf(t reflect.Type) []member {
	list := make([]member, 0, t.NumField())
	taken := make(map[string]bool, t.NumField())
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() || f.Anonymous || f.Type == metadataType {
			continue
		}
		name := LowerCamel(f.Name)
		if taken[name] {
			name = f.Name
		}
		taken[name] = true
		list = append(list, member{index: i, awsName: f.Name, name: name, typ: f.Type})
	}
	return list
}

// valueType takes the pointer off a type: the SDK uses one for "not given".
func valueType(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}

// enumValues returns the values that an enum type of the SDK declares.
func enumValues(t reflect.Type) []any {
	if t.Kind() != reflect.String || t.PkgPath() == "" || t.NumMethod() == 0 {
		return nil
	}
	method := valuesOf(t)
	if !method.IsValid() || method.Type().NumIn() != 0 || method.Type().NumOut() != 1 {
		return nil
	}
	list := method.Call(nil)[0]
	if list.Kind() != reflect.Slice || list.Type().Elem().Kind() != reflect.String {
		return nil
	}
	values := make([]any, list.Len())
	for i := range values {
		values[i] = list.Index(i).String()
	}
	return values
}

// valuesOf returns the method Values of an enum type. The SDK's have no other, so
// that a lone method that lists the type is it: looking one up by its name makes
// a function type for it.
func valuesOf(enum reflect.Type) reflect.Value {
	none := reflect.Zero(enum)
	if enum.NumMethod() == 1 {
		lone := none.Method(0)
		if t := lone.Type(); t.NumOut() == 1 && t.Out(0).Kind() == reflect.Slice && t.Out(0).Elem() == enum {
			return lone
		}
	}
	return none.MethodByName("Values")
}

// modelOf returns the model of a structure, or nil for services whose structures
// do not carry one. It holds the marks of sensitive members.
func modelOf(t reflect.Type) *smithy.Schema {
	value, ok := reflect.New(t).Interface().(smithy.Serializable)
	if !ok {
		return nil
	}
	var r recorder
	value.Serialize(&r)
	return r.root
}

// recorder is a serializer that only looks at the first structure written. An
// empty input writes nothing else that matters.
type recorder struct {
	smithy.ShapeSerializer
	root *smithy.Schema
}

func (r *recorder) WriteStruct(s *smithy.Schema) {
	if r.root == nil {
		r.root = s
	}
}

func (r *recorder) CloseStruct()                       {}
func (r *recorder) WriteInt32(*smithy.Schema, int32)   {}
func (r *recorder) WriteInt64(*smithy.Schema, int64)   {}
func (r *recorder) WriteBool(*smithy.Schema, bool)     {}
func (r *recorder) WriteString(*smithy.Schema, string) {}

func isSensitive(s *smithy.Schema) bool {
	_, ok := smithy.SchemaTrait[*traits.Sensitive](s)
	return ok
}

func modelMember(s *smithy.Schema, name string) *smithy.Schema {
	if s == nil {
		return nil
	}
	if m := s.Member(name); m != nil {
		return m
	}
	for other, m := range s.Members() {
		if LowerCamel(other) == LowerCamel(name) {
			return m
		}
	}
	return nil
}

func modelElem(s *smithy.Schema, kind reflect.Kind) *smithy.Schema {
	switch {
	case s == nil:
		return nil
	case kind == reflect.Map:
		return s.MapValue()
	default:
		return s.ListMember()
	}
}
