package serve

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/late"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
	"github.com/medlar-flow/medlar/serve/internal/emptytext"
)

// pageStyle is all the style that pages have: nothing is loaded from anywhere.
const pageStyle = `body{font:1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem;color:#1c1c1c;background:#fff}` +
	`label{display:block;margin-top:1rem;font-weight:600}p.hint{margin:0;font-size:.875rem;color:#555}p.wrong{margin:0;color:#a40000}` +
	`label.mark{margin-top:.25rem;font-weight:400}label.mark input{width:auto;margin:0 .25rem 0 0}` +
	`input,select,textarea,button{font:inherit;box-sizing:border-box;width:100%;padding:.5rem;margin-top:.25rem;border:1px solid #777;border-radius:.25rem}` +
	`button{margin-top:1.5rem;background:#14508c;color:#fff;border:0;cursor:pointer}` +
	`@media(prefers-color-scheme:dark){body{color:#e8e8e8;background:#161616}p.hint{color:#aaa}p.wrong{color:#ff8f8f}input,select,textarea{color:inherit;background:#222}}`

// pagePolicy lets a page have that style and its own form, and nothing else.
var pagePolicy = late.Value[string]{Make: func() string {
	sum := sha256.Sum256([]byte(pageStyle))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
}}

// content is what stands on a page.
type content interface {
	title() string
	write(b *strings.Builder)
}

// page answers with a page. The address is a secret: it goes nowhere as Referer,
// and nobody keeps or lists the page.
func (x *exchange) page(status int, c content) {
	var b strings.Builder
	b.WriteString(`<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>` +
		plain(c.title()) + "</title><style>" + pageStyle + "</style></head><body><h1>" + plain(c.title()) + "</h1>")
	c.write(&b)
	b.WriteString("</body></html>\n")
	x.send(&flows.Answer{Status: status, Body: []byte(b.String()), Headers: map[string]string{
		"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": pagePolicy.Get(), "Referrer-Policy": "no-referrer",
		"Cache-Control": "no-store", "X-Frame-Options": "DENY", "X-Robots-Tag": "noindex, nofollow", "Cross-Origin-Opener-Policy": "same-origin",
	}})
}

// plain is text in a page, in an attribute too.
func plain(text string) string { return template.HTMLEscapeString(text) }

// message is a page that says something.
type message struct{ Title, Text string }

func (m message) title() string { return m.Title }

func (m message) write(b *strings.Builder) { b.WriteString("<p>" + plain(m.Text) + "</p>") }

// noLink is the page of an address that no run made; it does not say why.
var noLink = message{Title: "Not found", Text: "Nothing is asked for under this address."}

// form is a page that asks for the values of a signal.
type form struct {
	link    *flows.SignalLink
	problem string            // of the whole; may be empty
	wrong   map[string]string // by the names of the values
	given   map[string]string // what was sent, to show it again; no secrets
	blank   map[string]bool   // the texts whose mark for the empty text was sent
}

func newForm(l *flows.SignalLink) *form {
	return &form{link: l, wrong: map[string]string{}, given: map[string]string{}, blank: map[string]bool{}}
}

func (f *form) title() string { return f.link.Flow.Name() + ": " + f.link.Signal.Name }

// blankable is true of a text with a mark for the empty one, since what is left empty is
// not given.
func blankable(field *schema.Field) bool {
	return free(field) && !field.HasSecret() && !shown(field) && (field.MinLength == nil || *field.MinLength == 0)
}

// marked takes the marks for the empty text out of what the form sent.
func (f *form) marked(texts map[string]any) {
	for _, field := range f.link.Signal.Accepts.Fields() {
		if name := emptytext.Mark(field.Name); blankable(field) && texts[name] != nil {
			f.blank[field.Name] = texts[name] != ""
			delete(texts, name)
		}
	}
}

// read makes values of what the form sent. What was left empty is not given, but for a
// text whose mark says that it is the empty one, or whose default stood there: somebody
// took that away.
func (f *form) read(flow *flows.Flow, texts map[string]any) (map[string]any, error) {
	values := map[string]any{}
	var twice schema.Errors
	f.marked(texts)
	for name := range f.blank {
		if text, _ := texts[name].(string); text == "" {
			texts[name] = ""
		}
	}
	for _, name := range value.SortedKeys(texts) {
		text, _ := texts[name].(string)
		text = strings.ReplaceAll(text, "\r\n", "\n") // browsers send all line ends so
		field := f.link.Signal.Accepts.Field(name)
		if text == "" && field != nil && !(shown(field) && free(field)) && !f.blank[field.Name] {
			continue
		}
		if field != nil && f.blank[field.Name] && text != "" {
			twice = append(twice, schema.FieldError{Path: field.Name, Message: emptytext.Both})
		}
		if field != nil && !field.HasSecret() {
			f.given[field.Name] = text
		}
		if text == emptytext.Choice && field != nil && slices.Contains(field.Enum, any("")) {
			text = ""
		}
		v, err := flow.ParseSignal(f.link.Signal.Name, name, text)
		if err != nil {
			return nil, err //nolint:wrapcheck // it says which value
		}
		values[name] = v
	}
	if len(twice) > 0 {
		return nil, &report.SignalError{Reason: report.SignalInvalid, Name: f.link.Signal.Name, Errors: twice}
	}
	return values, nil
}

// mistakes puts what is wrong beside its value.
func (f *form) mistakes(refused *report.SignalError) {
	for _, e := range refused.Errors {
		name, _, _ := strings.Cut(strings.ReplaceAll(e.Path, "[", "."), ".")
		if f.link.Signal.Accepts.Field(name) == nil {
			f.problem = strings.TrimSpace(f.problem + " " + e.Error())
			continue
		}
		text := e.Message
		if e.Path != name {
			text = e.Path + ": " + text
		}
		if e.Help != "" && e.Rule != schema.RuleMissing {
			text += " (" + e.Help + ")"
		}
		f.wrong[name] = text
	}
	if f.problem == "" && len(f.wrong) == 0 {
		f.problem = "These are not the values that are asked for."
	}
}

func (f *form) write(b *strings.Builder) {
	if text := f.link.Flow.Description(); text != "" {
		b.WriteString("<p>" + plain(text) + "</p>")
	}
	if f.link.Key != "" {
		b.WriteString("<p>For <strong>" + plain(f.link.Key) + "</strong></p>")
	}
	if f.problem != "" {
		b.WriteString(`<p class="wrong">` + plain(f.problem) + "</p>")
	}
	b.WriteString(`<form method="post" autocomplete="off">`) // to the page's own address
	for i, field := range f.link.Signal.Accepts.Fields() {
		f.field(b, i, field)
	}
	b.WriteString(`<button type="submit">Send</button></form>`)
}

// shown is true of a value whose default stands in the form.
func shown(field *schema.Field) bool { return field.Default != nil && !field.HasSecret() }

// free is true of a value that can be the empty text.
func free(field *schema.Field) bool { return field.Type == schema.String && len(field.Enum) == 0 }

// needed is true of a value that the form has to have: one that was taken away, and is
// nothing else then, would be the default all the same.
func needed(field *schema.Field) bool { return field.Required || shown(field) && !free(field) }

// field writes one value with its label.
func (f *form) field(b *strings.Builder, i int, field *schema.Field) {
	id := "v" + strconv.Itoa(i)
	label := field.Name
	if !needed(field) {
		label += " (optional)"
	}
	fmt.Fprintf(b, `<label for="%s">%s</label>`, id, plain(label))
	hint := strings.TrimSpace(field.Description + formHint(field))
	about := ""
	if hint != "" {
		fmt.Fprintf(b, `<p class="hint" id="%s-hint">%s</p>`, id, plain(hint))
		about += " " + id + "-hint"
	}
	if wrong := f.wrong[field.Name]; wrong != "" {
		fmt.Fprintf(b, `<p class="wrong" id="%s-wrong">%s</p>`, id, plain(wrong))
		about += " " + id + "-wrong"
	}
	attributes := fmt.Sprintf(` id="%s" name="%s"`, id, plain(field.Name))
	if about != "" {
		attributes += ` aria-describedby="` + strings.TrimSpace(about) + `"`
	}
	if needed(field) && !(shown(field) && free(field)) && !blankable(field) {
		attributes += " required"
	}
	text, sent := f.given[field.Name]
	if !sent && shown(field) {
		if text = formText(field.Default); text == "" && len(field.Enum) > 0 {
			text = emptytext.Choice
		}
	}
	control(b, field, attributes, text)
	if blankable(field) {
		checked := ""
		if f.blank[field.Name] {
			checked = " checked"
		}
		fmt.Fprintf(b, `<label class="mark"><input type="checkbox" name="%s" value="1"%s aria-label="%[4]s for %[3]s"> %[4]s</label>`,
			plain(emptytext.Mark(field.Name)), checked, plain(field.Name), emptytext.Label)
	}
}

// control writes what takes the value of a field.
func control(b *strings.Builder, field *schema.Field, attributes, text string) {
	options := field.Enum
	if field.Type == schema.Boolean && len(options) == 0 {
		options = []any{true, false}
	}
	switch {
	case len(options) > 0:
		b.WriteString("<select" + attributes + `><option value=""></option>`)
		for _, one := range options {
			choice := formText(one)
			if choice == "" {
				choice = emptytext.Choice
			}
			selected := ""
			if choice == text {
				selected = " selected"
			}
			fmt.Fprintf(b, `<option value="%s"%s>%s</option>`, plain(choice), selected, plain(formLabel(one, choice)))
		}
		b.WriteString("</select>")
	case field.HasSecret() && field.Type == schema.String:
		b.WriteString(`<input type="password" autocomplete="off"` + attributes + ">")
	case field.Type == schema.Integer || field.Type == schema.Number:
		step := "any"
		if field.Type == schema.Integer {
			step = "1"
		}
		b.WriteString(`<input type="number" step="` + step + `"` + bounds(field) + attributes + ` value="` + plain(text) + `">`)
	case field.Type == schema.String: // of several lines, too
		b.WriteString(`<textarea rows="1"` + lengths(field) + attributes + ">\n" + plain(text) + "</textarea>")
	case field.Type == schema.Duration || field.Type == schema.Timestamp:
		b.WriteString(`<input type="text"` + attributes + ` value="` + plain(text) + `">`)
	default:
		b.WriteString(`<textarea rows="4"` + attributes + ">" + plain(text) + "</textarea>")
	}
}

func bounds(field *schema.Field) (attributes string) {
	if field.Minimum != nil {
		attributes += ` min="` + strconv.FormatFloat(*field.Minimum, 'f', -1, 64) + `"`
	}
	if field.Maximum != nil {
		attributes += ` max="` + strconv.FormatFloat(*field.Maximum, 'f', -1, 64) + `"`
	}
	return attributes
}

// lengths bounds a text. Browsers count some characters twice, so they get room for
// that; what counts is the check.
func lengths(field *schema.Field) string {
	if field.Type != schema.String || field.MaxLength == nil {
		return ""
	}
	return ` maxlength="` + strconv.Itoa(2*(*field.MaxLength)) + `"`
}

// formHint says how a value is written that has no control of its own.
func formHint(field *schema.Field) string {
	switch {
	case len(field.Enum) > 0:
		return ""
	case field.Type == schema.Duration:
		return " Such as 1h30m or 2d."
	case field.Type == schema.Timestamp:
		return " Such as 2026-01-31T08:00:00Z."
	case field.Type == schema.Bytes:
		return " In base64."
	case field.Type == schema.List || field.Type == schema.Map || field.Type == schema.Object:
		return " As JSON."
	}
	return ""
}

// formLabel is a choice for people.
func formLabel(v any, text string) string {
	switch v {
	case true:
		return "Yes"
	case false:
		return "No"
	}
	return text
}

// formText is a value as a form sends it.
func formText(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case []byte:
		return base64.StdEncoding.EncodeToString(x)
	}
	text, err := value.EncodeJSON(v)
	if err != nil { // of a declaration, which the check has read
		return ""
	}
	return string(text)
}
