package schema

import (
	"encoding/base64"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/internal/value"
)

// Convert returns the values of in under their canonical names and in their
// declared types. It resolves other spellings, fills in defaults, and checks
// what the fields declare; a null counts as not given. in is not changed, and
// what the map that it gives holds can be what in holds: only what is to be
// different is made anew. The error, if any, is an Errors with all mistakes.
func (s *Schema) Convert(in map[string]any) (map[string]any, error) { return s.convert(in, false) }

// ConvertLazy is Convert, but every field of any type takes payloads as they
// are.
func (s *Schema) ConvertLazy(in map[string]any) (map[string]any, error) { return s.convert(in, true) }

func (s *Schema) convert(in map[string]any, lazy bool) (map[string]any, error) {
	c := converter{depth: 1, lazy: lazy}
	out, own := c.object(s, in)
	switch {
	case len(c.errs) > 0:
		return nil, c.errs.sorted()
	case !own:
		out = cloned(out)
	}
	return out, nil
}

// Convert returns v in the field's type. A null stays null, also where the field
// is required. The error, if any, is an Errors.
func (f *Field) Convert(v any) (any, error) {
	var c converter
	out := c.value(f, v)
	if len(c.errs) > 0 {
		return nil, c.errs.sorted()
	}
	return out, nil
}

type converter struct {
	errs    Errors
	at      path     // to the value at hand
	depth   int      // how deep the value at hand lies
	secrets int      // how many secret values it lies in
	failed  []string // the paths of values that were given and do not fit
	lazy    bool     // any value may be a payload
}

// keeps reports whether a payload stays as it came: where nothing is to be known
// of it.
func (c *converter) keeps(f *Field) bool {
	return (c.lazy || f.Payload) && f.isFree()
}

// isFree reports whether any value does, and needs no more than to be normal.
func (f *Field) isFree() bool {
	return f.Type == Any && f.Coerce == nil && f.isUnbounded()
}

// isUnbounded reports whether any value of the field's type does.
func (f *Field) isUnbounded() bool {
	return len(f.Enum) == 0 && f.Pattern == "" &&
		f.Minimum == nil && f.Maximum == nil && f.MinLength == nil && f.MaxLength == nil
}

// object returns in, or another map where anything is to be different. It is
// true of a map that nobody else has.
func (c *converter) object(s *Schema, in map[string]any) (map[string]any, bool) {
	if out, own, ok := c.declared(s, in); ok {
		return out, own
	}
	var few [8]entry
	out, own := in, false
	entries, ok := s.appendCanonical(few[:0], in)
	if !ok {
		out, own = c.canonical(s, in), true
		entries = s.appendEntries(few[:0], out)
	}
	for _, e := range entries {
		n, keep := c.member(e)
		if keep && kept(e.v, n) {
			continue
		}
		if !own {
			out, own = maps.Clone(out), true
		}
		if keep {
			out[e.name] = n
		} else {
			delete(out, e.name)
		}
	}
	for _, f := range s.Fields() {
		if out[f.Name] != nil {
			continue
		}
		if n, add := c.complete(s, f, in); add {
			if !own {
				out, own = cloned(out), true
			}
			out[f.Name] = n
		}
	}
	return out, own
}

// declared is object for a few fields and a map that has values of these alone,
// under their names: asking the map for each field is faster than going over
// the map and asking for the field of each name. It is not ok of other maps,
// and has then done nothing.
func (c *converter) declared(s *Schema, in map[string]any) (out map[string]any, own, ok bool) {
	var given [8]any
	if s == nil || s.parent != nil || len(s.fields) > len(given) {
		return nil, false, false
	}
	found := 0
	for i, f := range s.fields {
		if given[i] = in[f.Name]; given[i] == nil {
			continue
		}
		if found++; len(f.Into) > 0 {
			return nil, false, false
		}
	}
	if found != len(in) {
		return nil, false, false
	}
	out = in
	for i, f := range s.fields {
		n, keep := given[i], false
		if n != nil {
			if n, keep = c.member(entry{f.Name, f, n}); keep && kept(given[i], n) {
				continue
			}
		}
		if !keep {
			n, keep = c.complete(s, f, in)
		}
		if !keep && given[i] == nil {
			continue
		}
		if !own {
			out, own = cloned(out), true
		}
		if keep {
			out[f.Name] = n
		} else {
			delete(out, f.Name)
		}
	}
	return out, own, true
}

// cloned is maps.Clone, but never nil.
func cloned(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return maps.Clone(m)
}

// member converts one value of an object. keep is false for one that is left
// out.
func (c *converter) member(e entry) (n any, keep bool) {
	c.at.enter(hop{name: e.name})
	before := len(c.errs)
	if e.field == nil {
		n, keep = c.value(anyField, e.v), true
	} else {
		n = c.value(e.field, e.v)
		keep = n != nil && !e.field.Drop
	}
	if e.field != nil && len(c.errs) > before {
		c.failed = append(c.failed, c.at.spelling())
	}
	c.at.leave()
	return n, keep
}

var anyField = &Field{}

// complete returns the default of a field of s that has no value in what was given,
// or says that it is required.
func (c *converter) complete(s *Schema, f *Field, given map[string]any) (n any, add bool) {
	if f.Default == nil && !f.Required || len(f.Into) > 0 || f.Drop {
		return nil, false
	}
	c.at.enter(hop{name: f.Name})
	defer c.at.leave()
	switch {
	case len(c.failed) > 0 && slices.Contains(c.failed, c.at.spelling()):
		return nil, false
	case f.Default != nil:
		return c.value(f, f.Default), true
	case s.givesNull(f, given):
		c.fail(RuleMissing, "required, and null was given")
		return nil, false
	default:
		c.fail(RuleMissing, "required, and not given")
		return nil, false
	}
}

// givesNull reports whether null was given for a field, in one of its spellings.
func (s *Schema) givesNull(f *Field, given map[string]any) bool {
	for name, v := range given {
		if v == nil && s.Field(name) == f {
			return true
		}
	}
	return false
}

func (c *converter) value(f *Field, v any) any {
	if v == nil {
		return nil
	}
	if c.depth > value.MaxDepth {
		c.fail(RuleType, "%v", value.ErrDepth)
		return nil
	}
	if c.secrets > 0 && !f.Secret {
		veiled := *f // what lies in a secret is shown no more than the whole
		veiled.Secret = true
		f = &veiled
	}
	depth, secrets := c.depth, c.secrets
	c.depth++
	if f.Secret {
		c.secrets++
	}
	out := c.checked(f, v)
	c.depth, c.secrets = depth, secrets
	return out
}

func (c *converter) checked(f *Field, v any) any {
	if p, ok := v.(*value.Payload); ok && !c.keeps(f) {
		v = p.Value()
	}
	if f.Coerce != nil {
		var err error
		if v, err = f.Coerce(v); err != nil {
			c.fail(RuleType, "%v", err)
			return nil
		}
		if v == nil {
			return nil
		}
	}
	before := len(c.errs)
	out := c.typed(f, v)
	if out != nil && len(c.errs) == before && (f.pattern != nil || !f.isUnbounded()) {
		c.constrain(f, out)
	}
	return out
}

func (c *converter) typed(f *Field, v any) any {
	switch f.Type {
	case Object, List, Map:
		return c.container(f, v)
	case Any:
		return c.anything(f, v)
	default:
		if isOf(f.Type, v) {
			return v
		}
		out, err := scalar(f, v)
		if err != nil {
			c.fail(RuleType, "%v", err)
			return nil
		}
		return out
	}
}

func (c *converter) anything(f *Field, v any) any {
	out, err := value.Normalizer{Lazy: c.keeps(f)}.Value(v, c.depth-1)
	if err != nil {
		c.fail(RuleType, "%v", unveiled(f, err))
		return nil
	}
	return out
}

// unveiled returns an error of Normalize, which can show a number, for people.
func unveiled(f *Field, err error) error {
	if f.HasSecret() && !errors.Is(err, value.ErrDepth) {
		return errors.New("not a value of a flow")
	}
	return err
}

func decodeBase64(text string) ([]byte, error) {
	return base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
}
