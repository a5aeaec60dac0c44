package yamlfile

import (
	"bytes"
	"cmp"
	"strings"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/diag"
)

// Some mistakes are of what holds the text together: a bracket or a quote that stays open, a
// colon or a dash that is missing, a line that stands too far left or right. What may have
// been meant is tried then, and taken where the text can be read further than before: the
// library itself says which of several was meant. Characters are only put into lines and
// taken out of them, so that each place can be found again.

// change is a way in which a text may have been meant.
type change struct {
	edits []edit
	// line and col are where that is told, 0 where the problem is.
	line, col int
	// message and help say it, those of the problem where they are empty.
	message, help string
}

// stop is how far a text can be read: to a line, and to so many characters before its end.
type stop struct{ line, left int }

func (s stop) isBehind(other stop) bool {
	return s.line > other.line || s.line == other.line && s.left < other.left
}

// stopAt is the place of a problem in what the library said of it.
func (f *File) stopAt(p problem) stop {
	line, col := p.said.line, p.said.col
	if strings.HasPrefix(p.said.message, "found unexpected end of stream") || f.atEnd(line, col) {
		line, col = p.begun, p.left
	}
	return stop{line, utf8.RuneCountInString(f.from(line, col))}
}

// changes lists how a text may have been meant in which a problem was found, the likeliest
// first.
func (f *File) changes(p problem) []change {
	var all []change
	for _, by := range []func(problem) []change{f.tabbed, f.spaced, f.coloned, f.quoted, f.separated, f.closed, f.unclosed, f.dashed, f.indented, f.firstDash} {
		all = append(all, by(p)...)
	}
	return all
}

// change takes the one of the changes with which a text can be read furthest, if it is
// further than without one, and says what is wrong then. now is nil where there is none.
func (m *mending) change(f *File, p problem, d diag.Diagnostic, changes []change) (now []byte, moved moves, told diag.Diagnostic) {
	best, last := f.stopAt(p), stop{line: len(f.lines) + 1}
	var found *change
	for _, c := range changes {
		if m.work -= len(f.Text); m.work < 0 {
			break
		}
		text, by := f.edited(c.edits...)
		at := last
		read, _ := hideSlashes(asVersion1(text))
		if err := decodeAll(bytes.NewReader(read)); err != nil {
			file := NewFile(f.Name, text)
			m.work -= searchTimes * len(text)
			next, _ := file.locate(read)
			next.said = said{next.line, next.col, next.message}
			at = file.stopAt(next)
		}
		// A quote that is closed can have another one open in the line that it was met in.
		met := c.line > 0 && c.line < best.line && at.line == best.line && found == nil
		if at.isBehind(best) || met {
			now, moved, best = text, by, at
			found = &c
		}
		if at == last {
			break
		}
	}
	if found == nil {
		return nil, nil, d
	}
	line, col := cmp.Or(found.line, p.line), cmp.Or(found.col, p.col)
	return now, moved, diag.Diagnostic{
		Span: f.span(line, col, f.wordWidth(line, col)), Severity: diag.Error, Rule: "yaml-syntax",
		Message: "not YAML: " + cmp.Or(found.message, p.message), Help: cmp.Or(found.help, p.help),
	}
}

// offset returns where a place of a line is in the text.
func (f *File) offset(line, col int) int {
	return f.cursor(&Node{Line: int32(line), Col: int32(col)}).pos //nolint:gosec // as in each file
}

// indentOf returns how many spaces a line begins with; -1 for one that is empty or nothing
// but a comment.
func (f *File) indentOf(number int) int {
	line := f.Line(number)
	word := strings.TrimLeft(line, " ")
	if word == "" || word[0] == '#' || strings.TrimSpace(word) == "" {
		return -1
	}
	return len(line) - len(word)
}

// nextLine returns the nearest line behind one that holds something, or 0.
func (f *File) nextLine(number int) int {
	for number++; number <= len(f.lines); number++ {
		if f.indentOf(number) >= 0 {
			return number
		}
	}
	return 0
}

// lineBefore returns the nearest line above one that holds something, or 0.
func (f *File) lineBefore(number int) int {
	for number--; number > 0 && f.indentOf(number) < 0; number-- {
	}
	return max(number, 0)
}
