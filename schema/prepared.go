package schema

// Prepared is Convert for maps whose names are known before their values are,
// such as the parameters of a step. What hangs on names, defaults and constants
// is settled when it is made. It is safe for concurrent use.
type Prepared struct {
	fields []preparedField
	rest   []preparedDefault // of fields that have no value
	lazy   bool
}

type preparedField struct {
	field *Field
	// known is the converted value; nil where it comes with each map.
	known any
	// fallback is the converted default.
	fallback any
	required bool
}

type preparedDefault struct {
	name string
	v    any
}

// Prepare settles what it can of maps with these names. known holds those of
// their values that are always the same, as Convert would be given them, and
// nil in the places of the others. lazy is true for ConvertLazy. It gives nil
// where only Convert can tell what comes of the names.
func (s *Schema) Prepare(names []string, known []any, lazy bool) *Prepared {
	p := &Prepared{fields: make([]preparedField, len(names)), lazy: lazy}
	given := make(map[*Field]bool, len(names))
	for i, name := range names {
		f := s.Field(name)
		if f == nil || given[f] || len(f.Into) > 0 || f.Drop {
			return nil
		}
		given[f] = true
		if !p.prepare(&p.fields[i], f, known[i]) {
			return nil
		}
	}
	for _, f := range s.Fields() {
		if given[f] || len(f.Into) > 0 || f.Drop || f.Default == nil && !f.Required {
			continue
		}
		fallback, ok := p.settled(f, f.Default)
		if !ok || fallback == nil {
			return nil // missing, or null after all
		}
		p.rest = append(p.rest, preparedDefault{f.Name, fallback})
	}
	return p
}

func (p *Prepared) prepare(to *preparedField, f *Field, known any) (ok bool) {
	to.field, to.required = f, f.Required
	if to.known, ok = p.settled(f, known); !ok {
		return false
	}
	to.fallback, ok = p.settled(f, f.Default)
	return ok && (f.Default == nil || to.fallback != nil) && (known == nil || to.known != nil)
}

// settled converts what is known. ok is false where it does not fit.
func (p *Prepared) settled(f *Field, v any) (out any, ok bool) {
	c := converter{depth: 1, lazy: p.lazy}
	out = c.value(f, v)
	return out, len(c.errs) == 0
}

// Convert returns what Schema.Convert makes of the names with these values, in
// their order; it does not change or keep values. ok is false where something
// is wrong with them: Schema.Convert then says what.
func (p *Prepared) Convert(values []any) (out map[string]any, ok bool) {
	return p.ConvertInto(nil, values)
}

// ConvertInto is Convert into a map that is empty; nil for a new one.
func (p *Prepared) ConvertInto(out map[string]any, values []any) (_ map[string]any, ok bool) {
	if out == nil {
		out = make(map[string]any, len(p.fields)+len(p.rest))
	}
	c := converter{depth: 1, lazy: p.lazy}
	for i := range p.fields {
		f := &p.fields[i]
		v := f.known
		if v == nil {
			v = c.value(f.field, values[i])
		}
		if v == nil {
			v = f.fallback
		}
		if v != nil {
			out[f.field.Name] = v
		} else if f.required {
			return nil, false
		}
	}
	for i := range p.rest {
		out[p.rest[i].name] = p.rest[i].v
	}
	return out, len(c.errs) == 0
}
