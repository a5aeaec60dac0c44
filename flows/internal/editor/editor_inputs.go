package editor

import (
	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/schema"
)

// InputTypes says what each type of an input is.
var InputTypes = map[string]string{
	"any":       "Any value, as it is given.",
	"string":    "Text.",
	"integer":   "A whole number of 64 bits.",
	"number":    "A number.",
	"boolean":   "true or false.",
	"duration":  "Text such as 1m30s.",
	"timestamp": "A point in time, such as 2026-01-31T08:00:00Z.",
	"bytes":     "Raw bytes, given as base64 text.",
	"object":    "A map whose members are declared under members.",
	"list":      "Values of one type, which items declares.",
	"map":       "Keys of the caller's own, with values of one type, which items declares.",
	"secret":    "Text that is never shown.",
}

// input is the declaration of an input, or of what lies in one.
func (e *editorSchema) input() JsonObject {
	return e.define("input", func() JsonObject {
		names, docs := []any{}, []any{}
		for _, name := range schema.TypeNames() {
			names, docs = append(names, name), append(docs, InputTypes[name])
		}
		keys := e.inputKeys()
		keys["type"] = JsonObject{
			"enum": names, "enumDescriptions": docs, "description": "The type of its values; any if left out.",
		}
		js := closed(keys)
		js["allOf"] = []any{onlyWithType("items", "^(list|map)$"), onlyWithType("members", "^object$"), onlyWithType("others", "^object$")}
		return optional(js)
	})
}

// onlyWithType refuses a key where type is something else.
func onlyWithType(key, types string) JsonObject {
	return JsonObject{
		"if":   JsonObject{"properties": JsonObject{"type": JsonObject{"pattern": types}}, "required": []any{"type"}},
		"else": JsonObject{"properties": JsonObject{key: false}},
	}
}

func (e *editorSchema) inputKeys() JsonObject {
	fixed := func(f *schema.Field, doc string) JsonObject { return documented(e.value(f, "", fixedSlot), doc) }
	return JsonObject{
		"required":  fixed(fields.BooleanField, "Whether a run must give it. Not beside default."),
		"default":   anyValue("Used where a run does not give it. No expression."),
		"enum":      JsonObject{"type": "array", "description": "The values allowed."},
		"pattern":   documented(e.fixedText(), "A regular expression (RE2) that text must match somewhere; with ^ and $ as a whole."),
		"minimum":   fixed(fields.NumberField, "The smallest number allowed."),
		"maximum":   fixed(fields.NumberField, "The largest number allowed."),
		"minLength": fixed(fields.CountField, "The fewest characters, bytes or elements."),
		"maxLength": fixed(fields.CountField, "The most characters, bytes or elements."),
		"aliases":   fixed(fields.StringsField, "Other names under which a run may give it."),
		"items":     documented(refTo("input"), "What each value of the list or map is."),
		"members": JsonObject{
			"type": "object", "additionalProperties": refTo("input"),
			"description": "The members of the object, each declared like an input.",
		},
		"others":      fixed(fields.BooleanField, "Whether an object may have members that are not declared; it may not if left out."),
		"description": documented(e.fixedText(), "What it is for."),
		"example":     anyValue("A value, for documentation."),
	}
}
