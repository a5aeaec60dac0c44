package yamlfile

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/internal/regex"
)

// How far above a mistake what caused it is looked for, and how many lines are tried.
const (
	quoteLines   = 200
	quoteTries   = 8
	bracketLines = 20
)

const neverClosed = " is never closed"

var nextEntry = regex.Late{Text: `, *[A-Za-z_][\w-]*: `}

// quoted closes a quote that stays open in its line.
func (f *File) quoted(p problem) (list []change) {
	last := p.said.line
	if strings.HasPrefix(p.said.message, "found unexpected end of stream") {
		last = p.begun
	}
	for number, tries := min(last, len(f.lines)), 0; number > max(0, last-quoteLines) && tries < quoteTries; number-- {
		line := f.Line(number)
		at, open := openQuote(line)
		if at < 0 {
			continue
		}
		tries++
		for _, end := range quoteEnds(line, at, open) {
			start, _ := f.bounds(number)
			list = append(list, change{
				edits: []edit{{start + end, 0, line[at : at+1]}},
				line:  number, col: utf8.RuneCountInString(line[:at]) + 1,
				message: "this quote is never closed", help: "add the closing quote",
			})
		}
	}
	return list
}

// openQuote returns where a value in quotes begins in a line that does not end there, and
// how many brackets of the line are open then; -1 for none.
func openQuote(line string) (at, open int) {
	begins := true
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == ' ':
		case begins && (c == '"' || c == '\''):
			closed := closingQuote(line, i)
			if closed < 0 {
				return i, open
			}
			i, begins = closed, false
		case c == '#' && i > 0 && line[i-1] == ' ':
			return -1, 0
		case c == '{' || c == '[':
			open, begins = open+1, true
		case c == '}' || c == ']':
			open, begins = open-1, false
		default:
			blank := i+1 < len(line) && line[i+1] == ' '
			begins = c == ',' && open > 0 || c == ':' && blank || c == '-' && blank && begins
		}
	}
	return -1, 0
}

// quoteEnds returns where the quote that is open in a line may have to be closed: before
// the next entry of a bracket, before the brackets at its end, or there.
func quoteEnds(line string, at, open int) []int {
	end := len(strings.TrimRight(line, " \t\r"))
	if open <= 0 {
		return []int{end}
	}
	var ends []int
	if m := nextEntry.Get().FindStringIndex(line[at:]); m != nil {
		ends = append(ends, at+m[0])
	}
	for range open {
		if trimmed := strings.TrimRight(line[:end], " "); strings.HasSuffix(trimmed, "}") || strings.HasSuffix(trimmed, "]") {
			end = len(trimmed) - 1
		}
	}
	return append(ends, max(end, at+1))
}

const inBrackets = "did not find expected ',' or"

// separated puts a comma where an entry of a bracket follows without one.
func (f *File) separated(p problem) []change {
	if !strings.HasPrefix(p.said.message, inBrackets) || !f.isClosed(p) {
		return nil
	}
	return []change{{edits: []edit{{f.offset(p.said.line, p.said.col), 0, ","}}}}
}

// isClosed reports whether the bracket that a problem was met in is closed further below,
// as far as no quote is open.
func (f *File) isClosed(p problem) bool {
	for number := p.begun; number <= min(p.said.line, len(f.lines)); number++ {
		if at, _ := openQuote(f.Line(number)); at >= 0 {
			return false
		}
	}
	_, end := f.bounds(min(p.begun+bracketLines, len(f.lines)))
	edits, opener := closeBrackets(f.Text, f.offset(p.begun, p.left), end)
	item := strings.HasPrefix(f.from(p.said.line, p.said.col), "- ")
	return len(edits) == 0 && opener >= 0 && !item
}

// closed closes the brackets that stay open: at the end of one of the lines that they go
// through, or before a bracket of another kind.
func (f *File) closed(p problem) (list []change) {
	if !strings.HasPrefix(p.said.message, inBrackets) || f.isClosed(p) {
		return nil
	}
	from := f.offset(p.begun, p.left)
	for number := p.begun; number <= min(p.said.line, p.begun+bracketLines, len(f.lines)); number++ {
		_, end := f.bounds(number)
		edits, opener := closeBrackets(f.Text, from, end)
		if len(edits) == 0 {
			continue
		}
		line, col := f.position(opener)
		list = append(list, change{
			edits: edits, line: line, col: col,
			message: "this " + string(f.Text[opener]) + neverClosed, help: "add the closing bracket",
		})
	}
	return list
}

// closeBrackets returns what closes the brackets of a text that stay open up to its end, and
// where the first of them stands.
func closeBrackets(text []byte, from, end int) (edits []edit, opener int) {
	var open []int
	value := from // behind the last of the values
	for i := from; i < end; i++ {
		switch c := text[i]; {
		case (c == '"' || c == '\'') && i > from && strings.IndexByte(" \n,:[{", text[i-1]) >= 0:
			closed := closingQuote(string(text[i:end]), 0)
			if closed < 0 {
				return nil, -1 // a quote is open, too
			}
			i += closed
		case c == '#' && i > from && isBlank(text[i-1]):
			if n := bytes.IndexByte(text[i:end], '\n'); n >= 0 {
				i += n
			} else {
				i = end
			}
			continue
		case c == '{' || c == '[':
			open = append(open, i)
		case c == '}' || c == ']':
			for len(open) > 0 && closing(text[open[len(open)-1]]) != c {
				opener = open[len(open)-1]
				edits = append(edits, edit{i, 0, string(closing(text[opener]))})
				open = open[:len(open)-1]
			}
			if len(open) == 0 {
				return edits, opener // c is of a bracket around
			}
			if open = open[:len(open)-1]; len(open) == 0 {
				return edits, opener
			}
		}
		if i < end && !isBlank(text[i]) {
			value = i + 1
		}
	}
	closers := ""
	for i := len(open) - 1; i >= 0; i-- {
		closers += string(closing(text[open[i]]))
		opener = open[i]
	}
	return append(edits, edit{min(value, end), 0, closers}), opener
}

func closing(c byte) byte {
	if c == '{' {
		return '}'
	}
	return ']'
}

// unclosed leaves a bracket out that closes nothing: the library stops there or behind it.
func (f *File) unclosed(p problem) (list []change) {
	if p.said.line < 1 || p.said.line > len(f.lines) {
		return nil
	}
	start, end := f.bounds(p.said.line)
	at := f.offset(p.said.line, p.said.col)
	for _, i := range []int{at, at - 1} {
		if i < start || i >= end || f.Text[i] != '}' && f.Text[i] != ']' {
			continue
		}
		line, col := f.position(i)
		list = append(list, change{
			edits: []edit{{i, 1, " "}}, line: line, col: col,
			message: "this " + string(f.Text[i]) + " closes nothing", help: "leave it out, or write the bracket that it closes",
		})
	}
	return list
}
