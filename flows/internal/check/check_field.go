package check

import (
	"cmp"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/flows/internal/habits"
	"github.com/medlar-flow/medlar/internal/bind"
	"github.com/medlar-flow/medlar/schema"
)

// fieldKeys are what the declaration of an input may hold.
var fieldKeys = []string{
	"type", "required", "default", "enum", "pattern", "minimum", "maximum", "minLength", "maxLength",
	"aliases", "items", "members", "others", "description", "example",
}

// field reads the declaration of an input: {type: string, default: x}.
func (c *checker) field(n *node, name, what string) *schema.Field {
	f := &schema.Field{Name: name, Nullable: true}
	if n.IsNull() {
		return f
	}
	if n.Kind != mapNode {
		if meant := declared(n); meant != nil && written(meant) != "" {
			c.fail(n, "wrong-type", "write ‹"+written(meant)+"›", "%s must be a map such as ‹{type: string}›, found %s", what, describe(n))
			return c.field(meant, name, what)
		}
		c.fail(n, "wrong-type", "write "+inputExample(n), "%s must be a map such as ‹{type: string}›, found %s", what, describe(n))
		return f
	}
	n = c.declaredElsewhere(n, what)
	n = c.fieldKeys(n, what)
	c.fieldType(f, n, what)
	c.fieldLimits(f, n, what)
	c.fieldTexts(f, n, what)
	c.fieldBounds(f, n, what)
	c.fieldValues(f, n, what)
	f.Nullable = !f.Required && f.Default == nil
	return f
}

// fieldKeys reports keys that a declaration does not take, and returns it with those
// spelt right that surely were meant as others.
func (c *checker) fieldKeys(n *node, what string) *node {
	place := habits.Input
	if typ := containerOf(n); typ == "map" || typ == "list" {
		place = habits.Elements
	}
	use := func(key string) habits.Use {
		return cmp.Or(habits.Part(place, key), habits.Part(habits.Input, key))
	}
	if onlyDeclares(n) {
		if members := declaredMembers(n); members != nil && written(members) != "" {
			c.fail(n.Keys()[0], "unknown-key", "write ‹{type: object, members: "+written(members)+"}›", "%s: the members of an object stand under ‹members:›", what)
			return mapOf(n, []*node{{Text: "type"}, {Text: "members"}}, []*node{{Text: "object"}, members})
		}
	}
	out := n
	for i, key := range n.Keys() {
		if contains(fieldKeys, key.Text) {
			continue
		}
		if right, item := c.declaredPart(n, key, n.Items()[i], place); item != nil {
			help := "write ‹" + right + ": " + written(item) + "›"
			if n.Get("type") == nil {
				help = "write ‹type: " + map[string]string{"items": "list", "members": "object", "enum": "string"}[right] + "› and ‹" + right + ": " + written(item) + "›"
			}
			if out == n {
				out = mapOf(n, slices.Clone(n.Keys()), slices.Clone(n.Items()))
			}
			out.Keys()[i], out.Items()[i] = named(key, right), item
			c.fail(key, "unknown-key", help, "unknown key %q in %s", key.Text, what)
			continue
		}
		if key.Text == "values" && isEnumType(n) {
			continue // which is told at the type
		}
		c.foreignKey(key, n.Items()[i], use(key.Text), what, fieldKeys)
	}
	if out != n && out.Get("type") == nil {
		t := "list"
		if out.Get("members") != nil {
			t = "object"
		} else if out.Get("items") == nil {
			t = "any"
		}
		out = mapOf(out, append(slices.Clone(out.Keys()), &node{Text: "type"}), append(slices.Clone(out.Items()), &node{Text: t}))
	}
	return mendedKeys(out, fieldKeys, use)
}

// declaredPart returns the key and the value that were meant by a part of a declaration
// that has a foreign key; nil for none.
func (c *checker) declaredPart(n, key, item *node, place string) (right string, meant *node) {
	typ := containerOf(n)
	switch right = declaredKey(typ, key.Text); {
	case right == "items" && (place == habits.Elements || typ == ""):
		meant = declared(item)
	case right == "members" && (typ == "object" || typ == ""):
		meant = declaredMembers(item)
	case habits.Part(habits.Input, key.Text).Key() == "enum" && typ != "enum":
		right = "enum"
		if item.Kind == scalarNode && !item.IsNull() {
			meant = listOf(item, item)
		} else if item.Kind == listNode && !slices.ContainsFunc(item.Items(), func(i *node) bool { return i.Kind != scalarNode }) {
			meant = item
		}
	}
	if n.Get(right) != nil || meant != nil && written(meant) == "" {
		return "", nil
	}
	return right, meant
}

// isEnumType reports whether a declaration names as its type that it has a list of values.
func isEnumType(n *node) bool {
	t := n.Get("type")
	return t != nil && habits.Type(t.Text).Enum && n.Get("values") != nil && n.Get("values").Kind == listNode
}

func (c *checker) fieldType(f *schema.Field, n *node, what string) {
	unknown := false // then nothing is said of what belongs to which type
	if t := n.Get("type"); t != nil {
		var ok bool
		f.Type, f.Secret, ok = schema.ParseType(t.Text)
		if unknown = !ok || t.Kind != scalarNode; unknown {
			help := habits.Type(t.Text).Help
			if meant := c.typeMeant(t); meant != nil {
				help = "write ‹" + strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(written(meant), "{"), "}"), ", items:", "› and ‹items:") + "›"
				f.Type, f.Secret, _ = schema.ParseType(meant.Get("type").Text)
				if elem := meant.Get("items"); elem != nil && n.Get("items") == nil {
					f.Elem = c.elements(elem, what+".items")
				}
			} else if isEnumType(n) {
				help = "write ‹type: string› and ‹enum: " + flowOf(n.Get("values")) + "›"
			}
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
	c.fieldOthers(f, n, what, unknown)
}

// fieldOthers reads whether an object may have members that are not declared.
func (c *checker) fieldOthers(f *schema.Field, n *node, what string, unknown bool) {
	v, ok := c.option(n, "others", fields.BooleanField, what)
	switch {
	case !ok || unknown:
	case f.Type != schema.Object:
		c.fail(n.Key("others"), "bad-input", "say ‹type: object› and ‹members:›, or leave it out", "%s: others belongs to an object", what)
	case v == true && f.Members != nil:
		f.Members = f.Members.Open()
	case v == false && n.Get("members") == nil:
		c.fail(n.Key("others"), "bad-input", "add ‹members:› with those that it has", "%s: an object without members takes any", what)
	}
}

// typeMeant returns the declaration that a type means which there is not; nil for none, and
// for one of which no more than its name is known.
func (c *checker) typeMeant(t *node) *node {
	if t.Kind == listNode {
		names := make([]string, len(t.Items()))
		for i, item := range t.Items() {
			names[i] = item.Text
		}
		t = &node{Text: strings.Join(names, " | "), Line: t.Line, Col: t.Col}
	}
	if t.Kind != scalarNode {
		return nil
	}
	meant := declaredType(t, t.Text, 0)
	if meant == nil || strings.Count(written(meant), "items:") > 1 {
		return nil
	}
	return meant
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
	if at := n.Get("required"); at != nil && at.Kind == listNode && f.Type == schema.Object {
		c.fail(at, "wrong-type", "write ‹required: true› in each of these members, such as ‹{type: string, required: true}›", "%s.required is true or false, and here the members stand", what)
	} else if v, ok := c.option(n, "required", fields.BooleanField, what); ok {
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

// bounded says which types each bound is for; those of any type are for all.
var bounded = []struct {
	keys  []string
	types []schema.Type
	whose string
}{
	{[]string{"minimum", "maximum"}, []schema.Type{schema.Integer, schema.Number, schema.Duration}, "integers, numbers and durations (in seconds)"},
	{[]string{"minLength", "maxLength"}, []schema.Type{schema.String, schema.Bytes, schema.List, schema.Map, schema.Object, schema.Duration, schema.Timestamp}, "text, bytes, lists, maps and objects"},
	{[]string{"pattern"}, []schema.Type{schema.String, schema.Duration, schema.Timestamp}, "text"},
}

// fieldBounds warns of bounds that bound nothing of the type, or that nothing is within.
func (c *checker) fieldBounds(f *schema.Field, n *node, what string) {
	for _, b := range bounded {
		if f.Type == schema.Any || slices.Contains(b.types, f.Type) {
			continue
		}
		for _, key := range b.keys {
			if n.Get(key) != nil {
				c.warn(n.Key(key), "bad-input", "leave it out, or give the type that is meant", "%s: %s is for %s, and this has the type %s", what, key, b.whose, f.Type)
			}
		}
	}
	if f.Minimum != nil && f.Maximum != nil && *f.Minimum > *f.Maximum {
		c.warn(n.Key("minimum"), "bad-input", "exchange the two", "%s: no value is as large as its minimum and as small as its maximum", what)
	}
	if f.MinLength != nil && f.MaxLength != nil && *f.MinLength > *f.MaxLength {
		c.warn(n.Key("minLength"), "bad-input", "exchange the two", "%s: no value is as long as minLength and as short as maxLength", what)
	}
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
		if list.Kind == scalarNode && !list.IsNull() && !bind.HasExpr(list.Text) {
			values := strings.Split(list.Text, ",")
			for i := range values {
				values[i] = yamlText(strings.TrimSpace(values[i]))
			}
			c.fail(list, "wrong-type", "write ‹enum: ["+strings.Join(values, ", ")+"]›", "%s.enum must be a list of values, found %s", what, describe(list))
		} else if v, ok := c.literal(list, &schema.Field{Type: schema.List, Elem: &bare}, what+".enum"); ok {
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
