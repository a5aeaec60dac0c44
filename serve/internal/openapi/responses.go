package openapi

import (
	"cmp"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"

	"github.com/medlar-flow/medlar/serve/auth"
)

const (
	jsonType    = "application/json"
	problemType = "application/problem+json"
	ownTag      = "runs"
)

func reference(kind, name string) object { return object{"$ref": "#/components/" + kind + "/" + name} }

// responses returns what a request of a route can be answered.
func (d *document) responses(r *Route) object {
	all := object{
		"202":     reference("responses", "Accepted"),
		"400":     reference("responses", "Unreadable"),
		"422":     reference("responses", "Unfit"),
		"503":     reference("responses", "Unavailable"),
		"default": reference("responses", "Failure"),
	}
	if r.Security != nil {
		all["401"] = reference("responses", "Unauthorized")
		all["403"] = reference("responses", "Forbidden")
	}
	if r.Limited {
		all["429"] = reference("responses", "TooMany")
	}
	ours := object{}
	for _, a := range r.Answers {
		d.answer(all, ours, a)
	}
	if r.Conditional && ours["204"] == nil {
		all["204"] = object{"description": "Nothing was to be done."}
	}
	maps.Copy(all, ours)
	return all
}

// answer adds one that the trigger says; several of a status have either body.
// What the server itself answers with the status stays possible.
func (d *document) answer(all, ours object, a Answer) {
	status, text := "default", "The run failed."
	if a.Status > 0 {
		status = strconv.Itoa(a.Status)
	}
	if !a.Failure {
		text = "The run ended well."
	}
	response, _ := ours[status].(object)
	if response == nil {
		response = object{"description": text}
		if _, own := all[status]; own && status != "202" {
			addContent(response, problemType, reference("schemas", "Problem"))
		}
		ours[status] = response
	} else if response["description"] != text {
		response["description"] = "The run ended well, or it failed."
	}
	if len(a.Headers) > 0 {
		headers, _ := response["headers"].(object)
		if headers == nil {
			headers = object{}
			response["headers"] = headers
		}
		for _, name := range a.Headers {
			headers[name] = object{"schema": object{"type": "string"}}
		}
	}
	switch {
	case a.Body != nil:
		addContent(response, cmp.Or(a.MediaType, jsonType), d.schemas.output(a.Body))
	case a.Failure && a.Status != http.StatusNoContent && a.Status != http.StatusNotModified:
		addProblem(response)
	}
}

// addProblem adds a problem to what a response can be, once.
func addProblem(response object) {
	if content, ok := response["content"].(object); !ok || content[problemType] == nil {
		addContent(response, problemType, reference("schemas", "Problem"))
	}
}

// addContent adds a body to a response, beside others of its media type.
func addContent(response object, mediaType string, js object) {
	content, _ := response["content"].(object)
	if content == nil {
		content = object{}
		response["content"] = content
	}
	before, _ := content[mediaType].(object)
	if before == nil {
		content[mediaType] = object{"schema": js}
		return
	}
	old, _ := before["schema"].(object)
	if list, ok := old["anyOf"].([]any); ok && len(old) == 1 {
		old["anyOf"] = append(list, js)
		return
	}
	before["schema"] = object{"anyOf": []any{old, js}}
}

// responses are those that the server makes itself.
func responses() object {
	failed := func(text string) object {
		return object{"description": text, "content": object{problemType: object{"schema": reference("schemas", "Problem")}}}
	}
	all := object{
		"Unreadable":   failed("The request cannot be read, or has names that are no inputs."),
		"Unauthorized": failed("Nothing says who sends the request."),
		"Forbidden":    failed("Who sends the request may not."),
		"NotFound":     failed("There is no such run."),
		"Conflict":     failed("The run was given other values, or has ended."),
		"Unfit":        failed("The inputs do not fit, or an Idempotency-Key stands for another request."),
		"TooMany":      failed("The caller sends more than the route takes of one: try again."),
		"Unavailable":  failed("There is no room, or the server ends: try again."),
		"Failure":      failed("The run failed."),
		"Accepted": object{
			"description": "The run goes on.",
			"headers":     object{"Location": object{"description": "Where the run is asked for.", "schema": object{"type": "string"}}},
			"content":     object{jsonType: object{"schema": reference("schemas", "Run")}},
		},
	}
	wait := object{"Retry-After": object{"description": "Seconds to wait.", "schema": object{"type": "integer"}}}
	all["Unavailable"].(object)["headers"] = wait
	all["TooMany"].(object)["headers"] = wait
	return all
}

// problem is RFC 9457's with what is added to it.
func problem() object {
	text := func(description string) object { return object{"type": "string", "description": description} }
	return object{
		"type": "object", "description": "What is wrong (RFC 9457).", "required": []any{"type", "title", "status"},
		"properties": object{
			"type": text("The kind of problem; about:blank where the status says it."), "title": text("The phrase of the status."),
			"status": object{"type": "integer", "description": "The status of the answer."},
			"detail": text("What is wrong."), "code": text("The code of the failure."), "class": text("The class of the failure."),
			"run": text("The run."), "help": text("What to do."),
			"errors": object{"type": "array", "description": "What is wrong with the request, each by itself.", "items": object{
				"type": "object", "required": []any{"detail"}, "properties": object{
					"detail": text("What is wrong."), "pointer": text("Where in the body, as a JSON Pointer."),
					"parameter": text("The name in the path or in the query."), "help": text("What to do."),
				},
			}},
		},
	}
}

// run is what is told of a run.
func run() object {
	text := func(description string) object { return object{"type": "string", "description": description} }
	at := func(description string) object {
		return object{"type": "string", "format": "date-time", "description": description}
	}
	return object{"type": "object", "required": []any{"run", "state"}, "properties": object{
		"run": text("Its name."), "flow": text("Its flow."), "state": text("Where it stands: running, done, failed and the like."),
		"startedAt": at("When it started."), "endedAt": at("When it ended."), "code": text("The code of its failure."), "class": text("The class of its failure."),
		"location": text("Where it is asked for."), "answer": text("Where its answer is, once it has ended."),
	}}
}

// own adds where runs are asked for, and given signals: by the callers of the
// routes that began them.
func (d *document) own() {
	id := object{"name": "run", "in": "path", "required": true, "schema": object{"type": "string"}}
	security := d.security.any()
	op := func(id, summary string, parameters []any, more object) object {
		all := object{
			"operationId": id, "summary": summary, "tags": []any{ownTag}, "parameters": parameters, "security": security,
			"responses": object{
				"200": object{"description": "So it is.", "content": object{jsonType: object{"schema": reference("schemas", "Run")}}},
				"404": reference("responses", "NotFound"), "default": reference("responses", "Failure"),
			},
		}
		if len(d.security.schemes) > 0 {
			all["responses"].(object)["401"] = reference("responses", "Unauthorized")
		}
		maps.Copy(all, more)
		return all
	}
	answer := op("run-answer", "The answer of a run", []any{id}, nil)
	answer["responses"].(object)["200"] = object{"description": "What the route answered, or would have.", "content": object{"*/*": object{"schema": object{}}}}
	signal := op("give-signal", "Give a run a signal", []any{
		id,
		object{"name": "name", "in": "path", "required": true, "description": "The signal.", "schema": object{"type": "string"}},
		object{"name": "key", "in": "query", "description": "Which of several signals of the name.", "schema": object{"type": "string"}},
	}, object{"requestBody": object{"content": object{jsonType: object{"schema": object{"type": "object"}}}}})
	taken := signal["responses"].(object)
	taken["200"] = object{"description": "The run has it.", "content": object{jsonType: object{"schema": object{
		"type": "object", "required": []any{"run", "signal"}, "properties": object{"run": object{"type": "string"}, "signal": object{"type": "string"}},
	}}}}
	taken["409"], taken["422"] = reference("responses", "Conflict"), reference("responses", "Unfit")
	d.paths["/-/runs/{run}"] = object{"get": op("run", "Where a run stands", []any{id}, nil)}
	d.paths["/-/runs/{run}/answer"] = object{"get": answer}
	d.paths["/-/signals/{run}/{name}"] = object{"post": signal}
}

// security collects how callers are known.
type security struct {
	schemes object
	open    bool // some route lets everybody in
	needs   []object
}

func newSecurity() *security { return &security{schemes: object{}} }

// of returns what a route asks for; nothing, and not what stands for all, where
// everybody may call.
func (s *security) of(scheme *auth.SecurityScheme) []any {
	if scheme == nil {
		s.open = true
		return []any{}
	}
	name := word(scheme.Name)
	for n := 2; s.schemes[name] != nil && !reflect.DeepEqual(s.schemes[name], scheme.Object); n++ {
		name = word(scheme.Name) + "-" + strconv.Itoa(n)
	}
	s.schemes[name] = scheme.Object
	scopes := []any{}
	for _, scope := range scheme.Scopes {
		scopes = append(scopes, scope)
	}
	need := object{name: scopes}
	if !slices.ContainsFunc(s.needs, func(known object) bool { return reflect.DeepEqual(known, need) }) {
		s.needs = append(s.needs, need)
	}
	return []any{need}
}

// any returns what one of the routes asks for.
func (s *security) any() []any {
	list := []any{}
	for _, need := range s.needs {
		list = append(list, need)
	}
	if s.open && len(list) > 0 {
		list = append(list, object{})
	}
	return list
}
