package editor

import "github.com/medlar-flow/medlar/internal/late"

// expressionPattern finds a ${ that is not the escape $${.
const expressionPattern = `(^|[^$])\$\{`

// slot is the place that a value stands in.
type slot struct {
	optional bool // null counts as not given
	fixed    bool // no expression: it is read when the flow is loaded
}

var (
	openSlot  = slot{optional: true}
	fixedSlot = slot{optional: true, fixed: true}
)

// leniences are what stands for a value without being of its type: a plain
// number where text is wanted is its source text, "12" is an integer.
var leniences = late.Value[map[string]JsonObject]{Make: func() map[string]JsonObject {
	return map[string]JsonObject{
		"text":     {"type": []any{"number", "boolean"}},
		"integer":  {"type": "string", "pattern": `^(0|-?[1-9][0-9]*)$`},
		"number":   {"type": "string", "pattern": `^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`},
		"boolean":  {"type": "string", "pattern": "^(true|false)$"},
		"duration": {"type": "integer", "minimum": 0, "maximum": 0},
		"mapText":  {"type": "string", "pattern": `^\s*\{`},
		"listText": {"type": "string", "pattern": `^\s*\[`},
	}
}}

// lenient refers to what is accepted beside a type, or gives nil for nothing.
// None of it is ever offered, so it does not describe itself either.
func (e *editorSchema) lenient(kind string, at slot) JsonObject {
	var also []any
	name := kind
	if js := leniences.Get()[kind]; js != nil {
		also = append(also, js)
	}
	if at.fixed {
		name += "Fixed"
	} else {
		also = append(also, JsonObject{"type": "string", "pattern": expressionPattern})
	}
	if at.optional {
		name += "OrNull"
		also = append(also, JsonObject{"type": "null"})
	}
	if len(also) == 0 {
		return nil
	}
	return e.define(name, func() JsonObject { return JsonObject{"anyOf": also} })
}

// orElse accepts what is lenient beside js. What js allows is not offered as a
// value; its members are.
func (e *editorSchema) orElse(kind string, at slot, js JsonObject) JsonObject {
	lenient := e.lenient(kind, at)
	if lenient == nil {
		return js
	}
	return unless(lenient, js)
}

// besides accepts what is lenient beside js, whose values are offered.
func (e *editorSchema) besides(kind string, at slot, js ...any) JsonObject {
	if lenient := e.lenient(kind, at); lenient != nil {
		js = append(js, JsonObject{"if": lenient, "else": false})
	}
	return JsonObject{"anyOf": js}
}
