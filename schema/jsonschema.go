package schema

import (
	"encoding/base64"
	"slices"
)

// JSONSchema returns the field as a JSON Schema (draft 2020-12), as a value that
// EncodeJSON writes. Other spellings are properties of their own; the types
// that JSON lacks are text with a format.
func (f *Field) JSONSchema() map[string]any { return f.jsonSchema(nil) }

// JSONSchema returns the schema of an object with these fields.
func (s *Schema) JSONSchema() map[string]any { return s.jsonSchema(nil) }

func (f *Field) jsonSchema(parents []*Schema) map[string]any {
	js := map[string]any{}
	f.jsonType(js, parents)
	f.jsonConstraints(js)
	if f.Description != "" {
		js["description"] = f.Description
	}
	if f.Example != "" {
		js["examples"] = []any{f.Example}
	}
	if f.Default != nil && !f.HasSecret() {
		js["default"] = jsonValue(f.Default)
	}
	if f.Secret {
		js["writeOnly"] = true
	}
	return js
}

var jsonTypes = map[Type]string{
	String: "string", Integer: "integer", Number: "number", Boolean: "boolean", Duration: "string",
	Timestamp: "string", Bytes: "string", Object: "object", List: "array", Map: "object",
}

func (f *Field) jsonType(js map[string]any, parents []*Schema) {
	if name := jsonTypes[f.Type]; name != "" {
		js["type"] = name
	}
	switch f.Type {
	case Timestamp:
		js["format"] = "date-time"
	case Bytes:
		js["contentEncoding"] = "base64"
	case List:
		f.jsonElem(js, "items", parents)
	case Map:
		f.jsonElem(js, "additionalProperties", parents)
	case Object:
		if f.Members != nil && !slices.Contains(parents, f.Members) {
			for k, v := range f.Members.jsonSchema(parents) {
				js[k] = v
			}
		}
	default:
	}
}

func (f *Field) jsonElem(js map[string]any, key string, parents []*Schema) {
	if f.Elem != nil && f.Elem != f {
		js[key] = f.Elem.jsonSchema(parents)
	}
}

func (f *Field) jsonConstraints(js map[string]any) {
	if enum := jsonValues(f.Enum); len(enum) > 0 && !f.OpenEnum {
		js["enum"] = enum
	} else if len(enum) > 0 {
		js["anyOf"] = []any{map[string]any{"enum": enum}, map[string]any{}}
	}
	if f.Advice {
		return
	}
	if f.Pattern != "" {
		js["pattern"] = f.Pattern
	}
	if f.Minimum != nil && f.Type != Duration {
		js["minimum"] = *f.Minimum
	}
	if f.Maximum != nil && f.Type != Duration {
		js["maximum"] = *f.Maximum
	}
	f.jsonLength(js)
}

func (f *Field) jsonLength(js map[string]any) {
	low, high := "minLength", "maxLength"
	switch f.Type {
	case List:
		low, high = "minItems", "maxItems"
	case Map, Object:
		low, high = "minProperties", "maxProperties"
	case Bytes:
		return // the bounds count bytes, the text is base64
	default:
	}
	if f.MinLength != nil {
		js[low] = *f.MinLength
	}
	if f.MaxLength != nil {
		js[high] = *f.MaxLength
	}
}

// jsonValue returns a default or a value of an enum as an editor's file holds it:
// bytes are base64 text there.
func jsonValue(v any) any {
	if b, ok := v.([]byte); ok {
		return base64.StdEncoding.EncodeToString(b)
	}
	return v
}

func jsonValues(list []any) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = jsonValue(v)
	}
	return out
}

func (s *Schema) jsonSchema(parents []*Schema) map[string]any {
	parents = append(slices.Clone(parents), s)
	properties := map[string]any{}
	for _, f := range s.Fields() {
		js := f.jsonSchema(parents)
		properties[f.Name] = js
		for _, alias := range f.Aliases {
			properties[alias] = js
		}
	}
	js := map[string]any{"type": "object", "properties": properties}
	s.jsonRequired(js)
	if !s.IsOpen() {
		js["additionalProperties"] = false
	}
	return js
}

// jsonRequired says which fields must be given; where there are several
// spellings, that one of them must.
func (s *Schema) jsonRequired(js map[string]any) {
	var required, oneOfEach []any
	for _, f := range s.Fields() {
		if !f.Required || f.Default != nil || f.Drop || len(f.Into) > 0 {
			continue
		}
		names := s.jsonNames(f)
		if len(names) == 1 {
			required = append(required, names[0])
			continue
		}
		choice := make([]any, len(names))
		for i, name := range names {
			choice[i] = map[string]any{"required": []any{name}}
		}
		oneOfEach = append(oneOfEach, map[string]any{"anyOf": choice})
	}
	if len(required) > 0 {
		js["required"] = required
	}
	if len(oneOfEach) > 0 {
		js["allOf"] = oneOfEach
	}
}

// jsonNames lists what gives f a value: its spellings, and the fields that
// reach into it.
func (s *Schema) jsonNames(f *Field) []any {
	var names []string
	for _, other := range s.Fields() {
		if other == f || len(other.Into) > 0 && other.Into[0] == f.Name {
			names = append(append(names, other.Name), other.Aliases...)
		}
	}
	out := make([]any, len(names))
	for i, name := range names {
		out[i] = name
	}
	return out
}
