package flows

func (e *editorSchema) setKeys() jsonObject {
	return jsonObject{"set": jsonObject{
		"type": "object", "minProperties": 1,
		"propertyNames": jsonObject{"not": jsonObject{"pattern": expressionPattern}},
	}}
}

func (e *editorSchema) ifKeys() jsonObject {
	return jsonObject{
		"if":      e.condition(),
		"then":    documented(e.steps(), "The steps to run if the condition is true."),
		"else":    documented(e.steps(), "The steps to run if the condition is false."),
		"timeout": e.timeout("The longest that the steps may take together."),
	}
}

func (e *editorSchema) switchKeys() jsonObject {
	one := closed(jsonObject{
		"is":   anyValue("The value that fits, or a list of values of which one fits."),
		"when": documented(e.condition(), "The case fits if this is true."),
		"do":   documented(e.steps(), "The steps to run."),
	}, "do")
	one["if"] = jsonObject{"required": []any{"is"}}
	one["then"] = jsonObject{"properties": jsonObject{"when": false}}
	one["else"] = jsonObject{"required": []any{"when"}}
	return jsonObject{
		"switch": anyValue(""),
		"cases": jsonObject{
			"type": "array", "minItems": 1, "items": one,
			"description": "The cases, tried from the first: {is: value, do: [steps]} or {when: condition, do: [steps]}.",
		},
		"default": documented(e.steps(), "The steps to run if no case fits."),
		"timeout": e.timeout("The longest that the steps may take together."),
	}
}

func (e *editorSchema) forEachKeys() jsonObject {
	list := e.orElse("expression", slot{}, jsonObject{"type": "array"})
	return jsonObject{
		"forEach":     unless(jsonObject{"type": []any{"object", "null"}}, list),
		"as":          documented(e.identifier(), "The name of the item in expressions; item if left out."),
		"indexAs":     documented(e.identifier(), "A name for the item's number in expressions; the first is 0."),
		"do":          documented(e.steps(), "The steps to run for each item."),
		"collect":     anyValue("What each iteration gives; the step's result is the list of these, in the order of the items. Needs an id."),
		"concurrency": documented(e.value(concurrencyField, "", openSlot), "How many iterations run at the same time; 1 if left out."),
		"onError":     onError("collect: gather the errors and go on; the result is {items, errors}. Left out, the first error ends the loop."),
		"timeout":     e.timeout("The longest that all iterations may take together."),
	}
}

func (e *editorSchema) parallelKeys() jsonObject {
	return jsonObject{
		"parallel": jsonObject{
			"type": "object", "minProperties": 1, "additionalProperties": e.steps(), "propertyNames": e.identifier(),
		},
		"onError": onError("collect: gather the errors and go on; the result is {errors}. Left out, the first error stops the other branches."),
		"timeout": e.timeout("The longest that the branches may take together."),
	}
}

func (e *editorSchema) tryKeys() jsonObject {
	handler := closed(jsonObject{
		"on": documented(e.errorNames(), "The classes or codes of errors that it handles; all if left out."),
		"if": documented(e.condition(), "It handles the error only if this is true; ${error} is the error."),
		"do": documented(e.steps(), "The steps to run; ${error} is the error."),
	}, "do")
	return jsonObject{
		"try": documented(e.steps(), ""),
		"catch": jsonObject{
			"type": "array", "items": handler,
			"description": "Handlers of errors: {on: [classes or codes], if: condition, do: [steps]}. The first that fits runs.",
		},
		"finally": documented(e.steps(), "Steps that run at the end in any case, also where a run is stopped."),
		"retry":   e.retry(),
		"timeout": e.timeout("The longest that one attempt may take."),
		"undo":    e.undo(),
	}
}

func (e *editorSchema) repeatKeys() jsonObject {
	return jsonObject{
		"repeat":      e.steps(),
		"until":       documented(e.condition(), "Stop when this is true; it sees the results of the steps."),
		"every":       documented(e.value(durationField, "", openSlot), "The pause between two rounds, such as 5s."),
		"maxAttempts": documented(e.value(atLeast(1), "", openSlot), "The most rounds; after these the step fails with RepeatExhausted."),
		"timeout":     e.timeout("The longest that all rounds may take together."),
	}
}

func (e *editorSchema) waitKeys() jsonObject {
	until := closed(jsonObject{
		"until": documented(e.value(timestampField, "", openSlot), "The point in time, such as 2026-01-31T08:00:00Z."),
	}, "until")
	return jsonObject{"wait": choose(jsonObject{"type": "object"}, until, e.value(durationField, "", slot{}))}
}

func (e *editorSchema) flowKeys() jsonObject {
	return jsonObject{
		"flow": e.fixedText(),
		"with": documented(optional(jsonObject{"type": "object"}), "The inputs of that flow."),
		"connections": jsonObject{
			"type": "object", "additionalProperties": e.identifier(),
			"description": "Connections of this flow for the other one: {lambda: prod} gives it prod where it would use its own lambda.",
		},
		"retry":   e.retry(),
		"timeout": e.timeout("The longest that one attempt may take."),
		"undo":    e.undo(),
	}
}

func (e *editorSchema) returnKeys() jsonObject { return jsonObject{"return": anyValue("")} }

func (e *editorSchema) failKeys() jsonObject {
	return jsonObject{"fail": e.orElse("expression", slot{}, e.object(failSchema, "failure"))}
}

func (e *editorSchema) timeout(doc string) jsonObject {
	return documented(e.value(durationField, "", openSlot), doc)
}

func onError(doc string) jsonObject {
	return jsonObject{"enum": []any{"collect"}, "description": doc}
}

// undo is what takes a step back.
func (e *editorSchema) undo() jsonObject {
	return documented(choose(jsonObject{"type": "array"}, e.steps(), e.step()),
		"A step, or steps, that take this one back when the flow fails later. ${result} is what this step gave.")
}

// retry is a number of attempts, or more about them. It holds no expressions.
func (e *editorSchema) retry() jsonObject {
	more := e.define("retry", func() jsonObject {
		keys := jsonObject{}
		for _, f := range retrySchema.Fields() {
			keys[f.Name] = documented(e.value(f, "", fixedSlot), f.Description)
		}
		keys["on"] = documented(e.errorNames(), retrySchema.Field("on").Description)
		return closed(keys)
	})
	return documented(choose(jsonObject{"type": "object"}, more, e.value(attemptsField, "", fixedSlot)),
		"How often to try, with the first time: 3, or {attempts: 3, delay: 1s, on: [throttled]}. "+
			"If on is left out, throttled and unavailable are tried again.")
}
