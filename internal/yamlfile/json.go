package yamlfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/diag"
)

// json reads a file that is JSON; ok is false for any other. JSON is YAML but
// for a few escapes, and its own reader says what is wrong with it. rest is more
// of its steps, where size is not 0 and they are many: see Begin.
func (p *parser) json(size int) (root *Node, rest *Rest, ok bool) {
	trimmed := bytes.TrimLeft(p.file.Text, " \t\r\n")
	if len(trimmed) == 0 || trimmed[0] != '{' && trimmed[0] != '[' || !json.Valid(p.file.Text) {
		return nil, nil, false
	}
	p.file.isJSON = true
	text := string(p.file.Text)
	if size > 0 {
		if root, rest = p.jsonInParts(text, size); rest != nil {
			return root, rest, true
		}
	}
	r := &jsonReader{parser: p, text: text, line: 1, col: 1}
	r.skip()
	return r.value(0), nil, true
}

// jsonReader reads a text that is valid JSON.
type jsonReader struct {
	*parser
	text      string
	pos       int
	line, col int // of pos

	left  *jsonOutline // its list of steps is left out
	empty *Node        // that list, without them
}

// over goes over bytes of the text in which no line ends.
func (r *jsonReader) over(to int) {
	if r.file.ascii {
		r.col += to - r.pos
	} else {
		r.col += utf8.RuneCountInString(r.text[r.pos:to])
	}
	r.pos = to
}

// skip goes to the next token but commas and colons.
func (r *jsonReader) skip() {
	for r.pos < len(r.text) {
		switch r.text[r.pos] {
		case ' ', '\t', '\r', ',', ':':
			r.over(r.pos + 1)
		case '\n':
			r.pos, r.line, r.col = r.pos+1, r.line+1, 1
		default:
			return
		}
	}
}

// value reads a value, and goes to what follows it.
func (r *jsonReader) value(depth int) *Node {
	line, col := r.line, r.col
	if depth > MaxDepth {
		r.tooDeep(line, col)
	}
	if r.fatal != nil {
		return r.add(line, col)
	}
	switch r.text[r.pos] {
	case '{':
		return r.members(line, col, depth)
	case '[':
		return r.items(line, col, depth)
	case '"':
		return r.string()
	}
	end := wordBehind(r.text, r.pos)
	word := r.text[r.pos:end]
	r.over(end)
	r.skip()
	return r.parser.text(line, col, word, Plain)
}

// string reads a text in quotes, and goes to what follows it.
func (r *jsonReader) string() *Node {
	line, col := r.line, r.col
	end := stringEnd(r.text, r.pos)
	escaped := strings.IndexByte(r.text[r.pos:end], '\\') >= 0
	text := r.text[r.pos+1 : end]
	if escaped {
		if err := json.Unmarshal([]byte(r.text[r.pos:end+1]), &text); err != nil {
			r.stop(line, col, "yaml-syntax", "", "not JSON: %s", err)
		}
	}
	r.over(end + 1)
	r.skip()
	return r.parser.text(line, col, text, DoubleQuoted)
}

// bracket goes over a bracket to what follows it.
func (r *jsonReader) bracket() {
	if r.fatal == nil {
		r.over(r.pos + 1)
		r.skip()
	}
}

func (r *jsonReader) items(line, col, depth int) *Node {
	if r.left != nil && r.pos == r.left.open {
		return r.leaveOut(line, col)
	}
	out := r.add(line, col)
	base := len(r.held)
	r.bracket()
	for r.fatal == nil && r.text[r.pos] != ']' {
		r.held = append(r.held, r.value(depth+1))
	}
	r.bracket()
	return r.list(out, base)
}

func (r *jsonReader) members(line, col, depth int) *Node {
	out := r.add(line, col)
	base := len(r.held)
	seen := keySet{}
	r.bracket()
	for r.fatal == nil && r.text[r.pos] != '}' {
		key := r.string()
		value := r.value(depth + 1)
		if r.first(key, &seen) {
			r.held = append(r.held, key, value)
		}
	}
	r.bracket()
	return r.pairs(out, base)
}

// looksLikeJSON reports whether a file was meant to be JSON.
func (f *File) looksLikeJSON() bool {
	if strings.HasSuffix(strings.ToLower(f.Name), ".json") {
		return true
	}
	text := bytes.TrimLeft(f.Text, " \t\r\n")
	return len(text) > 1 && text[0] == '{' && bytes.HasPrefix(bytes.TrimLeft(text[1:], " \t\r\n"), []byte{'"'})
}

// notJSON says what is wrong with a file that was meant to be JSON.
func (f *File) notJSON() (d diag.Diagnostic, ok bool) {
	var v json.RawMessage
	err := json.Unmarshal(f.Text, &v)
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return diag.Diagnostic{}, false
	}
	// The offset is that behind the character that was read last.
	offset := int(syntax.Offset) - 1
	message, help := "not JSON: "+syntax.Error(), "look at the quotes, commas and brackets before this place"
	switch c := f.Text[min(max(offset, 0), len(f.Text)-1)]; {
	case strings.Contains(message, "unexpected end"):
		offset, help = len(bytes.TrimRight(f.Text, " \t\r\n"))-1, "a bracket or quote is not closed"
		if open := openBracket(f.Text); open >= 0 {
			line, col := f.position(open)
			help = fmt.Sprintf("close the %c of line %d, column %d", f.Text[open], line, col)
		}
	case c == '/' || c == '#':
		help = "JSON has no comments: take it out, or write the flow in YAML"
	case c == '}' || c == ']':
		help = "take out the comma before it, or write what follows it"
	case c == '\'':
		help = "JSON takes double quotes only"
	}
	if f.private {
		message = "not JSON"
	}
	line, col := f.position(offset)
	return diag.Diagnostic{Span: f.span(line, col, 1), Severity: diag.Error, Rule: "yaml-syntax", Message: message, Help: help}, true
}

// NotJSON returns a warning of a file that is named as JSON and is YAML that is
// no JSON, such as one with a comma before a bracket that closes; nil for others.
func (f *File) NotJSON() *diag.Diagnostic {
	if !strings.HasSuffix(strings.ToLower(f.Name), ".json") {
		return nil
	}
	d, ok := f.notJSON()
	if !ok {
		return nil
	}
	d.Severity, d.Rule = diag.Warning, "not-json"
	d.Message = "the file is read as YAML: it is " + d.Message
	return &d
}

// openBracket returns where the innermost bracket stands that JSON does not close,
// or the quote, or -1.
func openBracket(text []byte) int {
	var open []int
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			start := i
			for i++; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
			if i >= len(text) {
				return start
			}
		case '{', '[':
			open = append(open, i)
		case '}', ']':
			if len(open) > 0 {
				open = open[:len(open)-1]
			}
		}
	}
	if len(open) == 0 {
		return -1
	}
	return open[len(open)-1]
}
