package check

import (
	"cmp"

	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/flows/internal/habits"
	"github.com/medlar-flow/medlar/schema"
)

// fieldKeys are what the declaration of an input may hold.
var fieldKeys = []string{
	"type", "required", "default", "enum", "pattern", "minimum", "maximum", "minLength", "maxLength",
	"aliases", "items", "members", "description", "example",
}

// field reads the declaration of an input: {type: string, default: x}.
func (c *checker) field(n *node, name, what string) *schema.Field {
	f := &schema.Field{Name: name, Nullable: true}
	if n.IsNull() {
		return f
	}
	if n.Kind != mapNode {
		c.fail(n, "wrong-type", "write "+inputExample(n), "%s must be a map such as ‹{type: string}›, found %s", what, describe(n))
		return f
	}
	n = c.fieldKeys(n, what)
	c.fieldType(f, n, what)
	c.fieldLimits(f, n, what)
	c.fieldTexts(f, n, what)
	c.fieldValues(f, n, what)
	f.Nullable = !f.Required && f.Default == nil
	return f
}

// fieldKeys reports keys that a declaration does not take, and returns it with those
// spelt right that surely were meant as others.
func (c *checker) fieldKeys(n *node, what string) *node {
	place := habits.Input
	if t := n.Get("type"); t != nil && (t.Text == "map" || t.Text == "list") {
		place = habits.Elements
	}
	help := func(key string) string {
		return cmp.Or(habits.Part(place, key), habits.Part(habits.Input, key))
	}
	for i, key := range n.Keys() {
		if !contains(fieldKeys, key.Text) {
			c.foreignKey(key, n.Items()[i], help(key.Text), what, fieldKeys)
		}
	}
	return mendedKeys(n, fieldKeys, help)
}

func (c *checker) fieldType(f *schema.Field, n *node, what string) {
	unknown := false // then nothing is said of what belongs to which type
	if t := n.Get("type"); t != nil {
		var ok bool
		f.Type, f.Secret, ok = schema.ParseType(t.Text)
		if unknown = !ok || t.Kind != scalarNode; unknown {
			help := habits.Type(t.Text)
			if help == "" {
				help = diag.Suggest(t.Text, schema.TypeNames(), "types are")
			}
			c.fail(t, "unknown-type", help, "%s: there is no type %s", what, describe(t))
		}
	}
	if items := n.Get("items"); items != nil {
		if f.Type != schema.List && f.Type != schema.Map && !unknown {
			c.fail(n.Key("items"), "bad-input", "say ‹type: list› or ‹type: map›", "%s: items belongs to a list or a map", what)
		}
		f.Elem = c.elements(items, what+".items")
	}
	if members := n.Get("members"); members != nil {
		c.fieldMembers(f, members, n, what, unknown)
	}
}

// elements reads the declaration of the elements of a list or a map: null is none,
// unless they are of any type or the declaration says ‹required: false›.
func (c *checker) elements(n *node, what string) *schema.Field {
	f := c.field(n, "", what)
	if n.Kind != mapNode || c.loader.lenient {
		return f
	}
	if required := n.Get("required"); f.Type != schema.Any && (required == nil || f.Required) {
		f.Nullable = false
	} else if f.Type != schema.Any {
		f.Absent, c.nullElems = true, true
	}
	return f
}

// fieldMembers reads the members of an object; of a field whose type is unknown, to
// find the mistakes in them.
func (c *checker) fieldMembers(f *schema.Field, members, n *node, what string, unknown bool) {
	if f.Type != schema.Object && !unknown || members.Kind != mapNode {
		c.fail(n.Key("members"), "bad-input", "say ‹type: object›, and give the members as a map: ‹{name: {type: string}}›", "%s: members belongs to an object", what)
		return
	}
	fields := make([]*schema.Field, len(members.Keys()))
	for i, key := range members.Keys() {
		fields[i] = c.field(members.Items()[i], key.Text, what+"."+key.Text)
		fields[i].Absent = fields[i].Nullable
	}
	if unknown {
		return
	}
	var err error
	if f.Members, err = schema.New(fields...); err != nil {
		c.fail(members, "bad-input", "", "%s: %v", what, err)
	}
}

func (c *checker) fieldLimits(f *schema.Field, n *node, what string) {
	if v, ok := c.option(n, "required", fields.BooleanField, what); ok {
		f.Required = v.(bool)
	}
	f.Minimum = c.limit(n, "minimum", what)
	f.Maximum = c.limit(n, "maximum", what)
	f.MinLength = c.lengthLimit(n, "minLength", what)
	f.MaxLength = c.lengthLimit(n, "maxLength", what)
}

// option reads a literal under a key, if it is there.
func (c *checker) option(n *node, key string, f *schema.Field, what string) (any, bool) {
	value := n.Get(key)
	if value == nil {
		return nil, false
	}
	return c.literal(value, f, what+"."+key)
}

func (c *checker) limit(n *node, key, what string) *float64 {
	v, ok := c.option(n, key, fields.NumberField, what)
	if !ok {
		return nil
	}
	number, ok := v.(float64)
	if !ok {
		number = float64(v.(int64))
	}
	return &number
}

func (c *checker) lengthLimit(n *node, key, what string) *int {
	v, ok := c.option(n, key, fields.CountField, what)
	if !ok {
		return nil
	}
	length := int(v.(int64))
	return &length
}

func (c *checker) fieldTexts(f *schema.Field, n *node, what string) {
	if t := n.Get("description"); t != nil {
		f.Description = c.text(t, what+".description")
	}
	if t := n.Get("example"); t != nil && t.Kind == scalarNode {
		f.Example = t.Text
	}
	if t := n.Get("pattern"); t != nil {
		f.Pattern = c.text(t, what+".pattern")
		if err := f.Compile(); err != nil {
			c.fail(t, "bad-pattern", "patterns are Go regular expressions (RE2)", "%s: %v", what, err)
			f.Pattern = ""
		}
	}
	if v, ok := c.option(n, "aliases", fields.StringsField, what); ok {
		for _, name := range v.([]any) {
			f.Aliases = append(f.Aliases, name.(string))
		}
	}
}

func (c *checker) fieldValues(f *schema.Field, n *node, what string) {
	if list := n.Get("enum"); list != nil {
		bare := *f
		bare.Enum, bare.Nullable = nil, false
		if v, ok := c.literal(list, &schema.Field{Type: schema.List, Elem: &bare}, what+".enum"); ok {
			f.Enum = v.([]any)
		}
	}
	if v, ok := c.option(n, "default", f, what); ok {
		f.Default = v
	}
	if f.Required && n.Get("default") != nil {
		c.warn(n.Key("required"), "required-default", "leave one of the two out", "%s has a default, so it is never missing", what)
	}
}
