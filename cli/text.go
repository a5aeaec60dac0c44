package cli

import (
	"fmt"
	"strings"

	"github.com/medlar-flow/medlar/internal/visible"
)

// printable keeps control characters of foreign text away from the terminal, and writes
// out those that turn its direction. Line ends stay.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && (r < ' ' || r == 0x7f || (r >= 0x80 && r < 0xa0)) {
			return ' '
		}
		return r
	}, visible.Text(text))
}

// plural returns "1 file", "2 files".
func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
