package interp

import (
	"strings"
	"unicode"

	"github.com/medlar-flow/medlar/schema"
)

// InputPlaces returns where in the body of a request each input is taken from as
// it is: the members, from the outside inwards. An input that is made otherwise
// is missing.
func (t *Trigger) InputPlaces(inputs *schema.Schema) map[string][]string {
	places := map[string][]string{}
	for name, way := range t.asItIs(inputs) {
		if way[0] == "body" {
			places[name] = way[1:]
		}
	}
	return places
}

// InputParameter is where in the address of a request an input is taken from.
type InputParameter struct {
	In   string // path or query
	Name string
}

// InputParameters returns the parts of the path and the parameters of the query that
// inputs are taken from as they are.
func (t *Trigger) InputParameters(inputs *schema.Schema) map[string]InputParameter {
	found := map[string]InputParameter{}
	for name, way := range t.asItIs(inputs) {
		if len(way) == 2 && (way[0] == "path" && len(t.Parts) > 0 || way[0] == "query") {
			found[name] = InputParameter{In: way[0], Name: way[1]}
		}
	}
	return found
}

// asItIs returns the members of the request, from the outside inwards, that inputs are
// taken from as they are.
func (t *Trigger) asItIs(inputs *schema.Schema) map[string][]string {
	found := map[string][]string{}
	with, ok := t.With.(*MapValue)
	if !ok {
		return found
	}
	for i, name := range with.Keys {
		b, ok := with.Items[i].(*Binding)
		if !ok || !b.Program.Bare() {
			continue
		}
		text := strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(b.Program.Text()), "${"), "}"))
		rest, ok := strings.CutPrefix(text, "request.")
		if !ok || strings.ContainsFunc(rest, notInPath) {
			continue
		}
		if f := inputs.Field(name); f != nil {
			name = f.Name
		}
		found[name] = strings.Split(rest, ".")
	}
	return found
}

// notInPath reports whether a sign makes more of a path of members than that.
func notInPath(r rune) bool {
	return r != '.' && r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
}
