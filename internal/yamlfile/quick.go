package yamlfile

import (
	"strings"
	"unicode/utf8"
)

// quick reads YAML as flows are mostly written, in one pass and without a copy
// of each text. It knows no mistakes: what it does not know for sure makes it
// give up, and the library reads the file from its beginning. A text that it
// reads gives the nodes that the library's would be.
type quick struct {
	p     *parser
	text  string
	pos   int
	line  int // of pos, from 1
	start int // of the line that pos is in
	// counted is a place of the line up to which characters were counted: see col.
	counted, chars int
	begun          bool // the document has
	odd            bool // it has given up
}

// quick returns the root of a text, or nil where the library must read it.
func (p *parser) quick() *Node {
	if !plainBytes(p.file.Text, p.file.ascii) {
		return nil
	}
	q := &quick{p: &parser{file: p.file}, text: string(p.file.Text), line: 1}
	more := q.next()
	if q.begun = true; more && q.document() {
		q.odd = q.text[q.pos] != '-'
		q.pos += len("---")
		more = q.endLine()
	}
	if !more || q.odd {
		return nil
	}
	root := q.node(q.indent(), -1, 0, true)
	if q.odd || q.pos < len(q.text) || root.Kind == Scalar {
		return nil
	}
	*p = *q.p
	return root
}

// plainBytes reports whether a text has no character that means something else
// to YAML than to most readers: tabs, control characters, and line breaks other
// than those of Unix and Windows.
func plainBytes(text []byte, ascii bool) bool {
	for i, c := range text {
		if c < ' ' && c != '\n' && (c != '\r' || i+1 == len(text) || text[i+1] != '\n') || c == 0x7f {
			return false
		}
	}
	if ascii {
		return true
	}
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r >= utf8.RuneSelf && r < 0xa0 || r == '\u2028' || r == '\u2029' || r == '\ufeff' || r == 0xfffe || r == 0xffff {
			return false
		}
		i += size
	}
	return true
}

// giveUp ends the reading. What is returned from then on counts for nothing.
func (q *quick) giveUp() *Node {
	q.odd = true
	return &Node{}
}

// col returns the column of pos, in characters from 1.
func (q *quick) col(pos int) int {
	if q.p.file.ascii {
		return pos - q.start + 1
	}
	if q.counted < q.start || q.counted > pos {
		q.counted, q.chars = q.start, 0
	}
	q.chars += utf8.RuneCountInString(q.text[q.counted:pos])
	q.counted = pos
	return q.chars + 1
}

// indent returns how many bytes stand before pos in its line.
func (q *quick) indent() int { return q.pos - q.start }

// at returns the byte at a place, and a line break behind the text.
func (q *quick) at(pos int) byte {
	if pos < len(q.text) {
		return q.text[pos]
	}
	return '\n'
}

func isBreak(c byte) bool { return c == '\n' || c == '\r' }

// blank reports whether a blank, a line break or the end stands at a place.
func (q *quick) blank(pos int) bool {
	c := q.at(pos)
	return c == ' ' || isBreak(c)
}

func (q *quick) spaces() {
	for q.pos < len(q.text) && q.text[q.pos] == ' ' {
		q.pos++
	}
}

// toBreak goes to the end of the line.
func (q *quick) toBreak() {
	end := strings.IndexByte(q.text[q.pos:], '\n')
	if end < 0 {
		q.pos = len(q.text)
		return
	}
	q.pos += end
}

// newline goes behind a line break.
func (q *quick) newline() {
	if q.at(q.pos) == '\r' {
		q.pos++
	}
	if q.pos < len(q.text) {
		q.pos++
		q.line++
	}
	q.start = q.pos
}

// next goes to the next byte that is neither blank nor in a comment, and reports
// whether there is one.
func (q *quick) next() bool {
	for q.pos < len(q.text) {
		switch c := q.text[q.pos]; {
		case c == ' ':
			q.pos++
		case isBreak(c):
			q.newline()
		case c == '#':
			if q.pos > q.start && q.text[q.pos-1] != ' ' {
				q.giveUp()
				return false
			}
			q.toBreak()
		default:
			q.odd = q.odd || q.begun && q.document()
			return !q.odd
		}
	}
	return false
}

// document reports whether a document begins or ends here.
func (q *quick) document() bool {
	mark := q.text[q.pos:min(q.pos+3, len(q.text))]
	return q.pos == q.start && (mark == "---" || mark == "...") && q.blank(q.pos+3)
}

// endLine goes behind a value to what follows it, in another line.
func (q *quick) endLine() bool {
	line := q.line
	more := q.next()
	if more && q.line == line {
		q.odd = true
	}
	return more && !q.odd
}

// ended reports whether nothing more belongs to a list or map whose parts stand
// in a column. A part that stands further to the right belongs to nothing.
func (q *quick) ended(col int) bool {
	if q.odd || q.pos == len(q.text) || q.indent() < col {
		return true
	}
	if q.indent() > col {
		q.odd = true
	}
	return q.odd
}

// node reads the value that begins at pos, and goes to what follows it. parent
// is the column of the list or map that it is a part of; compact says that it
// may be a list or map of lines.
func (q *quick) node(col, parent, depth int, compact bool) *Node {
	if depth >= MaxDepth {
		return q.giveUp()
	}
	switch c := q.text[q.pos]; {
	case c == '-' && q.blank(q.pos+1):
		if !compact {
			return q.giveUp()
		}
		return q.sequence(col, depth, false)
	case c == '|' || c == '>':
		return q.block(parent)
	case c == '{' || c == '[':
		out := q.flow(depth)
		q.endLine()
		return out
	}
	out := q.scalar(false)
	if q.odd {
		return out
	}
	if q.at(q.pos) == ':' && q.blank(q.pos+1) {
		if !compact {
			return q.giveUp()
		}
		return q.mapping(out, col, depth)
	}
	q.endLine()
	return out
}

func (q *quick) sequence(col, depth int, indentless bool) *Node {
	out := q.p.add(q.line, q.col(q.pos))
	base := len(q.p.held)
	for {
		q.pos++
		q.p.held = append(q.p.held, q.part(col, depth+1, true))
		if q.ended(col) {
			break
		}
		if q.text[q.pos] == '-' && q.blank(q.pos+1) {
			continue
		}
		q.odd = q.odd || !indentless
		break
	}
	return q.p.list(out, base)
}

// part reads what stands behind - or a key's colon.
func (q *quick) part(col, depth int, compact bool) *Node {
	line, at := q.line, q.col(q.pos)
	q.spaces()
	if c := q.at(q.pos); !isBreak(c) && c != '#' {
		return q.node(q.indent(), col, depth, compact)
	}
	switch more := q.endLine(); {
	case q.odd:
		return q.giveUp()
	case more && q.indent() > col:
		return q.node(q.indent(), col, depth, true)
	case more && !compact && q.indent() == col && q.text[q.pos] == '-' && q.blank(q.pos+1):
		return q.sequence(col, depth, true)
	default:
		return q.p.add(line, at)
	}
}

func (q *quick) mapping(key *Node, col, depth int) *Node {
	out := q.p.add(int(key.Line), int(key.Col))
	base := len(q.p.held)
	seen := keySet{}
	for q.usable(key, &seen) {
		q.pos++
		q.p.held = append(q.p.held, key, q.part(col, depth+1, false))
		if q.ended(col) {
			break
		}
		if q.text[q.pos] == '-' && q.blank(q.pos+1) {
			return q.giveUp()
		}
		key = q.scalar(false)
		if q.odd || q.at(q.pos) != ':' || !q.blank(q.pos+1) {
			return q.giveUp()
		}
	}
	return q.p.pairs(out, base)
}

// maxKey is more than the bytes that a key may have for the library.
const maxKey = 1000

// usable reports whether a key may stand here; else it gives up.
func (q *quick) usable(key *Node, seen *keySet) bool {
	wrong := len(key.Text) > maxKey/4 || seen.add(key) != nil ||
		key.Style == Plain && (key.Text == "<<" || key.isPlainNonText() && !q.p.mayBeKey(key))
	q.odd = q.odd || wrong
	return !q.odd
}
