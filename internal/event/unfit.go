package event

import (
	"net/http"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
)

// unfit is the refusal of a request that an expression of the trigger cannot take: it
// says of which part of the trigger, and what of the request is missing or of another
// type. No value stands in it.
func (r *Route) unfit(err error, e flows.TriggerEvent) *Refusal {
	p := report.Problem{
		Status: http.StatusUnprocessableEntity, Code: "DoesNotFit", Detail: "the request has not what the route needs",
		Help: "see in " + OwnPrefix + "/openapi.json what the route takes",
	}
	for _, m := range r.Trigger.Misfits(e) {
		for _, one := range unfitReads(m, e.Request) {
			if len(p.Errors) < MostErrors {
				p.Errors = append(p.Errors, one)
			}
		}
	}
	return &Refusal{Cause: err, Problem: p}
}

// unfitReads says what of a request keeps a part of a trigger from being made.
func unfitReads(m flows.TriggerMisfit, request map[string]any) (list []report.ProblemError) {
	part := "the input " + m.Input
	switch {
	case m.Part == "if":
		part = "the condition of the route"
	case m.Part == "id":
		part = "the id, by which the request is known,"
	case m.Input == "":
		part = "the inputs"
	}
	seen := map[string]bool{}
	for _, path := range m.Reads {
		one, ok := unfitRead(path[1:], request)
		if key := one.Detail + one.Pointer + one.Parameter; ok && !seen[key] {
			seen[key] = true
			one.Detail = part + " cannot be made: " + one.Detail
			list = append(list, one)
		}
	}
	if len(list) > 0 {
		return list
	}
	one := report.ProblemError{Detail: part + " cannot be made of what was sent", Help: "send values of the types that the route's document names"}
	for _, path := range m.Reads {
		switch {
		case len(path) > 1 && path[1] == "body":
			one.Pointer = PointerOf(path[2:])
		case len(path) == 3 && (path[1] == "query" || path[1] == "path"):
			one.Parameter = path[2]
		case len(path) == 3 && path[1] == "headers":
			one.Detail = part + " cannot be made of the header " + http.CanonicalHeaderKey(path[2])
		default:
			continue
		}
		break
	}
	return []report.ProblemError{one}
}

// unfitRead says what is missing on the way to a member of a request, or has no
// members; ok is false where it is there.
func unfitRead(path []string, request map[string]any) (e report.ProblemError, ok bool) {
	var at any = request
	for i, name := range path {
		members, is := at.(map[string]any)
		if !is {
			e := placed(path[:i])
			e.Detail, e.Help = e.Detail+"is no object", "send an object that has "+name
			return e, true
		}
		if at = members[name]; at == nil {
			e := placed(path[:i+1])
			e.Detail, e.Help = e.Detail+"is missing", "send it"
			return e, true
		}
	}
	if at == "" {
		e := placed(path)
		e.Detail, e.Help = e.Detail+"is empty", "send text"
		return e, true
	}
	return e, false
}

// placed says where a member of a request stands; its detail is the beginning of one.
func placed(path []string) (e report.ProblemError) {
	switch {
	case len(path) > 0 && path[0] == "body":
		e.Pointer, e.Detail = PointerOf(path[1:]), "what stands there in the body "
		if len(path) == 1 {
			e.Detail = "the body "
		}
	case len(path) == 2 && path[0] == "headers":
		e.Detail = "the header " + http.CanonicalHeaderKey(path[1]) + " "
	case len(path) == 2 && path[0] == "query":
		e.Parameter, e.Detail = path[1], "the parameter "+path[1]+" of the query "
	case len(path) == 2 && path[0] == "path":
		e.Parameter, e.Detail = path[1], "the part "+path[1]+" of the path "
	case len(path) == 1 && path[0] == "caller":
		e.Detail = "the name of the caller "
	default:
		e.Detail = "something of the request "
	}
	return e
}
