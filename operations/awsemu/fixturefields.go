package awsemu

import (
	"strings"
	"time"

	"github.com/medlar-flow/medlar/diag"
)

// reader turns nodes into a Fixture and collects every mistake on the way.
type reader struct{ *mistakes }

func (r reader) at(n *node, format string, args ...any) {
	r.add(n.line, n.column, format, args...)
}

// fields reads a mapping by the handlers of its keys. what names it in a
// mistake: "a function".
func (r reader) fields(n *node, what string, handlers map[string]func(*node)) {
	if n.kind == aScalar && n.value == nil {
		return
	}
	if n.kind != aMapping {
		r.at(n, "expected %s to be a mapping, found %s", what, n.kind)
		return
	}
	for _, e := range n.entries {
		handle, ok := handlers[e.key.text]
		if !ok {
			r.at(e.key, "%s", unknownKey(e.key.text, what, sortedKeys(handlers)))
			continue
		}
		handle(e.value)
	}
}

func unknownKey(key, what string, known []string) string {
	help := diag.DidYouMean(key, known)
	if help == "" {
		help = what + " has: " + strings.Join(known, ", ")
	}
	return "unknown key \"" + key + "\" of " + what + ": " + help
}

// each reads a mapping whose keys are names of the user's.
func (r reader) each(n *node, what string, handle func(key, value *node)) {
	if n.kind == aScalar && n.value == nil {
		return
	}
	if n.kind != aMapping {
		r.at(n, "expected %s to be a mapping, found %s", what, n.kind)
		return
	}
	for _, e := range n.entries {
		handle(e.key, e.value)
	}
}

// text gives a handler that reads a text; a number or a boolean stands for
// itself.
func (r reader) text(to *string) func(*node) {
	return func(n *node) {
		if n.kind != aScalar || n.value == nil {
			r.at(n, "expected a text, found %s", found(n))
			return
		}
		*to = n.text
	}
}

// whole gives a handler that reads a whole number between least and most.
func (r reader) whole(to *int, least, most int) func(*node) {
	return func(n *node) {
		v, ok := n.value.(int64)
		if n.kind != aScalar || !ok {
			r.at(n, "expected a whole number, found %s", found(n))
			return
		}
		if v < int64(least) || v > int64(most) {
			r.at(n, "expected a number from %d to %d, found %d", least, most, v)
			return
		}
		*to = int(v)
	}
}

// duration gives a handler that reads a time such as 250ms or 5s.
func (r reader) duration(to *time.Duration) func(*node) {
	return func(n *node) {
		d, err := time.ParseDuration(n.text)
		if n.kind != aScalar || err != nil || d < 0 {
			r.at(n, "expected a duration such as 250ms or 5s, found %s", found(n))
			return
		}
		*to = d
	}
}

func (r reader) boolean(to *bool) func(*node) {
	return func(n *node) {
		v, ok := n.value.(bool)
		if n.kind != aScalar || !ok {
			r.at(n, "expected true or false, found %s", found(n))
			return
		}
		*to = v
	}
}

// texts gives a handler that reads a list of texts.
func (r reader) texts(to *[]string) func(*node) {
	return func(n *node) {
		if n.kind != aList {
			r.at(n, "expected a list of texts, found %s", found(n))
			return
		}
		list := make([]string, len(n.items))
		for i, item := range n.items {
			r.text(&list[i])(item)
		}
		*to = list
	}
}

// textMap gives a handler that reads a mapping of texts.
func (r reader) textMap(to *map[string]string) func(*node) {
	return func(n *node) {
		m := map[string]string{}
		r.each(n, "this", func(key, value *node) {
			var s string
			r.text(&s)(value)
			m[key.text] = s
		})
		*to = m
	}
}

// found says what a node is where something else was expected. It shows no
// value: one could be a secret.
func found(n *node) string {
	if n.kind != aScalar {
		return string(n.kind)
	}
	switch n.value.(type) {
	case nil:
		return "nothing"
	case bool:
		return "a boolean"
	case int64, float64:
		return "a number"
	}
	return "a text"
}
