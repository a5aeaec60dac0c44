package openapi

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/medlar-flow/medlar/schema"
)

// schemas writes types as JSON Schemas. One that stands in several places, or
// holds itself, is a component: else types that hold each other many times over
// would fill the document.
type schemas struct {
	seen       map[key]int
	names      map[key]string
	components object
	hint       map[key]string // what a component is called after
}

// key is a set of members with what it is written for: what callers send has
// bounds, what they get can be null.
type key struct {
	members *schema.Schema
	output  bool
}

// deepest bounds how deep a type is written; below it is anything.
const deepest = 100

func newSchemas() *schemas {
	return &schemas{seen: map[key]int{}, names: map[key]string{}, hint: map[key]string{}, components: object{"Problem": problem(), "Run": run()}}
}

// count notes how often each type stands in a route.
func (s *schemas) count(r *Route) {
	for _, f := range inputs(r) {
		s.countField(f, false, r.Flow+"-"+f.Name, 0)
	}
	for _, a := range r.Answers {
		if a.Body != nil {
			s.countField(a.Body, true, r.Flow+"-output", 0)
		}
	}
}

func (s *schemas) countField(f *schema.Field, output bool, hint string, depth int) {
	if f == nil || depth > deepest {
		return
	}
	s.countField(f.Elem, output, hint, depth+1)
	if f.Members == nil {
		return
	}
	k := key{f.Members, output}
	if s.seen[k]++; s.seen[k] > 1 {
		return
	}
	s.hint[k] = hint
	for _, member := range f.Members.Fields() {
		s.countField(member, output, hint+"-"+member.Name, depth+1)
	}
}

func (s *schemas) input(f *schema.Field) object { return s.write(f, false, 0) }

func (s *schemas) output(f *schema.Field) object { return s.write(f, true, 0) }

// part returns the type of a part of a path, which is never empty.
func (s *schemas) part(r *Route, p part) object {
	if f := filled(r, p); f != nil && f.Type != schema.Object && f.Type != schema.List && f.Type != schema.Map {
		js := s.input(f)
		delete(js, "default") // a path has all of its parts
		return js
	}
	return object{"type": "string"}
}

// filled returns the input that a part of the path is taken for as it is; nil for none.
func filled(r *Route, p part) *schema.Field {
	if r.ByName {
		return field(r, p.input)
	}
	for _, f := range inputs(r) {
		if r.Parameters[f.Name] == (Parameter{In: "path", Name: p.input}) {
			return f
		}
	}
	return nil
}

// members returns the schema of an object with these members.
func (s *schemas) members(fields []*schema.Field) (js object, required bool) {
	return s.object(fields, false, 0), slices.ContainsFunc(fields, needed)
}

func (s *schemas) object(fields []*schema.Field, output bool, depth int) object {
	properties, required := object{}, []any{}
	for _, f := range fields {
		properties[f.Name] = s.write(f, output, depth+1)
		if needed(f) {
			required = append(required, f.Name)
		}
	}
	js := object{"type": "object"}
	if len(properties) > 0 {
		js["properties"] = properties
	}
	if len(required) > 0 {
		js["required"] = required
	}
	return js
}

// write returns the schema of a field.
func (s *schemas) write(f *schema.Field, output bool, depth int) object {
	if f == nil || depth > deepest {
		return object{}
	}
	js := plain(f, output)
	switch {
	case f.Type == schema.Object && f.Members != nil:
		inner := s.declared(f, output, depth)
		if inner["$ref"] != nil {
			delete(js, "type")
		}
		maps.Copy(js, inner)
	case f.Type == schema.List && f.Elem != nil:
		js["items"] = s.write(f.Elem, output, depth+1)
	case f.Type == schema.List:
		js["items"] = object{}
	case f.Type == schema.Map && f.Elem != nil:
		js["additionalProperties"] = s.write(f.Elem, output, depth+1)
	}
	if output && f.Nullable {
		return nullable(js)
	}
	return js
}

// declared returns the schema of an object whose members are declared.
func (s *schemas) declared(f *schema.Field, output bool, depth int) object {
	k := key{f.Members, output}
	name := s.names[k]
	if s.seen[k] < 2 {
		return s.closed(f.Members, output, depth)
	}
	if name == "" {
		name = s.name(k)
		s.components[name] = s.closed(f.Members, output, 0)
	}
	return object{"$ref": "#/components/schemas/" + name}
}

// closed returns the schema of an object; what callers send has no other members.
func (s *schemas) closed(members *schema.Schema, output bool, depth int) object {
	js := s.object(members.Fields(), output, depth)
	if !output && !members.IsOpen() {
		js["additionalProperties"] = false
	}
	return js
}

// name finds a name for a component.
func (s *schemas) name(k key) string {
	base := word(s.hint[k])
	if len(base) > 60 {
		base = base[:60]
	}
	name := base
	for n := 2; s.components[name] != nil; n++ {
		name = base + "-" + strconv.Itoa(n)
	}
	s.names[k] = name
	s.components[name] = object{} // taken, while it is written
	return name
}

// nullable returns a schema that null fits, too.
func nullable(js object) object {
	if text, ok := js["type"].(string); ok && js["enum"] == nil {
		js["type"] = []any{text, "null"}
		return js
	}
	if len(js) == 0 || js["type"] == nil && js["$ref"] == nil && js["enum"] == nil {
		return js // anything, null among it
	}
	return object{"anyOf": []any{js, object{"type": "null"}}}
}

// plain returns what a field's schema says without elements and members.
func plain(f *schema.Field, output bool) object {
	shell := &schema.Field{Type: f.Type, Description: f.Description, Secret: f.Secret && !output, Enum: f.Enum, Accept: schema.Accept{OpenEnum: f.OpenEnum}}
	if !output {
		shell.Default, shell.Advice = f.Default, f.Advice
		shell.Minimum, shell.Maximum, shell.MinLength, shell.MaxLength = f.Minimum, f.Maximum, f.MinLength, f.MaxLength
		if Portable(f.Pattern) {
			shell.Pattern = f.Pattern
		}
	}
	js := shell.JSONSchema()
	if format := size(f.Type); format != "" && js["type"] != nil {
		js["format"] = format
	}
	if f.Example != "" && !f.Secret {
		if v, ok := example(f); ok {
			js["examples"] = []any{v}
		}
	}
	return js
}

// size has generators take types that hold every number: unless said they take some of
// 32 bits. It is empty for what is no number.
func size(t schema.Type) string {
	switch t {
	case schema.Integer:
		return "int64"
	case schema.Number:
		return "double"
	default:
		return ""
	}
}

// Portable reports whether RE2 and the regular expressions of JSON Schema, which
// are JavaScript's, read a pattern alike.
func Portable(pattern string) bool {
	for _, own := range []string{`(?`, `[[:`, `\A`, `\z`, `\Q`, `\C`, `\p`, `\P`, `\a`, `\x{`, `\pN`} {
		if own == `(?` {
			pattern = strings.ReplaceAll(pattern, `(?:`, `(`)
		}
		if strings.Contains(pattern, own) {
			return false
		}
	}
	return true
}

// example reads an example, which is text, as a value of its field.
func example(f *schema.Field) (any, bool) {
	switch f.Type {
	case schema.String, schema.Duration, schema.Timestamp, schema.Bytes:
		return f.Example, true
	}
	var v any
	if json.Unmarshal([]byte(f.Example), &v) != nil {
		return nil, false
	}
	if _, err := f.Convert(v); err != nil {
		return nil, false
	}
	return v, true
}
