package editor

import (
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/internal/regex"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// parameter is a field with what documents it.
func (e *editorSchema) parameter(f *schema.Field, hint string, at slot) JsonObject {
	doc := f.Description
	if f.Secret {
		doc = strings.TrimSpace(doc + " A secret: it is never shown.")
	}
	js := documented(e.value(f, hint, at), doc)
	if example, ok := exampleOf(f); ok {
		js["examples"] = []any{example}
	}
	if f.Default != nil && !f.HasSecret() {
		js["default"] = f.Default
	}
	return js
}

// exampleOf returns an example as a value, where the field's text is one.
func exampleOf(f *schema.Field) (any, bool) {
	switch {
	case f.Example == "" || f.HasSecret() || f.Type == schema.Any:
		return nil, false
	case fields.IsTextual(f):
		return f.Example, true
	}
	v, err := value.DecodeJSON([]byte(f.Example))
	return v, err == nil
}

// value is what a field takes. hint names the definition of an object.
func (e *editorSchema) value(f *schema.Field, hint string, at slot) JsonObject {
	if f.Coerce != nil {
		return e.coerced(f, hint, at)
	}
	switch f.Type {
	case schema.String:
		return e.text(f, at)
	case schema.Integer:
		return e.orElse("integer", at, bounds(f, JsonObject{"type": "integer"}))
	case schema.Number:
		return e.orElse("number", at, bounds(f, JsonObject{"type": "number"}))
	case schema.Boolean:
		return e.besides("boolean", at, JsonObject{"type": "boolean"})
	case schema.Duration:
		return e.orElse("duration", at, durationText(f))
	case schema.Timestamp:
		return e.orElse("expression", at, timestampText())
	case schema.Bytes:
		return e.bytes(f, at)
	case schema.List:
		return e.list(f, hint, at)
	case schema.Map, schema.Object:
		return e.mapping(f, hint, at)
	default:
		return anyValue("")
	}
}

// coerced accepts everything, and offers the members of what it becomes.
func (e *editorSchema) coerced(f *schema.Field, hint string, at slot) JsonObject {
	if f.Type != schema.Object && f.Type != schema.List {
		return anyValue("")
	}
	bare := *f
	bare.Coerce = nil
	return JsonObject{"anyOf": []any{e.value(&bare, hint, at), JsonObject{}}}
}

// text also takes the content of a file, where an expression could stand.
func (e *editorSchema) text(f *schema.Field, at slot) JsonObject {
	switch {
	case at.fixed:
		return e.writtenText(f, at)
	case len(f.Enum) > 0: // editors offer no values from behind an if
		written := e.writtenText(f, at)
		return JsonObject{"anyOf": append(written["anyOf"].([]any), e.fileContent())}
	}
	return choose(JsonObject{"type": "object"}, e.fileContent(), e.writtenText(f, at))
}

func (e *editorSchema) writtenText(f *schema.Field, at slot) JsonObject {
	js := bounds(f, JsonObject{"type": "string"})
	if f.Pattern != "" && !f.Advice && IsPortable(f.Pattern) {
		js["pattern"] = f.Pattern
	}
	switch {
	case len(f.Enum) > 0 && f.OpenEnum:
		return JsonObject{"anyOf": []any{JsonObject{"enum": f.Enum}, e.plainText(at)}}
	case len(f.Enum) > 0:
		return e.besides("text", at, JsonObject{"enum": f.Enum})
	case len(js) > 1:
		return e.orElse("text", at, js)
	default:
		return e.plainText(at)
	}
}

// plainText is any text.
func (e *editorSchema) plainText(at slot) JsonObject {
	name, types := "anyText", []any{"number", "boolean"}
	if at.optional {
		name, types = name+"OrNull", append(types, "null")
	}
	return e.define(name, func() JsonObject {
		return unless(JsonObject{"type": types}, JsonObject{"type": "string"})
	})
}

// fixedText is text without expressions.
func (e *editorSchema) fixedText() JsonObject {
	return e.define("fixedText", func() JsonObject {
		return unless(JsonObject{"type": []any{"number", "boolean"}}, JsonObject{
			"type": "string", "not": JsonObject{"pattern": expressionPattern},
		})
	})
}

func durationText(f *schema.Field) JsonObject {
	sign := "[-+]?"
	if f.Minimum != nil && *f.Minimum >= 0 {
		sign = "[+]?"
	}
	const (
		number = `([0-9]+(\.[0-9]*)?|\.[0-9]+)`
		clock  = `(` + number + `(ns|us|µs|μs|ms|s|m|h))+`
	)
	return JsonObject{
		"type": "string", "pattern": `^` + sign + `(0|` + clock + `|` + number + `d(0|` + clock + `)?)$`,
		"patternErrorMessage": "Write a duration, such as 10s, 1m30s or 7d.",
	}
}

func timestampText() JsonObject {
	return JsonObject{
		"type": "string", "pattern": `^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.,][0-9]+)?(Z|[-+][0-9]{2}:[0-9]{2})$`,
		"patternErrorMessage": "Write a timestamp, such as 2026-01-31T08:00:00Z.",
	}
}

func (e *editorSchema) bytes(f *schema.Field, at slot) JsonObject {
	if !f.File {
		return e.plainText(at)
	}
	return choose(JsonObject{"type": "object"}, e.fileContent(), e.plainText(at))
}

// fileContent is {file: path}.
func (e *editorSchema) fileContent() JsonObject {
	return e.define("file", func() JsonObject {
		return closed(JsonObject{
			"file": documented(e.fixedText(), "A file whose content is the value; its path begins at the folder of the flow."),
		}, "file")
	})
}

func (e *editorSchema) list(f *schema.Field, hint string, at slot) JsonObject {
	elem := f.Elem
	if elem == nil || elem == f {
		elem = fields.Anything
	}
	items := e.value(elem, hint, slot{optional: elem.Nullable, fixed: at.fixed})
	js := bounds(f, JsonObject{"type": "array", "items": items})
	kind := "expression"
	if f.JSONText {
		kind = "listText"
	}
	switch {
	case f.BareElement && len(elem.Enum) > 0:
		return e.besides(kind, at, js, items)
	case f.BareElement:
		js = choose(JsonObject{"type": "array"}, js, items)
	}
	return e.orElse(kind, at, js)
}

func (e *editorSchema) mapping(f *schema.Field, hint string, at slot) JsonObject {
	js := bounds(f, JsonObject{"type": "object"})
	switch {
	case f.Type == schema.Object && f.Members != nil:
		js = e.object(f.Members, hint)
	case f.Elem != nil && f.Elem != f && f.Type == schema.Map:
		js["additionalProperties"] = e.value(f.Elem, hint, slot{optional: f.Elem.Nullable, fixed: at.fixed})
	}
	if f.JSONText {
		return e.orElse("mapText", at, js)
	}
	return e.orElse("expression", at, js)
}

// bounds adds the limits of numbers and sizes.
func bounds(f *schema.Field, js JsonObject) JsonObject {
	if f.Advice {
		return js
	}
	low, high := "minLength", "maxLength"
	switch f.Type {
	case schema.List:
		low, high = "minItems", "maxItems"
	case schema.Map, schema.Object:
		low, high = "minProperties", "maxProperties"
	default:
	}
	if f.MinLength != nil {
		js[low] = *f.MinLength
	}
	if f.MaxLength != nil {
		js[high] = *f.MaxLength
	}
	if f.Minimum != nil {
		js["minimum"] = *f.Minimum
	}
	if f.Maximum != nil {
		js["maximum"] = *f.Maximum
	}
	return js
}

var (
	goOnly  = regex.Late{Text: `\(\?[^:]|\[\[?:`}
	escapes = regex.Late{Text: `\\(.)`}
)

// IsPortable is true for a pattern that editors, which have the regular
// expressions of JavaScript, read as Go does.
func IsPortable(pattern string) bool {
	if goOnly.Get().MatchString(pattern) {
		return false
	}
	return !slices.ContainsFunc(escapes.Get().FindAllStringSubmatch(pattern, -1), func(m []string) bool {
		return !strings.Contains(`dDwWsSbBnrtfv.*+?()|[]{}^$\/`, m[1])
	})
}
