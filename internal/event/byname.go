package event

import (
	"maps"
	"net/http"
	"slices"

	"github.com/medlar-flow/medlar/flows/report"
)

// byName takes the inputs from the parts of the path, and from the members of the
// body, or of the query where a request has no body.
func (r *Route) byName(req *Request) (map[string]any, *report.Problem) {
	inputs := map[string]any{}
	names := r.Flow.Inputs()
	problem := func(code, detail string, e report.ProblemError) *report.Problem {
		p := bad(code, detail, "")
		p.Errors = []report.ProblemError{e}
		return p
	}
	take := func(name string, v any, e report.ProblemError) *report.Problem {
		f := names.Field(name)
		if f == nil {
			e.Detail = "the flow has no such input"
			return problem("UnknownInput", "the request has a name that is no input", e)
		}
		if _, twice := inputs[f.Name]; twice {
			e.Detail = "it is given twice"
			return problem("GivenTwice", "an input is given twice", e)
		}
		inputs[f.Name] = v
		return nil
	}
	for _, name := range r.Trigger.Parts {
		if p := take(name, req.Path[name], report.ProblemError{Parameter: name}); p != nil {
			return nil, p
		}
	}
	bodyless := req.Method == http.MethodGet || req.Method == http.MethodDelete
	if !bodyless || len(req.Query) > 0 && len(req.Raw) > 0 {
		for _, name := range slices.Sorted(maps.Keys(req.Query)) {
			return nil, problem("UnknownInput", "the query is not used", report.ProblemError{Detail: "inputs stand in the body", Parameter: name})
		}
	}
	if bodyless && len(req.Raw) == 0 {
		for _, name := range slices.Sorted(maps.Keys(req.Query)) {
			if p := take(name, req.Query[name], report.ProblemError{Parameter: name}); p != nil {
				return nil, p
			}
		}
		return inputs, nil
	}
	if req.Body == nil && len(req.Raw) == 0 {
		return inputs, nil
	}
	members, ok := req.Body.(map[string]any)
	if !ok {
		return nil, problem("NotAnObject", "the body is no object, whose members would be the inputs", report.ProblemError{Detail: "it is no object", Pointer: "#"})
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if p := take(name, members[name], report.ProblemError{Pointer: PointerOf([]string{name})}); p != nil {
			return nil, p
		}
	}
	return inputs, nil
}
