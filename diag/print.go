package diag

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/internal/veil"
)

// Source gives the text of a file, or nil where there is none to show.
type Source func(file string) []byte

// most characters of a line that an excerpt shows.
const maxExcerpt = 160

// Print writes each diagnostic: its header, the line with a caret under the
// place, and the help.
func Print(w io.Writer, list List, source Source) error {
	lines := map[string][]string{}
	var b strings.Builder
	for _, d := range list {
		b.WriteString(d.Header() + "\n")
		if line, ok := lineOf(lines, d, source); ok {
			excerpt(&b, d.Span, line)
		}
		label := "  help: "
		for help := range strings.SplitSeq(d.Help, "\n") {
			if help = strings.TrimSuffix(help, "\r"); help == "" {
				continue
			}
			b.WriteString(label + printable(help) + "\n")
			label = "        "
		}
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("printing diagnostics: %w", err)
	}
	return nil
}

func lineOf(lines map[string][]string, d Diagnostic, source Source) (string, bool) {
	if source == nil || d.Line < 1 {
		return "", false
	}
	split, ok := lines[d.File]
	if !ok {
		split = strings.Split(string(source(d.File)), "\n")
		lines[d.File] = split
	}
	if d.Line > len(split) {
		return "", false
	}
	line := strings.TrimSuffix(split[d.Line-1], "\r")
	return line, utf8.ValidString(line) && strings.TrimSpace(line) != ""
}

func excerpt(b *strings.Builder, s Span, line string) {
	line, s = hidden(line, s)
	runes := []rune(printable(line))
	col, width := min(max(s.Col, 1), len(runes)+1), max(s.Width, 1)
	start := 0
	if col > maxExcerpt {
		start = col - maxExcerpt/2
	}
	shown := runes[start:min(len(runes), start+maxExcerpt)]
	if rest := len(shown) - (col - 1 - start); width > rest {
		width = max(rest, 1)
	}
	number := strconv.Itoa(s.Line)
	fmt.Fprintf(b, " %s | %s\n", number, string(shown))
	fmt.Fprintf(b, " %s | %s%s\n", strings.Repeat(" ", len(number)),
		strings.Repeat(" ", col-1-start), strings.Repeat("^", width))
}

// hidden gives a line without the passwords of URLs, and where the place is
// then.
func hidden(line string, s Span) (string, Span) {
	end := s.Col + max(s.Width, 1)
	shift := func(col, from, to int) int {
		switch {
		case col >= to:
			return col - (to - from) + len(veil.Mask)
		case col > from:
			return from
		}
		return col
	}
	spans := veil.Spans(line)
	for i := len(spans) - 1; i >= 0; i-- {
		from := utf8.RuneCountInString(line[:spans[i][0]]) + 1
		to := from + utf8.RuneCountInString(line[spans[i][0]:spans[i][1]])
		s.Col, end = shift(s.Col, from, to), shift(end, from, to)
		line = line[:spans[i][0]] + veil.Mask + line[spans[i][1]:]
	}
	s.Width = max(end-s.Col, 1)
	return line, s
}

// printable keeps one column a character: tabs, control characters and those
// that turn the direction of text become spaces, so that nothing in a file can
// drive the terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
}
