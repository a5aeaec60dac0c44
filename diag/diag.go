// Package diag holds what is wrong with a file: where, what, and how to mend
// it. A check collects Diagnostics in a List; Print shows them with an excerpt
// of the file, and the List itself encodes to JSON.
package diag

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Severity says whether a mistake stops a flow.
type Severity string

// The severities.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Span is a place in a file. Line and Col begin at 1 and count lines and
// characters; Line 0 means the whole file. Width counts characters and is at
// least 1 where something is marked.
type Span struct {
	File  string `json:"file"`   // as it was named to whoever read it
	Line  int    `json:"line"`   // from 1; 0 for the whole file
	Col   int    `json:"column"` // in characters, from 1
	Width int    `json:"width"`  // in characters
}

// String returns "file:line:col", without the parts that are not known.
func (s Span) String() string {
	if s.Line == 0 {
		return s.File
	}
	return fmt.Sprintf("%s:%d:%d", s.File, s.Line, max(s.Col, 1))
}

// Diagnostic is one mistake.
type Diagnostic struct {
	Span
	Severity Severity `json:"severity"`       // whether it stops the flow
	Rule     string   `json:"rule"`           // the name of the rule, of docs/rules.md
	Message  string   `json:"message"`        // what is wrong
	Help     string   `json:"help,omitempty"` // how to mend it; empty where that is plain
}

// Header returns the first line: file:line:col: error: message [rule-id]. It is
// one line whatever the message holds.
func (d Diagnostic) Header() string {
	return printable(fmt.Sprintf("%s: %s: %s [%s]", d.Span, d.Severity, d.Message, d.Rule))
}

// List is all mistakes of a check. As an error it gives every header, a line
// each.
type List []Diagnostic

// Error returns the headers, a line each.
func (l List) Error() string {
	lines := make([]string, len(l))
	for i, d := range l {
		lines[i] = d.Header()
	}
	return strings.Join(lines, "\n")
}

// Count returns the number of errors and of warnings.
func (l List) Count() (errors, warnings int) {
	for _, d := range l {
		if d.Severity == Error {
			errors++
		}
	}
	return errors, len(l) - errors
}

// HasErrors reports whether one of the list is more than a warning.
func (l List) HasErrors() bool { n, _ := l.Count(); return n > 0 }

// Sort orders by file, line, column and rule, and takes out repetitions.
func (l List) Sort() List {
	slices.SortStableFunc(l, func(a, b Diagnostic) int {
		return cmp.Or(
			strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col),
			strings.Compare(string(a.Severity), string(b.Severity)), strings.Compare(a.Rule, b.Rule),
			strings.Compare(a.Message, b.Message), cmp.Compare(a.Width, b.Width), strings.Compare(a.Help, b.Help),
		)
	})
	return slices.Compact(l)
}

// Summary says how many there are: "2 errors, 1 warning".
func (l List) Summary() string {
	errors, warnings := l.Count()
	var parts []string
	if errors > 0 {
		parts = append(parts, plural(errors, "error"))
	}
	if warnings > 0 {
		parts = append(parts, plural(warnings, "warning"))
	}
	return strings.Join(parts, ", ")
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
