package yamlfile

import "strings"

// walker matches the characters of a scalar's value with those of its text.
type walker struct {
	cursor
	style  Style
	indent int
}

// begin goes from the start of the scalar to its first character.
func (w *walker) begin(n *Node) {
	switch w.style {
	case SingleQuoted, DoubleQuoted:
		w.next()
	case Literal, Folded:
		for !w.atLineEnd() {
			w.next()
		}
		w.newline()
		w.indent = w.blockIndent() - leadingSpaces(n.Text)
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
		case Literal, Folded:
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
		if r != '\n' && w.style == Folded && r != ' ' {
			w.next()
		}
		return
	}
	w.next()
}

func (w *walker) stepFlow(r rune) {
	if w.style != Plain && w.peek() == '\\' && w.style == DoubleQuoted {
		w.escape(r)
		return
	}
	if (r == ' ' || r == '\n') && w.breaksHere() {
		w.skipBlank()
		return
	}
	if w.next() == '\'' && w.style == SingleQuoted && w.peek() == '\'' {
		w.next()
	}
}

// breaksHere reports whether only blanks stand before the line's end, so that
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
		if r > 0xffff { // JSON writes it as two halves
			w.skip(6)
		}
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
