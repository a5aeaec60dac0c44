package check

import (
	"cmp"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows/internal/habits"
	"github.com/medlar-flow/medlar/internal/regex"
	"github.com/medlar-flow/medlar/schema"
)

// This file makes declarations of inputs of what others write: a type alone, string[],
// {type: list, of: {type: list, of: string}}, properties. A mistake inside is told with the
// whole of what to write, once.

// declared returns the declaration that a value means, as a map of its own keys; nil where
// that is not known. It is n where nothing in it is another system's.
func declared(n *node) *node {
	switch {
	case n.Kind == scalarNode && n.Text != "":
		return declaredType(n, n.Text, 0)
	case n.Kind == listNode && len(n.Items()) == 1:
		return declared(n.Items()[0])
	case n.Kind != mapNode:
		return nil
	}
	typ := containerOf(n)
	keys, items := slices.Clone(n.Keys()), slices.Clone(n.Items())
	changed := false
	for i, key := range keys {
		right := declaredKey(typ, key.Text)
		item := items[i]
		switch right {
		case "":
			return nil
		case "items":
			item = declared(item)
		case "members":
			item = declaredMembers(item)
		case "type":
			if _, _, known := schema.ParseType(item.Text); !known && typ != item.Text {
				item = &node{Text: typ, Line: item.Line, Col: item.Col}
			} else if !known {
				return nil // which is told at the type
			}
		}
		if item == nil {
			return nil
		}
		if right != key.Text || item != items[i] {
			keys[i], items[i], changed = named(key, right), item, true
		}
	}
	if !changed {
		return n
	}
	if typ == "" {
		for right, t := range map[string]string{"items": "list", "members": "object"} {
			if slices.ContainsFunc(keys, func(k *node) bool { return k.Text == right }) {
				keys, items = append([]*node{{Text: "type"}}, keys...), append([]*node{{Text: t}}, items...)
				break
			}
		}
	}
	return mapOf(n, keys, items)
}

// containerOf returns the name of a declaration's type, or the type that it means.
func containerOf(n *node) string {
	t := n.Get("type")
	if t == nil || t.Kind != scalarNode {
		return ""
	}
	if meant := declaredType(t, t.Text, 0); meant != nil && len(meant.Keys()) == 1 {
		return meant.Items()[0].Text
	}
	return t.Text
}

// declaredKey returns the key of a declaration that one means, in one of a type; empty
// for none.
func declaredKey(typ, key string) string {
	if contains(fieldKeys, key) {
		return key
	}
	use := habits.Part(habits.Input, key)
	if typ == "list" || typ == "map" || typ == "" {
		use = cmp.Or(habits.Part(habits.Elements, key), use)
	}
	return use.Declared()
}

// declaredMembers returns the members that a value means: a map of declarations, or a list
// of names or of declarations with names.
func declaredMembers(n *node) *node {
	if n.Kind == scalarNode || len(n.Items()) == 0 {
		return nil
	}
	keys, items := slices.Clone(n.Keys()), slices.Clone(n.Items())
	changed := n.Kind == listNode
	for i, item := range items {
		if n.Kind == listNode {
			name := item
			if item.Kind == mapNode {
				name = item.Get("name")
				item = item.Without("name")
			} else {
				item = mapOf(item, []*node{{Text: "type"}}, []*node{{Text: "string"}})
			}
			if name == nil || name.Kind != scalarNode || !schema.IsIdentifier(name.Text) {
				return nil
			}
			keys = append(keys, name)
		}
		if items[i] = declared(item); items[i] == nil {
			return nil
		}
		changed = changed || items[i] != item
	}
	if !changed {
		return n
	}
	return mapOf(n, keys, items)
}

var (
	listOfType = regex.Late{Text: `^(?i:list|array|set|seq|sequence|vector)\s*(?:[<(\[]|\s+of\s+)\s*(.+?)s?\s*[>)\]]?$`}
	mapOfType  = regex.Late{Text: `^(?i:map|dict|dictionary|record|hash|object)\s*[<(\[](?:\s*\w+\s*,)?\s*(.+?)\s*[>)\]]$`}
)

// mostTypes bounds the types within types in one name.
const mostTypes = 8

// declaredType returns the declaration that the name of a type means: string[],
// map<string, integer>, string | null.
func declaredType(at *node, name string, depth int) *node {
	name = strings.TrimSuffix(strings.TrimSpace(name), "?")
	one := func(typ string, elem *node) *node {
		keys, items := []*node{{Text: "type", Line: at.Line, Col: at.Col}}, []*node{{Text: typ, Line: at.Line, Col: at.Col}}
		if elem != nil {
			keys, items = append(keys, &node{Text: "items", Line: at.Line, Col: at.Col}), append(items, elem)
		}
		return mapOf(at, keys, items)
	}
	if depth > mostTypes || name == "" || len(name) > 60 {
		return nil
	}
	if _, _, ok := schema.ParseType(name); ok {
		return one(name, nil)
	}
	if t := habits.Type(name); t.Whole {
		return one(t.Name, nil)
	}
	of := func(typ, elem string) *node {
		if inner := declaredType(at, elem, depth+1); inner != nil {
			return one(typ, inner)
		}
		return nil
	}
	if elem, ok := strings.CutSuffix(name, "[]"); ok {
		return of("list", elem)
	}
	if elem, ok := strings.CutPrefix(name, "[]"); ok {
		return of("list", elem)
	}
	if first, second, ok := strings.Cut(name, "|"); ok {
		if first, second = strings.TrimSpace(first), strings.TrimSpace(second); first == "null" || first == "None" {
			first, second = second, first
		}
		if second == "null" || second == "None" {
			return declaredType(at, first, depth+1)
		}
		if declaredType(at, first, depth+1) != nil && declaredType(at, second, depth+1) != nil {
			return one("any", nil)
		}
		return nil
	}
	if m := listOfType.Get().FindStringSubmatch(name); m != nil {
		return of("list", m[1])
	}
	if m := mapOfType.Get().FindStringSubmatch(name); m != nil {
		return of("map", m[1])
	}
	return nil
}

// longestWritten bounds what a help writes of a declaration.
const longestWritten = 120

// written is a declaration in one line; empty where it is too long.
func written(n *node) string {
	text := flowOf(n)
	if len(text) > longestWritten || strings.ContainsAny(text, "‹›\n") {
		return ""
	}
	return text
}

// flowOf is a value as YAML writes it in one line.
func flowOf(n *node) string {
	parts := make([]string, len(n.Items()))
	for i, item := range n.Items() {
		parts[i] = flowOf(item)
		if n.Kind == mapNode {
			parts[i] = n.Keys()[i].Text + ": " + parts[i]
		}
	}
	switch {
	case n.Kind == mapNode:
		return "{" + strings.Join(parts, ", ") + "}"
	case n.Kind == listNode:
		return "[" + strings.Join(parts, ", ") + "]"
	case n.Style == plainStyle && !strings.ContainsAny(n.Text, ",{}[]#:"):
		return n.Text
	}
	return yamlText(n.Text)
}

// declaredElsewhere reports a part of a declaration that has the right name and another system's
// shape, or stands at the wrong level, and returns the declaration as it was meant.
func (c *checker) declaredElsewhere(n *node, what string) *node {
	typ := containerOf(n)
	switch {
	case typ == "object" && n.Get("items") != nil && n.Get("members") == nil && onlyDeclares(n.Get("items")):
		return c.declares(n, "items", "members", declaredMembers(n.Get("items")), "%s: items belongs to a list or a map, and here its members stand", what)
	case typ == "list" || typ == "map":
		for _, name := range []string{"members", "properties", "fields", "attributes"} {
			if n.Get(name) == nil || n.Get("items") != nil {
				continue
			}
			if members := declaredMembers(n.Get(name)); members != nil {
				object := mapOf(members, []*node{{Text: "type"}, {Text: "members"}}, []*node{{Text: "object"}, members})
				return c.declares(n, name, "items", object, "%s: "+name+" belongs to an object, and this is a "+typ, what)
			}
		}
		for _, name := range []string{"enum", "pattern"} {
			if at := n.Get(name); at != nil && n.Get("items") == nil && typ == "list" && (at.Kind == scalarNode || len(at.Items()) > 0 && at.Items()[0].Kind == scalarNode) {
				elem := mapOf(at, []*node{{Text: name}}, []*node{at})
				return c.declares(n, name, "items", elem, "%s: "+name+" is of what a value is, and here it is meant of the elements", what)
			}
		}
	}
	for _, name := range []string{"items", "members"} {
		if item := n.Get(name); item != nil && n.Get("type") == nil && item.Kind == mapNode && !hasForeign(n, fieldKeys) {
			t := map[string]string{"items": "list", "members": "object"}[name]
			c.fail(n.Key(name), "bad-input", "write ‹type: "+t+"› before it", "%s: %s belongs to a type of its own", what, name)
			return mapOf(n, append(slices.Clone(n.Keys()), &node{Text: "type"}), append(slices.Clone(n.Items()), &node{Text: t}))
		}
	}
	if item := n.Get("members"); item != nil && item.Kind == listNode && typ == "object" {
		return c.declares(n, "members", "members", declaredMembers(item), "%s: members is a map of them by their names", what)
	}
	if item := n.Get("items"); item != nil && item.Kind != mapNode && !item.IsNull() && (typ == "list" || typ == "map") {
		return c.declares(n, "items", "items", declared(item), "%s: items takes a declaration such as ‹{type: string}›", what)
	}
	return n
}

// declares reports that a key of a declaration should have another value, and returns the
// declaration with that; n where it cannot be said.
func (c *checker) declares(n *node, key, right string, item *node, format, what string) *node {
	if item == nil || written(item) == "" {
		return n
	}
	c.fail(n.Key(key), "bad-input", "write ‹"+right+": "+written(item)+"›", format, what)
	keys, items := slices.Clone(n.Keys()), slices.Clone(n.Items())
	i := slices.IndexFunc(keys, func(k *node) bool { return k.Text == key })
	keys[i], items[i] = named(keys[i], right), item
	return mapOf(n, keys, items)
}

// onlyDeclares reports whether a map has names with declarations, and no key of one.
func onlyDeclares(n *node) bool {
	if n.Kind != mapNode || len(n.Keys()) == 0 {
		return false
	}
	for i, key := range n.Keys() {
		item := n.Items()[i]
		if _, near := diag.Nearest(key.Text, fieldKeys); near || cmp.Or(habits.Part(habits.Input, key.Text), habits.Part(habits.Elements, key.Text)).Help != "" || !schema.IsIdentifier(key.Text) {
			return false
		}
		if item.Kind != mapNode && (item.Kind != scalarNode || declaredType(item, item.Text, 0) == nil) {
			return false
		}
	}
	return true
}
