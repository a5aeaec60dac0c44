package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/flows/internal/habits"
	"github.com/medlar-flow/medlar/flows/internal/interp"
	"github.com/medlar-flow/medlar/internal/yamlfile"
	"github.com/medlar-flow/medlar/schema"
)

// freeMap checks a map whose keys are the user's own.
func (c *checker) freeMap(n *node, elem *schema.Field, sc *scope, what string) interp.Value {
	m := &interp.MapValue{Keys: make([]string, len(n.Keys())), Items: make([]interp.Value, len(n.Keys()))}
	var dynamic []interp.Value
	fixed := true
	for i, key := range n.Keys() {
		m.Keys[i] = key.Text
		if help, ok := pathKey(key, n.Items()[i]); ok && !takesForeign(what) {
			c.warn(key, ruleSentAsText, help, "%s: a key that ends in .$ is one like any other", what)
		}
		if strings.Contains(key.Text, "${") {
			if dynamic == nil {
				dynamic = make([]interp.Value, len(n.Keys()))
			}
			dynamic[i] = c.mapKey(key, sc, what)
		}
		m.Items[i] = c.value(n.Items()[i], elem, sc, joinWhat(what, key.Text))
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
	return &interp.DynamicMap{Keys: keys, Items: m.Items, At: c.src.At(n)}
}

// object checks a map with declared members. at is where a missing member is
// reported.
func (c *checker) object(n *node, s *schema.Schema, sc *scope, what string, at *node) interp.Value {
	m := &interp.MapValue{}
	m.Keys, m.Items = c.newMap(len(n.Keys()))
	m.Keys, m.Items = m.Keys[:0], m.Items[:0]
	given := make(map[string]*node, len(n.Keys()))
	var misspelt []string
	var strange unguessed
	var dynamic []interp.Value // of an open map, whose keys can be expressions
	fixed := true
	for i, key := range n.Keys() {
		f := s.Field(key.Text)
		if f == nil && !s.IsOpen() {
			at := len(c.diags)
			meant := c.unknownParameter(key, n.Items()[i], s, what)
			v := c.value(n.Items()[i], nil, sc, joinWhat(what, key.Text))
			if meant != nil {
				misspelt = append(misspelt, meant.Name)
			} else {
				strange = unguessed{many: strange.key != nil, key: key, value: v, at: at, wrong: len(c.diags) > at+1}
			}
			if c.forgives() {
				m.Keys, m.Items, fixed = append(m.Keys, key.Text), append(m.Items, v), false // refused when it is called
			}
			continue
		}
		if f == nil {
			f = orAnything(s.Rest())
		} else if first := given[f.Name]; first != nil {
			c.fail(key, schema.RuleDuplicate, fmt.Sprintf("keep one of the two; the first is in line %d", first.Line),
				"%q and %q are the same parameter", first.Text, key.Text)
		}
		given[f.Name] = key
		c.noEffect(key, f, what)
		v := c.value(n.Items()[i], f, sc, joinWhat(what, key.Text))
		_, ok := v.(interp.Constant)
		fixed = fixed && ok
		m.Keys, m.Items = append(m.Keys, key.Text), append(m.Items, v)
		if s.IsOpen() && strings.Contains(key.Text, "${") {
			dynamic = slices.Grow(dynamic, len(n.Keys()))[:len(n.Keys())]
			dynamic[len(m.Keys)-1] = c.mapKey(key, sc, what)
		}
	}
	c.twiceInside(n, s, given)
	c.meantMembers(n, s, given, misspelt, &strange, what)
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
		outer, inner := n.Get(given[f.Into[0]].Text), s.Field(f.Into[0])
		if outer == nil || outer.Kind != mapNode || inner.Members == nil {
			continue
		}
		for _, key := range outer.Keys() {
			if m := inner.Members.Field(key.Text); m != nil && m.Name == f.Into[1] {
				c.fail(given[f.Name], schema.RuleDuplicate, "keep one of the two", "%q and %q are the same parameter",
					given[f.Name].Text, given[f.Into[0]].Text+"."+key.Text)
			}
		}
	}
}

// unknownParameter reports a key that is no parameter, and gives the one that
// was probably meant.
func (c *checker) unknownParameter(key, item *node, s *schema.Schema, what string) *schema.Field {
	use := habits.Use{Help: c.hint(key.Text)}
	meant := hinted(use.Help)
	if use.Help == "" && c.place != "" {
		use = habits.Part(c.place, key.Text)
		meant = use.Key()
	}
	if use.Help != "" {
		c.fail(key, schema.RuleUnknown, renamed(use, key, item), "unknown parameter %q in %s", key.Text, what)
		return s.Field(meant)
	}
	if name := spelling(key.Text, s); name != "" {
		c.fail(key, schema.RuleUnknown, "write ‹"+name+":›", "unknown parameter %q in %s", key.Text, what)
		return s.Field(name)
	}
	if help, ok := pathKey(key, item); ok {
		c.fail(key, schema.RuleUnknown, help, "unknown parameter %q in %s", key.Text, what)
		return s.Field(strings.TrimSuffix(key.Text, ".$"))
	}
	help := diag.DidYouMean(key.Text, s.Spellings())
	if names := s.Names(); len(names) > 0 {
		help = strings.TrimSpace(help + " it takes: " + strings.Join(names, ", "))
	} else {
		help = "it takes no parameters"
	}
	c.fail(key, schema.RuleUnknown, help, "unknown parameter %q in %s", key.Text, what)
	nearest, _ := diag.Nearest(key.Text, s.Spellings())
	return s.Field(nearest)
}

// hinted returns the parameter that a hint of a connector begins with: see
// connector.Operation.Hints.
func hinted(help string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(help, "write "), "‹"), ":")
	return name
}

// hint returns what the connector says of a name that is no parameter. A name
// counts whatever its capital letters, - and _ are.
func (c *checker) hint(name string) string {
	if help := c.hints[name]; help != "" {
		return help
	}
	for known, help := range c.hints {
		if strings.EqualFold(unsigned(known), unsigned(name)) {
			return help
		}
	}
	return ""
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
	c.warn(key, "no-effect", f.Description, "%s is accepted and changes nothing", joinWhat(what, key.Text))
}

// missing reports required members that are not given, or given as null.
func (c *checker) missing(s *schema.Schema, n *node, given map[string]*node, what string, at *node) {
	for _, f := range s.Fields() {
		key := given[f.Name]
		isNull := key != nil && key.Text != "" && n.Get(key.Text) != nil && n.Get(key.Text).IsNull() && n.Get(key.Text).Kind == yamlfile.Scalar
		if !f.Required || f.Default != nil || f.Drop || key != nil && !isNull || what == "with" && c.beside[f.Name] {
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
		if n != nil && n.Partial {
			c.broken = true
			continue // it may be among what was reported
		}
		c.fail(at, schema.RuleMissing, help, "%s is required", joinWhat(what, f.Name))
	}
}
