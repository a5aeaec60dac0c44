package event

import (
	"net/http"
	"strings"

	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// given are inputs that a request gives by their names, and what is wrong with these.
type given struct {
	route  *Route
	inputs map[string]any
	wrong  *report.Problem // nil for nothing
	count  int             // of the mistakes
}

// refuse notes a mistake; the first says what the problem is called.
func (g *given) refuse(code, detail string, e report.ProblemError) {
	if g.count++; g.count > MostErrors {
		return
	}
	if g.wrong == nil {
		g.wrong = bad(code, detail, "")
	}
	g.wrong.Errors = append(g.wrong.Errors, e)
}

// take takes the value of a name, which stands in the body or is a parameter.
func (g *given) take(name string, v any, inBody bool) {
	names := g.route.Flow.Inputs()
	f := names.Field(name)
	_, twice := g.inputs[nameOf(f)]
	if f != nil && !twice {
		g.inputs[f.Name] = v
		return
	}
	var e report.ProblemError
	if inBody {
		e.Pointer = PointerOf([]string{name})
	} else {
		e.Parameter = name
	}
	switch {
	case f == nil:
		e.Detail = "the flow has no such input"
		if g.count < MostErrors {
			e.Help = diag.Suggest(name, names.Names(), "inputs are")
		}
		g.refuse("UnknownInput", "the request has a name that is no input", e)
	default:
		e.Detail, e.Help = "it is given twice", "send it once"
		g.refuse("GivenTwice", "an input is given twice", e)
	}
}

// fromText reads a parameter of a query that is JSON: an object, and what is no list of
// scalars. It is not ok, and the mistake is noted, where it cannot be read.
func (g *given) fromText(name string, v any) (read any, ok bool) {
	f := g.route.Flow.Inputs().Field(name)
	text, isText := v.(string)
	if f == nil || !isText || !f.Composite() {
		return v, true
	}
	read, p := decodeJSON([]byte(text))
	if p == nil {
		return read, true
	}
	e := report.ProblemError{Detail: strings.Replace(p.Detail, "the body", "it", 1), Parameter: name, Help: p.Help}
	if e.Help == "" {
		e.Help = "send each name once"
	}
	g.refuse(p.Code, "a parameter of the query that is to be JSON cannot be read", e)
	return nil, false
}

func nameOf(f *schema.Field) string {
	if f == nil {
		return ""
	}
	return f.Name
}

// byName takes the inputs from the parts of the path, and from the members of the
// body, or of the query where a request has no body.
func (r *Route) byName(req *Request) (map[string]any, *report.Problem) {
	g := &given{route: r, inputs: map[string]any{}}
	for _, name := range r.Trigger.Parts {
		g.take(name, req.Path[name], false)
	}
	fromQuery := bodyless(req.Method) && len(req.Raw) == 0
	for _, name := range value.SortedKeys(req.Query) {
		if fromQuery {
			if v, ok := g.fromText(name, req.Query[name]); ok {
				g.take(name, v, false)
			}
			continue
		}
		g.refuse("UnknownInput", "the query is not used", report.ProblemError{Detail: "inputs stand in the body", Parameter: name, Help: "leave it out, or send it as a member of the body"})
	}
	if !fromQuery && (req.Body != nil || len(req.Raw) > 0) {
		members, ok := req.Body.(map[string]any)
		if !ok {
			g.refuse("NotAnObject", "the body is no object, whose members would be the inputs", report.ProblemError{Detail: "it is no object", Pointer: "#", Help: "send an object whose members are the inputs"})
		}
		for _, name := range value.SortedKeys(members) {
			g.take(name, members[name], true)
		}
	}
	if g.count > MostErrors {
		g.wrong.Detail += LeftOut(g.count)
	}
	if g.wrong != nil {
		return nil, g.wrong
	}
	return g.inputs, nil
}

// bodyless reports whether requests of a method have no body most often.
func bodyless(method string) bool { return method == http.MethodGet || method == http.MethodDelete }
