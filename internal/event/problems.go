package event

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/schema"
)

// WrongInputs words the mistakes in the inputs of a run for the caller of a route.
func (r *Route) WrongInputs(e *report.InputError) *report.Problem {
	p := &report.Problem{Status: http.StatusUnprocessableEntity, Code: "WrongInput", Detail: "what the request says does not fit"}
	for i, one := range e.Errors {
		if i == MostErrors {
			p.Detail += LeftOut(len(e.Errors))
			break
		}
		p.Errors = append(p.Errors, r.wrongInput(one))
	}
	return p
}

// MostErrors is how many mistakes a problem names: an answer is not to be larger than
// what was sent.
const MostErrors = 20

// LeftOut says how many mistakes a problem does not name, of so many.
func LeftOut(all int) string {
	return "; " + strconv.Itoa(all-MostErrors) + " mistakes more are not named"
}

// wrongInput says where in the request an input stands that is wrong.
func (r *Route) wrongInput(e schema.FieldError) report.ProblemError {
	out := report.ProblemError{Detail: e.Message, Help: Instead(r.Flow.Inputs(), e)}
	if e.Rule == schema.RuleMissing {
		out.Detail = "it is missing"
	}
	path := e.Way()
	if len(path) == 0 {
		return out
	}
	name, rest := path[0], path[1:]
	if f := r.Flow.Inputs().Field(name); f != nil && f.HasSecret() {
		out.Detail = "it does not fit" // a message can quote the value
	}
	place, fromBody := r.places[name]
	parameter, fromURL := r.parameters[name]
	switch {
	case fromBody:
		out.Pointer = PointerOf(slices.Concat(place, rest))
	case fromURL:
		out.Parameter = parameter.Name
	case !r.Trigger.ByName:
		out.Detail = "input " + e.Path + ": " + out.Detail
	case slices.Contains(r.Trigger.Parts, name), r.Trigger.Method == http.MethodGet, r.Trigger.Method == http.MethodDelete:
		if out.Parameter = name; len(rest) > 0 {
			out.Detail = e.Path + ": " + out.Detail
		}
	default:
		out.Pointer = PointerOf(path)
	}
	return out
}

// Instead says what to send instead of a value of s that does not fit.
func Instead(s *schema.Schema, e schema.FieldError) string {
	var f *schema.Field
	if s != nil {
		f = s.At(e.Way())
	}
	wanted, about := "what is described", ""
	if f != nil {
		wanted = f.Wanted()
		if f.Description != "" {
			about = " (" + strings.TrimSuffix(f.Description, ".") + ")"
		}
	}
	switch {
	case e.Rule == schema.RuleMissing:
		return "add it, " + wanted + about
	case e.Help != "":
		return e.Help
	case e.Rule == schema.RuleUnknown:
		return "leave it out"
	case e.Rule == schema.RuleDuplicate:
		return "send it once"
	}
	return "send " + wanted + about
}

// PointerOf returns a JSON Pointer as a URI fragment.
func PointerOf(path []string) string {
	var b strings.Builder
	b.WriteByte('#')
	for _, part := range path {
		b.WriteString(pointerPart(true, part, 0))
	}
	return b.String()
}

func pointerPart(named bool, name string, index int) string {
	if !named {
		return "/" + strconv.Itoa(index)
	}
	return "/" + escapeFragment(strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1"))
}

// escapeFragment escapes what a URI fragment cannot hold.
func escapeFragment(text string) string {
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		if c > ' ' && c < 0x7f && !strings.ContainsRune("\"#%<>[\\]^`{|}", rune(c)) {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteString(strings.ToUpper(strconv.FormatInt(int64(c)|0x100, 16)[1:]))
	}
	return b.String()
}
