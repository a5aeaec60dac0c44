package awsapi

import (
	"math"
	"reflect"
	"slices"
	"strings"

	"github.com/aws/smithy-go"

	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// describer turns SDK types into schema fields. Its tables are keyed by path:
// "routingConfig.additionalVersionWeights", with [] for the elements of a list
// or map.
type describer struct {
	result   bool // AWS spelling only, members nullable
	required map[string]bool
	tables   []map[string]schema.Field // those of the connector, the last row of a path counts
	own      map[string]schema.Field   // the operation's, which goes over them
	public   []string                  // endings of paths that are not secret
	unions   unions
	used     map[string]bool // rows of own that found their field
	building []*unfinished
	always   map[string]bool // members that are never null; true once they are found
}

// waysTo returns paths with those of the members on the way to them.
func waysTo(paths []string) map[string]bool {
	ways := map[string]bool{}
	for _, path := range paths {
		for i, c := range path {
			if c == '.' {
				ways[path[:i]] = false
			}
		}
		ways[path] = false
	}
	return ways
}

// unfinished is a structure whose members are being described. A member of its
// own type gets the schema when it is there.
type unfinished struct {
	typ  reflect.Type
	refs []*schema.Field
}

// fields describes the members of a struct.
func (d *describer) fields(t reflect.Type, model *smithy.Schema, path string) []*schema.Field {
	var fields []*schema.Field
	for _, m := range membersOf(t) {
		fields = append(fields, d.member(m, modelMember(model, m.awsName), path))
	}
	return fields
}

func (d *describer) member(m member, model *smithy.Schema, path string) *schema.Field {
	name := m.name
	if d.result {
		name = m.awsName
	}
	path = join(path, name)
	f := d.value(m.typ, model, path)
	f.Name = name
	f.Required = (f.Required || d.required[path]) && f.Default == nil
	f.NotNull = f.NotNull || !d.result && Narrows(m.name)
	if _, ok := d.always[path]; ok {
		f.Nullable, d.always[path] = false, true
	}
	if !d.result && m.awsName != m.name {
		f.Aliases = append([]string{m.awsName}, f.Aliases...)
	}
	return f
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// value describes a value of type t, without a name.
func (d *describer) value(t reflect.Type, model *smithy.Schema, path string) *schema.Field {
	f := &schema.Field{Secret: isSensitive(model) && !d.isPublic(path)}
	d.typed(f, t, model, path)
	if d.result {
		f.Nullable = isNullable(t)
	}
	if over, ok := row(d.tables, path); ok {
		lay(f, over)
	}
	if over, ok := d.own[path]; ok {
		lay(f, over)
		d.used[path] = true
	}
	return f
}

func (d *describer) isPublic(path string) bool {
	return slices.ContainsFunc(d.public, func(ending string) bool { return strings.HasSuffix(path, ending) })
}

func isNullable(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface:
		return true
	default:
		return t.Kind() == reflect.String && t.PkgPath() != ""
	}
}

func (d *describer) typed(f *schema.Field, t reflect.Type, model *smithy.Schema, path string) {
	t = valueType(t)
	switch t {
	case timeType:
		f.Type = schema.Timestamp
		return
	case bytesType:
		f.Type, f.File = schema.Bytes, !d.result
		return
	}
	switch t.Kind() {
	case reflect.String:
		f.Type, f.Enum = schema.String, enumValues(t)
		f.OpenEnum = len(f.Enum) > 0
	case reflect.Bool:
		f.Type = schema.Boolean
	case reflect.Float32, reflect.Float64:
		f.Type = schema.Number
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		f.Type = schema.Integer
		d.bound(f, t)
	case reflect.Struct:
		f.Type, f.JSONText = schema.Object, !d.result
		d.object(f, t, model, path)
	case reflect.Slice, reflect.Array:
		f.Type, f.JSONText = schema.List, !d.result
		f.Elem = d.value(t.Elem(), modelElem(model, reflect.Slice), path+"[]")
	case reflect.Map:
		f.Type, f.JSONText = schema.Map, !d.result
		f.Elem = d.value(t.Elem(), modelElem(model, reflect.Map), path+"[]")
	default:
		d.dynamic(f, t, path)
	}
}

// bound says what fits where the SDK's type is narrower than a flow's integer.
func (d *describer) bound(f *schema.Field, t reflect.Type) {
	if d.result || t.Bits() == 64 {
		return
	}
	limit := math.Ldexp(1, t.Bits()-1)
	f.Minimum, f.Maximum = number(-limit), number(limit-1)
}

func number(n float64) *float64 { return &n }

func (d *describer) object(f *schema.Field, t reflect.Type, model *smithy.Schema, path string) {
	d.within(t, f, func() []*schema.Field { return d.fields(t, model, path) })
}

// within gives f the members that describe gives for t, or those that are
// being described already.
func (d *describer) within(t reflect.Type, f *schema.Field, describe func() []*schema.Field) {
	for _, u := range d.building {
		if u.typ == t {
			u.refs = append(u.refs, f)
			return
		}
	}
	u := &unfinished{typ: t, refs: []*schema.Field{f}}
	d.building = append(d.building, u)
	members := schema.MustNew(describe()...)
	d.building = d.building[:len(d.building)-1]
	for _, ref := range u.refs {
		ref.Members = members
	}
}

// dynamic describes what has no declared form: streams, documents and unions.
func (d *describer) dynamic(f *schema.Field, t reflect.Type, path string) {
	f.Type = schema.Any
	if t.Kind() != reflect.Interface {
		return
	}
	members := d.unions.of(t)
	switch {
	case t.Implements(readerType) && d.result:
		f.Type = schema.Bytes
	case t.Implements(readerType):
		f.File = true
		f.Description = "Bytes or text are sent as they are, any other value as JSON."
	case len(members) > 0:
		d.union(f, t, members, path)
	case !d.result:
		f.Description = "A document or union of the SDK; it cannot be given."
	}
}

// lay puts what the overlay says over the field.
func lay(f *schema.Field, o schema.Field) {
	f.Aliases = append(slices.Clone(f.Aliases), o.Aliases...)
	f.Required = f.Required || o.Required
	f.NotNull = f.NotNull || o.NotNull
	f.Secret = f.Secret || o.Secret
	f.BareElement = f.BareElement || o.BareElement
	f.File = f.File || o.File
	f.Minimum, f.Maximum = either(o.Minimum, f.Minimum), either(o.Maximum, f.Maximum)
	f.MinLength, f.MaxLength = either(o.MinLength, f.MinLength), either(o.MaxLength, f.MaxLength)
	if o.Default != nil {
		f.Default = o.Default
	}
	if o.Enum != nil {
		f.Enum, f.OpenEnum = o.Enum, o.OpenEnum
	}
	if o.Coerce != nil {
		f.Coerce = o.Coerce
	}
	for _, text := range []struct{ dst, src *string }{
		{&f.Pattern, &o.Pattern}, {&f.Description, &o.Description}, {&f.Example, &o.Example},
	} {
		if *text.src != "" {
			*text.dst = *text.src
		}
	}
}

func either[T any](a, b *T) *T {
	if a != nil {
		return a
	}
	return b
}

// unused returns the paths of a table that found no field.
func (d *describer) unused(table map[string]schema.Field) []string {
	var paths []string
	for _, path := range value.SortedKeys(table) {
		if !d.used[path] {
			paths = append(paths, path)
		}
	}
	return paths
}
