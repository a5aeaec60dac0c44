package check

import (
	"fmt"
	"strings"

	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/internal/bind"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// inDepth compares what an expression gives with a list, a map or an object. It is
// false where something was reported.
func (c *checker) inDepth(n *node, p *bind.Program, f *schema.Field, what string) bool {
	before := len(c.diags)
	if v := p.Written(); v != nil {
		c.written(n, f, v, what)
	} else if t := p.Type(); c.shapes && t.Type == f.Type { // a service may take more than it says
		c.shaped(n, f, t, what, mostShaped)
	}
	return len(c.diags) == before
}

// written checks a list or map that an expression writes, as one that stands in the
// file: its names, and what stands there of its values. It is false where something was
// reported.
func (c *checker) written(n *node, f *schema.Field, v any, what string) bool {
	if f == nil || f.Coerce != nil || f.JSONText {
		return true
	}
	before := len(c.diags)
	switch x := v.(type) {
	case nil, bind.Unwritten:
	case map[string]any:
		c.writtenMap(n, f, x, what)
	case []any:
		c.writtenList(n, f, x, what)
	default:
		if have := typeOfWritten(v); !canFit(have, f) {
			c.fail(n, "type-mismatch", "", "%s takes %s, and this expression gives %s", what, fields.Article(f), fields.Article(have))
			break
		}
		c.convert(n, f, v, what)
	}
	return len(c.diags) == before
}

func (c *checker) writtenMap(n *node, f *schema.Field, m map[string]any, what string) {
	switch {
	case f.Type == schema.Any, f.Type == schema.List && f.BareElement:
	case f.Type == schema.Map:
		for _, key := range value.SortedKeys(m) {
			if m[key] == nil {
				c.nullElement(n, f.Elem, joinWhat(what, key))
			}
			c.written(n, f.Elem, m[key], joinWhat(what, key))
		}
		c.writtenLength(n, f, m, what)
	case f.Type == schema.Object:
		c.writtenObject(n, f.Members, m, what)
	default:
		c.fail(n, "type-mismatch", "", "%s takes %s, and this expression gives a map", what, fields.Article(f))
	}
}

func (c *checker) writtenObject(n *node, s *schema.Schema, m map[string]any, what string) {
	if s == nil {
		return
	}
	given := map[string]bool{}
	for _, key := range value.SortedKeys(m) {
		f := s.Field(key)
		if f == nil && !s.IsOpen() {
			c.unknownMember(n, s, key, what)
			continue
		}
		if f == nil {
			continue
		}
		if given[f.Name] = true; f.Required && m[key] == nil && f.Default == nil && !f.Drop {
			c.fail(n, schema.RuleMissing, "", "%s is required, and null counts as not given", joinWhat(what, f.Name))
		}
		c.written(n, f, m[key], joinWhat(what, key))
	}
	for _, f := range s.Fields() {
		if f.Required && f.Default == nil && !f.Drop && !given[f.Name] {
			c.fail(n, schema.RuleMissing, f.Description, "%s is required", joinWhat(what, f.Name))
		}
	}
}

func (c *checker) unknownMember(n *node, s *schema.Schema, name, what string) {
	help := strings.TrimSpace(diag.DidYouMean(name, s.Spellings()) + " it takes: " + strings.Join(s.Names(), ", "))
	c.fail(n, schema.RuleUnknown, help, "unknown parameter %q in %s", name, what)
}

func (c *checker) writtenList(n *node, f *schema.Field, list []any, what string) {
	if f.Type != schema.List {
		if f.Type != schema.Any {
			c.fail(n, "type-mismatch", "", "%s takes %s, and this expression gives a list", what, fields.Article(f))
		}
		return
	}
	for i, item := range list {
		at := joinWhat(what, fmt.Sprintf("[%d]", i))
		if item == nil {
			c.nullElement(n, f.Elem, at)
		}
		if !c.written(n, f.Elem, item, at) {
			return
		}
	}
	c.writtenLength(n, f, list, what)
}

func (c *checker) nullElement(n *node, elem *schema.Field, what string) {
	if elem != nil && elem.Type != schema.Any && !elem.Nullable {
		c.fail(n, schema.RuleType, "", "%s: expected %s, found null", what, fields.Article(elem))
	}
}

// writtenLength checks how many elements there are.
func (c *checker) writtenLength(n *node, f *schema.Field, v any, what string) {
	if f.MinLength == nil && f.MaxLength == nil {
		return
	}
	bare := &schema.Field{Type: f.Type, MinLength: f.MinLength, MaxLength: f.MaxLength, Advice: f.Advice}
	switch x := v.(type) {
	case map[string]any:
		sized := make(map[string]any, len(x))
		for key := range x {
			sized[key] = true
		}
		c.convert(n, bare, sized, what)
	case []any:
		sized := make([]any, len(x))
		for i := range sized {
			sized[i] = true
		}
		c.convert(n, bare, sized, what)
	}
}

func typeOfWritten(v any) *schema.Field {
	switch v.(type) {
	case string:
		return &schema.Field{Type: schema.String}
	case bool:
		return &schema.Field{Type: schema.Boolean}
	case int64:
		return &schema.Field{Type: schema.Integer}
	case float64:
		return &schema.Field{Type: schema.Number}
	}
	return fields.Anything
}

// mostShaped is how many levels of two types are compared.
const mostShaped = 8

// shaped compares the members that a value has for certain with those of an object
// that a flow declares.
func (c *checker) shaped(n *node, f, have *schema.Field, what string, levels int) {
	if levels == 0 || f.Type != have.Type || f.Coerce != nil {
		return
	}
	if f.Type == schema.List && f.Elem != nil && have.Elem != nil {
		c.shaped(n, f.Elem, have.Elem, joinWhat(what, "[]"), levels-1)
	}
	if f.Type != schema.Object || f.Members == nil || have.Members == nil || f.Members == have.Members {
		return
	}
	given := map[string]bool{}
	for _, m := range have.Members.Fields() {
		to := f.Members.Field(m.Name)
		switch {
		case to == nil && !m.Nullable && !f.Members.IsOpen():
			c.unknownMember(n, f.Members, m.Name, what)
		case to == nil:
		case !canFit(m, to):
			given[to.Name] = true
			c.fail(n, "type-mismatch", "", "%s takes %s, and this expression gives %s", joinWhat(what, to.Name), fields.Article(to), fields.Article(m))
		default:
			given[to.Name] = true
			c.shaped(n, to, m, joinWhat(what, to.Name), levels-1)
		}
	}
	for _, to := range f.Members.Fields() {
		if to.Required && to.Default == nil && !to.Drop && !given[to.Name] && !have.Members.IsOpen() {
			c.fail(n, schema.RuleMissing, to.Description, "%s is required", joinWhat(what, to.Name))
		}
	}
}
