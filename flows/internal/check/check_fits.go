package check

import (
	"fmt"
	"slices"

	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/flows/internal/habits"
	"github.com/medlar-flow/medlar/internal/bind"
	"github.com/medlar-flow/medlar/schema"
)

// fits reports an expression whose type can never be what the field takes, and
// is false then.
func (c *checker) fits(n *node, p *bind.Program, f *schema.Field, what string) bool {
	have := p.Type()
	if have == nil || canFit(have, f) || f == conditionField && !p.Whole() { // which is told elsewhere
		return c.loader.lenient || c.alwaysFits(n, p, f, what)
	}
	c.fail(n, "type-mismatch", mismatch(n, have, f), "%s takes %s, and this expression gives %s", what, fields.Article(f), fields.Article(have))
	return false
}

// alwaysFits reports an expression of which a part of what it can give is nothing
// that the field takes.
func (c *checker) alwaysFits(n *node, p *bind.Program, f *schema.Field, what string) bool {
	for _, t := range p.Types() {
		if have := (&schema.Field{Type: t}); !canFit(have, f) {
			c.fail(n, "type-mismatch", "", "%s takes %s, and this expression can give %s", what, fields.Article(f), fields.Article(have))
			return false
		}
	}
	can, _ := p.Elements()
	for _, t := range can {
		if have := (&schema.Field{Type: schema.List, Elem: &schema.Field{Type: t}}); !canFit(have, f) {
			c.fail(n, "type-mismatch", "", "%s takes %s, and an element of this list can be %s", what, fields.Article(f), fields.Article(have.Elem))
			return false
		}
	}
	return true
}

// canFit is false where no value of have converts to want.
func canFit(have, want *schema.Field) bool {
	if want == conditionField { // nothing is converted
		return have.Type == schema.Any || have.Type == schema.Boolean
	}
	return canFitTo(have, want, maxDepth)
}

// canFitTo is canFit of so many levels: a list's elements may be its own type.
func canFitTo(have, want *schema.Field, levels int) bool {
	switch {
	case have == nil || want == nil || want.Coerce != nil || want.Type == schema.Any || have.Type == schema.Any || levels == 0:
		return true
	case have.Type == want.Type && (have.Type == schema.List || have.Type == schema.Map):
		return canFitTo(have.Elem, want.Elem, levels-1)
	case have.Type == want.Type:
		return true
	}
	text := have.Type == schema.String
	switch want.Type {
	case schema.String:
		return !slices.Contains([]schema.Type{schema.Bytes, schema.Object, schema.List, schema.Map}, have.Type)
	case schema.Integer, schema.Number:
		return text || have.Type == schema.Integer || have.Type == schema.Number
	case schema.Object, schema.Map:
		return have.Type == schema.Object || have.Type == schema.Map || text && want.JSONText
	case schema.List:
		return want.BareElement || text && want.JSONText
	default: // boolean, duration, timestamp, bytes
		return text
	}
}

// convert reports what a literal breaks.
func (c *checker) convert(n *node, f *schema.Field, v any, what string) {
	if v == nil {
		return
	}
	converted, err := f.Convert(v)
	if errs, ok := err.(schema.Errors); ok && n.Kind == scalarNode { //nolint:errorlint // Convert documents this type
		for i := range errs {
			if errs[i].Rule == schema.RuleEnum && errs[i].Help == "" {
				errs[i].Help = enumHelp(n.Text, f.Enum)
			}
		}
	}
	c.fieldErrors(n, err, what)
	c.openEnum(n, f, v, what)
	if err == nil {
		c.advice(n, f, converted, what)
	}
}

// advice warns of a literal that does not keep what a service documents, and
// may take nevertheless.
func (c *checker) advice(n *node, f *schema.Field, v any, what string) {
	errs, _ := f.Advised(v).(schema.Errors) //nolint:errorlint // Advised documents this type
	for _, e := range errs {
		c.warn(n, "beyond-advice", "", "%s: %s", what, e.Message)
	}
}

func (c *checker) fieldErrors(n *node, err error, what string) {
	errs, _ := err.(schema.Errors) //nolint:errorlint // Convert documents this type
	for _, e := range errs {
		where := what
		if e.Path != "" {
			where = joinWhat(what, e.Path)
		}
		_, at := n.Find(e.Path)
		if e.Help == "" && at.Kind == scalarNode {
			e.Help = habits.Value(e.Message, at.Text)
		}
		c.fail(at, e.Rule, e.Help, "%s: %s", where, e.Message)
	}
}

// openEnum warns of a literal that the service did not know when the list of
// its values was made.
func (c *checker) openEnum(n *node, f *schema.Field, v any, what string) {
	text, ok := v.(string)
	if !f.OpenEnum || !ok || slices.Contains(f.Enum, v) || len(f.Enum) == 0 {
		return
	}
	c.warn(n, "unknown-enum-value", diag.Suggest(text, textsOf(f.Enum), "known values"), "%s: %q is no value that is known", what, text)
}

func textsOf(enum []any) []string {
	texts := make([]string, len(enum))
	for i, e := range enum {
		texts[i] = fmt.Sprint(e)
	}
	return texts
}

// enumHelp is the nearest of the values that are allowed.
func enumHelp(text string, enum []any) string {
	if near, ok := diag.Nearest(text, textsOf(enum)); ok {
		return "write ‹" + near + "›"
	}
	return ""
}
