package yamlfile

import (
	"strings"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/diag"
)

// At returns the place of a node: its first line, or for text in a line all of it.
func (f *File) At(n *Node) diag.Span {
	span := diag.Span{File: f.Name, Line: int(n.Line), Col: int(n.Col), Width: 1}
	switch {
	case n.Kind != Scalar || n.Style == Literal || n.Style == Folded:
	case n.Style == Plain:
		first, _, _ := strings.Cut(n.Text, "\n")
		span.Width = max(1, utf8.RuneCountInString(first))
	default:
		span.Width = f.quotedWidth(n)
	}
	return span
}

// Place returns the place of a node's first character, without its width.
func (f *File) Place(n *Node) diag.Span {
	return diag.Span{File: f.Name, Line: int(n.Line), Col: int(n.Col)}
}

// quotedWidth is the width of a quoted scalar in its first line, with quotes.
func (f *File) quotedWidth(n *Node) int {
	c := f.cursor(n)
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
	return max(1, c.col-int(n.Col))
}

// Inside returns the place of length bytes at offset of a scalar's text.
func (f *File) Inside(n *Node, offset, length int) diag.Span {
	if n.Kind != Scalar {
		return f.At(n)
	}
	offset = min(max(offset, 0), len(n.Text))
	end := min(offset+max(length, 1), len(n.Text))
	c := f.cursor(n)
	w := walker{cursor: c, style: n.Style}
	w.begin(n)
	w.skipTo(n.Text[:offset])
	span := diag.Span{File: f.Name, Line: w.line, Col: w.col, Width: 1}
	w.skipTo(n.Text[offset:end])
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

func (f *File) cursor(n *Node) cursor {
	line, col := int(n.Line), int(n.Col)
	if line < 1 || line > len(f.lines) {
		return cursor{line: line, col: col}
	}
	pos, at := f.near(line, col)
	c := cursor{text: f.Text, pos: pos, line: line, col: at}
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
