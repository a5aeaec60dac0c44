package editor

import (
	"regexp"
	"strings"

	"github.com/medlar-flow/medlar/internal/regex"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// object refers to the definition of a map with declared members. Objects of
// the same content share one.
func (e *editorSchema) object(s *schema.Schema, hint string) JsonObject {
	if name, ok := e.names[s]; ok {
		return refTo(name)
	}
	name := e.unused(definitionName(hint))
	e.names[s] = name
	body := e.members(s, name)
	// Without its name in it, the content is the same under every name.
	content, err := value.EncodeJSON(e.members(s, ""))
	if err == nil {
		if other, ok := e.bodies[string(content)]; ok {
			e.names[s] = other
			return refTo(other)
		}
		e.bodies[string(content)] = name
	}
	e.defs[name] = body
	return refTo(name)
}

var notInNames = regex.Late{Text: `[^A-Za-z0-9_.-]+`}

// definitionName keeps out what a reference would have to escape.
func definitionName(hint string) string { return notInNames.Get().ReplaceAllString(hint, "_") }

// members is a map with declared members; name is that of its definition.
func (e *editorSchema) members(s *schema.Schema, name string) JsonObject {
	offered, accepted := JsonObject{}, JsonObject{}
	for _, f := range s.Fields() {
		js := e.parameter(f, name+"."+f.Name, slot{optional: !isDemanded(f)})
		others := f.Aliases
		if f.Drop || len(f.Into) > 0 {
			others = append([]string{f.Name}, f.Aliases...)
		} else {
			offered[f.Name] = js
			js = refTo(name + "/properties/" + pointerEscapes.Replace(f.Name))
		}
		if len(others) > 0 {
			accepted[anyOfNames(others)] = js
		}
	}
	js := JsonObject{"type": "object", "properties": offered}
	if len(accepted) > 0 {
		js["patternProperties"] = accepted
	}
	if !s.IsOpen() {
		js["additionalProperties"] = false
	}
	demand(s, js)
	return js
}

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1", "%", "%25", " ", "%20")

// anyOfNames is a pattern for names. Editors offer no names that only a
// pattern gives, which is what other spellings want.
func anyOfNames(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = regexp.QuoteMeta(name)
	}
	return "^(?:" + strings.Join(quoted, "|") + ")$"
}

// isDemanded is true for a field that a flow must give.
func isDemanded(f *schema.Field) bool {
	return f.Required && f.Default == nil && !f.Drop && len(f.Into) == 0
}

// demand requires the fields that must be given, under one of their names.
func demand(s *schema.Schema, js JsonObject) {
	var names, choices []any
	for _, f := range s.Fields() {
		if !isDemanded(f) {
			continue
		}
		var others []any
		for _, name := range otherSpellings(s, f) {
			others = append(others, JsonObject{"required": []any{name}})
		}
		if len(others) == 0 {
			names = append(names, f.Name)
			continue
		}
		choices = append(choices, JsonObject{
			"if": JsonObject{"anyOf": others}, "else": JsonObject{"required": []any{f.Name}},
		})
	}
	if len(names) > 0 {
		js["required"] = names
	}
	if len(choices) > 0 {
		js["allOf"] = choices
	}
}

// otherSpellings lists what gives f a value beside its name: its other
// spellings, and the fields that reach into it.
func otherSpellings(s *schema.Schema, f *schema.Field) []string {
	names := append([]string{}, f.Aliases...)
	for _, other := range s.Fields() {
		if other != f && len(other.Into) > 0 && other.Into[0] == f.Name {
			names = append(append(names, other.Name), other.Aliases...)
		}
	}
	return names
}
