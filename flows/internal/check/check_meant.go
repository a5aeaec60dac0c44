package check

import (
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/internal/value"
)

// verbSpelt returns the verb that a key is but for capital letters, - and _.
func verbSpelt(key string) string {
	for verb := range verbs {
		if strings.EqualFold(key, verb) || strings.EqualFold(unsigned(key), verb) {
			return verb
		}
	}
	return ""
}

// nearVerb returns a key that is nearly a verb, and which; owner says that another
// key of the step must belong to that verb.
func nearVerb(n *node, owner bool) (key *node, verb string) {
	known := value.SortedKeys(verbs)
	for _, key := range n.Keys() {
		verb, ok := diag.Nearest(key.Text, known)
		if !ok || verb == key.Text || contains(modifierKeys, key.Text) {
			continue
		}
		if !owner || slices.ContainsFunc(n.Keys(), func(k *node) bool { return contains(verbKeys[verb], k.Text) }) {
			return key, verb
		}
	}
	return nil, ""
}

// meant returns a verb, the key that means it and the step with it, where its value looks
// like one of that verb: what is inside is checked then, too.
func meant(verb string, n, key, item *node) (string, *node, *node) {
	if !looksLike(verb, item) {
		return "", nil, n
	}
	step, right := mended(n, key, verb)
	return verb, right, step
}

// looksLike reports whether a value is likely to be one of a verb.
func looksLike(verb string, item *node) bool {
	switch verb {
	case "parallel", "set", "fail":
		return item.Kind == mapNode
	case "try", "repeat":
		return item.Kind == listNode
	case "call", "flow", "wait":
		return item.Kind == scalarNode && !item.IsNull()
	case "forEach", "switch":
		return item.Kind != mapNode && !item.IsNull()
	}
	return false
}

// mended returns a step whose verb is spelt right, and the key of it.
func mended(n, misspelt *node, verb string) (step, key *node) {
	right, out := *misspelt, *n
	right.Text = verb
	keys := slices.Clone(n.Keys())
	keys[slices.Index(keys, misspelt)] = &right
	out.Hold(keys, n.Items())
	return &out, &right
}

// blockKeys are the keys with steps behind them that are no verbs.
var blockKeys = []string{"then", "else", "do", "undo", "default", "cases", "catch", "finally"}

// misspeltBlock returns the key with steps in it that one was meant as, if what
// stands behind it can be these steps; else nothing.
func misspeltBlock(key string, item *node) string {
	if item.Kind == scalarNode || verbs[key] != "" || len(ownersOf(key)) > 0 {
		return ""
	}
	if near, ok := diag.Nearest(key, blockKeys); ok && item.Kind == listNode {
		return near
	}
	verb := verbSpelt(key)
	if verb == "" {
		verb, _ = diag.Nearest(key, value.SortedKeys(verbs))
	}
	if (verb == "parallel" || verb == "try" || verb == "repeat") && looksLike(verb, item) {
		return verb
	}
	return ""
}
