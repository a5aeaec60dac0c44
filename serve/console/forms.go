package console

import (
	"encoding/base64"
	"errors"
	"net/url"
	"strings"

	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/late"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
	"github.com/medlar-flow/medlar/serve/internal/emptytext"
)

// field is an entry of a form for a value that is declared.
type field struct {
	Name     string // of the value
	ID       string // of the entry
	Type     string // as documentation shows it
	Kind     string // words, text, number, json, secret, choice
	Required bool
	Secret   bool // what is written in it is not shown again
	About    string
	Default  string
	Choices  []string
	Text     string // what is written in it
	Wrong    string // what is wrong with that
	// Blankable is true of a text, which can be given as the empty one: an entry that is
	// left empty gives nothing, so that a mark beside it says that. Blank is the mark.
	Blankable, Blank bool

	was  any    // what it holds where nobody writes something else; nil for nothing
	said string // how that is written
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
				e.Choices = append(e.Choices, choiceOf(textOf(v)))
			}
		}
		if f.Type == schema.Boolean {
			e.Choices = []string{"true", "false"}
		}
		if len(e.Choices) > 0 {
			e.Kind = "choice"
		}
		e.Blankable = e.Kind == "words"
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
	switch {
	case f.HasSecret():
		return "secret"
	case f.Type == schema.String:
		return "words" // of several lines, too
	}
	return "text"
}

// textOf returns a value as an entry holds it.
func textOf(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case []byte:
		return base64.StdEncoding.EncodeToString(x)
	}
	text, err := value.EncodeJSON(value.Plain(v))
	if err != nil {
		return ""
	}
	return string(text)
}

func choiceOf(text string) string {
	if text == "" {
		return emptytext.Choice
	}
	return text
}

// fill writes a value into an entry. Where that is sent as it is, it is this very value
// again: an entry is text, which tells neither the empty text from nothing, nor 1 from
// "1" where any value is taken, and a browser makes one line end of each.
func (e *field) fill(v any) {
	e.Text = textOf(v)
	if e.Kind == "choice" {
		e.Text = choiceOf(e.Text)
	}
	e.was, e.said = v, asSent(e.Text)
	if e.Text == "" {
		e.Blankable = false
		e.About = strings.TrimSpace(e.About + " It was the empty text, and is that again unless something is written.")
	}
}

// asSent returns a text as a browser gives it back.
func asSent(text string) string { return sentAs.Get().Replace(text) }

var sentAs = late.Value[*strings.Replacer]{Make: func() *strings.Replacer {
	return strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "\uFFFD")
}}

// BlankName is the name of the mark for the empty text.
func (e *field) BlankName() string { return emptytext.Mark(e.ID) }

// BlankLabel is what stands beside it.
func (e *field) BlankLabel() string { return emptytext.Label }

// read returns the values of a form; ok is false where one cannot be read, which its
// entry says then. An entry that is empty gives none, unless its mark says that it is the
// empty text.
func read(fields []field, form url.Values, parse func(name, text string) (any, error)) (values map[string]any, ok bool) {
	values, ok = map[string]any{}, true
	for i := range fields {
		e := &fields[i]
		text := strings.ReplaceAll(form.Get(e.ID), "\r\n", "\n")
		if !e.Secret {
			e.Text = text
		}
		e.Blank = e.Blankable && form.Get(e.BlankName()) != ""
		switch {
		case e.Blank && text != "":
			e.Wrong, ok = emptytext.Both, false
			continue
		case e.Blank: // what it may be says the schema
		case e.was != nil && form.Has(e.ID) && text == e.said:
			values[e.Name] = e.was
			continue
		case text == "":
			continue
		case e.Kind == "choice" && text == emptytext.Choice:
			text = ""
		}
		v, err := parse(e.Name, text)
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
