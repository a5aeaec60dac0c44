package editor

import (
	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/schema"
	"github.com/medlar-flow/medlar/serve/auth"
)

// triggers are what starts runs of a flow that is served.
func (e *editorSchema) triggers() JsonObject {
	common := func(properties JsonObject) JsonObject {
		properties["name"] = documented(e.fixedText(), "What tells the trigger from others of the flow; its kind with its route or schedule if left out.")
		properties["if"] = documented(e.condition(), "The event begins a run only if this is true.")
		properties["id"] = documented(e.value(&schema.Field{Type: schema.String}, "", openSlot), "What an event is known by: one that comes again with it begins no second run.")
		properties["with"] = documented(optional(JsonObject{"type": "object"}), `The flow's inputs, made of the event: {order: "${request.body}"}. Left out, the event gives them by name.`)
		return properties
	}
	route := closed(common(JsonObject{
		"http": JsonObject{
			"type": "string", "pattern": "^(GET|POST|PUT|PATCH|DELETE) +/",
			"description": "The method and the path that begin a run: POST /orders/{customer}.",
		},
		"auth":         e.auth(),
		"respond":      e.respond(),
		"limit":        documented(optional(e.object(fields.CallerLimitField.Members, "limit")), "How often one caller may call: {rate: 10/s}; others get 429."),
		"concurrency":  documented(e.value(fields.CallerRunsField, "", fixedSlot), "How many runs of the trigger are under way at most; others wait for a place for 5s, then get 503. No bound of its own if left out."),
		"cors":         documented(e.value(fields.StringsField, "", fixedSlot), "The origins of pages that browsers let call the route, as https://app.example.com, or * for all."),
		"answerWithin": documented(e.value(fields.DurationField, "", fixedSlot), "The longest that the caller waits; then it gets 202 and the address of the run. 30s if left out, 0s for at once."),
	}), "http")
	schedule := closed(common(JsonObject{
		"schedule":    documented(e.scheduleText(), `When runs begin: five fields as in crontab ("30 2 * * *"), @daily, or every 15m.`),
		"timezone":    documented(e.fixedText(), "The time zone of the schedule, such as Europe/Berlin; UTC if left out."),
		"overlap":     words("What a tick does while a run of the trigger goes; skip if left out.", "skip", "queue", "allow"),
		"concurrency": documented(e.value(fields.RunsField(fields.MostScheduled), "", fixedSlot), "How many runs of the trigger go before overlap says what a tick does; 1 if left out."),
		"missed":      words("What becomes of ticks that passed while nobody served; once if left out.", "once", "skip", "all"),
	}), "schedule")
	tool := closed(JsonObject{
		"tool": documented(closed(JsonObject{
			"name":        documented(JsonObject{"type": "string", "pattern": "^[A-Za-z0-9_.-]{1,128}$"}, "The name by which agents call it: place_order."),
			"description": documented(e.fixedText(), "What it does and when to call it, for the model that chooses."),
		}, "name", "description"), "What agents call: its arguments are the inputs, its result is the output."),
		"name":        documented(e.fixedText(), "What tells the trigger from others of the flow; tool with its name if left out."),
		"auth":        e.auth(),
		"limit":       documented(optional(e.object(fields.CallerLimitField.Members, "limit")), "How often one caller may call: {rate: 10/s}; others get the failure TooManyRequests."),
		"concurrency": documented(e.value(fields.CallerRunsField, "", fixedSlot), "How many runs of the trigger are under way at most; other calls wait for a place for 5s, then get the failure OverCapacity. No bound of its own if left out."),
	}, "tool")
	kinds := []triggerKind{
		{"http", "A route: the method and the path that begin a run.", route},
		{"schedule", "A schedule: when runs begin.", schedule},
		{"tool", "A tool: what agents call.", tool},
	}
	for _, s := range e.registry.EventSources() {
		kinds = append(kinds, triggerKind{s.Name, s.Summary, closed(common(e.eventSource(s)), s.Name)})
	}
	one := oneKind(kinds, common(JsonObject{}))
	return documented(optional(JsonObject{"type": "array", "items": one}),
		`What begins runs where the flow is served, each a route, a schedule, a tool of agents or a source of events: {http: POST /orders}, {schedule: "30 2 * * *"}.`)
}

// triggerKind is a trigger whose kind is known by a key.
type triggerKind struct {
	key, doc string
	keys     JsonObject
}

// oneKind is a trigger of one of the kinds. One whose kind is still to be written is
// offered all of them, as a step is offered the verbs.
func oneKind(kinds []triggerKind, keys JsonObject) JsonObject {
	var names []any
	for _, kind := range kinds {
		keys[kind.key] = anyValue(kind.doc)
		names = append(names, kind.key)
	}
	one := closed(keys)
	delete(one, "type") // what is no map is reported once
	one["anyOf"] = requireOne(names)
	for _, kind := range kinds {
		has := JsonObject{"type": "object", "required": []any{kind.key}}
		one = JsonObject{"if": has, "then": kind.keys, "else": one}
	}
	one["type"] = "object"
	return one
}

// eventSource are the keys of a trigger by the events of a source.
func (e *editorSchema) eventSource(s *connector.EventSource) JsonObject {
	params := e.object(s.AllParams(), s.Name)
	if s.Main != "" {
		params = choose(JsonObject{"type": "object"}, params, e.value(&schema.Field{Type: schema.String}, "", openSlot))
	}
	properties := JsonObject{
		s.Name: documented(params, s.Summary),
		"ack":  words("When an event is done: once its run is (if left out), or once that is recorded.", "done", "recorded"),
	}
	if c, ok := e.registry.Connector(s.Connector); ok && s.Connector != "" {
		if use, ok := e.connectionUse(c).(JsonObject); ok {
			properties["connection"] = use
		}
	}
	return properties
}

func words(doc string, list ...any) JsonObject {
	return JsonObject{"enum": list, "description": doc}
}

// auth is how callers are known.
func (e *editorSchema) auth() JsonObject {
	schemes := e.object(auth.Schema(), "auth")
	return documented(JsonObject{"anyOf": []any{JsonObject{"enum": []any{"none"}}, schemes, JsonObject{"type": "null"}}},
		`How callers are known, one scheme: {bearer: "${secrets.apiToken}"}; none for a route that everybody may call.`)
}

// respond is what callers are answered.
func (e *editorSchema) respond() JsonObject {
	one := closed(JsonObject{
		"on":     documented(e.errorNames(), "The classes or codes of failures that this answers; left out, it answers a run that ended well."),
		"status": documented(e.value(&schema.Field{Type: schema.Integer}, "", openSlot), "The status: 200 if left out."),
		"headers": documented(optional(JsonObject{"type": "object", "additionalProperties": anyValue("")}),
			`Headers of the answer: {Location: "/orders/${output.id}"}.`),
		"body": anyValue(`The body, as JSON unless Content-Type says otherwise; "${output}" if left out.`),
	})
	return documented(choose(JsonObject{"type": "array"}, JsonObject{"items": one}, optional(one)),
		"What callers are answered: {status, headers, body}, or a list of these with on for failures.")
}

// scheduleText refuses what is no schedule by its words alone: another number of fields, or
// a name that there is not. What stands in a field the check reads.
func (e *editorSchema) scheduleText() JsonObject {
	const pattern = `^\s*(?:[eE][vV][eE][rR][yY]\s+\S.*|@[A-Za-z]+|[^\s@(]\S*(?:\s+\S+){4})\s*$`
	return JsonObject{"allOf": []any{e.fixedText(), JsonObject{
		"pattern": pattern, "errorMessage": "A schedule has five fields, such as 30 2 * * *, or is @daily, or every 15m.",
	}}}
}
