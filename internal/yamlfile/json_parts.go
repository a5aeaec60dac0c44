package yamlfile

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// jsonOutline is JSON that is cut in its list of steps.
type jsonOutline struct {
	open   int // where the list begins
	parts  []jsonPart
	behind jsonPart // what follows the list
}

// jsonPart is a piece of JSON with its place: steps with what stands between them.
type jsonPart struct {
	text      string
	at        int
	line, col int
}

func (p jsonPart) size() int { return len(p.text) }

// jsonInParts reads a text without its steps, and the first part of them, as the parser's
// own inParts does. Where a step ends is sure in JSON that is valid.
func (p *parser) jsonInParts(text string, size int) (root *Node, rest *Rest) {
	o, ok := p.file.cutJSON(text, size)
	if !ok {
		return nil, nil
	}
	around := p.sub(0, 0)
	r := &jsonReader{parser: around, text: text, line: 1, col: 1, left: &o}
	r.skip()
	root = r.value(0)
	if around.fatal != nil || around.diags != nil || r.empty == nil {
		return nil, nil
	}
	first, rest := readFirst(p, around, o.parts, p.jsonSteps)
	r.empty.Hold(nil, first.Items)
	return root, rest
}

// jsonSteps reads a part.
func (p *parser) jsonSteps(at jsonPart) (Steps, bool) {
	sub := p.sub(0, 0)
	r := &jsonReader{parser: sub, text: at.text, line: at.line, col: at.col}
	for r.fatal == nil && r.pos < len(r.text) {
		sub.held = append(sub.held, r.value(2)) // in the list of the steps, in the flow
	}
	out := Steps{Items: sub.held, Texts: sub.texts, marked: sub.marked}
	return out, sub.fatal == nil && sub.diags == nil
}

// leaveOut makes a list without items of the one that is read in parts.
func (r *jsonReader) leaveOut(line, col int) *Node {
	r.empty = r.add(line, col)
	r.empty.Kind = List
	r.pos, r.line, r.col = r.left.behind.at, r.left.behind.line, r.left.behind.col
	r.skip()
	return r.empty
}

// cutJSON finds the steps of a flow, in parts of a size. ok is false where
// it is no flow, and for a text of a single part. The text is valid JSON.
func (f *File) cutJSON(text string, size int) (o jsonOutline, ok bool) {
	pos := jsonSkip(text, 0)
	if len(text) < 2*size || text[pos] != '{' {
		return o, false
	}
	for pos = jsonSkip(text, pos+1); text[pos] != '}'; pos = jsonSkip(text, jsonEnd(text, pos)) {
		end := stringEnd(text, pos) + 1
		key := text[pos:end]
		if pos = jsonSkip(text, end); key == `"steps"` && text[pos] == '[' {
			f.cutItems(&o, text, pos, size)
			return o, len(o.parts) > 1
		}
	}
	return o, false
}

// cutItems cuts the list that begins at a place.
func (f *File) cutItems(o *jsonOutline, text string, open, size int) {
	o.open = open
	at := f.jsonAt(jsonPart{line: 1, col: 1}, jsonSkip(text, open+1))
	pos := at.at
	for text[pos] != ']' {
		if pos-at.at >= sizeOf(len(o.parts), len(text)-at.at, size) {
			at.text = text[at.at:pos]
			o.parts = append(o.parts, at)
			at = f.jsonAt(at, pos)
		}
		pos = jsonSkip(text, jsonEnd(text, pos))
	}
	at.text = text[at.at:pos]
	o.parts = append(o.parts, at)
	o.behind = f.jsonAt(at, pos+1)
}

// jsonAt returns a part that begins at a place behind the one before. Characters are
// counted from there on: a line may be as long as the file.
func (f *File) jsonAt(before jsonPart, at int) jsonPart {
	line, found := slices.BinarySearch(f.lines, at)
	if found {
		line++
	}
	start, col := f.lines[line-1], 1
	if line == before.line && before.at > start {
		start, col = before.at, before.col
	}
	if f.ascii {
		return jsonPart{at: at, line: line, col: col + at - start}
	}
	return jsonPart{at: at, line: line, col: col + utf8.RuneCount(f.Text[start:at])}
}

// jsonEnd returns where a value ends that begins at a place.
func jsonEnd(text string, pos int) int {
	for depth := 0; ; {
		switch text[pos] {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case '"':
			pos = stringEnd(text, pos)
		default: // a word, or what stands between values
			if depth == 0 {
				return wordBehind(text, pos)
			}
		}
		if pos++; depth == 0 {
			return pos
		}
	}
}

// wordBehind returns where a number or a name ends.
func wordBehind(text string, pos int) int {
	for pos < len(text) && strings.IndexByte(" \t\r\n,:]}", text[pos]) < 0 {
		pos++
	}
	return pos
}

// stringEnd returns where the quote stands that ends a text.
func stringEnd(text string, pos int) int {
	for end := pos + 1; ; end++ {
		end += strings.IndexByte(text[end:], '"')
		before := end
		for text[before-1] == '\\' {
			before--
		}
		if (end-before)%2 == 0 {
			return end
		}
	}
}

// jsonSkip returns where the next token but commas and colons begins.
func jsonSkip(text string, pos int) int {
	for pos < len(text) && strings.IndexByte(" \t\r\n,:", text[pos]) >= 0 {
		pos++
	}
	return pos
}
