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
		layer.fields = replaced(p.fields, layer.fields)
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

// replaced returns the older fields, those with the name of a newer one in its
// place, and then the other newer ones.
func replaced(older, newer []*Field) []*Field {
	all := slices.Clone(older)
	place := make(map[string]int, len(older)+len(newer))
	for i, f := range older {
		place[f.Name] = i
	}
	for _, f := range newer {
		if i, known := place[f.Name]; known {
			all[i] = f
			continue
		}
		place[f.Name] = len(all)
		all = append(all, f)
	}
	return all
}

// layered returns the fields of s and of the layers under it, each name where
// it came first. A name that is another field's spelling by now is left out.
func (s *Schema) layered() []*Field {
	all := s.fields
	for l := s.parent; l != nil; l = l.parent {
		all = replaced(l.fields, all)
	}
	return slices.DeleteFunc(all, func(f *Field) bool { return s.Field(f.Name) != f })
}
