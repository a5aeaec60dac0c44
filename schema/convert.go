package schema

import (
	"encoding/base64"
	"errors"
	"slices"
	"strings"
)

// Convert gives the values of in under their canonical names and in their
// declared types. It resolves other spellings, fills in defaults, and checks
// what the fields declare; a null counts as not given. in is not changed.
// The error, if any, is an Errors with all mistakes.
func (s *Schema) Convert(in map[string]any) (map[string]any, error) { return s.convert(in, false) }

// ConvertLazy is Convert, but every field of any type takes payloads as they
// are.
func (s *Schema) ConvertLazy(in map[string]any) (map[string]any, error) { return s.convert(in, true) }

func (s *Schema) convert(in map[string]any, lazy bool) (map[string]any, error) {
	c := converter{depth: 1, lazy: lazy}
	out := c.object(s, in, "")
	if len(c.errs) > 0 {
		return nil, c.errs.sorted()
	}
	return out, nil
}

// Convert gives v in the field's type. A null stays null, also where the field
// is required. The error, if any, is an Errors.
func (f *Field) Convert(v any) (any, error) {
	var c converter
	out := c.value(f, v, "")
	if len(c.errs) > 0 {
		return nil, c.errs.sorted()
	}
	return out, nil
}

type converter struct {
	errs    Errors
	depth   int      // how deep the value at hand lies
	secrets int      // how many secret values it lies in
	failed  []string // the paths of values that were given and do not fit
	lazy    bool     // any value may be a payload
}

// keeps is true where a payload stays as it came: where nothing is to be known
// of it.
func (c *converter) keeps(f *Field) bool {
	return (c.lazy || f.Payload) && f.Type == Any && f.Coerce == nil && len(f.Enum) == 0 && f.Pattern == "" &&
		f.Minimum == nil && f.Maximum == nil && f.MinLength == nil && f.MaxLength == nil
}

func (c *converter) object(s *Schema, in map[string]any, path string) map[string]any {
	out := make(map[string]any, len(in))
	for name, v := range c.canonical(s, in, path) {
		f := s.Field(name)
		if f == nil {
			out[name] = c.value(anyField, v, joinPath(path, name))
			continue
		}
		before := len(c.errs)
		v = c.value(f, v, joinPath(path, name))
		if len(c.errs) > before {
			c.failed = append(c.failed, joinPath(path, name))
		}
		if v != nil && !f.Drop {
			out[name] = v
		}
	}
	for _, f := range s.Fields() {
		c.complete(f, out, path)
	}
	return out
}

var anyField = &Field{}

// complete fills in a default or says that a required field is missing.
func (c *converter) complete(f *Field, out map[string]any, path string) {
	if out[f.Name] != nil || len(f.Into) > 0 || f.Drop || f.Default == nil && !f.Required {
		return
	}
	at := joinPath(path, f.Name)
	switch {
	case slices.Contains(c.failed, at):
	case f.Default != nil:
		out[f.Name] = c.value(f, f.Default, at)
	default:
		c.fail(at, RuleMissing, "required, and not given")
	}
}

func (c *converter) value(f *Field, v any, path string) any {
	if v == nil {
		return nil
	}
	if c.depth > maxDepth {
		c.fail(path, RuleType, "%v", ErrDepth)
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
	out := c.checked(f, v, path)
	c.depth, c.secrets = depth, secrets
	return out
}

func (c *converter) checked(f *Field, v any, path string) any {
	if p, ok := v.(*Payload); ok && !c.keeps(f) {
		v = p.Value()
	}
	if f.Coerce != nil {
		var err error
		if v, err = f.Coerce(v); err != nil {
			c.fail(path, RuleType, "%v", err)
			return nil
		}
		if v == nil {
			return nil
		}
	}
	before := len(c.errs)
	out := c.typed(f, v, path)
	if out != nil && len(c.errs) == before {
		c.constrain(f, out, path)
	}
	return out
}

func (c *converter) typed(f *Field, v any, path string) any {
	switch f.Type {
	case Object, List, Map:
		return c.container(f, v, path)
	case Any:
		return c.anything(f, v, path)
	default:
		out, err := scalar(f, v)
		if err != nil {
			c.fail(path, RuleType, "%v", err)
			return nil
		}
		return out
	}
}

func (c *converter) anything(f *Field, v any, path string) any {
	out, err := normalizer{lazy: c.keeps(f)}.value(v, c.depth-1)
	if err != nil {
		c.fail(path, RuleType, "%v", unveiled(f, err))
		return nil
	}
	return out
}

// unveiled gives an error of Normalize, which can show a number, for people.
func unveiled(f *Field, err error) error {
	if f.HasSecret() && !errors.Is(err, ErrDepth) {
		return errors.New("not a value of a flow")
	}
	return err
}

func (c *converter) container(f *Field, v any, path string) any {
	if text, ok := v.(string); ok && f.JSONText {
		v = f.fromText(text)
	}
	switch x := v.(type) {
	case map[string]any:
		if f.Type == Object {
			return c.members(f, x, path)
		}
		if f.Type == Map {
			return c.mapping(f, x, path)
		}
	case []any:
		if f.Type == List {
			return c.list(f, x, path)
		}
	default:
		return c.otherContainer(f, v, path)
	}
	return c.bareOrWrong(f, v, path)
}

// fromText gives the list or map that text holds as JSON, else the text. Text
// that can itself be the one element of a list stays.
func (f *Field) fromText(text string) any {
	parsed, err := DecodeJSON([]byte(text))
	if err != nil {
		return text
	}
	switch parsed.(type) {
	case []any:
		return parsed
	case map[string]any:
		if !f.BareElement || f.Elem == nil || slices.Contains(containers, f.Elem.Type) {
			return parsed
		}
	}
	return text
}

var containers = []Type{Any, Object, Map}

// otherContainer takes the slices and maps that Go programs give.
func (c *converter) otherContainer(f *Field, v any, path string) any {
	n, err := normalize(v, c.depth-1)
	if err != nil {
		c.fail(path, RuleType, "%v", unveiled(f, err))
		return nil
	}
	switch n.(type) {
	case nil:
		return nil // a nil pointer, slice or map of a Go type
	case map[string]any, []any:
		return c.container(f, n, path)
	default:
		return c.bareOrWrong(f, n, path)
	}
}

func (c *converter) bareOrWrong(f *Field, v any, path string) any {
	if f.Type == List && f.BareElement {
		return c.list(f, []any{v}, path)
	}
	c.fail(path, RuleType, "expected %s, found %s", article(f), kindOf(v))
	return nil
}

func (c *converter) members(f *Field, m map[string]any, path string) any {
	if f.Members == nil {
		return c.anything(f, m, path)
	}
	return c.object(f.Members, m, path)
}

func (c *converter) mapping(f *Field, m map[string]any, path string) any {
	out := make(map[string]any, len(m))
	for k, v := range m {
		out[k] = c.element(f, v, joinPath(path, k))
	}
	return out
}

func (c *converter) list(f *Field, list []any, path string) any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = c.element(f, v, joinPath(path, indexText(i)))
	}
	return out
}

func (c *converter) element(f *Field, v any, path string) any {
	elem := f.Elem
	if elem == nil {
		elem = anyField
	}
	before := len(c.errs)
	out := c.value(elem, v, path)
	if out == nil && len(c.errs) == before && elem.Type != Any && !elem.Nullable {
		c.fail(path, RuleType, "expected %s, found null", article(elem))
	}
	return out
}

func decodeBase64(text string) ([]byte, error) {
	return base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
}
