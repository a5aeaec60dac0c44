package schema

import "slices"

// HoldsPayload reports whether the value described can have a Payload anywhere.
func (f *Field) HoldsPayload() bool { return f.holdsPayload(nil) }

func (f *Field) holdsPayload(seen []*Schema) bool {
	switch {
	case f == nil:
		return false
	case f.Payload, f.Elem != nil && f.Elem != f && f.Elem.holdsPayload(seen):
		return true
	case f.Members == nil || slices.Contains(seen, f.Members):
		return false
	}
	seen = append(seen, f.Members)
	return slices.ContainsFunc(f.Members.Fields(), func(m *Field) bool { return m.holdsPayload(seen) })
}
