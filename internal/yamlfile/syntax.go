package yamlfile

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/internal/regex"
)

// problem is an error of the YAML library, in our words.
type problem struct {
	line, col   int
	begun, left int // where the list, map or text begins that it is in
	message     string
	help        string
	cure        cure
	said        said
}

// said is where the library stopped, and why in its words.
type said struct {
	line, col int
	message   string
}

// syntax says where a text stops being YAML, why, and how to mend it; p is that of the
// library.
func (f *File) syntax(err error, text []byte) (d diag.Diagnostic, p problem) {
	if f.looksLikeJSON() {
		if d, ok := f.notJSON(); ok {
			return d, problem{}
		}
	}
	p, ok := f.locate(text)
	if !ok {
		p = problem{line: 1, col: 1, message: strings.TrimPrefix(err.Error(), "yaml: ")}
	}
	p.help = "look at indentation, quotes and brackets, also in the lines before"
	p.said = said{p.line, p.col, p.message}
	f.explain(&p)
	if f.private && p.message == p.said.message {
		p.message = "the text cannot be read"
	}
	if p.line > len(f.lines) {
		p.line, p.col = len(f.lines), 1
	}
	return diag.Diagnostic{
		Span: f.span(p.line, p.col, f.wordWidth(p.line, p.col)), Severity: diag.Error,
		Rule: "yaml-syntax", Message: "not YAML: " + p.message, Help: p.help,
	}, p
}

// explain puts an error of the library into words that say what to do. What it
// does not know keeps the library's words.
func (f *File) explain(p *problem) {
	switch at := f.from(p.line, p.col); {
	case strings.HasPrefix(at, "\t"), strings.Contains(p.message, "found a tab character"):
		p.message, p.help = "a tab stands where YAML takes spaces", "indent with spaces"
		p.cure = spaceTabs
	case f.keyBeforeBracket(p):
	case f.unquotedExpression(p):
	case strings.HasPrefix(p.message, "did not find expected key"):
		f.notInMap(p)
	case strings.HasPrefix(p.message, "did not find expected '-' indicator"):
		p.message = fmt.Sprintf("this line does not fit the list that begins in line %d", p.begun)
		p.help = fmt.Sprintf("an item of that list begins with %s and a -, and what belongs to it has at least %s",
			spaces(p.left-1), spaces(p.left+1))
	case strings.HasPrefix(p.message, "did not find expected ',' or"):
		f.openBracket(p)
	case strings.HasPrefix(p.message, "mapping values are not allowed"):
		f.secondColon(p)
	case strings.HasPrefix(p.message, "could not find expected ':'"):
		p.line, p.col = p.begun, p.left
		p.message, p.help = noColon, noColonHelp
	case strings.HasPrefix(p.message, "found unexpected end of stream"):
		p.line, p.col = p.begun, p.left
		if f.quoteWithin(p) {
			return
		}
		p.message, p.help = "this quote is never closed", "add the closing quote"
	case strings.HasPrefix(p.message, "found character that cannot start any token"):
		first, _ := utf8.DecodeRuneInString(at)
		p.message, p.help = fmt.Sprintf("a value without quotes cannot begin with %c", first), "put the value in quotes"
		p.cure = hideOne
		if f.private {
			p.message = "a value without quotes cannot begin with this character"
		}
	case strings.HasPrefix(p.message, "did not find expected alphabetic or numeric character"):
		p.line, p.col = p.begun, p.left
		p.message, p.help = "* and & begin names of YAML, and no name stands here", "put the value in quotes"
		p.cure = hideOne
	case strings.HasPrefix(p.message, "unknown anchor"):
		f.unknownAnchor(p)
	case strings.HasPrefix(p.message, "found unknown escape character"):
		f.unknownEscape(p)
	case strings.HasPrefix(p.message, "found incompatible YAML document"):
		p.message, p.help = "the file is of a version of YAML that is not read", "leave the %YAML line out"
		p.cure = dropVersion
	}
}

// from returns a line from a column on.
func (f *File) from(line, col int) string {
	if line < 1 || line > len(f.lines) {
		return ""
	}
	c := f.cursor(&Node{Line: int32(line), Col: int32(col)})
	_, end := f.bounds(line)
	return string(c.text[c.pos:max(end, c.pos)])
}

// atEnd reports whether nothing but blanks stands at a place and behind it.
func (f *File) atEnd(line, col int) bool {
	if line > len(f.lines) {
		return true
	}
	c := f.cursor(&Node{Line: int32(line), Col: int32(col)})
	return len(bytes.TrimSpace(c.text[c.pos:])) == 0
}

// before returns a line up to a column.
func (f *File) before(line, col int) string {
	if line < 1 || line > len(f.lines) {
		return ""
	}
	start, _ := f.bounds(line)
	c := f.cursor(&Node{Line: int32(line), Col: int32(col)})
	return string(c.text[start:c.pos])
}

func spaces(n int) string {
	switch n {
	case 0:
		return "no space"
	case 1:
		return "1 space"
	default:
		return fmt.Sprintf("%d spaces", n)
	}
}

// notInMap explains what stands in a map of lines and is no key of it.
func (f *File) notInMap(p *problem) {
	before := strings.TrimRight(f.before(p.line, p.col), " ")
	switch {
	case before == "" && strings.HasPrefix(f.from(p.line, p.col), "- ") && f.itemBefore(p.line) > 0:
		first := f.itemBefore(p.line)
		line := f.Line(first)
		p.message = fmt.Sprintf("this - stands behind %s and belongs to no list", spaces(p.col-1))
		p.help = fmt.Sprintf("the - of line %d stands behind %s", first, spaces(len(line)-len(strings.TrimLeft(line, " "))))
	case before == "":
		p.message = fmt.Sprintf("this line does not fit the map that begins in line %d", p.begun)
		p.help = fmt.Sprintf("the keys of that map stand behind %s, and what belongs to a key behind more", spaces(p.left-1))
	case behindQuote(p, before):
	default:
		p.message, p.help = "no key of a map can stand here", "put the whole value in quotes, or begin a new line"
	}
}

// behindQuote explains text behind the closing quote of a value. before is what
// stands before it in its line.
func behindQuote(p *problem, before string) bool {
	switch {
	case strings.HasSuffix(before, `"`):
		p.message = `text stands behind the closing " of a value`
		p.help = `inside "..." write \" for each ", and '...' for the texts of an expression`
	case strings.HasSuffix(before, `'`):
		p.message = `text stands behind the closing ' of a value`
		p.help = `inside '...' write '' for each ', or put the value into "..."`
	default:
		return false
	}
	p.cure = hideQuotes
	return true
}

// quoteWithin finds a quote within the value of a line whose last quote is never
// closed: what begins there begins too late. Brackets let YAML go on behind it.
func (f *File) quoteWithin(p *problem) bool {
	line := f.Line(p.begun)
	begins := true
	for i := 0; i < len(line); i++ {
		c := line[i]
		if !begins || c != '"' && c != '\'' {
			begins = strings.IndexByte(" \t,:[{", c) >= 0
			continue
		}
		closed := closingQuote(line, i)
		if closed < 0 || closed == len(line)-1 {
			return false
		}
		if i, begins = closed, false; strings.IndexByte(" \t\r,:]}", line[closed+1]) < 0 {
			p.line, p.col = p.begun, utf8.RuneCountInString(line[:closed+1])+1
			return behindQuote(p, line[:closed+1])
		}
	}
	return false
}

// closingQuote returns where the quoted text that begins at i is closed, or -1.
func closingQuote(line string, i int) int {
	quote := line[i]
	for i++; i < len(line); i++ {
		switch {
		case line[i] == '\\' && quote == '"':
			i++
		case line[i] != quote:
		case quote == '\'' && strings.HasPrefix(line[i+1:], "'"):
			i++
		default:
			return i
		}
	}
	return -1
}

// itemBefore returns the nearest line above a line that begins with an item of a
// list, or 0.
func (f *File) itemBefore(number int) int {
	const most = 1000
	for n := number - 1; n > max(0, number-most); n-- {
		if strings.HasPrefix(strings.TrimLeft(f.Line(n), " "), "- ") {
			return n
		}
	}
	return 0
}

func (f *File) openBracket(p *problem) {
	if p.line == p.begun && strings.HasPrefix(f.from(p.line, p.col), ": ") {
		f.secondColon(p)
		return
	}
	if f.quoteWithin(p) {
		return
	}
	open, comma := "{", ", or }"
	if strings.Contains(p.message, "]") {
		open, comma = "[", ", or ]"
	}
	if f.atEnd(p.line, p.col) {
		p.line, p.col = p.begun, p.left
		p.message, p.help = fmt.Sprintf("this %s is never closed", open), "add the closing bracket"
		return
	}
	if p.col > 1 && !strings.HasPrefix(f.from(p.line, p.col), " ") && behindQuote(p, f.before(p.line, p.col)) {
		return
	}
	if f.missingSpace(p) {
		return
	}
	p.message = fmt.Sprintf("expected %s here, since the %s of line %d, column %d is open", comma, open, p.begun, p.left)
	p.help = "close the bracket, put a comma between two entries, or put a value with , : { } [ ] or # in quotes"
}

func (f *File) secondColon(p *problem) {
	before := f.before(p.line, p.col)
	if strings.Contains(before, ": ") {
		p.message, p.help = `a value without quotes holds ": "`, "put the whole value in quotes"
		if strings.HasPrefix(p.said.message, "did not find expected ',' or") {
			p.help += ", or a comma before the next key"
		}
		p.cure = hideOne
		return
	}
	p.col = utf8.RuneCountInString(before) - utf8.RuneCountInString(strings.TrimLeft(before, " ")) + 1
	p.message = "this line stands below a value and belongs to no list or map"
	p.help = "indent it like the lines around it; a key that holds others has no value in its own line"
}

// missingSpace explains a bracket behind the colon of a key.
func (f *File) missingSpace(p *problem) bool {
	before, next := f.before(p.line, p.col), f.from(p.line, p.col)
	if !strings.HasSuffix(before, ":") || next == "" || next[0] != '{' && next[0] != '[' {
		return false
	}
	p.message, p.help = "a space is missing behind the colon of this key", "put a space behind the colon: key: "+next[:1]
	return true
}

var (
	gluedBracket = regex.Late{Text: `^ *(?:- +)*[A-Za-z_][\w-]*:[{\[]`}
	bareBracket  = regex.Late{Text: `^ *(?:- +)*[A-Za-z_][\w-]* +[{\[]`}
)

// keyBeforeBracket explains what stands in a bracket behind a key that has no colon, or no
// space behind that.
func (f *File) keyBeforeBracket(p *problem) bool {
	if !strings.HasPrefix(p.message, "mapping values are not allowed") && !strings.HasPrefix(p.message, "did not find expected key") {
		return false
	}
	before := f.before(p.line, p.col)
	if m := gluedBracket.Get().FindStringIndex(before); m != nil {
		p.col = utf8.RuneCountInString(before[:m[1]])
		return f.missingSpace(p)
	}
	if !bareBracket.Get().MatchString(before) {
		return false
	}
	p.message, p.help = noColon, noColonHelp
	return true
}

const (
	noColon     = "a key without its colon"
	noColonHelp = "write key: value, with a space behind the colon"
)

func (f *File) unknownAnchor(p *problem) {
	_, name, _ := strings.Cut(p.message, "'")
	name, _, _ = strings.Cut(name, "'")
	if f.private {
		name = "***"
	}
	p.message = fmt.Sprintf("*%s stands for a value that no line before calls &%s", name, name)
	p.help = "put it in quotes if it is text"
	p.cure = hideOne
}

func (f *File) unknownEscape(p *problem) {
	p.cure = hideOne
	p.message = `this \ begins no escape that YAML knows`
	p.help = `write \\ for a \, or put the value into '...'`
	if _, at, found := strings.Cut(f.from(p.line, p.col), `\`); found && !f.private && at != "" {
		next, _ := utf8.DecodeRuneInString(at)
		p.message = fmt.Sprintf(`"..." has no escape \%c`, next)
	}
}

const (
	unquotedExpression = "a value with ${...} stands without quotes"
	quoteExpression    = "put the whole value that holds ${...} in quotes"
	noCurlyQuotes      = `: " or ', the curly ones are none`
)

var unquotedScalar = regex.Late{Text: `(?:^|[:,\[{-])\s*([“”‘’]?\$\{)`}

// unquotedExpression finds a value with an expression and no quotes in the line
// of a mistake, or in the bracket that is open. It is what most often breaks the
// YAML of a flow.
func (f *File) unquotedExpression(p *problem) bool {
	const near = 20
	first := p.line
	if strings.HasPrefix(p.message, "did not find expected ',' or") {
		first = max(p.begun, p.line-near)
	}
	for number := p.line; number >= first; number-- {
		line := f.Line(number)
		if number == p.line {
			line = f.before(p.line, p.col+1)
		}
		found := unquotedScalar.Get().FindAllStringSubmatchIndex(line, -1)
		if len(found) == 0 {
			continue
		}
		at := found[len(found)-1][2]
		p.line, p.col = number, utf8.RuneCountInString(line[:at])+1
		p.message, p.help = unquotedExpression, quoteExpression
		if line[at] != '$' {
			p.help += noCurlyQuotes
		}
		return true
	}
	return false
}

// wordWidth is the width of what stands at a place up to the next blank or
// bracket.
func (f *File) wordWidth(line, col int) int {
	word := f.from(line, col)
	if end := strings.IndexAny(word, " \t\r,{}[]"); end >= 0 {
		word = word[:end]
	}
	return max(1, utf8.RuneCountInString(word))
}

// asVersion1 lets a directive pass that the library refuses: what is read here
// means the same in YAML 1.1 and 1.2.
func asVersion1(text []byte) []byte {
	for at := 0; at < len(text); {
		line, _, _ := bytes.Cut(text[at:], []byte{'\n'})
		switch trimmed := bytes.TrimSpace(line); {
		case len(trimmed) == 0 || trimmed[0] == '#':
		case trimmed[0] != '%': // as nearly always
			return text
		case version12.Get().Match(line):
			i := at + bytes.Index(line, []byte("1.2")) + len("1.")
			text = bytes.Clone(text)
			text[i] = '1'
			return text
		}
		at += len(line) + 1
	}
	return text
}

var version12 = regex.Late{Text: `^%YAML[ \t]+1\.2[ \t\r]*(#.*)?$`}
