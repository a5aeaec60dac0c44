package diag

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Source gives the text of a file, or nil where there is none to show.
type Source func(file string) []byte

// most characters of a line that an excerpt shows.
const maxExcerpt = 160

// Print writes each diagnostic: its header, the line with a caret under the
// place, and the help.
func Print(w io.Writer, list List, source Source) error {
	known := &lines{source: source, files: map[string][]string{}}
	var b strings.Builder
	for _, d := range list {
		b.WriteString(d.Header() + "\n")
		if line, ok := known.of(d.Span); ok {
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

// lines finds the lines that are shown. The one before is kept, since mistakes
// are sorted and a line may be a whole file.
type lines struct {
	source Source
	files  map[string][]string
	file   string
	number int
	runes  []rune // as they are printed; nil for a line that cannot be shown
}

func (l *lines) of(s Span) (line []rune, ok bool) {
	if l.source == nil || s.Line < 1 {
		return nil, false
	}
	if l.file == s.File && l.number == s.Line {
		return l.runes, l.runes != nil
	}
	split, known := l.files[s.File]
	if !known {
		split = strings.Split(string(l.source(s.File)), "\n")
		l.files[s.File] = split
	}
	l.file, l.number, l.runes = s.File, s.Line, nil
	if s.Line <= len(split) {
		text := strings.TrimSuffix(split[s.Line-1], "\r")
		if utf8.ValidString(text) && strings.TrimSpace(text) != "" {
			l.runes = []rune(printable(text))
		}
	}
	return l.runes, l.runes != nil
}

func excerpt(b *strings.Builder, s Span, line []rune) {
	col, width := min(max(s.Col, 1), len(line)+1), max(s.Width, 1)
	start := 0
	if col > maxExcerpt {
		start = col - maxExcerpt/2
	}
	shown := line[start:min(len(line), start+maxExcerpt)]
	if rest := len(shown) - (col - 1 - start); width > rest {
		width = max(rest, 1)
	}
	number := strconv.Itoa(s.Line)
	fmt.Fprintf(b, " %s | %s\n", number, string(shown))
	fmt.Fprintf(b, " %s | %s%s\n", strings.Repeat(" ", len(number)),
		strings.Repeat(" ", col-1-start), strings.Repeat("^", width))
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
