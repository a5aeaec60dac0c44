package check

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows/internal/interp"
)

// source is the text of a flow file and the way from a place in a value back
// to a place in the text.
type source struct {
	file    string
	text    []byte
	lines   []int    // byte offset of each line's start
	secrets []string // literals that no excerpt may show
}

func newSource(file string, text []byte) *source {
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // no character of the first line
	s := &source{file: file, text: text, lines: make([]int, 1, 1+bytes.Count(text, []byte{'\n'}))}
	for i, c := range text {
		if c == '\n' {
			s.lines = append(s.lines, i+1)
		}
	}
	return s
}

// excerpts gives the text for printing, with secret literals masked.
func (s *source) excerpts(file string) []byte {
	if file != s.file {
		return nil
	}
	text := string(s.text)
	for _, secret := range s.secrets {
		// As many characters as before keep the carets in place.
		text = strings.ReplaceAll(text, secret, strings.Repeat("*", utf8.RuneCountInString(secret)))
	}
	return []byte(text)
}

// hide keeps a secret literal out of excerpts.
func (s *source) hide(text string) {
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); len(line) >= interp.MinSecret {
			s.secrets = append(s.secrets, line)
		}
	}
}

// line gives a line without its end; numbers begin at 1.
func (s *source) line(number int) string {
	if number < 1 || number > len(s.lines) {
		return ""
	}
	end := len(s.text)
	if number < len(s.lines) {
		end = s.lines[number] - 1
	}
	return strings.TrimSuffix(string(s.text[s.lines[number-1]:end]), "\r")
}

// at gives the place of a node: its first line, or for text in a line all of it.
func (s *source) at(n *node) diag.Span {
	span := diag.Span{File: s.file, Line: int(n.line), Col: int(n.col), Width: 1}
	switch {
	case n.kind != scalarNode || n.style == literalBlock || n.style == foldedBlock:
	case n.style == plainStyle:
		first, _, _ := strings.Cut(n.text, "\n")
		span.Width = max(1, utf8.RuneCountInString(first))
	default:
		span.Width = s.quotedWidth(n)
	}
	return span
}

// place gives the place of a node's first character, without its width.
func (s *source) place(n *node) diag.Span {
	return diag.Span{File: s.file, Line: int(n.line), Col: int(n.col)}
}

// quotedWidth is the width of a quoted scalar in its first line, with quotes.
func (s *source) quotedWidth(n *node) int {
	c := s.cursor(n)
	quote := c.next()
	for !c.atLineEnd() {
		r := c.next()
		if r == '\\' && quote == '"' {
			c.next()
			continue
		}
		if r != quote {
			continue
		}
		if quote == '"' || c.peek() != quote {
			break
		}
		c.next()
	}
	return max(1, c.col-int(n.col))
}

// inside gives the place of length bytes at offset of a scalar's text.
func (s *source) inside(n *node, offset, length int) diag.Span {
	if n.kind != scalarNode {
		return s.at(n)
	}
	offset = min(max(offset, 0), len(n.text))
	end := min(offset+max(length, 1), len(n.text))
	c := s.cursor(n)
	w := walker{cursor: c, style: n.style}
	w.begin(n)
	w.skipTo(n.text[:offset])
	span := diag.Span{File: s.file, Line: w.line, Col: w.col, Width: 1}
	w.skipTo(n.text[offset:end])
	if w.line == span.Line && w.col > span.Col {
		span.Width = w.col - span.Col
	}
	return span
}

// cursor walks the characters of the text from a place.
type cursor struct {
	text      []byte
	pos       int
	line, col int
}

func (s *source) cursor(n *node) cursor {
	line, col := int(n.line), int(n.col)
	if line < 1 || line > len(s.lines) {
		return cursor{line: line, col: col}
	}
	c := cursor{text: s.text, pos: s.lines[line-1], line: line, col: 1}
	for c.col < col && !c.atLineEnd() {
		c.next()
	}
	return c
}

func (c *cursor) atEnd() bool     { return c.pos >= len(c.text) }
func (c *cursor) atLineEnd() bool { return c.atEnd() || c.text[c.pos] == '\n' || c.text[c.pos] == '\r' }

func (c *cursor) peek() rune {
	if c.atEnd() {
		return 0
	}
	r, _ := utf8.DecodeRune(c.text[c.pos:])
	return r
}

func (c *cursor) next() rune {
	if c.atEnd() {
		return 0
	}
	r, size := utf8.DecodeRune(c.text[c.pos:])
	c.pos += size
	c.col++
	if r == '\n' {
		c.line++
		c.col = 1
	}
	return r
}

func (c *cursor) skipBlank() {
	for !c.atEnd() && (c.text[c.pos] == ' ' || c.text[c.pos] == '\t' || c.text[c.pos] == '\r' || c.text[c.pos] == '\n') {
		c.next()
	}
}

// walker matches the characters of a scalar's value with those of its text.
type walker struct {
	cursor
	style  nodeStyle
	indent int
}

// begin goes from the start of the scalar to its first character.
func (w *walker) begin(n *node) {
	switch w.style {
	case singleQuoted, doubleQuoted:
		w.next()
	case literalBlock, foldedBlock:
		for !w.atLineEnd() {
			w.next()
		}
		w.newline()
		w.indent = w.blockIndent() - leadingSpaces(n.text)
		w.skipIndent()
	default:
	}
}

// blockIndent is the indentation of the first line that is not blank.
func (w *walker) blockIndent() int {
	probe := w.cursor
	probe.skipBlank()
	return probe.col - 1
}

// leadingSpaces counts the spaces that the first line that is not blank keeps,
// because the block says how far it is indented.
func leadingSpaces(text string) int {
	rest := strings.TrimLeft(text, "\n")
	return len(rest) - len(strings.TrimLeft(rest, " "))
}

func (w *walker) newline() {
	for !w.atLineEnd() {
		w.next()
	}
	if w.peek() == '\r' {
		w.next()
	}
	w.next()
}

func (w *walker) skipIndent() {
	for range w.indent {
		if w.peek() != ' ' {
			return
		}
		w.next()
	}
}

// skipTo moves over the text that stands for value.
func (w *walker) skipTo(value string) {
	for _, r := range value {
		switch w.style {
		case literalBlock, foldedBlock:
			w.stepBlock(r)
		default:
			w.stepFlow(r)
		}
		if w.atEnd() {
			return
		}
	}
}

func (w *walker) stepBlock(r rune) {
	if w.atLineEnd() {
		w.newline()
		w.skipIndent()
		if r != '\n' && w.style == foldedBlock && r != ' ' {
			w.next()
		}
		return
	}
	w.next()
}

func (w *walker) stepFlow(r rune) {
	if w.style != plainStyle && w.peek() == '\\' && w.style == doubleQuoted {
		w.escape(r)
		return
	}
	if (r == ' ' || r == '\n') && w.breaksHere() {
		w.skipBlank()
		return
	}
	if w.next() == '\'' && w.style == singleQuoted && w.peek() == '\'' {
		w.next()
	}
}

// breaksHere is true where only blanks stand before the line's end, so that
// the line break is what the value's space or line break comes from.
func (w *walker) breaksHere() bool {
	probe := w.cursor
	for !probe.atLineEnd() && (probe.peek() == ' ' || probe.peek() == '\t') {
		probe.next()
	}
	return probe.atLineEnd() && !probe.atEnd()
}

// escape moves over one escape of a double-quoted scalar that stands for r; an
// escaped line break stands for nothing.
func (w *walker) escape(r rune) {
	w.next()
	switch c := w.next(); c {
	case 'x':
		w.skip(2)
	case 'u':
		w.skip(4)
	case 'U':
		w.skip(8)
	case '\n', '\r':
		w.skipBlank()
		w.stepFlow(r)
	}
}

func (w *walker) skip(n int) {
	for range n {
		w.next()
	}
}
