package diag

import (
	"fmt"
	"io"
	"sort"
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
	known := &lines{source: source, files: map[string][]string{}}
	var b strings.Builder
	for _, d := range list {
		b.WriteString(d.Header() + "\n")
		if line, ok := known.of(d.Span); ok {
			excerpt(&b, known.shift(d.Span), line)
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
	holes  []hole // what of the line is not printed
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
	l.file, l.number, l.runes, l.holes = s.File, s.Line, nil, nil
	if s.Line <= len(split) {
		text := strings.TrimSuffix(split[s.Line-1], "\r")
		if utf8.ValidString(text) && strings.TrimSpace(text) != "" {
			text, l.holes = hidden(text)
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

// A hole is a part of a line that is not shown: the columns from one to before
// the other, in the line as the file has it. What stands behind it is printed
// further left by moved columns.
type hole struct{ from, to, moved int }

// hidden returns a line without who stands in URLs, and where that was.
func hidden(line string) (string, []hole) {
	spans := veil.Spans(line)
	if len(spans) == 0 {
		return line, nil
	}
	var out strings.Builder
	holes := make([]hole, len(spans))
	at, col, moved := 0, 1, 0
	for i, s := range spans {
		from := col + utf8.RuneCountInString(line[at:s[0]])
		to := from + utf8.RuneCountInString(line[s[0]:s[1]])
		moved += to - from - len(veil.Mask)
		out.WriteString(line[at:s[0]] + veil.Mask)
		holes[i], at, col = hole{from, to, moved}, s[1], to
	}
	return out.String() + line[at:], holes
}

// shifted returns where a column of the file is printed.
func (l *lines) shifted(col int) int {
	i := sort.Search(len(l.holes), func(i int) bool { return l.holes[i].from >= col })
	if i == 0 {
		return col
	}
	moved := 0
	if i > 1 {
		moved = l.holes[i-2].moved
	}
	if last := l.holes[i-1]; col < last.to {
		return last.from - moved // it is in what is hidden
	}
	return col - l.holes[i-1].moved
}

// shift returns a place as it is printed.
func (l *lines) shift(s Span) Span {
	end := l.shifted(s.Col + max(s.Width, 1))
	s.Col = l.shifted(s.Col)
	s.Width = max(end-s.Col, 1)
	return s
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
