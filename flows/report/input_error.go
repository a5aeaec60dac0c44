package report

import (
	"strings"

	"github.com/medlar-flow/medlar/schema"
)

// InputError says which inputs are wrong; nothing ran.
type InputError struct {
	Errors schema.Errors
	Flow   string
}

// Error returns the mistakes, a line each.
func (e *InputError) Error() string {
	lines := make([]string, len(e.Errors))
	for i, err := range e.Errors {
		lines[i] = "input " + withHelp(err)
	}
	return strings.Join(lines, "\n")
}

// withHelp returns a mistake in one line.
func withHelp(e schema.FieldError) string {
	if e.Help == "" {
		return e.Error()
	}
	return e.Error() + " (" + e.Help + ")"
}
