package flowtest

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/internal/bind"
	"github.com/medlar-flow/medlar/internal/regex"
	"github.com/medlar-flow/medlar/internal/yamlfile"
	"github.com/medlar-flow/medlar/schema"
)

// reader reads a test file and collects what is wrong with it.
type reader struct {
	file     string // in the file system
	label    string // as people know it
	shown    func(name string) string
	source   *yamlfile.File
	registry *connector.Registry
	flow     *flows.Flow // nil where it is wrong; what needs it is not checked then
	steps    *steps
	diags    diag.List
	engine   *bind.Engine // for conditions; nil until it is needed
}

func (r *reader) report(severity diag.Severity, span diag.Span, rule, help, message string) {
	r.diags = append(r.diags, diag.Diagnostic{Span: span, Severity: severity, Rule: rule, Message: message, Help: help})
}

func (r *reader) fail(n *node, rule, help, format string, args ...any) {
	r.report(diag.Error, r.source.At(n), rule, help, fmt.Sprintf(format, args...))
}

func (r *reader) warn(n *node, rule, help, format string, args ...any) {
	r.report(diag.Warning, r.source.At(n), rule, help, fmt.Sprintf(format, args...))
}

func (r *reader) failFile(rule, help, message string) {
	r.report(diag.Error, diag.Span{File: r.label}, rule, help, message)
}

var ignoreComment = regex.Late{Text: `#\s*medlar:ignore\s+([a-z0-9 ,-]+)`}

// unsilenced takes out the warnings that a comment in their line silences.
func (r *reader) unsilenced(list diag.List) diag.List {
	if !bytes.Contains(r.source.Text, []byte("medlar:ignore")) {
		return list
	}
	return slices.DeleteFunc(list, func(d diag.Diagnostic) bool {
		m := ignoreComment.Get().FindStringSubmatch(r.source.Line(d.Line))
		return m != nil && d.Severity == diag.Warning &&
			slices.Contains(strings.FieldsFunc(m[1], func(c rune) bool { return c == ',' || c == ' ' }), d.Rule)
	})
}

// aTest is what the map of a test is called.
const aTest = "a test"

// isMap is true for a map with no other keys than those known; it complains
// about everything else.
func (r *reader) isMap(n *node, what string, known ...string) bool {
	if n.Kind != mapNode {
		r.fail(n, "wrong-type", "it takes: "+strings.Join(known, ", "), "%s must be a map, found %s", what, describe(n))
		return false
	}
	for _, key := range n.Keys() {
		if !slices.Contains(known, key.Text) {
			help := diag.Suggest(key.Text, known, "it takes")
			if what == aTest && r.isEvent(key.Text) {
				help = byInputs
			}
			r.fail(key, "unknown-key", help, "unknown key %q in %s", key.Text, what)
		}
	}
	return true
}

// list returns the items of a list; nothing where n is none.
func (r *reader) list(n *node, what string) []*node {
	switch {
	case n.IsNull():
		return nil
	case n.Kind != listNode:
		r.fail(n, "wrong-type", "put a - before each", "%s must be a list, found %s", what, describe(n))
		return nil
	}
	return n.Items()
}

// words returns text; ok is false where there is none.
func (r *reader) words(n *node, what string) (text string, ok bool) {
	switch {
	case n == nil:
		return "", false
	case n.Kind != scalarNode || n.IsNull():
		r.fail(n, "wrong-type", "", "%s must be text, found %s", what, describe(n))
		return "", false
	}
	return n.Text, true
}

// duration returns a time such as 1m30s; 0 where there is none.
func (r *reader) duration(n *node, what string) time.Duration {
	text, ok := r.words(n, what)
	if !ok {
		return 0
	}
	d, err := schema.ParseDuration(text)
	if err != nil || d < 0 {
		r.fail(n, "wrong-type", "", "%s must be a duration such as 1m30s, found %s", what, describe(n))
		return 0
	}
	return d
}

// count returns a number from 1 on; 0 where there is none.
func (r *reader) count(n *node, what string, least int) int {
	text, ok := r.words(n, what)
	if !ok {
		return 0
	}
	c, err := strconv.Atoi(text)
	if err != nil || c < least {
		r.fail(n, "wrong-type", "", "%s must be a number from %d on, found %s", what, least, describe(n))
		return 0
	}
	return c
}

// texts returns a map of names to text.
func (r *reader) texts(n *node, what string) map[string]string {
	if n.IsNull() {
		return nil
	}
	if n.Kind != mapNode {
		r.fail(n, "wrong-type", "write name: value", "%s must be a map, found %s", what, describe(n))
		return nil
	}
	out := map[string]string{}
	for i, key := range n.Keys() {
		if text, ok := r.words(n.Items()[i], what+"."+key.Text); ok {
			out[key.Text] = text
		}
	}
	return out
}

func quote(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	return strconv.Quote(text)
}
