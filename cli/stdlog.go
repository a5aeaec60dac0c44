package cli

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// quietLog is where the standard library's logger writes while a command runs:
// net/http tells there what a server sent that it did not expect, whole, and
// no run can look through that for its secrets. What is quoted is left out.
type quietLog struct{ to io.Writer }

// Write writes a message up to where it begins to quote.
func (q quietLog) Write(message []byte) (int, error) {
	text := string(bytes.TrimRight(message, "\n"))
	if i := strings.IndexAny(text, "\"'`\n"); i >= 0 {
		text = strings.TrimSpace(text[:i]) + " …"
	}
	if _, err := fmt.Fprintln(q.to, printable(text)); err != nil {
		return 0, fmt.Errorf("%w", err)
	}
	return len(message), nil
}
