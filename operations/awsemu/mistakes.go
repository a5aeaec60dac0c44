package awsemu

import (
	"fmt"
	"io"

	"github.com/medlar-flow/medlar/diag"
)

// FixtureError is everything that is wrong with a functions file. Its text has
// a line for each mistake: file:line:col: error: message [rule].
type FixtureError struct {
	list   diag.List
	name   string
	source []byte
}

// mistakesShown is how many mistakes are told at once.
const mistakesShown = 100

// Error gives the mistakes, a line each.
func (e *FixtureError) Error() string {
	shown, more := e.shown()
	return shown.Error() + more
}

// Print writes the mistakes with the lines of the file that they are in.
func (e *FixtureError) Print(w io.Writer) error {
	shown, more := e.shown()
	if err := diag.Print(w, shown, func(string) []byte { return e.source }); err != nil || more == "" {
		return err
	}
	_, err := fmt.Fprintln(w, more[1:])
	return err
}

func (e *FixtureError) shown() (list diag.List, more string) {
	if len(e.list) <= mistakesShown {
		return e.list, ""
	}
	return e.list[:mistakesShown], fmt.Sprintf("\n%s: and %d more", e.name, len(e.list)-mistakesShown)
}

// mistakes collects what is wrong with a file.
type mistakes struct {
	name   string
	folder string // that paths in the file are relative to
	list   diag.List
}

func (m *mistakes) add(line, column int, format string, args ...any) {
	m.report("functions-file", line, column, fmt.Sprintf(format, args...))
}

func (m *mistakes) report(rule string, line, column int, message string) {
	m.list = append(m.list, diag.Diagnostic{
		Span: diag.Span{File: m.name, Line: line, Col: column, Width: 1}, Severity: diag.Error, Rule: rule, Message: message,
	})
}
