package direct

import (
	"net/http"
	"reflect"
	"strings"
	"sync/atomic"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/traits"

	"github.com/medlar-flow/medlar/operations/internal/http1"
)

// newForm returns the form of an operation, nil where it has none: a member that
// the model puts elsewhere, or that the model has and the type has not.
func newForm(m Model, input, output reflect.Type) *form {
	if m.Operation == nil || m.Input == nil || m.Output == nil {
		return nil
	}
	f := &form{bare: m.Bare, input: input, output: output, label: -1, query: -1, payload: -1, status: -1, answer: -1}
	if !f.setPath(m.Operation) || !eachMember(m.Input, input, f.addInput) || !eachMember(m.Output, output, f.addOutput) || f.label < 0 {
		return nil
	}
	return f
}

// setPath takes a path with one label that is a whole part of it.
func (f *form) setPath(operation *smithy.Schema) bool {
	h, ok := smithy.SchemaTrait[*traits.HTTP](operation)
	if !ok || strings.ContainsAny(h.URI, "?#+") || strings.Count(h.URI, "{") != 1 {
		return false
	}
	f.method = h.Method
	var rest string
	f.before, rest, _ = strings.Cut(h.URI, "{")
	_, f.behind, ok = strings.Cut(rest, "}")
	return ok && f.method != ""
}

// eachMember calls add with each member of a structure. It is true where type
// and model have the same ones and add takes each.
func eachMember(model *smithy.Schema, t reflect.Type, add func(reflect.StructField, *smithy.Schema) bool) bool {
	if t.Kind() != reflect.Pointer || t.Elem().Kind() != reflect.Struct {
		return false
	}
	found := 0
	for i := range t.Elem().NumField() {
		field := t.Elem().Field(i)
		if !field.IsExported() || field.Name == "ResultMetadata" {
			continue
		}
		member := model.Member(field.Name)
		if member == nil || special(member) || !add(field, member) {
			return false
		}
		found++
	}
	return found == len(model.Members())
}

// special is true for a member with a trait that changes where it goes or how
// it is written.
func special(m *smithy.Schema) bool {
	return has[*traits.HTTPPrefixHeaders](m) || has[*traits.HTTPQueryParams](m) || has[*traits.HostLabel](m) ||
		has[*traits.MediaType](m) || has[*traits.Streaming](m) || has[*traits.ContextParam](m) || has[*traits.TimestampFormat](m)
}

func has[T smithy.Trait](m *smithy.Schema) bool {
	_, ok := smithy.SchemaTrait[T](m)
	return ok
}

// addInput takes a member of the input.
func (f *form) addInput(field reflect.StructField, m *smithy.Schema) bool {
	if has[*traits.HTTPPayload](m) {
		return take(&f.payload, field, reflect.TypeFor[[]byte]())
	}
	if field.Type != reflect.TypeFor[*string]() && field.Type.Kind() != reflect.String {
		return false
	}
	if has[*traits.HTTPLabel](m) {
		return take(&f.label, field, reflect.TypeFor[*string]())
	}
	if q, ok := smithy.SchemaTrait[*traits.HTTPQuery](m); ok && plainQuery(q.Name) {
		f.queryName = q.Name
		return take(&f.query, field, field.Type)
	}
	return addHeader(&f.headers, field, m)
}

// plainQuery is true for a name that is written as it is.
func plainQuery(name string) bool { return name != "" && !strings.ContainsFunc(name, isEscaped) }

// addOutput takes a member of the output.
func (f *form) addOutput(field reflect.StructField, m *smithy.Schema) bool {
	switch {
	case has[*traits.HTTPPayload](m):
		return take(&f.answer, field, reflect.TypeFor[[]byte]())
	case has[*traits.HTTPResponseCode](m):
		return take(&f.status, field, reflect.TypeFor[int32]())
	}
	return field.Type == reflect.TypeFor[*string]() && addHeader(&f.results, field, m)
}

func addHeader(list *[]formHeader, field reflect.StructField, m *smithy.Schema) bool {
	h, ok := smithy.SchemaTrait[*traits.HTTPHeader](m)
	if !ok {
		return false
	}
	name := http.CanonicalHeaderKey(h.Name)
	if name == "Content-Type" || http1.IsSpecial(name) {
		return false
	}
	*list = append(*list, formHeader{field: field.Index[0], name: name, latest: &atomic.Pointer[string]{}})
	return true
}

// take sets the field of a member that a form has once, of one type.
func take(into *int, field reflect.StructField, want reflect.Type) bool {
	if *into >= 0 || field.Type != want {
		return false
	}
	*into = field.Index[0]
	return true
}
