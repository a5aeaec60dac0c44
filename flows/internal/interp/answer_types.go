package interp

import (
	"net/http"
	"net/textproto"
	"strings"

	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/internal/readfile"
	"github.com/medlar-flow/medlar/schema"
)

// AnswerType is one of what a trigger can answer, as far as it is known before a
// run.
type AnswerType struct {
	Failure   bool
	Status    int           // 0 where only the run knows it
	Headers   []string      // the names, in their order
	Body      *schema.Field // nil for none, and for a problem
	MediaType string        // of the body
}

// AnswerTypes returns what callers of a route of the program can be answered at the
// end of a run.
func (t *Trigger) AnswerTypes(p *Program) []AnswerType {
	var list []AnswerType
	usual := true // for runs that ended well
	for _, r := range t.Respond {
		usual = usual && r.Failure
		list = append(list, r.types(p)...)
	}
	if usual {
		list = append((&Response{}).types(p), list...)
	}
	return list
}

const jsonMedia = "application/json"

// types returns what one answer can be: without a body, and with one where that can
// be null.
func (r *Response) types(p *Program) []AnswerType {
	a := AnswerType{Failure: r.Failure, MediaType: jsonMedia}
	switch status := r.Status.(type) {
	case nil:
		if !r.Failure {
			a.Status = http.StatusOK
		}
	case Constant:
		a.Status, _ = statusOf(status.V)
	}
	given := a.headers(r.Headers)
	if noBody(a.Status) {
		return []AnswerType{a}
	}
	switch {
	case r.Body != nil && !isOutput(r.Body):
		a.Body = bodyType(r.Body)
	case r.Failure:
		a.MediaType = "" // a problem
		return []AnswerType{a}
	default:
		a.Body = fields.Null
		if p.OutputOnly != p.OutputType {
			a.Body = p.OutputType
		} else if p.Output != nil {
			a.Body = bodyType(p.Output)
		}
	}
	return a.orNothing(given)
}

// headers notes which are set; given is true where Content-Type is among them.
func (a *AnswerType) headers(m *MapValue) (given bool) {
	if m == nil {
		return false
	}
	for i, name := range m.Keys {
		if textproto.CanonicalMIMEHeaderKey(name) != "Content-Type" {
			a.Headers = append(a.Headers, name)
			continue
		}
		given, a.MediaType = true, "*/*"
		if text, ok := constantText(m.Items[i]); ok {
			a.MediaType = text
		}
	}
	return given
}

// orNothing returns the answer, and the one that takes its place where the body is
// null.
func (a AnswerType) orNothing(mediaGiven bool) []AnswerType {
	if mediaGiven || a.Status != http.StatusOK || !a.Body.Nullable && a.Body != fields.Null {
		return []AnswerType{a}
	}
	none := a
	none.Status, none.Body = http.StatusNoContent, nil
	if a.Body == fields.Null {
		return []AnswerType{none}
	}
	return []AnswerType{a, none}
}

// isOutput reports whether a value is the output as it is.
func isOutput(v Value) bool {
	b, ok := v.(*Binding)
	return ok && b.Program.Bare() && strings.ReplaceAll(b.Program.Text(), " ", "") == "${output}"
}

func constantText(v Value) (string, bool) {
	c, ok := v.(Constant)
	if !ok {
		return "", false
	}
	text, ok := c.V.(string)
	return text, ok
}

// bodyType is TypeOf, but says which members of an object are always there.
func bodyType(v Value) *schema.Field {
	m, ok := v.(*MapValue)
	if !ok {
		return TypeOf(v)
	}
	list := make([]*schema.Field, len(m.Keys))
	for i, key := range m.Keys {
		f := *bodyType(m.Items[i])
		f.Name, f.Aliases, f.Default = key, nil, nil
		b, bound := m.Items[i].(*Binding)
		f.Required = !bound || !b.Omits
		list[i] = &f
	}
	return fields.ObjectOf(list)
}

// Files returns the files that the program is made of, by their names: its own, those
// of the flows that it calls, and those that parameters name.
func (p *Program) Files() map[string][]byte {
	files := map[string][]byte{}
	for _, sub := range p.allPrograms() {
		for _, name := range sub.Named {
			if b, err := readfile.FS(sub.Fsys, name, maxFile); err == nil {
				files[name] = b
			}
		}
	}
	for _, sub := range p.allPrograms() {
		files[sub.File] = sub.Text
	}
	return files
}
