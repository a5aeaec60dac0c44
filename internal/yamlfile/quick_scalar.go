package yamlfile

import "strings"

// scalar reads text with or without quotes, in one line. flow says that it
// stands in a list or map in brackets.
func (q *quick) scalar(flow bool) *Node {
	line, col := q.line, q.col(q.pos)
	switch q.text[q.pos] {
	case '"':
		text := q.doubleQuoted()
		return q.p.text(line, col, text, DoubleQuoted)
	case '\'':
		text := q.singleQuoted()
		return q.p.text(line, col, text, SingleQuoted)
	}
	text := q.plain(flow)
	if text == "" {
		return q.giveUp()
	}
	return q.p.text(line, col, text, Plain)
}

// singleQuoted reads '...'.
func (q *quick) singleQuoted() string {
	from := q.pos + 1
	doubled := false
	for i := from; i < len(q.text) && !isBreak(q.text[i]); i++ {
		if q.text[i] != '\'' {
			continue
		}
		if q.at(i+1) == '\'' {
			doubled = true
			i++
			continue
		}
		q.pos = i + 1
		if text := q.text[from:i]; !doubled {
			return text
		}
		return strings.ReplaceAll(q.text[from:i], "''", "'")
	}
	q.odd = true
	return ""
}

// doubleQuoted reads "...", with the escapes that are written most.
func (q *quick) doubleQuoted() string {
	from := q.pos + 1
	escaped := false
	for i := from; i < len(q.text) && !isBreak(q.text[i]); i++ {
		switch q.text[i] {
		case '\\':
			escaped = true
			i++
		case '"':
			q.pos = i + 1
			if !escaped {
				return q.text[from:i]
			}
			return q.unescape(q.text[from:i])
		}
	}
	q.odd = true
	return ""
}

func (q *quick) unescape(text string) string {
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c == '\\' {
			i++ // there is one: a quote would not end the text else
			switch text[i] {
			case '"', '\\', '\'', ' ':
				c = text[i]
			case 'n':
				c = '\n'
			case 't':
				c = '\t'
			case 'r':
				c = '\r'
			default:
				q.odd = true
				return ""
			}
		}
		out = append(out, c)
	}
	return string(out)
}

// plain reads text without quotes, or gives nothing where none begins here.
func (q *quick) plain(flow bool) string {
	from := q.pos
	switch c := q.text[from]; {
	case strings.IndexByte("?:,[]{}#&*!|>'\"%@`", c) >= 0,
		c == '-' && (q.blank(from+1) || flow && isFlowMark(q.text[from+1])):
		q.odd = true
		return ""
	}
	i := from
	for ; i < len(q.text); i++ {
		c := q.text[i]
		if c > ':' && c < '?' || c >= '@' && c < '[' || c > '^' && c < '{' { // most bytes
			continue
		}
		if isBreak(c) || c == ':' && q.blank(i+1) || c == '#' && q.text[i-1] == ' ' {
			break
		}
		if !flow {
			continue
		}
		if c == ',' || c == ']' || c == '}' {
			break
		}
		if c == '[' || c == '{' || c == '?' || c == ':' && isFlowMark(q.text[i+1]) {
			q.odd = true
			return ""
		}
	}
	text := strings.TrimRight(q.text[from:i], " ")
	if q.pos = from + len(text); q.at(i) == ':' && q.pos < i {
		q.odd = true // a blank before the colon
	}
	return text
}

func isFlowMark(c byte) bool { return c == ',' || c == '[' || c == ']' || c == '{' || c == '}' }

// block reads a text of lines, behind | or >.
func (q *quick) block(parent int) *Node {
	line, col := q.line, q.col(q.pos)
	style := Literal
	if q.text[q.pos] == '>' {
		style = Folded
	}
	q.pos++
	chomp := q.at(q.pos)
	if chomp == '+' || chomp == '-' {
		q.pos++
	}
	q.spaces()
	if !isBreak(q.at(q.pos)) || q.pos >= len(q.text) {
		return q.giveUp()
	}
	q.newline()
	b := blockText{quick: q, parent: parent}
	text := b.read(style == Folded)
	if chomp != '-' {
		text = append(text, b.lead...)
	}
	if chomp == '+' {
		text = append(text, b.trail...)
	}
	q.next()
	return q.p.text(line, col, string(text), style)
}

// blockText is a text of lines that is being read. It folds lines as the library
// does.
type blockText struct {
	*quick
	parent int
	left   int    // column of its lines; 0 as long as it is not known
	lead   string // the line break behind the last line
	trail  []byte // line breaks of the empty lines behind it
}

func (b *blockText) read(folded bool) []byte {
	var out []byte
	afterBlank := false
	b.breaks()
	for b.indent() == b.left && b.pos < len(b.text) {
		blank := b.text[b.pos] == ' '
		switch {
		case !folded || afterBlank || blank || b.lead == "":
			out = append(out, b.lead...)
		case len(b.trail) == 0:
			out = append(out, ' ')
		}
		out = append(out, b.trail...)
		afterBlank, b.lead, b.trail = blank, "", b.trail[:0]
		from := b.pos
		b.toBreak()
		out = append(out, strings.TrimSuffix(b.text[from:b.pos], "\r")...)
		if b.pos < len(b.text) {
			b.lead = "\n"
		}
		b.newline()
		b.breaks()
	}
	return out
}

// breaks goes over empty lines and the blanks before a line's text.
func (b *blockText) breaks() {
	most := 0
	for {
		for (b.left == 0 || b.indent() < b.left) && b.pos < len(b.text) && b.text[b.pos] == ' ' {
			b.pos++
		}
		most = max(most, b.indent())
		if b.pos >= len(b.text) || !isBreak(b.text[b.pos]) {
			break
		}
		b.trail = append(b.trail, '\n')
		b.newline()
	}
	if b.left == 0 {
		b.left = max(most, b.parent+1, 1)
	}
}
