package schema

import "slices"

// With returns a schema of the same fields and f, which takes the place of a
// field of its name. s stays as it is and shares its fields with the new one:
// a thousand schemas of which each has one field more than the last take the
// memory of some ten.
//
// It is for scopes that grow, such as the variables of a flow while it is
// checked. f has been compiled, or has no pattern.
func (s *Schema) With(f *Field) *Schema {
	layer := &Schema{fields: []*Field{f}, index: map[string]*Field{}, open: s != nil && s.open, parent: s}
	// A layer takes up those under it that are not larger. Each field is copied
	// as often as its layer doubles, and a name is looked for in as many layers
	// as the number of fields has binary digits.
	for p := layer.parent; p != nil && p.parent != nil && len(p.fields) <= len(layer.fields); p = layer.parent {
		layer.fields = append(p.without(layer.fields), layer.fields...)
		layer.parent = p.parent
	}
	for _, f := range layer.fields {
		for _, alias := range f.Aliases {
			layer.index[alias] = f
		}
	}
	for _, f := range layer.fields {
		layer.index[f.Name] = f
	}
	return layer
}

// without returns the fields of the layer s itself that have other names than
// newer ones.
func (s *Schema) without(newer []*Field) []*Field {
	names := make(map[string]bool, len(newer))
	for _, f := range newer {
		names[f.Name] = true
	}
	return slices.DeleteFunc(slices.Clone(s.fields), func(f *Field) bool { return names[f.Name] })
}

// layered returns the fields of s and of the layers under it, oldest first.
func (s *Schema) layered() []*Field {
	var layers []*Schema
	total := 0
	for l := s; l != nil; l = l.parent {
		layers = append(layers, l)
		total += len(l.fields)
	}
	all := make([]*Field, 0, total)
	for _, l := range slices.Backward(layers) {
		for _, f := range l.fields {
			if s.Field(f.Name) == f {
				all = append(all, f)
			}
		}
	}
	return all
}
