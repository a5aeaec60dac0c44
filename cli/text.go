package cli

import (
	"fmt"

	"github.com/medlar-flow/medlar/internal/visible"
)

// printable keeps control characters of foreign text away from the terminal, and writes
// out those that turn its direction. Line ends stay.
func printable(text string) string { return visible.Lines(text) }

// plural returns "1 file", "2 files".
func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
