package awsmodel

import (
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/operations/awsapi"
	"github.com/medlar-flow/medlar/operations/awsmodel/internal/model"
	"github.com/medlar-flow/medlar/schema"
)

// describe returns the shape of an operation.
func (o *operation) describe() connector.Shape {
	return connector.Shape{Params: schema.MustNew(o.paramFields()...), Result: o.resultField()}
}

func (o *operation) paramFields() []*schema.Field {
	d := &describer{service: o.service.model}
	var fields []*schema.Field
	if o.model.Input != model.None {
		shape := &o.service.model.Shapes[o.model.Input]
		fields = d.fields(shape)
		awsapi.MarkNarrowing(o.model.Name, effects[o.model.Effect], fields)
		if i := shape.Payload; i != model.None && d.isStream(&shape.Members[i]) {
			f := fields[i]
			f.Type, f.File, f.Unread, f.Members, f.Elem = schema.Any, true, true, nil, nil
			f.Description = "Bytes or text are sent as they are, any other value as JSON; {file: path} sends a file without loading it."
		}
	}
	if o.plain {
		fields = o.plainParams(fields)
	}
	if o.pages() {
		f := awsapi.PaginateField()
		if o.model.Paging.Guessed {
			f.Description += " The model does not say how this operation pages; it is taken from the names of its members."
		}
		fields = append(fields, f)
	}
	if o.savable {
		fields = append(fields, saveToField())
	}
	if f := serviceQuirks.Get()[o.service.model.Name].fields; f != nil {
		f(fields)
	}
	if o.quirk.fields != nil {
		fields = o.quirk.fields(fields)
	}
	return fields
}

func (o *operation) resultField() *schema.Field {
	d := &describer{service: o.service.model, result: true}
	f := &schema.Field{Type: schema.Object, Members: schema.MustNew()}
	if o.model.Output != model.None {
		fields := d.fields(&o.service.model.Shapes[o.model.Output])
		hide(fields, secretResults.Get()[o.service.model.Name+"."+o.model.Name], "")
		for _, i := range o.always() {
			fields[i].Nullable = false
		}
		if o.quirk.results != nil {
			fields = o.quirk.results(fields)
		}
		if o.plain {
			fields = o.plainResults(fields)
		}
		f.Members = schema.MustNew(fields...)
	}
	return f
}

// describer turns shapes into fields of a schema.
type describer struct {
	service  *model.Service
	result   bool
	building []*unfinished
}

// unfinished is a structure whose members are being described. A member of its
// own kind gets them when they are there.
type unfinished struct {
	shape *model.Shape
	refs  []*schema.Field
}

func (d *describer) fields(s *model.Shape) []*schema.Field {
	fields := make([]*schema.Field, len(s.Members))
	for i := range s.Members {
		fields[i] = d.member(&s.Members[i], s.Flags&model.Union != 0)
	}
	return fields
}

func (d *describer) member(m *model.Member, inUnion bool) *schema.Field {
	f := d.value(m.Shape)
	if m.Flags&model.JSONValue != 0 {
		*f = schema.Field{Type: schema.Any, Secret: f.Secret, Nullable: f.Nullable}
	}
	if d.result {
		f.Name = capital(m.Name)
		f.Secret = f.Secret || looksSecret(m.Name) && f.Type == schema.String
		return f
	}
	f.Name = spelled(m.Name)
	if f.Name != m.Name {
		f.Aliases = []string{m.Name}
	}
	if other := capital(m.Name); other != m.Name && other != f.Name {
		f.Aliases = append(f.Aliases, other)
	}
	f.NotNull = f.NotNull || awsapi.Narrows(f.Name)
	f.Required = !inUnion && m.Flags&model.Required != 0 && m.Flags&model.IdempotencyToken == 0
	return f
}

// streams reports whether the body of an answer of a shape is a stream.
func (s *service) streams(output int) bool {
	if output == model.None {
		return false
	}
	shape := &s.model.Shapes[output]
	d := describer{service: s.model}
	return shape.Payload != model.None && d.isStream(&shape.Members[shape.Payload])
}

func (d *describer) isStream(m *model.Member) bool {
	return m.Flags&model.MemberStreaming != 0 || d.service.Shapes[m.Shape].Flags&model.Streaming != 0
}

var fieldTypes = [...]schema.Type{
	model.Structure: schema.Object, model.List: schema.List, model.Map: schema.Map, model.String: schema.String,
	model.Blob: schema.Bytes, model.Boolean: schema.Boolean, model.Integer: schema.Integer, model.Long: schema.Integer,
	model.Float: schema.Number, model.Double: schema.Number, model.Timestamp: schema.Timestamp,
}

// value describes a value of a shape, without a name.
func (d *describer) value(index int) *schema.Field {
	s := &d.service.Shapes[index]
	f := &schema.Field{Type: fieldTypes[s.Kind], Secret: s.Flags&model.Sensitive != 0, Nullable: d.result}
	if s.Flags&model.Document != 0 {
		f.Type = schema.Any
		return f
	}
	switch s.Kind {
	case model.Structure:
		f.JSONText = !d.result
		d.structure(f, s)
	case model.List, model.Map:
		f.JSONText = !d.result
		f.Elem = d.value(s.Elem().Shape)
		f.Elem.Nullable = s.Flags&model.Sparse != 0
	case model.Blob:
		f.File = !d.result
	case model.String:
		for _, v := range s.Enum {
			f.Enum = append(f.Enum, v)
		}
		f.OpenEnum = len(f.Enum) > 0
	}
	if !d.result {
		d.limits(f, s)
	}
	return f
}

// limits are what AWS documents and its SDKs do not enforce: they are advice.
func (d *describer) limits(f *schema.Field, s *model.Shape) {
	f.Advice = true
	f.Pattern = whole(s.Pattern)
	switch s.Kind {
	case model.Integer, model.Long, model.Float, model.Double:
		f.Minimum, f.Maximum = s.Min, s.Max
	case model.String, model.Blob, model.List, model.Map:
		f.MinLength, f.MaxLength = length(s.Min), length(s.Max)
	}
}

func length(f *float64) *int {
	if f == nil || *f != float64(int(*f)) {
		return nil
	}
	n := int(*f)
	return &n
}

// whole has a pattern without anchors match all of a text, as is meant.
func whole(pattern string) string {
	if pattern == "" || strings.HasPrefix(pattern, "^") || strings.HasSuffix(pattern, "$") {
		return pattern
	}
	return "^(?:" + pattern + ")$"
}

func (d *describer) structure(f *schema.Field, s *model.Shape) {
	for _, u := range d.building {
		if u.shape == s {
			u.refs = append(u.refs, f)
			return
		}
	}
	u := &unfinished{shape: s, refs: []*schema.Field{f}}
	d.building = append(d.building, u)
	members := schema.MustNew(d.fields(s)...)
	d.building = slices.DeleteFunc(d.building, func(other *unfinished) bool { return other == u })
	for _, ref := range u.refs {
		ref.Members = members
	}
}

// hide marks the values at paths as secret.
func hide(fields []*schema.Field, paths []string, at string) {
	for _, f := range fields {
		path := at + f.Name
		if slices.Contains(paths, path) {
			f.Secret = true
		}
		for elem := f; elem != nil; elem = elem.Elem {
			if elem.Members != nil && deeper(paths, path) {
				hide(elem.Members.Fields(), paths, path+".")
			}
		}
	}
}

func deeper(paths []string, at string) bool {
	return slices.ContainsFunc(paths, func(p string) bool { return strings.HasPrefix(p, at+".") })
}
