package editor

import (
	"fmt"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/schema"
)

// JSONSchema returns the JSON Schema (draft-07, which editors know best) of flow
// files whose steps call the operations of a registry. value.EncodeJSON writes
// it; the same registry gives the same text.
//
// Editors complete, explain and check with it while a flow is written. It
// accepts the flows that Load accepts, and sees fewer mistakes: none in an
// expression, and none that takes two places of the file to see, such as an id
// that stands twice.
//
// Names and values are offered in their canonical spelling; other spellings
// are accepted.
func JSONSchema(registry *connector.Registry) map[string]any {
	e := &editorSchema{
		registry: registry, defs: JsonObject{},
		names: map[*schema.Schema]string{}, bodies: map[string]string{}, taken: map[string]bool{},
	}
	root := e.file()
	root["$schema"] = "http://json-schema.org/draft-07/schema#"
	root["definitions"] = e.defs
	return root
}

type JsonObject = map[string]any

// editorSchema is a JSON Schema in the making.
//
// Where more is accepted than is to be offered, the schema says if with else:
// editors do not look there for completions, and the one message of a mistake
// is that of the else.
type editorSchema struct {
	registry *connector.Registry
	defs     JsonObject
	names    map[*schema.Schema]string // the definition of each object
	bodies   map[string]string         // the same by content
	taken    map[string]bool
}

// define adds a definition at its first use, and refers to it.
func (e *editorSchema) define(name string, body func() JsonObject) JsonObject {
	if !e.taken[name] {
		e.taken[name] = true
		e.defs[name] = body()
	}
	return refTo(name)
}

// unused returns name, or where that is taken, name with a number.
func (e *editorSchema) unused(name string) string {
	base := name
	for i := 2; e.taken[name]; i++ {
		name = fmt.Sprintf("%s-%d", base, i)
	}
	e.taken[name] = true
	return name
}

func refTo(definition string) JsonObject { return JsonObject{"$ref": "#/definitions/" + definition} }

// documented returns js with a description, which may stand beside a $ref.
func documented(js JsonObject, doc string) JsonObject {
	if doc != "" {
		js["description"] = doc
	}
	return js
}

// closed is a map with these keys alone.
func closed(properties JsonObject, required ...any) JsonObject {
	js := JsonObject{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		js["required"] = required
	}
	return js
}

// unless accepts what lenient accepts, and offers what js offers.
func unless(lenient, js JsonObject) JsonObject { return choose(lenient, nil, js) }

// choose says if with then and else. It stands in an anyOf of its own: behind a
// key whose value is described by an anyOf, editors write the colon.
func choose(condition, then, otherwise JsonObject) JsonObject {
	js := JsonObject{"if": condition, "else": otherwise}
	if then != nil {
		js["then"] = then
	}
	return JsonObject{"anyOf": []any{js}}
}

// anyValue takes everything.
func anyValue(doc string) JsonObject {
	return documented(JsonObject{"anyOf": []any{JsonObject{}}}, doc)
}

// optional also accepts null, where a flow leaves a value empty.
func optional(js JsonObject) JsonObject { return unless(JsonObject{"type": "null"}, js) }

// file is the whole file.
func (e *editorSchema) file() JsonObject {
	fixed := func(doc string) JsonObject { return documented(e.value(fields.DurationField, "", fixedSlot), doc) }
	js := closed(JsonObject{
		"flow":           documented(e.fixedText(), "The flow's name, as logs and results show it."),
		"description":    documented(e.fixedText(), "What the flow does, in a sentence."),
		"language":       JsonObject{"enum": []any{1}, "description": "The version of the flow language; 1 is the only one."},
		"inputs":         e.inputs(),
		"secrets":        e.secrets(),
		"connections":    e.connections(),
		"timeout":        fixed("The longest that a run may take, such as 15m. A flow cannot catch this."),
		"cleanupTimeout": fixed("The time that undos and finally have once a run was stopped; 30s if left out."),
		"labels":         e.labels(),
		"triggers":       e.triggers(),
		"steps": JsonObject{
			"type": "array", "items": e.step(),
			"description": "What the flow does, one step after the other. A flow with an output needs none.",
		},
		"output": anyValue(`What a run gives: a value, a list or a map, with expressions such as "${steps.id.Field}" in it.`),
	}, "flow")
	js["if"] = JsonObject{"required": []any{"output"}}
	js["else"] = JsonObject{"required": []any{"steps"}, "properties": JsonObject{"steps": JsonObject{"minItems": 1}}}
	return js
}

// labels are what runs are found by.
func (e *editorSchema) labels() JsonObject {
	return documented(optional(JsonObject{
		"type": "object", "maxProperties": fields.MaxLabels, "propertyNames": e.identifier(),
		"additionalProperties": e.value(fields.LabelField, "", openSlot),
	}), `Labels by which runs of a journal are found, made of inputs: {customer: "${ctx.customer}"}.`)
}

// inputs are the declarations of inputs.
func (e *editorSchema) inputs() JsonObject {
	return documented(optional(JsonObject{
		"type":                 "object",
		"propertyNames":        JsonObject{"not": JsonObject{"pattern": expressionPattern}},
		"additionalProperties": e.input(),
	}), "What a run is given, each as name: {type: string}. A step reads it as ${ctx.name}.")
}

// secrets are the declarations of secrets.
func (e *editorSchema) secrets() JsonObject {
	source := closed(JsonObject{
		"env":            documented(e.fixedText(), "The environment variable that holds it."),
		"file":           documented(e.fixedText(), "The file that holds it, on the machine that the flow runs on."),
		"secretsmanager": documented(e.fixedText(), "Its name or ARN in AWS Secrets Manager."),
		"ssm":            documented(e.fixedText(), "Its name in SSM's Parameter Store."),
		"vault": documented(closed(JsonObject{
			"path": documented(e.fixedText(), "Its path, as Vault's API has it: secret/data/orders."),
			"key":  documented(e.fixedText(), "Which member of the secret it is."),
		}, "path", "key"), "Where it is in Vault."),
		"key":         documented(e.fixedText(), "Which member of a secret of Secrets Manager it is, where that is a JSON object."),
		"connection":  documented(e.fixedText(), "The connection that its store is asked with; the store's default unless given."),
		"description": documented(e.fixedText(), "What it is for."),
	})
	return documented(optional(JsonObject{
		"type":                 "object",
		"propertyNames":        e.identifier(),
		"additionalProperties": optional(source),
	}), "Secrets that steps read as ${secrets.name}, each with where it comes from: {env: NAME}, {file: path}, {secretsmanager: name}, {ssm: name}, {vault: {path, key}}, or nothing. People see *** instead.")
}
