package schema

import (
	"encoding/base64"
	"maps"
	"slices"
	"strings"
)

// Convert gives the values of in under their canonical names and in their
// declared types. It resolves other spellings, fills in defaults, and checks
// what the fields declare; a null counts as not given. in is not changed.
// The error, if any, is an Errors with all mistakes.
func (s *Schema) Convert(in map[string]any) (map[string]any, error) {
	var c converter
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
	errs  Errors
	depth int
}

func (c *converter) object(s *Schema, in map[string]any, path string) map[string]any {
	out := make(map[string]any, len(in))
	raw := c.canonical(s, in, path)
	for name, v := range raw {
		f := s.Field(name)
		if f == nil {
			out[name] = c.value(anyField, v, joinPath(path, name))
			continue
		}
		if v = c.value(f, v, joinPath(path, name)); v != nil && !f.Drop {
			out[name] = v
		}
	}
	for _, f := range s.Fields() {
		c.complete(f, raw, out, path)
	}
	return out
}

var anyField = &Field{}

// complete fills in a default or says that a required field is missing.
func (c *converter) complete(f *Field, raw, out map[string]any, path string) {
	if raw[f.Name] != nil || len(f.Into) > 0 || f.Drop {
		return
	}
	switch {
	case f.Default != nil:
		out[f.Name] = c.value(f, f.Default, joinPath(path, f.Name))
	case f.Required:
		c.fail(joinPath(path, f.Name), RuleMissing, "required, and not given")
	}
}

// canonical gives the values under canonical names, unconverted, with those of
// Into fields at their places.
func (c *converter) canonical(s *Schema, in map[string]any, path string) map[string]any {
	out := make(map[string]any, len(in))
	var given map[string]string
	for name, v := range in {
		f := s.Field(name)
		switch {
		case f == nil && s.IsOpen():
			out[name] = v
		case f == nil:
			c.unknown(s, path, name)
		case v == nil:
		case len(f.Into) > 0:
			continue
		default:
			if _, twice := out[f.Name]; twice {
				c.twice(path, f.Name, given[f.Name], name)
			}
			if name != f.Name || given != nil {
				given = remember(given, f.Name, name)
			}
			out[f.Name] = v
		}
	}
	c.placeInto(s, in, out, path)
	return out
}

func remember(given map[string]string, canonical, name string) map[string]string {
	if given == nil {
		given = map[string]string{}
	}
	given[canonical] = name
	return given
}

func (c *converter) twice(path, canonical, first, second string) {
	if first == "" {
		first = canonical
	}
	names := []string{first, second}
	slices.Sort(names)
	c.fail(joinPath(path, canonical), RuleDuplicate, "given twice, as %q and as %q", names[0], names[1])
}

func (c *converter) unknown(s *Schema, path, name string) {
	c.errs = append(c.errs, FieldError{
		Path: joinPath(path, name), Rule: RuleUnknown, Message: "unknown parameter",
		Help: "it takes: " + strings.Join(s.Names(), ", "),
	})
}

func (c *converter) placeInto(s *Schema, in, out map[string]any, path string) {
	for _, f := range s.Fields() {
		if len(f.Into) == 0 {
			continue
		}
		for _, name := range append([]string{f.Name}, f.Aliases...) {
			if v := in[name]; v != nil {
				c.place(f, out, c.value(f, v, joinPath(path, name)), path, name)
			}
		}
	}
}

// place puts v at f.Into below out, copying the maps on its way.
func (c *converter) place(f *Field, out map[string]any, v any, path, name string) {
	last := len(f.Into) - 1
	for _, step := range f.Into[:last] {
		next, ok := asMap(out[step])
		if !ok {
			c.fail(joinPath(path, name), RuleDuplicate, "%q and %q give the same parameter", name, step)
			return
		}
		next = maps.Clone(next)
		if next == nil {
			next = map[string]any{}
		}
		out[step] = next
		out = next
	}
	if out[f.Into[last]] != nil || out[upperFirst(f.Into[last])] != nil {
		c.fail(joinPath(path, name), RuleDuplicate, "%q and %q give the same parameter", name, strings.Join(f.Into, "."))
		return
	}
	out[f.Into[last]] = v
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// asMap gives v as a map if it is one, null, or the JSON text of one.
func asMap(v any) (map[string]any, bool) {
	if text, ok := v.(string); ok {
		v, _ = DecodeJSON([]byte(text))
	}
	m, ok := v.(map[string]any)
	return m, ok || v == nil
}

func (c *converter) value(f *Field, v any, path string) any {
	if v == nil {
		return nil
	}
	if c.depth > maxDepth {
		c.fail(path, RuleType, "%v", ErrDepth)
		return nil
	}
	c.depth++
	defer func() { c.depth-- }()
	if f.Coerce != nil {
		var err error
		if v, err = f.Coerce(v); err != nil {
			c.fail(path, RuleType, "%v", err)
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
		return c.anything(v, path)
	default:
		out, err := scalar(f, v)
		if err != nil {
			c.errs = append(c.errs, FieldError{Path: path, Rule: RuleType, Message: err.Error()})
			return nil
		}
		return out
	}
}

func (c *converter) anything(v any, path string) any {
	out, err := Normalize(v)
	if err != nil {
		c.fail(path, RuleType, "%v", err)
	}
	return out
}

func (c *converter) container(f *Field, v any, path string) any {
	if text, ok := v.(string); ok && f.JSONText {
		if parsed, err := DecodeJSON([]byte(text)); err == nil && parsed != nil {
			v = parsed
		}
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

// otherContainer takes the slices and maps that Go programs give.
func (c *converter) otherContainer(f *Field, v any, path string) any {
	n, err := Normalize(v)
	if err != nil {
		c.fail(path, RuleType, "%v", err)
		return nil
	}
	switch n.(type) {
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
		return c.anything(m, path)
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
	if v == nil && elem.Type != Any && !elem.Nullable {
		c.fail(path, RuleType, "expected %s, found null", article(elem))
		return nil
	}
	return c.value(elem, v, path)
}

func decodeBase64(text string) ([]byte, error) {
	return base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
}
