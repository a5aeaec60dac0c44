package schema

import (
	"strconv"
	"strings"
)

// Wanted says in words what a value of the field is: "an integer from 1 to 10", "one of
// a or b", "text of at most 20 characters". It holds no value that was given.
func (f *Field) Wanted() string {
	var b strings.Builder
	switch {
	case len(f.Enum) > 0 && !f.OpenEnum:
		if len(f.Enum) == 1 {
			return plain(f.Enum[0])
		}
		return "one of " + enumText(f.Enum)
	case f.Type == Timestamp:
		b.WriteString("a timestamp such as 2026-01-31T08:00:00Z")
	case f.Type == Duration:
		b.WriteString("a duration such as 1m30s")
	case f.Type == Bytes:
		b.WriteString("bytes as base64 text")
	case f.Type == Any && !f.Secret:
		return "a value"
	default:
		b.WriteString(article(f))
	}
	if f.Advice {
		return b.String()
	}
	if f.Minimum != nil || f.Maximum != nil {
		b.WriteString(between(" from ", f.Minimum, f.Maximum, func(n float64) string { return bound(f, n) }))
	}
	if f.MinLength != nil || f.MaxLength != nil {
		b.WriteString(between(" of ", f.MinLength, f.MaxLength, strconv.Itoa) + " " + f.unit())
	}
	if f.Pattern != "" {
		b.WriteString(" that matches " + f.Pattern)
	}
	return b.String()
}

// between says two bounds, of which one may be missing.
func between[T int | float64](both string, least, most *T, show func(T) string) string {
	switch {
	case most == nil:
		return " of at least " + show(*least)
	case least == nil:
		return " of at most " + show(*most)
	case *least == *most:
		return " of " + show(*least)
	default:
		return both + show(*least) + " to " + show(*most)
	}
}

// unit is what the length of a value counts.
func (f *Field) unit() string {
	switch f.Type {
	case List, Map, Object:
		return "elements"
	case Bytes:
		return "bytes"
	default:
		return "characters"
	}
}

// At returns the field that a way leads to, as FieldError.Way has it; nil for none.
func (s *Schema) At(way []string) *Field {
	var f *Field
	for i, name := range way {
		switch {
		case i == 0:
			f = s.Field(name)
		case f.Members != nil:
			f = f.Members.Field(name)
		default:
			f = f.Elem
		}
		if f == nil {
			return nil
		}
	}
	return f
}

// Way returns how the value is reached that does not fit: the names of members, and the
// numbers of elements. Path spells the same for people.
func (e FieldError) Way() []string {
	if e.way == nil && e.Path != "" {
		return strings.FieldsFunc(e.Path, func(r rune) bool { return r == '.' || r == '[' || r == ']' })
	}
	return e.way
}

// names returns the way as the names of members and the numbers of elements.
func (t *path) names() []string {
	list := make([]string, t.n)
	for i := range t.n {
		s := t.hop(i)
		if list[i] = s.name; s.element {
			list[i] = strconv.Itoa(s.index)
		}
	}
	return list
}
