package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/flows/internal/interp"
	"github.com/medlar-flow/medlar/schema"
)

// freeMap checks a map whose keys are the user's own.
func (c *checker) freeMap(n *node, elem *schema.Field, sc *scope, what string) interp.Value {
	m := &interp.MapValue{Keys: make([]string, len(n.keys)), Items: make([]interp.Value, len(n.keys))}
	var dynamic []interp.Value
	fixed := true
	for i, key := range n.keys {
		m.Keys[i] = key.text
		if strings.Contains(key.text, "${") {
			if dynamic == nil {
				dynamic = make([]interp.Value, len(n.keys))
			}
			dynamic[i] = c.mapKey(key, sc, what)
		}
		m.Items[i] = c.value(n.items[i], elem, sc, joinWhat(what, key.text))
		_, ok := m.Items[i].(interp.Constant)
		fixed = fixed && ok
	}
	if dynamic != nil {
		return c.dynamicMap(n, m, dynamic)
	}
	if fixed {
		return interp.Constant{V: constants(m)}
	}
	return m
}

func constants(m *interp.MapValue) map[string]any {
	out := make(map[string]any, len(m.Keys))
	for i, item := range m.Items {
		out[m.Keys[i]] = item.(interp.Constant).V
	}
	return out
}

func (c *checker) mapKey(key *node, sc *scope, what string) interp.Value {
	v, done := c.template(key, interp.KeyField, sc, "a key of "+what)
	if !done {
		return v
	}
	if b, ok := v.(*interp.Binding); ok && b.Program.Secret() {
		c.fail(key, "secret-key", "use the secret as a value", "a secret cannot be a key of a map")
	}
	return v
}

func (c *checker) dynamicMap(n *node, m *interp.MapValue, keys []interp.Value) interp.Value {
	for i, key := range keys {
		if key == nil {
			keys[i] = interp.Constant{V: m.Keys[i]}
		}
	}
	return &interp.DynamicMap{Keys: keys, Items: m.Items, At: c.src.at(n)}
}

// object checks a map with declared members. at is where a missing member is
// reported.
func (c *checker) object(n *node, s *schema.Schema, sc *scope, what string, at *node) interp.Value {
	m := &interp.MapValue{Keys: make([]string, 0, len(n.keys)), Items: make([]interp.Value, 0, len(n.keys))}
	given := make(map[string]*node, len(n.keys))
	var misspelt []string
	var dynamic []interp.Value // of an open map, whose keys can be expressions
	fixed := true
	for i, key := range n.keys {
		f := s.Field(key.text)
		if f == nil && !s.IsOpen() {
			if meant := c.unknownParameter(key, s, what); meant != nil {
				misspelt = append(misspelt, meant.Name)
			}
			v := c.value(n.items[i], nil, sc, joinWhat(what, key.text))
			if c.forgives() {
				m.Keys, m.Items, fixed = append(m.Keys, key.text), append(m.Items, v), false // refused when it is called
			}
			continue
		}
		if f == nil {
			f = orAnything(s.Rest())
		} else if first := given[f.Name]; first != nil {
			c.fail(key, schema.RuleDuplicate, fmt.Sprintf("keep one of the two; the first is in line %d", first.line),
				"%q and %q are the same parameter", first.text, key.text)
		}
		given[f.Name] = key
		c.noEffect(key, f, what)
		v := c.value(n.items[i], f, sc, joinWhat(what, key.text))
		_, ok := v.(interp.Constant)
		fixed = fixed && ok
		m.Keys, m.Items = append(m.Keys, key.text), append(m.Items, v)
		if s.IsOpen() && strings.Contains(key.text, "${") {
			dynamic = slices.Grow(dynamic, len(n.keys))[:len(n.keys)]
			dynamic[len(m.Keys)-1] = c.mapKey(key, sc, what)
		}
	}
	c.twiceInside(n, s, given)
	for _, name := range misspelt {
		if given[name] == nil {
			given[name] = n // one mistake, not also a missing parameter
		}
	}
	c.missing(s, n, given, what, at)
	if dynamic != nil {
		return c.dynamicMap(n, m, dynamic[:len(m.Keys)])
	}
	if fixed {
		return interp.Constant{V: constants(m)}
	}
	return m
}

func orAnything(f *schema.Field) *schema.Field {
	if f == nil {
		return fields.Anything
	}
	return f
}

// twiceInside reports a spelling that reaches into an object which gives that
// member, too.
func (c *checker) twiceInside(n *node, s *schema.Schema, given map[string]*node) {
	for _, f := range s.Fields() {
		if len(f.Into) < 2 || given[f.Name] == nil || given[f.Into[0]] == nil {
			continue
		}
		outer, inner := n.get(given[f.Into[0]].text), s.Field(f.Into[0])
		if outer == nil || outer.kind != mapNode || inner.Members == nil {
			continue
		}
		for _, key := range outer.keys {
			if m := inner.Members.Field(key.text); m != nil && m.Name == f.Into[1] {
				c.fail(given[f.Name], schema.RuleDuplicate, "keep one of the two", "%q and %q are the same parameter",
					given[f.Name].text, given[f.Into[0]].text+"."+key.text)
			}
		}
	}
}

// unknownParameter reports a key that is no parameter, and gives the one that
// was probably meant.
func (c *checker) unknownParameter(key *node, s *schema.Schema, what string) *schema.Field {
	if help := c.hints[key.text]; help != "" {
		c.fail(key, schema.RuleUnknown, help, "unknown parameter %q in %s", key.text, what)
		meant, _, _ := strings.Cut(strings.TrimPrefix(help, "write "), ":")
		return s.Field(meant)
	}
	help := diag.DidYouMean(key.text, s.Spellings())
	if names := s.Names(); len(names) > 0 {
		help = strings.TrimSpace(help + " it takes: " + strings.Join(names, ", "))
	} else {
		help = "it takes no parameters"
	}
	c.fail(key, schema.RuleUnknown, help, "unknown parameter %q in %s", key.text, what)
	nearest, _ := diag.Nearest(key.text, s.Spellings())
	return s.Field(nearest)
}

// noEffect says once of a switch that it is taken and changes nothing.
func (c *checker) noEffect(key *node, f *schema.Field, what string) {
	if !f.Drop || f.Type != schema.Boolean || c.noted[f] {
		return
	}
	if c.noted == nil {
		c.noted = map[*schema.Field]bool{}
	}
	c.noted[f] = true
	c.warn(key, "no-effect", f.Description, "%s is accepted and changes nothing", joinWhat(what, key.text))
}

// missing reports required members that are not given, or given as null.
func (c *checker) missing(s *schema.Schema, n *node, given map[string]*node, what string, at *node) {
	for _, f := range s.Fields() {
		if len(f.Into) > 0 && given[f.Name] != nil {
			given[f.Into[0]] = given[f.Name]
		}
	}
	for _, f := range s.Fields() {
		key := given[f.Name]
		isNull := key != nil && key.text != "" && n.get(key.text) != nil && n.get(key.text).isNull() && n.get(key.text).kind == scalarNode
		if !f.Required || f.Default != nil || f.Drop || key != nil && !isNull {
			continue
		}
		help := f.Description
		if len(f.Aliases) > 0 && help == "" {
			help = "also accepted: " + strings.Join(f.Aliases, ", ")
		}
		if isNull {
			c.fail(key, schema.RuleMissing, help, "%s is required, and null counts as not given", joinWhat(what, f.Name))
			continue
		}
		c.fail(at, schema.RuleMissing, help, "%s is required", joinWhat(what, f.Name))
	}
}
