package yamlfile

import "bytes"

// outline is a text that is cut in its list of steps.
type outline struct {
	head  []byte // what stands before the steps, with their key
	key   int    // the line of that key
	parts []part // the steps
	tail  []byte // what stands behind them
	after int    // the first line of tail
}

// part is some of the steps.
type part struct {
	text []byte
	line int // its first one
}

func (p part) size() int { return len(p.text) }

// stepsKey is the key of a flow behind which most of a large file stands.
const stepsKey = "steps:"

// sizeOf is how large a part is at least, where others are of a size. The first one is
// small, since nothing is done beside it, and so are the last ones: what is left is
// then done by two to the end.
func sizeOf(number, left, size int) int {
	least := max(1, size/8)
	if number == 0 {
		return least
	}
	return max(least, min(size, left/4))
}

// cut finds the places between steps, in parts of a size. It goes by the
// lines alone: whether a place is one shows when the parts are read. ok is false for a
// text of a single part, and for one in which a line can be something else than what
// it looks like.
func cut(text []byte, size int) (o outline, ok bool) {
	start, ok := stepsBegin(text)
	if !ok || len(text)-start < 2*size || hasMarks(text) {
		return o, false
	}
	o.head, o.key = text[:start], bytes.Count(text[:start], []byte{'\n'})
	left, line := -1, o.key+1 // left is the indentation of a step
	first, firstLine, steps := start, line, 0
	for pos, next := start, 0; pos < len(text); pos, line = next, line+1 {
		next = len(text)
		if n := bytes.IndexByte(text[pos:], '\n'); n >= 0 {
			next = pos + n + 1
		}
		indent, item, empty := lookAt(text[pos:next])
		switch {
		case empty, indent > left && left >= 0:
		case item && left < 0:
			left, steps = indent, 1
		case item && indent == left:
			if pos-first >= sizeOf(len(o.parts), len(text)-first, size) {
				o.parts = append(o.parts, part{text[first:pos], firstLine})
				first, firstLine = pos, line
			}
			steps++
		case indent == 0 && steps > 0 && isLetter(text[pos]):
			o.parts = append(o.parts, part{text[first:pos], firstLine})
			o.tail, o.after = text[pos:], line
			return o, len(o.parts) > 1
		default:
			return o, false
		}
	}
	o.parts, o.after = append(o.parts, part{text[first:], firstLine}), line
	return o, len(o.parts) > 1
}

// stepsBegin returns where the line behind the key of the steps begins.
func stepsBegin(text []byte) (at int, ok bool) {
	if !bytes.HasPrefix(text, []byte(stepsKey)) {
		if at = bytes.Index(text, []byte("\n"+stepsKey)); at < 0 {
			return 0, false
		}
		at++
	}
	at += len(stepsKey)
	end := bytes.IndexByte(text[at:], '\n')
	if end < 0 || len(bytes.Trim(text[at:at+end], " ")) > 0 {
		return 0, false
	}
	return at + end + 1, true
}

// hasMarks reports whether a text may hold a second document, or lines that end with
// something else than \n.
func hasMarks(text []byte) bool {
	for _, mark := range []string{"---", "...", "%"} {
		if bytes.HasPrefix(text, []byte(mark)) || bytes.Contains(text, []byte("\n"+mark)) {
			return true
		}
	}
	if bytes.IndexByte(text, '\r') >= 0 {
		return true
	}
	if isASCII(text) {
		return false
	}
	for _, end := range []string{"\u0085", "\u2028", "\u2029", "\ufeff"} {
		if bytes.Contains(text, []byte(end)) {
			return true
		}
	}
	return false
}

// lookAt returns how far a line is indented, and whether an item of a list begins in
// it, or nothing but a comment stands there.
func lookAt(line []byte) (indent int, item, empty bool) {
	for indent < len(line) && line[indent] == ' ' {
		indent++
	}
	rest := line[indent:]
	if len(rest) == 0 || rest[0] == '\n' || rest[0] == '#' {
		return indent, false, true
	}
	return indent, rest[0] == '-' && (len(rest) == 1 || rest[1] == ' ' || rest[1] == '\n'), false
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
