package editor

import (
	"slices"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/late"
)

// modifierDocs are the keys that every step takes.
var modifierDocs = late.Value[map[string]string]{Make: func() map[string]string {
	return map[string]string{
		"id":          "The step's name: its result is ${steps.id}, and logs show it. Unique in the file.",
		"description": "What the step is for.",
		"if":          "The step runs only if this is true; a step that is skipped gives null.",
	}
}}

// editorVerb is how a verb is written.
type editorVerb struct {
	name string
	doc  string
	// keys gives the verb's value and what stands beside it.
	keys     func(*editorSchema) JsonObject
	required []any // keys beside the verb that must be there
	either   []any // keys of which one must be there
}

// EditorVerbs returns the verbs in the order in which a step is asked for them.
// if is the last: beside another verb it is a guard.
func EditorVerbs() []editorVerb {
	return []editorVerb{
		{
			name: "call", keys: (*editorSchema).callKeys,
			doc: "Call an operation, such as lambda.invoke, with the parameters under with.",
		},
		{
			name: "set", keys: (*editorSchema).setKeys,
			doc: "Give names of ctx a value: set: {total: 1}. Later steps read ${ctx.total}.",
		},
		{
			name: "switch", keys: (*editorSchema).switchKeys, required: []any{"cases"},
			doc: "Run the first of the cases that fits the value, or default. Without a value, each case says when.",
		},
		{
			name: "forEach", keys: (*editorSchema).forEachKeys, either: []any{"do", "collect"},
			doc: "Run the steps under do for each item of a list, or for each {key, value} of a map. A range such as ${1..20} works, too.",
		},
		{
			name: "parallel", keys: (*editorSchema).parallelKeys,
			doc: "Run named lists of steps at the same time, and wait for all. The first error stops the others.",
		},
		{
			name: "try", keys: (*editorSchema).tryKeys,
			doc: "Run these steps. Where one fails, what they did is undone, and catch may go on from there.",
		},
		{
			name: "repeat", keys: (*editorSchema).repeatKeys, required: []any{"until"},
			doc: "Run these steps again and again until a condition holds, at least once.",
		},
		{name: "wait", keys: (*editorSchema).waitKeys, doc: "Wait for a time such as 10s, or {until: a timestamp}."},
		{
			name: "flow", keys: (*editorSchema).flowKeys,
			doc: "Run another flow file; its output is the step's result. The path begins at this file's folder.",
		},
		{name: "return", keys: (*editorSchema).returnKeys, doc: "End the flow with this as its output. Nothing is undone."},
		{
			name: "fail", keys: (*editorSchema).failKeys,
			doc: `End the flow with an error: {code: Name, message: text}. In a handler, "${error}" throws what was caught again.`,
		},
		{name: "if", keys: (*editorSchema).ifKeys, doc: "Run the steps under then if this is true, and else those under else."},
	}
}

// written is what a step with the verb has.
func (v editorVerb) written() JsonObject {
	js := JsonObject{"required": []any{v.name}}
	if v.name == "if" {
		js["anyOf"] = []any{JsonObject{"required": []any{"then"}}, JsonObject{"required": []any{"else"}}}
	}
	return js
}

// step is one step: the verb that it has decides which keys it takes. The verbs
// are asked for one after the other, so that each mistake is reported once.
func (e *editorSchema) step() JsonObject {
	return e.define("step", func() JsonObject {
		verbs := EditorVerbs()
		rest := e.verbless(verbs)
		for _, verb := range slices.Backward(verbs) {
			has := verb.written()
			has["type"] = "object" // what is no map passes any required
			rest = JsonObject{"if": has, "then": e.verb(verb), "else": rest}
		}
		rest["type"] = "object"
		return rest
	})
}

// requireOne is what has one of the keys.
func requireOne(keys []any) []any {
	list := make([]any, len(keys))
	for i, key := range keys {
		list[i] = JsonObject{"required": []any{key}}
	}
	return list
}

// steps is a block of steps.
func (e *editorSchema) steps() JsonObject {
	return e.define("steps", func() JsonObject {
		return JsonObject{"type": "array", "items": e.step()}
	})
}

// verbless is a step whose verb is still to be written.
func (e *editorSchema) verbless(verbs []editorVerb) JsonObject {
	keys, choices := JsonObject{}, make([]any, len(verbs))
	for i, verb := range verbs {
		keys[verb.name] = anyValue(verb.doc)
		choices[i] = verb.written()
	}
	e.addModifiers(keys)
	keys["then"] = documented(e.steps(), "The steps to run if the condition under if is true.")
	keys["else"] = documented(e.steps(), "The steps to run if the condition under if is false.")
	keys["if"] = documented(e.condition(), "The steps under then run if this is true; beside another verb, that one.")
	js := closed(keys)
	delete(js, "type") // a step that is no map is reported once
	js["anyOf"] = choices
	return js
}

func (e *editorSchema) addModifiers(keys JsonObject) {
	values := map[string]func() JsonObject{"id": e.identifier, "description": e.fixedText, "if": e.condition}
	for name, value := range values {
		if keys[name] == nil {
			keys[name] = documented(value(), modifierDocs.Get()[name])
		}
	}
}

// verb is a step with a verb.
func (e *editorSchema) verb(verb editorVerb) JsonObject {
	return e.define("step."+verb.name, func() JsonObject {
		keys := verb.keys(e)
		e.addModifiers(keys)
		js := closed(keys, append([]any{verb.name}, verb.required...)...)
		if len(verb.either) > 0 {
			js["anyOf"] = requireOne(verb.either)
		}
		if verb.name == "call" {
			js["allOf"] = e.calls() // which also document the operation called
			return js
		}
		documented(keys[verb.name].(JsonObject), verb.doc)
		return js
	})
}

// identifier is a name that expressions can use.
func (e *editorSchema) identifier() JsonObject {
	return e.define("identifier", func() JsonObject {
		return JsonObject{
			"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$",
			"patternErrorMessage": "Use letters, digits and _, and begin with a letter.",
		}
	})
}

// condition is what must be true or false.
func (e *editorSchema) condition() JsonObject {
	return e.define("condition", func() JsonObject {
		return unless(JsonObject{"type": "boolean"}, JsonObject{
			"type": "string", "pattern": expressionPattern,
			"patternErrorMessage": `Write an expression, such as "${ctx.count > 3}".`,
		})
	})
}

// errorNames are the classes of errors, beside which a code of any kind can
// stand.
func (e *editorSchema) errorNames() JsonObject {
	return e.define("errors", func() JsonObject {
		var classes []any
		for _, class := range connector.Classes() {
			classes = append(classes, string(class))
		}
		one := JsonObject{"anyOf": []any{JsonObject{"enum": classes}, e.fixedText()}}
		return JsonObject{"anyOf": []any{JsonObject{"type": "array", "items": one}, one}}
	})
}
