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
	"github.com/medlar-flow/medlar/internal/regex"
)

// reader reads a test file and collects what is wrong with it.
type reader struct {
	file     string // in the file system
	label    string // as people know it
	shown    func(name string) string
	text     []byte
	registry *connector.Registry
	flow     *flows.Flow // nil where it is wrong; what needs it is not checked then
	steps    *steps
	diags    diag.List
	hidden   []string // the values of secrets, which no excerpt shows
}

func (r *reader) report(severity diag.Severity, span diag.Span, rule, help, message string) {
	r.diags = append(r.diags, diag.Diagnostic{Span: span, Severity: severity, Rule: rule, Message: message, Help: help})
}

func (r *reader) fail(n *node, rule, help, format string, args ...any) {
	r.report(diag.Error, n.span(r.label), rule, help, fmt.Sprintf(format, args...))
}

func (r *reader) warn(n *node, rule, help, format string, args ...any) {
	r.report(diag.Warning, n.span(r.label), rule, help, fmt.Sprintf(format, args...))
}

func (r *reader) failFile(rule, help, message string) {
	r.report(diag.Error, diag.Span{File: r.label}, rule, help, message)
}

// line gives a line of the file; numbers begin at 1.
func (r *reader) line(number int) string {
	lines := bytes.Split(r.text, []byte("\n"))
	if number < 1 || number > len(lines) {
		return ""
	}
	return string(lines[number-1])
}

var ignoreComment = regex.Late(`#\s*medlar:ignore\s+([a-z0-9 ,-]+)`)

// unsilenced takes out the warnings that a comment in their line silences.
func (r *reader) unsilenced(list diag.List) diag.List {
	if !bytes.Contains(r.text, []byte("medlar:ignore")) {
		return list
	}
	return slices.DeleteFunc(list, func(d diag.Diagnostic) bool {
		m := ignoreComment().FindStringSubmatch(r.line(d.Line))
		return m != nil && d.Severity == diag.Warning &&
			slices.Contains(strings.FieldsFunc(m[1], func(c rune) bool { return c == ',' || c == ' ' }), d.Rule)
	})
}

// isMap is true for a map with no other keys than those known; it complains
// about everything else.
func (r *reader) isMap(n *node, what string, known ...string) bool {
	if n.kind != mapNode {
		r.fail(n, "wrong-type", "it takes: "+strings.Join(known, ", "), "%s must be a map, found %s", what, n.describe())
		return false
	}
	for _, key := range n.keys {
		if !slices.Contains(known, key.text) {
			r.fail(key, "unknown-key", diag.Suggest(key.text, known, "it takes"), "unknown key %q in %s", key.text, what)
		}
	}
	return true
}

// list gives the items of a list; nothing where n is none.
func (r *reader) list(n *node, what string) []*node {
	switch {
	case n.isNull():
		return nil
	case n.kind != listNode:
		r.fail(n, "wrong-type", "put a - before each", "%s must be a list, found %s", what, n.describe())
		return nil
	}
	return n.items
}

// words gives text; ok is false where there is none.
func (r *reader) words(n *node, what string) (text string, ok bool) {
	switch {
	case n == nil:
		return "", false
	case n.kind != scalarNode || n.isNull():
		r.fail(n, "wrong-type", "", "%s must be text, found %s", what, n.describe())
		return "", false
	}
	return n.text, true
}

// duration gives a time such as 1m30s; 0 where there is none.
func (r *reader) duration(n *node, what string) time.Duration {
	text, ok := r.words(n, what)
	if !ok {
		return 0
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		r.fail(n, "wrong-type", "", "%s must be a duration such as 1m30s, found %s", what, n.describe())
		return 0
	}
	return d
}

// count gives a number from 1 on; 0 where there is none.
func (r *reader) count(n *node, what string, least int) int {
	text, ok := r.words(n, what)
	if !ok {
		return 0
	}
	c, err := strconv.Atoi(text)
	if err != nil || c < least {
		r.fail(n, "wrong-type", "", "%s must be a number from %d on, found %s", what, least, n.describe())
		return 0
	}
	return c
}

// texts gives a map of names to text.
func (r *reader) texts(n *node, what string) map[string]string {
	if n.isNull() {
		return nil
	}
	if n.kind != mapNode {
		r.fail(n, "wrong-type", "write name: value", "%s must be a map, found %s", what, n.describe())
		return nil
	}
	out := map[string]string{}
	for i, key := range n.keys {
		if text, ok := r.words(n.items[i], what+"."+key.text); ok {
			out[key.text] = text
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

func indexText(i int) string { return strconv.Itoa(i) }
