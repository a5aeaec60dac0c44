package schema

import (
	"slices"
	"strings"
)

// canonical gives the values under canonical names, unconverted, with those of
// Into fields at their places. own is true for a map made for that.
func (c *converter) canonical(s *Schema, in map[string]any) (out map[string]any, own bool) {
	if s.isCanonical(in) {
		return in, false
	}
	out = make(map[string]any, len(in))
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
	return out, true
}

// isCanonical is true where every name is that of a field with its place here,
// and has a value.
func (s *Schema) isCanonical(in map[string]any) bool {
	for name, v := range in {
		if f := s.Field(name); f == nil || f.Name != name || v == nil || len(f.Into) > 0 {
			return false
		}
	}
	return true
}

func (c *converter) unknown(s *Schema, name string) {
	c.errs = append(c.errs, FieldError{
		Path: joinPath(c.at.spelling(), name), Rule: RuleUnknown, Message: "unknown parameter",
		Help: "it takes: " + strings.Join(s.Names(), ", "),
	})
}
