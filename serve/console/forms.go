package console

import (
	"errors"
	"net/url"
	"strings"

	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// field is an entry of a form for a value that is declared.
type field struct {
	Name     string // of the value
	ID       string // of the entry
	Type     string // as documentation shows it
	Kind     string // text, number, json, secret, choice
	Required bool
	Secret   bool // what is written in it is not shown again
	About    string
	Default  string
	Choices  []string
	Text     string // what is written in it
	Wrong    string // what is wrong with that
}

// fieldsOf makes a form for values.
func fieldsOf(s *schema.Schema, prefix string) []field {
	if s == nil {
		return nil
	}
	var list []field
	for _, f := range s.Fields() {
		e := field{Name: f.Name, ID: prefix + "." + f.Name, Type: f.TypeName(), Kind: kindOf(f), Required: f.Required && f.Default == nil, Secret: f.HasSecret(), About: f.Description}
		if f.Default != nil && !f.HasSecret() {
			e.Default = textOf(f.Default)
		}
		if f.Example != "" && !f.HasSecret() {
			e.About = strings.TrimSpace(e.About + " Such as " + f.Example + ".")
		}
		if !f.HasSecret() { // its values are secrets
			for _, v := range f.Enum {
				e.Choices = append(e.Choices, textOf(v))
			}
		}
		if f.Type == schema.Boolean {
			e.Choices = []string{"true", "false"}
		}
		if len(e.Choices) > 0 {
			e.Kind = "choice"
		}
		list = append(list, e)
	}
	return list
}

func kindOf(f *schema.Field) string {
	switch f.Type {
	case schema.List, schema.Map, schema.Object, schema.Any:
		return "json"
	case schema.Integer, schema.Number:
		return "number"
	default:
	}
	if f.HasSecret() {
		return "secret"
	}
	return "text"
}

// textOf returns a value as an entry holds it.
func textOf(v any) string {
	if text, ok := v.(string); ok {
		return text
	}
	text, err := value.EncodeJSON(value.Plain(v))
	if err != nil {
		return ""
	}
	return string(text)
}

// read returns the values of a form; ok is false where one cannot be read, which its
// entry says then. An entry that is empty gives none.
func read(fields []field, form url.Values, parse func(name, text string) (any, error)) (values map[string]any, ok bool) {
	values, ok = map[string]any{}, true
	for i := range fields {
		e := &fields[i]
		text := form.Get(e.ID)
		if !e.Secret {
			e.Text = text
		}
		if text == "" {
			continue
		}
		v, err := parse(e.Name, strings.ReplaceAll(text, "\r\n", "\n"))
		if err != nil {
			e.Wrong, ok = wrongOf(err), false
			continue
		}
		values[e.Name] = v
	}
	return values, ok
}

// wrongOf returns what is wrong with one value.
func wrongOf(err error) string {
	var input *report.InputError
	var signal *report.SignalError
	var list schema.Errors
	switch {
	case errors.As(err, &input):
		list = input.Errors
	case errors.As(err, &signal):
		list = signal.Errors
	}
	if len(list) == 0 {
		return sentence(err)
	}
	return tell(list[0])
}

func tell(e schema.FieldError) string {
	if e.Help == "" {
		return e.Message
	}
	return e.Message + "; " + e.Help
}

// note writes mistakes to the entries that they are about.
func note(fields []field, wrong schema.Errors) {
	for _, e := range wrong {
		name, _, _ := strings.Cut(e.Path, ".")
		name, _, _ = strings.Cut(name, "[")
		for i := range fields {
			if fields[i].Name == name && fields[i].Wrong == "" {
				fields[i].Wrong = tell(e)
			}
		}
	}
}
