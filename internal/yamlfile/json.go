package yamlfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/medlar-flow/medlar/diag"
)

// json reads a file that is JSON; ok is false for any other. JSON is YAML but
// for a few escapes, and its own reader says what is wrong with it.
func (p *parser) json() (root *Node, ok bool) {
	trimmed := bytes.TrimLeft(p.file.Text, " \t\r\n")
	if len(trimmed) == 0 || trimmed[0] != '{' && trimmed[0] != '[' || !json.Valid(p.file.Text) {
		return nil, false
	}
	p.file.isJSON = true
	r := &jsonReader{parser: p, dec: json.NewDecoder(bytes.NewReader(p.file.Text)), line: 1, col: 1}
	r.dec.UseNumber()
	root = r.value(0)
	return root, true
}

type jsonReader struct {
	*parser
	dec       *json.Decoder
	offset    int // of the place that line and col are of
	line, col int
}

// next returns the next token and where it begins. The text is valid, so there
// is one as long as a list or map is open.
func (r *jsonReader) next() (token json.Token, line, col int) {
	r.forward(int(r.dec.InputOffset()))
	for r.offset < len(r.file.Text) && strings.IndexByte(" \t\r\n,:", r.file.Text[r.offset]) >= 0 {
		r.forward(r.offset + 1)
	}
	line, col = r.line, r.col
	token, err := r.dec.Token()
	if err != nil {
		r.stop(line, col, "yaml-syntax", "", "not JSON: %s", err)
	}
	return token, line, col
}

// forward moves line and col to a byte of the text.
func (r *jsonReader) forward(to int) {
	for ; r.offset < min(to, len(r.file.Text)); r.offset++ {
		switch c := r.file.Text[r.offset]; {
		case c == '\n':
			r.line, r.col = r.line+1, 1
		case c&0xc0 != 0x80: // the first byte of a character
			r.col++
		}
	}
}

func (r *jsonReader) value(depth int) *Node {
	token, line, col := r.next()
	return r.valueOf(token, line, col, depth)
}

func (r *jsonReader) valueOf(token json.Token, line, col, depth int) *Node {
	if depth > MaxDepth {
		r.tooDeep(line, col)
	}
	if r.fatal != nil {
		return r.add(line, col)
	}
	switch v := token.(type) {
	case json.Delim:
		if v == '{' {
			return r.members(line, col, depth)
		}
		return r.items(line, col, depth)
	case string:
		return r.text(line, col, v, DoubleQuoted)
	case json.Number:
		return r.text(line, col, v.String(), Plain)
	case bool:
		if v {
			return r.text(line, col, "true", Plain)
		}
		return r.text(line, col, "false", Plain)
	default:
		return r.text(line, col, "null", Plain)
	}
}

func (r *jsonReader) items(line, col, depth int) *Node {
	out := r.add(line, col)
	out.Kind = List
	for r.dec.More() && r.fatal == nil {
		out.Items = append(out.Items, r.value(depth+1))
	}
	r.end()
	return out
}

func (r *jsonReader) members(line, col, depth int) *Node {
	out := r.add(line, col)
	out.Kind = Map
	seen := keySet{}
	for r.dec.More() && r.fatal == nil {
		token, keyLine, keyCol := r.next()
		name, _ := token.(string)
		key := r.text(keyLine, keyCol, name, DoubleQuoted)
		value := r.value(depth + 1)
		if r.first(key, &seen) {
			out.Keys, out.Items = append(out.Keys, key), append(out.Items, value)
		}
	}
	r.end()
	return out
}

// end reads the bracket behind a list or map.
func (r *jsonReader) end() {
	if r.fatal == nil {
		r.next()
	}
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
