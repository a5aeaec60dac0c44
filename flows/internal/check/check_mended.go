package check

import (
	"slices"
	"strconv"
	"strings"

	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows/internal/habits"
	"github.com/medlar-flow/medlar/internal/bind"
	"github.com/medlar-flow/medlar/schema"
)

// This file makes of what was reported what was meant, so that the mistakes inside are
// found, too, and what it gives is known.

// keyMeant returns the key that one which does not belong into a map was surely meant as,
// where what stands behind it can be that key's; else nothing. use is what was said of it.
func keyMeant(key string, item *node, known []string, use habits.Use) string {
	if use.Help == "" {
		near, _ := diag.Nearest(key, known)
		return near
	}
	right := use.Key()
	if !contains(known, right) || !holds(right, item) {
		return ""
	}
	return right
}

// holds reports whether a value of the file can be what a key takes: what others write
// under a key of theirs often has another shape.
func holds(key string, item *node) bool {
	switch key {
	case "then", "else", "do", "default", "finally", "cases", "catch", "steps":
		return item.Kind == listNode
	case "undo":
		return item.Kind != scalarNode
	case "with", "members":
		return item.Kind == mapNode
	case "id", "as", "indexAs":
		return item.Kind == scalarNode && schema.IsIdentifier(item.Text) && !contains(rootWords, item.Text)
	case "is", "collect":
		return !item.IsNull()
	case "enough":
		if n, err := strconv.ParseInt(item.Text, 10, 64); err == nil && n > 0 {
			return item.Kind == scalarNode
		}
	}
	return item.Kind == scalarNode && bind.HasExpr(item.Text)
}

// mendedKeys returns a map with those keys spelt right that were surely meant as one that
// it takes and does not have: what stands behind them is checked, too. use says what is
// said of a key; one that means none of the known ones says that it is another one.
func mendedKeys(n *node, known []string, use func(string) habits.Use) *node {
	out := n
	for i, key := range n.Keys() {
		if contains(known, key.Text) {
			continue
		}
		right := keyMeant(key.Text, n.Items()[i], known, use(key.Text))
		if right == "" || out.Key(right) != nil {
			continue
		}
		if out == n {
			cloned := *n
			cloned.Hold(slices.Clone(n.Keys()), slices.Clone(n.Items()))
			out = &cloned
		}
		out.Keys()[i] = named(key, right)
		if right == "catch" {
			out.Items()[i] = handlersOf(n.Items()[i])
		}
	}
	return out
}

// named returns a key with another name.
func named(key *node, name string) *node {
	right := *key
	right.Text = name
	return &right
}

// handlersOf returns the handlers of a catch; where steps stand there, as others write
// them, one that has these.
func handlersOf(n *node) *node {
	if !stepsForHandlers(n) {
		return n
	}
	handler := mapOf(n, []*node{{Text: "do", Line: n.Line, Col: n.Col}}, []*node{n})
	return listOf(n, handler)
}

// stepsForHandlers reports whether the steps of a handler stand where the handlers do.
func stepsForHandlers(n *node) bool {
	if n.Kind != listNode || len(n.Items()) == 0 {
		return false
	}
	return !slices.ContainsFunc(n.Items(), func(item *node) bool {
		verb := slices.ContainsFunc(item.Keys(), func(k *node) bool { return isVerb(k.Text) && k.Text != "if" })
		return !verb || item.Get("on") != nil || item.Get("do") != nil
	})
}

// saidAt reports whether a mistake was reported at a place.
func (c *checker) saidAt(n *node) bool {
	at := c.src.At(n)
	return slices.ContainsFunc(c.diags, func(d diag.Diagnostic) bool { return d.Span.Line == at.Line && d.Span.Col == at.Col })
}

func mapOf(at *node, keys, items []*node) *node {
	m := &node{Kind: mapNode, Line: at.Line, Col: at.Col}
	m.Hold(keys, items)
	return m
}

// keyUse is what is said of a key that a step with a verb does not take; for one that
// belongs to another verb, and cannot be meant as one of this, that.
func keyUse(verb, key string, known []string) habits.Use {
	use := habits.Step(verb, key)
	if !contains(known, use.Key()) && len(ownersOf(key)) > 0 {
		return anotherKey
	}
	return use
}

// anotherKey is what is said of a key that has a meaning of its own and stands for no other.
var anotherKey = habits.Use{Help: "it is another key"}

// noUse says of all keys that nothing is known of them: they may be misspelt.
func noUse(string) habits.Use { return habits.Use{} }

// useIn is what is said of the keys of a place: see habits.Part.
func useIn(place string) func(string) habits.Use {
	return func(key string) habits.Use { return habits.Part(place, key) }
}

// takesAnywhere reports whether a key belongs to a step, a case or a handler.
func takesAnywhere(key string) bool {
	switch key {
	case "id", "description", "if", "with", "connection", "retry", "timeout", "undo", "idempotent", "atMostOnce", "sensitive",
		"then", "else", "cases", "default", "as", "indexAs", "do", "collect", "concurrency", "enough", "onError", "catch", "finally",
		"until", "every", "maxAttempts", "connections", "is", "when", "on":
		return true
	}
	return isVerb(key)
}

// meantStep returns a step, case or handler as it was surely meant; n where nothing in it
// is misspelt or another system's. Nothing is reported.
func (c *checker) meantStep(n *node) *node {
	if !slices.ContainsFunc(n.Keys(), func(k *node) bool { return !takesAnywhere(k.Text) }) {
		return n
	}
	verb := ""
	for _, key := range n.Keys() {
		if isVerb(key.Text) && (key.Text != "if" || verb == "") {
			verb = key.Text
		}
	}
	if verb == "" {
		if key, near := nearVerb(n, true); key != nil {
			verb, n = near, mendedKeys(n, []string{near}, noUse)
		} else if step := c.foreignStep(n); step != nil {
			return step
		}
	}
	if verb == "" {
		n = mendedKeys(n, handlerKeys, useIn(habits.Handler))
		return mendedKeys(n, caseKeys, useIn(habits.Case))
	}
	known := keysOf(verb)
	return mendedKeys(n, known, func(k string) habits.Use { return keyUse(verb, k, known) })
}

// foreignStep returns the step that was surely meant by one whose keys say in the words of
// another system what it does; nil where that is not known. What has no place in the step
// is left out: it is told once that the step is another system's.
func (c *checker) foreignStep(n *node) *node {
	for i, key := range n.Keys() {
		if contains(modifierKeys, key.Text) || contains(verbKeys["call"], key.Text) {
			continue
		}
		use := c.verbUse(key.Text, n.Items()[i])
		if use.Help == "" {
			continue
		}
		verb := use.Key()
		if verbs[verb] == "" {
			return nil
		}
		body := c.foreignBody(n, n.Items()[i], verb, use.Operation())
		if body == nil {
			return nil
		}
		return c.stepOf(n, key, verb, body)
	}
	return nil
}

// foreignBody returns what a verb is given by the value of a key that means it, or by
// another key of the step; nil for nothing that it takes. operation is the one of a call.
func (c *checker) foreignBody(n, item *node, verb, operation string) *node {
	fits := func(item *node) bool {
		switch verb {
		case "set":
			return item.Kind == mapNode
		case "try", "repeat":
			return item.Kind == listNode
		case "parallel":
			return item.Kind == mapNode && !slices.ContainsFunc(item.Items(), func(b *node) bool { return b.Kind != listNode })
		case "forEach":
			return item.Kind == listNode || item.Kind == scalarNode && bind.HasExpr(item.Text)
		case "if", "switch":
			return item.Kind == scalarNode && bind.HasExpr(item.Text)
		}
		return false
	}
	if verb == "call" {
		if _, ok := c.registry.Operation(operation); !ok || item.Kind != scalarNode || n.Get("call") != nil {
			return nil
		}
		if meant, ok := c.meantOperation(item.Text); item.Text != operation && (!ok || meant != operation) && operation != "log.info" {
			return nil // an example
		}
		op := *item
		op.Text = operation
		return &op
	}
	if fits(item) {
		return item
	}
	for i, k := range n.Keys() {
		if habits.Step(verb, k.Text).Key() == verb {
			if body := n.Items()[i]; body != item && fits(body) {
				return body
			}
		}
	}
	return nil
}

// stepOf is a step with a verb made of one that says it otherwise, with what else of it
// belongs there.
func (c *checker) stepOf(n, at *node, verb string, body *node) *node {
	keys, items := []*node{named(at, verb)}, []*node{body}
	known := keysOf(verb)
	for i, key := range n.Keys() {
		item := n.Items()[i]
		name := key.Text
		if key == at || item == body {
			continue
		}
		if !contains(known, name) {
			name = keyMeant(name, item, known, keyUse(verb, name, known))
		}
		if name == "" || name == verb || slices.ContainsFunc(keys, func(k *node) bool { return k.Text == name }) {
			continue
		}
		if name == "catch" {
			item = handlersOf(item)
		}
		keys, items = append(keys, named(key, name)), append(items, item)
	}
	if verb == "call" && n.Get("with") == nil {
		if with := c.withOf(n, at, body); with != nil {
			keys, items = append(keys, &node{Text: "with", Line: with.Line, Col: with.Col}), append(items, with)
		}
	}
	return mapOf(n, keys, items)
}

// withOf makes the parameters of a call of the keys that stand beside it, and of a
// message that stands behind the key that means a log line; nil for none.
func (c *checker) withOf(n, at, body *node) *node {
	var keys, items []*node
	op, _ := c.registry.Operation(body.Text)
	for i, key := range n.Keys() {
		if key != at && !contains(modifierKeys, key.Text) && op.Params().Field(key.Text) != nil {
			keys, items = append(keys, key), append(items, n.Items()[i])
		}
	}
	if item := n.Get(at.Text); body.Text == "log.info" && item.Text != body.Text && item.Kind == scalarNode && !isType(at.Text) {
		keys, items = append(keys, named(item, "message")), append(items, item)
	}
	if len(keys) == 0 {
		return nil
	}
	return mapOf(at, keys, items)
}

// onlyOnce takes back what a step of another system lacks at one of its places, from a
// mistake on: it is told once what to write there.
func (c *checker) onlyOnce(from int, places ...*node) {
	kept := c.diags[:from]
	for _, d := range c.diags[from:] {
		lacks := d.Rule == "missing-key" || d.Rule == "missing-parameter" || d.Rule == "collect-without-id"
		if !lacks || !slices.ContainsFunc(places, func(n *node) bool { return n != nil && int(n.Line) == d.Line && int(n.Col) == d.Col }) {
			kept = append(kept, d)
		}
	}
	c.diags = kept
}

// isType reports whether a key names by its value what a step does.
func isType(key string) bool {
	return strings.EqualFold(key, "type") || strings.EqualFold(key, "uses") || strings.EqualFold(key, "action") || strings.EqualFold(key, "resource")
}

// aroundStep returns the try, the loop or the rounds that were meant around a step by keys
// of it, and reports these; nil where there are none.
func (c *checker) aroundStep(n *node, verb string) *node {
	var keys, items []*node
	inner, known := n, keysOf(verb)
	for i, key := range n.Keys() {
		item := n.Items()[i]
		if contains(known, key.Text) || c.beside[key.Text] {
			continue
		}
		around, part := aroundKey(key.Text, item, habits.Step(verb, key.Text))
		if around == "" || len(keys) > 0 && keys[0].Text != around {
			continue
		}
		c.wrongKey(n, key, item, verb)
		if inner = inner.Without(key.Text); len(keys) == 0 {
			keys, items = []*node{named(key, around)}, []*node{nil}
		}
		switch {
		case around == "forEach" && item.Kind == scalarNode && !bind.HasExpr(item.Text):
			item = &node{Broken: true, Line: item.Line, Col: item.Col}
		case part == "catch":
			item = handlersOf(item)
		}
		if !slices.ContainsFunc(keys, func(k *node) bool { return k.Text == part }) {
			keys, items = append(keys, named(key, part)), append(items, item)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	if keys[0].Text == "forEach" { // its list was kept as the second part
		inner = inner.Without("id")
		items[0], items[1] = items[1], listOf(n, inner)
	} else {
		items[0] = listOf(n, inner)
	}
	return mapOf(n, keys, items)
}

// aroundKey returns the verb that a key of a step means around it, and which key of that
// verb it is: of a loop do, since what stands there is the list.
func aroundKey(key string, item *node, use habits.Use) (verb, part string) {
	switch verb = use.Verb(); {
	case verb == "try" && item.Kind == listNode:
		if slices.Contains([]string{"finally", "always", "ensure"}, key) {
			return "try", "finally"
		}
		return "try", "catch"
	case verb == "forEach":
		return "forEach", "do"
	case verb == "repeat" && key == "until" && item.Kind == scalarNode && bind.HasExpr(item.Text):
		return "repeat", "until"
	}
	return "", ""
}

func listOf(at *node, items ...*node) *node {
	list := &node{Kind: listNode, Line: at.Line, Col: at.Col}
	list.Hold(nil, items)
	return list
}
