package schema

import (
	"slices"
	"strings"
)

// entry is a value of an object under its canonical name; field is nil for one
// that is not declared.
type entry struct {
	name  string
	field *Field
	v     any
}

// canonical returns the values under canonical names, unconverted, with those of
// Into fields at their places.
func (c *converter) canonical(s *Schema, in map[string]any) map[string]any {
	out := make(map[string]any, len(in))
	var repeated []*Field
	for name, v := range in {
		f := s.Field(name)
		switch {
		case f == nil && s.IsOpen():
			out[name] = v
		case f == nil:
			c.unknown(s, name)
		case v == nil || len(f.Into) > 0:
		case out[f.Name] != nil:
			if !slices.Contains(repeated, f) {
				repeated = append(repeated, f)
			}
		default:
			out[f.Name] = v
		}
	}
	for _, f := range repeated {
		names := f.given(in)
		c.twice(f, names)
		out[f.Name] = in[names[0]] // whichever the map gave first: always check the same
	}
	c.placeInto(s, in, out)
	return out
}

// appendCanonical returns the values of a map each. It is false where a name is
// not that of a field with its place here, or has no value.
func (s *Schema) appendCanonical(entries []entry, in map[string]any) ([]entry, bool) {
	for name, v := range in {
		f := s.Field(name)
		if f == nil || f.Name != name || v == nil || len(f.Into) > 0 {
			return entries[:0], false
		}
		entries = append(entries, entry{name, f, v})
	}
	return entries, true
}

// appendEntries returns the values of a map under canonical names each.
func (s *Schema) appendEntries(entries []entry, m map[string]any) []entry {
	for name, v := range m {
		entries = append(entries, entry{name, s.Field(name), v})
	}
	return entries
}

func (c *converter) unknown(s *Schema, name string) {
	c.errs = append(c.errs, FieldError{
		Path: joinPath(c.at.spelling(), name), Rule: RuleUnknown, Message: "unknown parameter",
		Help: "it takes: " + strings.Join(s.Names(), ", "), way: append(c.at.names(), name),
	})
}
