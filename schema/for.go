package schema

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Codec is a Go struct type as a schema, with the way from values to the
// struct and back. Make one with For.
type Codec[T any] struct {
	field *Field
	plan  *plan
}

// For reads the tags of the struct type T. A field's tag `param:"name"` gives
// its name; without it the Go name in lowerCamel is used, and `param:"-"`
// leaves the field out. Options follow the name: required, secret, and file
// (the value may be {file: path}). Further tags:
//
//	doc:"what it is for"     example:"o-17"      default:"10s"
//	enum:"a,b,c"             pattern:"^[a-z]+$"  alias:"old,older"
//	min:"1" max:"10"         minLen:"2" maxLen:"64"
//
// Strings, booleans, integers, floats, time.Time, time.Duration, []byte,
// Secret, any, structs, pointers, slices and maps with string keys are
// understood. A pointer is nil where no value is given. For fails on other
// types and on tags that do not fit.
func For[T any]() (*Codec[T], error) {
	p, err := planFor(reflect.TypeFor[T](), nil)
	if err != nil {
		return nil, err
	}
	if err := p.field.Compile(); err != nil {
		return nil, err
	}
	return &Codec[T]{field: p.field, plan: p}, nil
}

// Field describes T.
func (c *Codec[T]) Field() *Field { return c.field }

// Schema returns the members of T; nil where T is no struct.
func (c *Codec[T]) Schema() *Schema { return c.field.Members }

// Decode sets a T from converted values, as Schema.Convert gives them.
func (c *Codec[T]) Decode(values map[string]any) (T, error) {
	var out T
	err := c.DecodeInto(&out, values)
	return out, err
}

// DecodeInto is Decode for a T that is there, and zero.
func (c *Codec[T]) DecodeInto(into *T, values map[string]any) error {
	if values == nil {
		return nil
	}
	return c.plan.decode(reflect.ValueOf(into).Elem(), values)
}

// Encode returns a T as a value of flows.
func (c *Codec[T]) Encode(v T) (any, error) { return c.plan.encode(reflect.ValueOf(&v).Elem()) }

// plan knows how one Go type is described, read and written.
type plan struct {
	field  *Field
	decode func(dst reflect.Value, v any) error
	encode func(src reflect.Value) (any, error)
}

func planFor(t reflect.Type, parents []reflect.Type) (*plan, error) {
	if p := planSpecial(t); p != nil {
		return p, nil
	}
	if slices.Contains(parents, t) {
		return nil, fmt.Errorf("%s contains itself: use any for the inner one", t)
	}
	parents = append(slices.Clip(parents), t)
	switch t.Kind() {
	case reflect.Pointer:
		return planPointer(t, parents)
	case reflect.Struct:
		return planStruct(t, parents)
	case reflect.Slice:
		return planSlice(t, parents)
	case reflect.Map:
		return planMap(t, parents)
	default:
		return planScalar(t)
	}
}

var (
	secretType   = reflect.TypeFor[Secret]()
	timeType     = reflect.TypeFor[time.Time]()
	durationType = reflect.TypeFor[time.Duration]()
	anyType      = reflect.TypeFor[any]()
)

func planSpecial(t reflect.Type) *plan {
	if t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8 {
		return &plan{field: &Field{Type: Bytes}, decode: decodeBytes, encode: encodeBytes}
	}
	switch t {
	case secretType:
		return &plan{field: &Field{Type: String, Secret: true}, decode: decodeString, encode: encodeString}
	case timeType:
		return &plan{field: &Field{Type: Timestamp}, decode: decodeTime, encode: encodeNormal}
	case durationType:
		return &plan{field: &Field{Type: Duration}, decode: decodeDuration, encode: encodeNormal}
	case anyType:
		return &plan{field: &Field{Type: Any, Nullable: true}, decode: decodeAny, encode: encodeNormal}
	default:
		return nil
	}
}

func planScalar(t reflect.Type) (*plan, error) {
	switch t.Kind() {
	case reflect.String:
		return &plan{field: &Field{Type: String}, decode: decodeString, encode: encodeString}, nil
	case reflect.Bool:
		return &plan{field: &Field{Type: Boolean}, decode: decodeBool, encode: encodeNormal}, nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return &plan{field: intField(t.Bits()), decode: decodeInt, encode: encodeNormal}, nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return &plan{field: uintField(t.Bits()), decode: decodeUint, encode: encodeNormal}, nil
	case reflect.Float32, reflect.Float64:
		return &plan{field: &Field{Type: Number}, decode: decodeFloat, encode: encodeNormal}, nil
	default:
		return nil, fmt.Errorf("a %s cannot be a parameter or a result", t)
	}
}

func intField(bits int) *Field {
	f := &Field{Type: Integer}
	if bits < 64 {
		low, high := -float64(int64(1)<<(bits-1)), float64(int64(1)<<(bits-1)-1)
		f.Minimum, f.Maximum = &low, &high
	}
	return f
}

func uintField(bits int) *Field {
	low := 0.0
	f := &Field{Type: Integer, Minimum: &low}
	if bits < 64 {
		high := float64(uint64(1)<<bits - 1)
		f.Maximum = &high
	}
	return f
}

type member struct {
	name  string
	index []int
	plan  *plan
}

func planStruct(t reflect.Type, parents []reflect.Type) (*plan, error) {
	members, err := structMembers(t, parents)
	if err != nil {
		return nil, err
	}
	fields := make([]*Field, len(members))
	for i, m := range members {
		fields[i] = m.plan.field
	}
	s, err := New(fields...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t, err)
	}
	return &plan{
		field:  &Field{Type: Object, Members: s},
		decode: func(dst reflect.Value, v any) error { return decodeStruct(members, dst, v) },
		encode: func(src reflect.Value) (any, error) { return encodeStruct(members, src) },
	}, nil
}

func structMembers(t reflect.Type, parents []reflect.Type) ([]member, error) {
	var members []member
	var done [][]int // embedded structs whose fields are not looked at
	for _, sf := range reflect.VisibleFields(t) {
		if slices.ContainsFunc(done, func(outer []int) bool { return within(outer, sf.Index) }) {
			continue
		}
		use, err := usage(sf)
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", t, sf.Name, err)
		}
		if use != promoted {
			done = append(done, sf.Index)
		}
		if use != used {
			continue
		}
		p, err := planFor(sf.Type, parents)
		if err == nil {
			err = tagged(p, sf)
		}
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", t, sf.Name, err)
		}
		members = append(members, member{name: p.field.Name, index: sf.Index, plan: p})
	}
	return members, nil
}

func within(outer, index []int) bool {
	return len(index) > len(outer) && slices.Equal(outer, index[:len(outer)])
}

// use says what a struct's field is to a schema.
type use uint8

const (
	ignored  use = iota // left out
	used                // a member
	promoted            // an embedded struct: its fields are members
)

func usage(sf reflect.StructField) (use, error) {
	tag, hasTag := sf.Tag.Lookup("param")
	if tag == "-" {
		return ignored, nil
	}
	if sf.Anonymous && !hasTag && embeds(sf.Type) {
		if sf.Type.Kind() == reflect.Pointer && !sf.IsExported() {
			return ignored, fmt.Errorf("an embedded pointer must be to an exported type")
		}
		return promoted, nil
	}
	switch {
	case sf.IsExported():
		return used, nil
	case hasTag:
		return ignored, fmt.Errorf("has the tag param, and is not exported")
	default:
		return ignored, nil
	}
}

// embeds is true for a struct whose fields count as those of its owner, and a
// pointer to one.
func embeds(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Kind() == reflect.Struct && planSpecial(t) == nil
}

// lowerCamel lowers the leading run of capitals as one word: FunctionName is
// functionName, KMSKeyArn is kmsKeyArn, ID is id.
func lowerCamel(name string) string {
	upper := 0
	for upper < len(name) && name[upper] >= 'A' && name[upper] <= 'Z' {
		upper++
	}
	if upper > 1 && upper < len(name) && name[upper] >= 'a' && name[upper] <= 'z' {
		upper--
	}
	return strings.ToLower(name[:upper]) + name[upper:]
}
