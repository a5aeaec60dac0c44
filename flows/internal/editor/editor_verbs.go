package editor

import "github.com/medlar-flow/medlar/flows/internal/fields"

func (e *editorSchema) setKeys() JsonObject {
	return JsonObject{"set": JsonObject{
		"type": "object", "minProperties": 1,
		"propertyNames": JsonObject{"not": JsonObject{"pattern": expressionPattern}},
	}}
}

func (e *editorSchema) ifKeys() JsonObject {
	return JsonObject{
		"if":      e.condition(),
		"then":    documented(e.steps(), "The steps to run if the condition is true."),
		"else":    documented(e.steps(), "The steps to run if the condition is false."),
		"timeout": e.timeout("The longest that the steps may take together."),
	}
}

func (e *editorSchema) switchKeys() JsonObject {
	one := closed(JsonObject{
		"is":   anyValue("The value that fits, or a list of values of which one fits."),
		"when": documented(e.condition(), "The case fits if this is true."),
		"do":   documented(e.steps(), "The steps to run."),
	}, "do")
	one["if"] = JsonObject{"required": []any{"is"}}
	one["then"] = JsonObject{"properties": JsonObject{"when": false}}
	one["else"] = JsonObject{"required": []any{"when"}}
	return JsonObject{
		"switch": anyValue(""),
		"cases": JsonObject{
			"type": "array", "minItems": 1, "items": one,
			"description": "The cases, tried from the first: {is: value, do: [steps]} or {when: condition, do: [steps]}.",
		},
		"default": documented(e.steps(), "The steps to run if no case fits."),
		"timeout": e.timeout("The longest that the steps may take together."),
	}
}

func (e *editorSchema) forEachKeys() JsonObject {
	list := e.orElse("expression", slot{}, JsonObject{"type": "array"})
	return JsonObject{
		"forEach":     unless(JsonObject{"type": []any{"object", "null"}}, list),
		"as":          documented(e.identifier(), "The name of the item in expressions; item if left out."),
		"indexAs":     documented(e.identifier(), "A name for the item's number in expressions; the first is 0."),
		"do":          documented(e.steps(), "The steps to run for each item."),
		"collect":     anyValue("What each iteration gives; the step's result is the list of these, in the order of the items. Needs an id."),
		"concurrency": documented(e.value(fields.ConcurrencyField, "", openSlot), "How many iterations run at the same time; 1 if left out."),
		"enough":      documented(e.value(fields.EnoughField, "", openSlot), "How many items have to succeed: then the others stop, and the result is {items, won, errors}. Left out, all have to."),
		"onError":     onError("collect: gather the errors and go on; the result is {items, errors}. Left out, the first error ends the loop."),
		"timeout":     e.timeout("The longest that all iterations may take together."),
	}
}

func (e *editorSchema) parallelKeys() JsonObject {
	return JsonObject{
		"parallel": JsonObject{
			"type": "object", "minProperties": 1, "additionalProperties": e.steps(), "propertyNames": e.identifier(),
		},
		"enough":  documented(e.value(fields.EnoughField, "", openSlot), "How many branches have to succeed: then the others stop and are undone, and the result is {won, errors}. Left out, all have to."),
		"onError": onError("collect: gather the errors and go on; the result is {errors}. Left out, the first error stops the other branches."),
		"timeout": e.timeout("The longest that the branches may take together."),
	}
}

func (e *editorSchema) tryKeys() JsonObject {
	handler := closed(JsonObject{
		"on": documented(e.errorNames(), "The classes or codes of errors that it handles; all if left out."),
		"if": documented(e.condition(), "It handles the error only if this is true; ${error} is the error."),
		"do": documented(e.steps(), "The steps to run; ${error} is the error."),
	}, "do")
	return JsonObject{
		"try": documented(e.steps(), ""),
		"catch": JsonObject{
			"type": "array", "items": handler,
			"description": "Handlers of errors: {on: [classes or codes], if: condition, do: [steps]}. The first that fits runs.",
		},
		"finally": documented(e.steps(), "Steps that run at the end in any case, also where a run is stopped."),
		"retry":   e.retry(),
		"timeout": e.timeout("The longest that one attempt may take."),
		"undo":    e.undo(),
	}
}

func (e *editorSchema) repeatKeys() JsonObject {
	return JsonObject{
		"repeat":      e.steps(),
		"until":       documented(e.condition(), "Stop when this is true; it sees the results of the steps."),
		"every":       documented(e.value(fields.DurationField, "", openSlot), "The pause between two rounds, such as 5s."),
		"maxAttempts": documented(e.value(fields.AtLeast(1), "", openSlot), "The most rounds; after these the step fails with RepeatExhausted."),
		"timeout":     e.timeout("The longest that all rounds may take together."),
	}
}

func (e *editorSchema) waitKeys() JsonObject {
	until := closed(JsonObject{
		"until": documented(e.value(fields.TimestampField, "", openSlot), "The point in time, such as 2026-01-31T08:00:00Z."),
	}, "until")
	signal := closed(JsonObject{
		"signal": documented(e.identifier(), "The name of the signal: a value that the run is given once, from outside."),
		"key": documented(e.value(fields.SignalKeyField, "", openSlot),
			"Tells signals of one name apart, such as ${item.id}. A wait in a loop needs it."),
		"timeout": documented(e.value(fields.DurationField, "", openSlot), "The longest that it waits, such as 48h; then it fails with SignalTimeout. Left out, it waits for ever."),
		"accepts": documented(optional(JsonObject{"type": "object", "additionalProperties": e.input()}),
			"What the signal is given with, each value declared like an input. The step's result has them."),
		"roles": documented(e.value(fields.RolesField, "", slot{fixed: true}), "The roles of people who may answer in the console: somebody with one of them. Left out, whoever may run flows."),
	}, "signal")
	keys := choose(JsonObject{"required": []any{"signal"}}, signal, until)
	return JsonObject{"wait": choose(JsonObject{"type": "object"}, keys, e.value(fields.DurationField, "", slot{}))}
}

func (e *editorSchema) flowKeys() JsonObject {
	return JsonObject{
		"flow": e.fixedText(),
		"with": documented(optional(JsonObject{"type": "object"}), "The inputs of that flow."),
		"connections": JsonObject{
			"type": "object", "additionalProperties": e.identifier(),
			"description": "Connections of this flow for the other one: {lambda: prod} gives it prod where it would use its own lambda.",
		},
		"retry":   e.retry(),
		"timeout": e.timeout("The longest that one attempt may take."),
		"undo":    e.undo(),
	}
}

func (e *editorSchema) returnKeys() JsonObject { return JsonObject{"return": anyValue("")} }

func (e *editorSchema) failKeys() JsonObject {
	return JsonObject{"fail": e.orElse("expression", slot{}, e.object(fields.FailSchema, "failure"))}
}

func (e *editorSchema) timeout(doc string) JsonObject {
	return documented(e.value(fields.DurationField, "", openSlot), doc)
}

func onError(doc string) JsonObject {
	return JsonObject{"enum": []any{"collect"}, "description": doc}
}

// undo is what takes a step back.
func (e *editorSchema) undo() JsonObject {
	return documented(choose(JsonObject{"type": "array"}, e.steps(), e.step()),
		"A step, or steps, that take this one back when the flow fails later. ${result} is what this step gave.")
}

// retry is a number of attempts, or more about them. It holds no expressions.
func (e *editorSchema) retry() JsonObject {
	more := e.define("retry", func() JsonObject {
		keys := JsonObject{}
		for _, f := range fields.RetrySchema.Fields() {
			keys[f.Name] = documented(e.value(f, "", fixedSlot), f.Description)
		}
		keys["on"] = documented(e.errorNames(), fields.RetrySchema.Field("on").Description)
		return closed(keys)
	})
	return documented(choose(JsonObject{"type": "object"}, more, e.value(fields.AttemptsField, "", fixedSlot)),
		"How often to try, with the first time: 3, or {attempts: 3, delay: 1s, on: [throttled]}. "+
			"If on is left out, throttled and unavailable are tried again.")
}
