package schema

import (
	"maps"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/internal/value"
)

// given lists the spellings of f that in has a value for, the canonical first.
func (f *Field) given(in map[string]any) []string {
	var names []string
	if in[f.Name] != nil {
		names = append(names, f.Name)
	}
	for _, alias := range f.Aliases {
		if in[alias] != nil && alias != f.Name {
			names = append(names, alias)
		}
	}
	return names
}

// placeInto puts the values of Into fields at their places. in holds what was
// given, out the same under canonical names.
func (c *converter) placeInto(s *Schema, in, out map[string]any) {
	var placed map[string]string // which name gave the value at a path
	for _, f := range s.Fields() {
		if len(f.Into) == 0 {
			continue
		}
		for _, name := range f.given(in) {
			if placed == nil {
				placed = map[string]string{}
			}
			p := placement{schema: s, field: f, name: name, path: c.at.spelling(), in: in, placed: placed}
			c.place(p, out)
		}
	}
}

// placement is one value of an Into field on its way.
type placement struct {
	schema *Schema
	field  *Field
	name   string // as it was given
	path   string // of the object that holds both names
	in     map[string]any
	placed map[string]string
}

// place puts the value at the field's Into below out, copying the maps on its
// way. Nested members may stand there under any of their spellings.
func (c *converter) place(p placement, out map[string]any) {
	c.at.enter(hop{name: p.name})
	defer c.at.leave()
	before := len(c.errs)
	v := c.hidden(p)
	failed := len(c.errs) > before
	if v == nil && !failed {
		return
	}
	s, into := p.schema, p.field.Into
	last := len(into) - 1
	for i, step := range into[:last] {
		f, key := s.Field(step), spelling(s, out, step)
		next, ok := parentMap(f, out[key])
		if !ok {
			c.fail(RuleDuplicate, "%q and %q give the same parameter", p.name, p.other(into[:i+1]))
			return
		}
		out[key], out = next, next
		if s = nil; f != nil {
			s = f.Members
		}
	}
	target := strings.Join(into, ".")
	switch {
	case out[spelling(s, out, into[last])] != nil:
		c.fail(RuleDuplicate, "%q and %q give the same parameter", p.name, p.other(into))
	case failed:
		c.failed = append(c.failed, joinPath(p.path, target))
	default:
		out[into[last]], p.placed[target] = v, p.name
	}
}

// hidden converts the value, as a secret one if its place is in a secret.
func (c *converter) hidden(p placement) any {
	s, secrets := p.schema, c.secrets
	for _, step := range p.field.Into {
		f := s.Field(step)
		if f == nil {
			break
		}
		if f.Secret {
			c.secrets++
		}
		s = f.Members
	}
	v := c.value(p.field, p.in[p.name])
	c.secrets = secrets
	return v
}

// other returns the name under which the value at a path was given.
func (p placement) other(path []string) string {
	if name := p.placed[strings.Join(path, ".")]; name != "" {
		return name
	}
	var names []string
	s, m := p.schema, p.in
	for _, step := range path {
		key := spelling(s, m, step)
		names = append(names, key)
		f := s.Field(step)
		if s = nil; f != nil {
			s = f.Members
		}
		m, _ = parentMap(f, m[key])
	}
	return strings.Join(names, ".")
}

// spelling returns the name under which m holds the member called step: another
// spelling if that has a value, else step.
func spelling(s *Schema, m map[string]any, step string) string {
	if f := s.Field(step); f != nil {
		if names := f.given(m); len(names) > 0 {
			return names[0]
		}
	}
	return step
}

// parentMap returns v as a map that a member can be put into: a copy of the map
// that it is or holds as JSON text, or a new one where there is none.
func parentMap(f *Field, v any) (map[string]any, bool) {
	if f != nil && f.Coerce != nil && v != nil {
		if coerced, err := f.Coerce(v); err == nil {
			v = coerced
		}
	}
	if text, ok := v.(string); ok && f != nil && f.JSONText {
		if parsed, err := value.DecodeJSON([]byte(text)); err == nil && parsed != nil {
			v = parsed
		}
	}
	n, err := value.Normalize(v)
	if err != nil {
		return nil, false
	}
	if m, ok := n.(map[string]any); ok && m != nil {
		return maps.Clone(m), true
	}
	return map[string]any{}, n == nil
}

// twice reports a field that has several values, under all their names.
func (c *converter) twice(f *Field, names []string) {
	quoted := slices.Sorted(slices.Values(names))
	for i, name := range quoted {
		quoted[i] = `"` + name + `"`
	}
	last := len(quoted) - 1
	c.at.enter(hop{name: f.Name})
	defer c.at.leave()
	if last == 1 {
		c.fail(RuleDuplicate, "given twice, as %s and as %s", quoted[0], quoted[1])
		return
	}
	c.fail(RuleDuplicate, "given %d times, as %s and %s", len(names), strings.Join(quoted[:last], ", "), quoted[last])
}
