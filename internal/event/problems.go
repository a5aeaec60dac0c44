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
	for _, one := range e.Errors {
		p.Errors = append(p.Errors, r.wrongInput(one))
	}
	return p
}

// wrongInput says where in the request an input stands that is wrong.
func (r *Route) wrongInput(e schema.FieldError) report.ProblemError {
	out := report.ProblemError{Detail: e.Message, Help: e.Help}
	if e.Rule == schema.RuleMissing {
		out.Detail, out.Help = "it is missing", ""
	}
	path := SplitPath(e.Path)
	if len(path) == 0 {
		return out
	}
	name, rest := path[0], path[1:]
	if f := r.Flow.Inputs().Field(name); f != nil && f.HasSecret() {
		out.Detail = "it does not fit" // a message can quote the value
	}
	switch place, fromBody := r.places[name]; {
	case fromBody:
		out.Pointer = PointerOf(slices.Concat(place, rest))
	case !r.Trigger.ByName:
		out.Detail = "input " + e.Path + ": " + out.Detail
	case slices.Contains(r.Trigger.Parts, name), r.Trigger.Method == http.MethodGet, r.Trigger.Method == http.MethodDelete:
		out.Parameter = name
	default:
		out.Pointer = PointerOf(path)
	}
	return out
}

// SplitPath splits the path of a mistake: order.items[2].id.
func SplitPath(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' })
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
	return "/" + escapeFragment(strings.NewReplacer("~", "~0", "/", "~1").Replace(name))
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
