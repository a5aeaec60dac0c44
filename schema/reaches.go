package schema

import "slices"

// HasSecret reports whether the value described holds a secret anywhere.
func (f *Field) HasSecret() bool {
	return f.Reaches(func(f *Field) bool { return f != nil && f.Secret })
}

// HoldsPayload reports whether the value described can have a Payload anywhere.
func (f *Field) HoldsPayload() bool {
	return f.Reaches(func(f *Field) bool { return f != nil && f.Payload })
}

// Reaches reports whether is holds for f, or for the field of an element or a
// member that a value of f can hold, however deep. is is called with nil for
// an element that is not declared. Each schema is looked into once, also where
// many fields share it or it holds itself.
func (f *Field) Reaches(is func(*Field) bool) bool {
	w := walk{is: is}
	return w.reaches(f)
}

// walk is one look through a type.
type walk struct {
	is   func(*Field) bool
	few  [8]*Schema // the first that were seen, so that most looks take no memory
	n    int
	more map[*Schema]bool
}

func (w *walk) reaches(f *Field) bool {
	if w.is(f) {
		return true
	}
	if f == nil {
		return false
	}
	if (f.Type == List || f.Type == Map) && f.Elem != f && w.reaches(f.Elem) {
		return true
	}
	if f.Members == nil || w.seen(f.Members) {
		return false
	}
	for _, m := range f.Members.Fields() {
		if w.reaches(m) {
			return true
		}
	}
	return false
}

// seen reports whether s was looked into before, and notes it.
func (w *walk) seen(s *Schema) bool {
	if slices.Contains(w.few[:w.n], s) || w.more[s] {
		return true
	}
	if w.n < len(w.few) {
		w.few[w.n] = s
		w.n++
		return false
	}
	if w.more == nil {
		w.more = map[*Schema]bool{}
	}
	w.more[s] = true
	return false
}
