package check

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows/internal/habits"
	"github.com/medlar-flow/medlar/internal/value"
)

// verb finds the one verb of a step, or the key that was surely meant as one, which
// it reports. It returns the step as it was meant.
func (c *checker) verb(n *node) (verb string, key, step *node) {
	var few [2]*node
	found := few[:0]
	for _, key := range n.Keys() {
		if len(found) < len(few) && isVerb(key.Text) && key.Text != "if" {
			found = append(found, key)
		}
	}
	branches := n.Get("then") != nil || n.Get("else") != nil
	switch {
	case len(found) > 1:
		c.fail(found[1], "two-verbs", "make two steps of it", "a step has one verb, this one has %s and %s", found[0].Text, found[1].Text)
		return "", nil, n
	case len(found) == 1 && branches && n.Get("if") != nil:
		c.fail(found[0], "two-verbs", "put the step into ‹then:›", "if with then or else is a verb of its own, this step also has %s", found[0].Text)
		return "", nil, n
	case len(found) == 1:
		return found[0].Text, found[0], n
	case n.Get("if") != nil && branches:
		return "if", n.Key("if"), n
	}
	return c.noVerb(n)
}

// isVerb reports whether a key is one of verbs.
func isVerb(key string) bool {
	switch key {
	case "call", "set", "if", "switch", "forEach", "parallel", "try", "repeat", "wait", "flow", "fail", "return":
		return true
	}
	return false
}

// noVerb reports a step without a verb, and returns the verb that was surely
// meant, with its key, in the step as it was meant.
func (c *checker) noVerb(n *node) (verb string, key, step *node) {
	for _, key := range n.Keys() {
		if _, ok := c.registry.Operation(key.Text); ok {
			c.fail(key, "missing-verb", "write ‹call: "+key.Text+"›, and its parameters as a map under ‹with:›", "%s is an operation, not a verb", key.Text)
			return "", nil, n
		}
	}
	if c.jumps(n) {
		return "", nil, n
	}
	if key := n.Key("if"); key != nil && !guardsMisspelt(n) {
		return c.ifAlone(n, key)
	}
	for i, key := range n.Keys() {
		if verb := verbSpelt(key.Text); verb != "" && verb != key.Text {
			c.fail(key, "unknown-key", "write ‹"+verb+":›", "%q is no verb", key.Text)
			return meant(verb, n, key, n.Items()[i])
		}
	}
	for _, owner := range []bool{true, false} {
		if key, verb := nearVerb(n, owner); key != nil {
			c.fail(key, "unknown-key", diag.Suggest(key.Text, value.SortedKeys(verbs), "verbs are"), "%q is no verb", key.Text)
			return meant(verb, n, key, n.Get(key.Text))
		}
		if owner && c.foreignVerb(n) {
			step := c.foreignStep(n)
			if step == nil {
				return "", nil, n
			}
			c.unclear = true
			return step.Keys()[0].Text, step.Keys()[0], step
		}
	}
	c.fail(n, "missing-verb", "verbs are: "+joinNames(value.SortedKeys(verbs)), "a step needs a verb")
	return "", nil, n
}

// ifAlone reports an if without then and else, of which a key was meant as one of these.
func (c *checker) ifAlone(n, at *node) (verb string, key, step *node) {
	help := "add ‹then: [steps]› with the steps to run, or a verb that the condition guards"
	known := keysOf("if")
	mended := mendedKeys(n, known, func(k string) habits.Use { return keyUse("if", k, known) })
	branches := mended.Get("then") != nil || mended.Get("else") != nil
	for i, other := range n.Keys() {
		use := habits.Step("if", other.Text)
		if n.Items()[i].Kind == listNode && use.Key() == "then" {
			help = use.Help + " instead of " + other.Text
		} else if right := mended.Keys()[i].Text; use.Help == "" && (right == "then" || right == "else") && right != other.Text {
			c.unknownKey(other, "a step with if", known)
			return "if", at, mended
		}
	}
	c.fail(at, "missing-verb", help, "an if needs then or else")
	if !branches {
		return "", nil, n
	}
	return "if", at, mended
}

// guardsMisspelt reports whether the if of a step stands beside a misspelt verb, and
// not beside a misspelt then or else.
func guardsMisspelt(n *node) bool {
	known := append(value.SortedKeys(verbs), "then", "else", "steps")
	return slices.ContainsFunc(n.Keys(), func(k *node) bool {
		near, ok := diag.Nearest(k.Text, known)
		return ok && k.Text != near && near != "if" && verbs[near] != "" && !contains(modifierKeys, k.Text)
	})
}

func joinNames(names []string) string {
	text := ""
	for i, name := range names {
		if i > 0 {
			text += ", "
		}
		text += name
	}
	return text
}

// keysOf are the keys that a step with a verb takes.
func keysOf(verb string) []string {
	if verb == "if" {
		return slices.Concat([]string{verb}, verbKeys[verb], modifierKeys[:len(modifierKeys)-1])
	}
	return slices.Concat([]string{verb}, verbKeys[verb], modifierKeys)
}

// hasItsKeys reports whether a step has no keys that it does not take.
func hasItsKeys(n *node, verb string) bool {
	keys := verbKeys[verb]
	for _, key := range n.Keys() {
		if key.Text != verb && !contains(modifierKeys, key.Text) && !contains(keys, key.Text) {
			return false
		}
	}
	return true
}

// stepKeys reports keys that a step does not take, and returns the step with those
// spelt right that surely were meant as others.
func (c *checker) stepKeys(n *node, verb string) *node {
	known := keysOf(verb)
	for i, key := range n.Keys() {
		if contains(known, key.Text) {
			continue
		}
		if verb == "repeat" && n.Get(verb).Kind == scalarNode && bodyElsewhere(n, verb) == n {
			continue // it is no repeat, which is said at its value
		}
		c.wrongKey(n, key, n.Items()[i], verb)
	}
	mended := mendedKeys(n, known, func(k string) habits.Use {
		if c.beside[k] {
			return anotherKey
		}
		return keyUse(verb, k, known)
	})
	for i, key := range mended.Keys() {
		if !contains(known, key.Text) && mended.Items()[i].Kind != scalarNode {
			c.unclear = true // what stands there is not looked at
		}
	}
	return bodyElsewhere(mended, verb)
}

// bodyElsewhere returns a try or repeat whose steps stand under another key with them in
// their place.
func bodyElsewhere(n *node, verb string) *node {
	body := n.Get(verb)
	if verb != "try" && verb != "repeat" || !body.IsNull() {
		return n
	}
	for i, key := range n.Keys() {
		if item := n.Items()[i]; item.Kind == listNode && habits.Step(verb, key.Text).Key() == verb {
			out := n.Without(key.Text)
			out.Items()[slices.IndexFunc(out.Keys(), func(k *node) bool { return k.Text == verb })] = item
			return out
		}
	}
	return n
}

// wrongKey reports a key that a step with a verb does not take.
func (c *checker) wrongKey(n, key, item *node, verb string) {
	use := habits.Step(verb, key.Text)
	if c.beside[key.Text] {
		help := "put it into the map under ‹with:›"
		if use.Help != "" {
			help += ", where it is the parameter, or " + use.Help
		}
		c.fail(key, "unknown-key", help, "%q is a parameter of %s, and stands beside its with", key.Text, n.Get("call").Text)
		return
	}
	if verb == "if" && use.Gives("if") {
		c.elseIf(key, item)
	}
	known, owners := keysOf(verb), ownersOf(key.Text)
	if len(owners) == 0 {
		c.foreignKey(key, item, use, "a step with "+verb, known)
		return
	}
	help := cmp.Or(use.Help, fmt.Sprintf("%s takes: %s", verb, joinNames(known)))
	c.fail(key, "unknown-key", help, "%s belongs to %s, this step is a %s", key.Text, joinAnd(owners), verb)
}

// elseIf takes back that the then is given twice which stands below another condition of the
// step: it is told there how to write that.
func (c *checker) elseIf(key, item *node) {
	before := len(c.diags)
	c.diags = slices.DeleteFunc(c.diags, func(d diag.Diagnostic) bool {
		return d.Rule == "duplicate-key" && d.Line == int(item.Line)+1 && d.Col == int(key.Col)
	})
	if len(c.diags) < before {
		c.unclear = true // what stands there is not looked at
	}
}

func joinAnd(names []string) string {
	last := len(names) - 1
	if last < 1 {
		return joinNames(names)
	}
	return joinNames(names[:last]) + " and " + names[last]
}

// ownersOf returns the verbs that take a key.
func ownersOf(key string) []string {
	var owners []string
	for _, verb := range value.SortedKeys(verbKeys) {
		if contains(verbKeys[verb], key) {
			owners = append(owners, verb)
		}
	}
	return owners
}

// means reports whether a key of the step that does not belong there was meant as
// another one.
func (w *stepCheck) means(key string) bool {
	known := keysOf(w.st.Verb)
	return means(w.n, key, known, func(k string) habits.Use { return habits.Step(w.st.Verb, k) })
}
