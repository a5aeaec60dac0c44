package check

import (
	"slices"
	"strconv"
	"strings"

	"github.com/medlar-flow/medlar/flows/internal/habits"
	"github.com/medlar-flow/medlar/internal/bind"
	"github.com/medlar-flow/medlar/schema"
)

// This file makes blocks of what stands in another shape where steps, cases, handlers or
// branches belong. It is asked where that was reported, so that the mistakes inside are
// found, too, and the steps inside are known.

// meantBlock returns the list of steps that was meant by what is no list: one step, steps
// under their names, or a map with the list in it; nil for none.
func meantBlock(n *node) *node {
	switch {
	case n.Kind != mapNode || len(n.Keys()) == 0:
		return nil
	case slices.ContainsFunc(n.Keys(), func(k *node) bool { return isVerb(k.Text) }):
		return listOf(n, n)
	}
	for i, key := range n.Keys() {
		if n.Items()[i].Kind == listNode && habits.Part(habits.Case, key.Text).Key() == "do" || key.Text == "do" {
			return asBlock(n.Items()[i])
		}
	}
	steps := make([]*node, len(n.Keys()))
	for i, item := range n.Items() {
		if item.Kind != mapNode {
			return nil
		}
		if steps[i] = item; item.Get("id") == nil && schema.IsIdentifier(n.Keys()[i].Text) {
			key := n.Keys()[i]
			steps[i] = mapOf(item, append(slices.Clone(item.Keys()), named(key, "id")), append(slices.Clone(item.Items()), key))
		}
	}
	return listOf(n, steps...)
}

// asBlock returns a list of steps as it stands there, or as it was meant.
func asBlock(n *node) *node {
	if n == nil || n.Kind == listNode {
		return n
	}
	return meantBlock(n)
}

// pairsOf makes a list of cases or handlers of a map: of one alone, or of those that stand
// behind what they are for; nil where it is neither. name is the key that takes that.
func pairsOf(n *node, name string) *node {
	switch {
	case n.Kind != mapNode || len(n.Keys()) == 0:
		return nil
	case n.Get("do") != nil || n.Get(name) != nil:
		return listOf(n, n)
	}
	items := make([]*node, len(n.Keys()))
	for i, key := range n.Keys() {
		block := asBlock(n.Items()[i])
		if block == nil {
			return nil
		}
		items[i] = mapOf(key, []*node{named(key, name), named(key, "do")}, []*node{key, block})
	}
	return listOf(n, items...)
}

// branchesOf makes the branches of a parallel step of a list: of steps, of lists of them,
// or of maps with a list in each; nil where it is none.
func branchesOf(n *node) *node {
	if n.Kind != listNode || len(n.Items()) == 0 {
		return nil
	}
	keys := make([]*node, len(n.Items()))
	items := make([]*node, len(n.Items()))
	for i, item := range n.Items() {
		if items[i] = asBlock(item); items[i] == nil {
			return nil
		}
		keys[i] = &node{Text: "branch" + strconv.Itoa(i+1), Line: item.Line, Col: item.Col}
	}
	return mapOf(n, keys, items)
}

// innerKeys are the keys under which others put what a verb takes into a map behind it.
var innerKeys = map[string][]string{
	"forEach": {"items", "in", "list", "over", "values", "forEach"},
	"if":      {"condition", "when", "expression", "test", "if"},
	"switch":  {"value", "expression", "on", "switch"},
	"try":     {"steps", "do", "body", "block", "tasks", "try"},
	"repeat":  {"steps", "do", "body", "block", "tasks", "repeat"},
}

// takesInner reports whether innerKeys has a verb.
func takesInner(verb string) bool {
	switch verb {
	case "forEach", "if", "switch", "try", "repeat":
		return true
	}
	return false
}

// byNames returns the map that was meant by a list of what has a name each: {name: one}, or
// {one: {…}}, or the name alone; nil where something has none.
func byNames(n *node) *node {
	if n.Kind != listNode {
		return nil
	}
	var keys, items []*node
	for _, item := range n.Items() {
		name, held := item, mapOf(item, nil, nil)
		if at := item.Key("name"); item.Kind == mapNode {
			if at == nil {
				at = item.Key("id")
			}
			switch {
			case at != nil:
				name, held = item.Get(at.Text), item.Without(at.Text)
			case len(item.Keys()) == 1:
				name, held = item.Keys()[0], item.Items()[0]
			default:
				return nil
			}
		}
		if name.Kind != scalarNode || name.IsNull() {
			return nil
		}
		keys, items = append(keys, name), append(items, held)
	}
	return mapOf(n, keys, items)
}

// flattened returns a step whose verb has a map behind it with the other keys of the step
// in it, as others write it, with these beside the verb; n, nil where it is none. at is
// the map.
func flattened(n *node) (step, at *node) {
	for i, key := range n.Keys() {
		item, verb := n.Items()[i], key.Text
		if item.Kind != mapNode || !takesInner(verb) {
			continue
		}
		inside := func(k *node) bool {
			use := habits.Step(verb, k.Text)
			return contains(verbKeys[verb], k.Text) || use.As != habits.Nothing && use.As != habits.Told
		}
		if slices.ContainsFunc(n.Keys(), func(k *node) bool { return contains(verbKeys[verb], k.Text) && k.Text != "timeout" }) ||
			!slices.ContainsFunc(item.Keys(), inside) || slices.ContainsFunc(item.Keys(), func(k *node) bool { return isVerb(k.Text) && k.Text != verb }) {
			continue
		}
		keys, items := slices.Clone(n.Keys()), slices.Clone(n.Items())
		body := &node{Broken: true, Line: item.Line, Col: item.Col}
		for j, inner := range item.Keys() {
			if contains(innerKeys[verb], inner.Text) {
				body = item.Items()[j]
				continue
			}
			keys, items = append(keys, inner), append(items, item.Items()[j])
		}
		items[i] = body
		return mapOf(n, keys, items), key
	}
	return n, nil
}

// flatHelp is what to write for a verb with the other keys of the step in a map behind it.
func flatHelp(step *node, verb string) string {
	names := []string{}
	for _, key := range step.Keys() {
		if key.Text != verb && contains(verbKeys[verb], key.Text) {
			names = append(names, "‹"+key.Text+":›")
		}
	}
	help, _, _ := strings.Cut(verbs[verb], "›")
	if body := step.Get(verb); body.Kind == scalarNode && bind.HasExpr(body.Text) {
		help = verb + ": " + habits.Quoted(body.Text)
	}
	if len(names) == 0 {
		return "write ‹" + help + "›, and the rest beside it"
	}
	return "write ‹" + help + "›, and " + joinAnd(names) + " beside it"
}

// stepInside reports a case or a handler in which a step stands beside its keys, and
// returns it with that under do; n where there is none.
func (c *checker) stepInside(n *node, known []string, where string) *node {
	i := slices.IndexFunc(n.Keys(), func(k *node) bool { return isVerb(k.Text) && !contains(known, k.Text) })
	if i < 0 || n.Get("do") != nil {
		return n
	}
	verb := n.Keys()[i]
	c.fail(verb, "unknown-key", "put the step into ‹do: [steps]›", "%s has its steps under ‹do:›, and here %s stands beside it", where, verb.Text)
	var keys, items, inner, values []*node
	for i, key := range n.Keys() {
		if !contains(known, key.Text) && contains(keysOf(verb.Text), key.Text) {
			inner, values = append(inner, key), append(values, n.Items()[i])
			continue
		}
		keys, items = append(keys, key), append(items, n.Items()[i])
	}
	return mapOf(n, append(keys, named(verb, "do")), append(items, listOf(n, mapOf(n, inner, values))))
}
