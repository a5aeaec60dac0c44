package yamlfile

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/internal/regex"
)

// A mistake of YAML hides all others of its file. Where it is known how to mend it, the
// file is read again as if that were done, and what else is wrong in it is told, too.
//
// What means something to YAML and was meant as text is hidden for that: a character that
// the file does not have stands in place of each one, and the values are given what the
// file has. So each place is the one in the file.

// cure is what mends a mistake of YAML at its place.
type cure int

const (
	noCure      cure = iota // it is not known
	hideOne                 // the character there is text
	hideQuotes              // the quotes are text from the one before the place up to the last
	spaceTabs               // tabs before the first word of a line are spaces
	dropVersion             // the line is no part of the document
)

// How often a file is read again, and how much of it.
const (
	mostCures      = 16
	mostCuredBytes = 8 << 20
)

// mend says what is wrong with a text that is no YAML, and reads it as it was surely meant:
// root is nil where that is not known of all that is wrong, and then the first mistake is
// told alone.
func (f *File) mend(err error, text []byte) (root *Node, texts []string, found diag.List) {
	first, how := f.syntax(err, text)
	only := diag.List{first}
	hidden, ok := hiddenIn(f.Text)
	if f.private || f.isJSON || !ok {
		return nil, nil, only
	}
	m := &mending{file: f, hidden: hidden, work: mostCuredBytes}
	now := hidden.expressions(f.Text)
	if now == nil {
		now = m.further(f, how, first)
	}
	for range min(mostCures, mostCuredBytes/max(1, len(f.Text))+1) {
		if now == nil {
			return nil, nil, m.alone(first)
		}
		at := NewFile(f.Name, now).Knows(f.knows)
		read, slashes := hideSlashes(asVersion1(now))
		p := &parser{file: f, read: at, slashes: slashes, hidden: hidden, moves: m.moves}
		var doc yaml.Node
		dec := yaml.NewDecoder(bytes.NewReader(read))
		err := decode(dec, &doc)
		if err == nil {
			m.moves.nodes(&doc)
			root := p.node(&doc, 0)
			p.secondDocument(dec, read)
			p.diags = append(p.told(m.told, first), p.diags...)
			return p.result(root)
		}
		next, how := at.syntax(err, read)
		now = m.further(at, how, next)
	}
	if now == nil {
		return nil, nil, m.alone(first)
	}
	return nil, nil, m.told // there are more of them
}

// mending is what was done to a text so far.
type mending struct {
	file   *File
	hidden hidden
	moves  moves
	told   diag.List
	work   int // how many more bytes may be read to find out what was meant
}

// further tells a mistake, and returns the text without it; nil where that is not known.
func (m *mending) further(f *File, p problem, d diag.Diagnostic) []byte {
	changes := f.changes(p)
	now := m.hidden.cure(f, p)
	if now != nil { // unless all of it is behind a quote that stays open above
		changes = slices.DeleteFunc(f.quoted(p), func(c change) bool { return c.line >= p.line })
	}
	changed, moved, said := m.change(f, p, d, changes)
	if changed != nil {
		now, d = changed, said
	}
	if line := m.file.Line(p.said.line); now == nil || !strings.Contains(line[:len(line)-len(strings.TrimLeft(line, " \t-"))], "\t") {
		m.tell(d) // where tabs indent a line, that is told
	}
	m.moves = append(m.moves, moved...)
	return now
}

// tell notes a mistake of a text that was mended so far. That a comment hides a closing
// bracket is none beside an expression in front of it that wants quotes.
func (m *mending) tell(d diag.Diagnostic) {
	if strings.HasSuffix(d.Message, neverClosed) && beforeComment.Get().MatchString(m.file.Line(d.Line)) {
		return
	}
	d.Col = m.moves.back(d.Line, d.Col)
	d.Width = m.file.wordWidth(d.Line, d.Col)
	d.Message, d.Help = m.hidden.show(d.Message), m.hidden.show(d.Help)
	m.told = append(m.told, d)
}

var beforeComment = regex.Late{Text: `[:,\[{] *\$\{[^"']*\} #.*[}\]]$`}

// alone returns what is told of a text that cannot be read: what stopped its reader, each
// time in another line.
func (m *mending) alone(first diag.Diagnostic) diag.List {
	told := diag.List{first}
	for _, d := range m.told {
		if !slices.ContainsFunc(told, func(other diag.Diagnostic) bool { return other.Line == d.Line }) {
			told = append(told, d)
		}
	}
	return told
}

// told returns what was wrong with the text of a file that could be read then: what stopped
// its reader, once for a value, and the values that want quotes.
func (p *parser) told(stops diag.List, first diag.Diagnostic) diag.List {
	all, said := slices.Clone(p.unquoted), map[diag.Span]bool{}
	for _, u := range p.unquoted {
		said[u.Span] = true
	}
	for _, d := range stops {
		within := func(s diag.Span) bool { return s.Line == d.Line && s.Col <= d.Col && d.Col < s.Col+s.Width }
		if i := slices.IndexFunc(p.bare, within); i < 0 || !said[p.bare[i]] {
			all = append(all, d)
			if i >= 0 {
				said[p.bare[i]] = true
			}
		}
	}
	if len(all) == 0 {
		return diag.List{first}
	}
	return all
}

// hidden are the characters that stand in place of those of YAML: of the first of
// ofYAML this one, and so on.
type hidden rune

const ofYAML = "{}[],:#@`%*&\\\"'|"

// hiddenIn returns characters that a text does not have, nor writes as codes; ok is
// false where it has some of all that nobody uses.
func hiddenIn(text []byte) (first hidden, ok bool) {
	const from, to = 0xE000, 0xF8F0
	var used [(to - from) / len(ofYAML)]bool
	if !isASCII(text) {
		for _, r := range string(text) {
			if r >= from && r < to {
				used[(r-from)/rune(len(ofYAML))] = true
			}
		}
	}
	lower := bytes.ToLower(text)
	for i := range used {
		first = hidden(from + i*len(ofYAML))
		digits := fmt.Sprintf("%x", rune(first))[:3]
		if !used[i] && !bytes.Contains(lower, []byte(`\u`+digits)) && !bytes.Contains(lower, []byte(`\u0000`+digits)) {
			return first, true
		}
	}
	return 0, false
}

// hide writes a character of YAML as text.
func (h hidden) hide(out []byte, c byte) []byte {
	i := strings.IndexByte(ofYAML, c)
	if i < 0 {
		return append(out, c)
	}
	return utf8.AppendRune(out, rune(h)+rune(i)) //nolint:gosec // of a short text
}

// show gives a text back what is hidden in it.
func (h hidden) show(text string) string {
	return strings.Map(func(r rune) rune {
		if i := r - rune(h); i >= 0 && i < rune(len(ofYAML)) {
			return rune(ofYAML[i])
		}
		return r
	}, text)
}

// showAll is show of what is said of a mistake.
func (h hidden) showAll(d diag.Diagnostic) diag.Diagnostic {
	d.Message, d.Help = h.show(d.Message), h.show(d.Help)
	return d
}

// expressions hides what stands inside of all ${...}; nil where there are none.
func (h hidden) expressions(text []byte) []byte {
	var out []byte
	for at := 0; at < len(text); {
		begin := bytes.Index(text[at:], []byte("${"))
		if begin < 0 {
			if out == nil {
				return nil
			}
			return append(out, text[at:]...)
		}
		begin += at + 1
		out = append(out, text[at:begin]...)
		end := expressionEnd(text, begin)
		for at = begin; at < end; at++ {
			if strings.IndexByte("{}[],:#", text[at]) >= 0 {
				out = h.hide(out, text[at])
			} else {
				out = append(out, text[at])
			}
		}
	}
	return out
}

// expressionEnd returns where the bracket that begins at a place is closed, behind it, in
// its line; the place where it is not.
func expressionEnd(text []byte, begin int) int {
	open, quote := 0, byte(0)
	for i := begin; i < len(text) && text[i] != '\n'; i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '{':
			open++
		case c == '}':
			if open--; open == 0 {
				return i + 1
			}
		}
	}
	return begin
}

// cure returns the text of a file without a mistake; nil where that is not known.
func (h hidden) cure(f *File, p problem) []byte {
	if p.line < 1 || p.line > len(f.lines) {
		return nil
	}
	start, end := f.bounds(p.line)
	place := f.cursor(&Node{Line: int32(p.line), Col: int32(p.col)}).pos //nolint:gosec // as in each file
	switch p.cure {
	case hideOne:
		if place < len(f.Text) && strings.IndexByte(ofYAML, f.Text[place]) >= 0 {
			return h.hideIn(f.Text, place, place+1, f.Text[place])
		}
	case hideQuotes:
		if from, to, ok := quotesWithin(string(f.Text[start:end]), place-start); ok {
			return h.hideIn(f.Text, start+from, start+to, f.Text[start+from-1])
		}
	case spaceTabs: // see tabbed
	case dropVersion:
		if start < len(f.Text) && f.Text[start] == '%' {
			out := bytes.Clone(f.Text)
			out[start] = '#'
			return out
		}
	}
	return nil
}

// hideIn hides a character between two places, but for what is an escape.
func (h hidden) hideIn(text []byte, from, to int, c byte) []byte {
	out := append(make([]byte, 0, len(text)+16), text[:from]...)
	for i := from; i < to; i++ {
		escape := i+1 < to && (text[i] == '\\' && c == '"' || text[i] == '\'' && c == '\'' && text[i+1] == '\'')
		switch {
		case escape:
			out = append(out, text[i], text[i+1])
			i++
		case text[i] == c:
			out = h.hide(out, c)
		default:
			out = append(out, text[i])
		}
	}
	return append(out, text[to:]...)
}

// quotesWithin finds the value in quotes of which the one before a place of a line was
// taken for its end: what stands between its quotes.
func quotesWithin(line string, place int) (from, to int, ok bool) {
	behind := len(strings.TrimRight(line[:min(max(place, 0), len(line))], " "))
	begins := true
	for i := 0; i < behind; i++ {
		if !begins || line[i] != '"' && line[i] != '\'' {
			begins = strings.IndexByte(" \t,:[{", line[i]) >= 0
			continue
		}
		closed := closingQuote(line, i)
		if closed != behind-1 {
			if closed < 0 {
				return 0, 0, false
			}
			i, begins = closed, false
			continue
		}
		for end := behind; end < len(line); end++ {
			if rest := strings.TrimLeft(line[end+1:], " \t\r"); line[end] == line[i] && (rest == "" || strings.IndexByte(",]}", rest[0]) >= 0) {
				return i + 1, end, true
			}
		}
		return 0, 0, false
	}
	return 0, 0, false
}

// shown returns the text of a scalar as the file has it. It notes values without quotes in
// which something is hidden, and those of them with an expression that wants quotes.
func (p *parser) shown(n *yaml.Node, text string, style Style) string {
	shown := p.hidden.show(text)
	if style != Plain || shown == text {
		return shown
	}
	at := p.file.span(n.Line, n.Column, utf8.RuneCountInString(shown))
	p.bare = append(p.bare, at)
	if !strings.Contains(shown, "${") || !p.inFlow && !strings.Contains(shown, ": ") && !strings.Contains(shown, " #") {
		return shown
	}
	help := quoteExpression
	if first, _ := utf8.DecodeRuneInString(shown); strings.ContainsRune("“”‘’", first) {
		help += noCurlyQuotes
	}
	p.unquoted = append(p.unquoted, diag.Diagnostic{
		Span: at, Severity: diag.Error, Rule: "yaml-syntax", Message: "not YAML: " + unquotedExpression, Help: help,
	})
	return shown
}
