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
		lines[i] = "input " + err.Error()
		if err.Help != "" {
			lines[i] += " (" + err.Help + ")"
		}
	}
	return strings.Join(lines, "\n")
}
