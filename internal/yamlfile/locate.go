package yamlfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/medlar-flow/medlar/internal/regex"
)

// locator finds the place of a syntax error. The library knows a line only: of
// the mistake, or of the list, map or text that it is in. How far the library
// had read when it gave up, and which beginnings of the text it accepts, say
// the rest.
type locator struct {
	file *File
	text []byte // as the library takes it, behind an empty line: see from
	used int    // how much of text was read before the mistake was seen
	work int    // how many more bytes may be read to find the place
	problem
}

// How much is read, at most, to find a place: some times the file, so that a
// large file takes no more than a few times what reading it takes.
const (
	searchTimes = 3
	searchBytes = 2 << 20
	searchTries = 64
)

// locate reads a text that the library refused again, and returns what is wrong
// with it, in the words of the library. ok is false where it is not refused.
func (f *File) locate(text []byte) (p problem, ok bool) {
	// With a line before it no mark has the line 0, for which the library writes
	// that of another mark.
	l := &locator{file: f, text: append([]byte{'\n'}, text...), work: searchTimes*len(text) + searchBytes}
	slow := &slowReader{text: l.text}
	err := decodeAll(slow)
	if err == nil {
		return problem{}, false
	}
	l.used = slow.at
	l.read(err)
	l.place()
	return l.problem, true
}

// slowReader returns a text byte by byte, so that at is how far its reader looks.
type slowReader struct {
	text []byte
	at   int
}

func (r *slowReader) Read(p []byte) (int, error) {
	if r.at >= len(r.text) || len(p) == 0 {
		return 0, io.EOF
	}
	p[0] = r.text[r.at]
	r.at++
	return 1, nil
}

// decodeAll reads all documents of a text.
func decodeAll(r io.Reader) error {
	for dec := yaml.NewDecoder(r); ; {
		var doc yaml.Node
		if err := decode(dec, &doc); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// decode reads the next document. The library panics where it finds a mistake of
// its own.
func decode(dec *yaml.Decoder, doc *yaml.Node) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("the YAML library failed: %v", v)
		}
	}()
	return dec.Decode(doc) //nolint:wrapcheck // its text is taken apart
}

var (
	errorLine     = regex.Late{Text: `^(?:yaml: )?(?:line (\d+): )?`}
	parserMessage = regex.Late{Text: `^(did not find expected (key|node content|'-' indicator|',' or|<document start>|<stream)|found (duplicate %|incompatible YAML|undefined tag))`}
)

// read takes line and message out of an error. Lines are those of marks that
// count from 0, to which the library adds 1 where its scanner stopped.
func (l *locator) read(err error) {
	text := err.Error()
	m := errorLine.Get().FindStringSubmatch(text)
	l.message = strings.TrimPrefix(text, m[0])
	number, err := strconv.Atoi(m[1])
	if err != nil {
		number = 0
	}
	if number > 0 && !parserMessage.Get().MatchString(l.message) {
		number--
	}
	l.begun = min(number, len(l.file.lines))
	l.left = 1
}

// place finds line and column of the mistake, and the column of what it is in.
func (l *locator) place() {
	l.setPlace(l.seen())
	switch {
	case l.says("did not find expected key"), l.says("did not find expected '-' indicator"):
		l.setPlace(l.lastGood("", l.seen()))
		l.left = l.entryCol()
	case l.says("did not find expected ',' or"):
		if l.used < len(l.text) {
			l.setPlace(l.lastGood(",", l.seen()))
		} else if at := l.lastGood(",", l.seen()); !l.continues(l.text, ",") {
			l.setPlace(at)
		} else {
			l.setPlace(len(l.text))
		}
		l.left = l.openCol(true)
	case l.says("did not find expected node content"):
		l.setPlace(l.lastGood(anyValue, l.seen()))
	case l.says("could not find expected ':'"):
		l.left = l.entryCol()
	case l.says("found unexpected end of stream"):
		l.left = l.openCol(false)
	case l.says("unknown anchor"):
		l.setPlace(l.alias())
	case l.begun > 0:
		l.inLine()
	}
}

func (l *locator) says(beginning string) bool { return strings.HasPrefix(l.message, beginning) }

// inLine places what the scanner refuses, which stands in the line that it names
// and hardly before the last byte that it read.
func (l *locator) inLine() {
	start := l.start(l.begun)
	seen := l.text[start:max(l.end(l.begun), start)]
	if l.used > start {
		seen = seen[:min(len(seen), l.used-start)]
	}
	at := len(seen) - len(bytes.TrimLeft(seen, " "))
	switch {
	case l.says("found character that cannot start any token"):
		at = lastWord(seen, "@`%\t|>", at)
	case l.says("found a tab"):
		l.setPlace(l.tab())
		return
	case l.says("block sequence entries"):
		at = lastWord(seen, "-", at)
	case l.says("mapping values are not allowed"):
		line := l.text[start:l.end(l.begun)]
		for i := range seen {
			if line[i] == ':' && (i+1 == len(line) || i+1 < len(seen) && isBlank(line[i+1])) {
				at = i
			}
		}
	case l.says("did not find expected alphabetic or numeric character"):
		l.left = l.colOf(start + lastWord(seen, "*&", at))
		l.line, l.col = l.begun, l.left
		return
	case l.says("found unknown escape character"), l.says("did not find expected hexdecimal number"):
		l.setPlace(l.escape(start))
		return
	}
	l.setPlace(start + at)
}

// tab returns where the last tab stands that was read and begins a line.
func (l *locator) tab() int {
	for at := l.used; at > 1; {
		if at = bytes.LastIndexByte(l.text[:at], '\t'); at < 0 {
			break
		}
		line := l.text[bytes.LastIndexByte(l.text[:at], '\n')+1 : at]
		if len(bytes.TrimLeft(line, " \t-?:")) == 0 {
			return at - len(line) + bytes.IndexByte(l.text[at-len(line):at+1], '\t')
		}
	}
	return l.start(l.begun)
}

// escape returns the last \ that was seen and begins no escape of the library.
func (l *locator) escape(from int) int {
	at := from
	for i := from; i+1 < min(l.used+2, len(l.text)); i++ {
		if l.text[i] != '\\' {
			continue
		}
		if strings.IndexByte("0abt\tnvfe \"'\\N_LP\n\r", l.text[i+1]) < 0 {
			at = i
		}
		i++
	}
	return at
}

// lastWord returns where the last of chars stands that begins a word.
func lastWord(seen []byte, chars string, otherwise int) int {
	for i := len(seen) - 1; i >= 0; i-- {
		if strings.IndexByte(chars, seen[i]) >= 0 && (i == 0 || isBlank(seen[i-1]) || strings.IndexByte("[]{},:-?\"'", seen[i-1]) >= 0) {
			return i
		}
	}
	return otherwise
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// seen returns the place of the last byte that was read and is no blank.
func (l *locator) seen() int {
	return max(len(bytes.TrimRight(l.text[:l.used], " \t\r\n")), 1)
}

// lastGood returns the last place before end where a word begins and up to which
// the text is right, with more behind it. What stands there is the mistake.
func (l *locator) lastGood(more string, end int) int {
	if l.used == len(l.text) {
		end = len(bytes.TrimRight(l.text, " \t\r\n"))
	}
	for i, tries := end, 0; i > 1 && tries < searchTries; i-- {
		if !l.mayBegin(i) {
			continue
		}
		if tries++; l.work < i {
			break
		}
		if l.continues(l.text[:i], more) && !l.inQuotes(i) {
			return i
		}
	}
	return end
}

// inQuotes reports whether a place is between two quotes, where anything goes.
func (l *locator) inQuotes(i int) bool {
	l.work -= i
	err := decodeAll(bytes.NewReader(l.text[:i]))
	return err != nil && strings.Contains(err.Error(), "found unexpected end of stream")
}

// mayBegin reports whether a token may begin at a place.
func (l *locator) mayBegin(i int) bool {
	if i >= len(l.text) || isBlank(l.text[i]) {
		return false
	}
	return isBlank(l.text[i-1]) || strings.IndexByte("[]{},:\"'", l.text[i-1]) >= 0 || strings.IndexByte("[]{},:\"'", l.text[i]) >= 0
}

// lookahead is more tokens than the library reads ahead of the one that it takes.
// They stand in lines of their own, since what may be a key is not taken before
// its line ends.
const lookahead = 6

// anyValue is what stands for any value.
const anyValue = " x"

var errMore = errors.New("more would follow")

type moreReader struct{}

func (moreReader) Read([]byte) (int, error) { return 0, errMore }

// continues reports whether a beginning of a text is right. With more behind it
// the text may stop in an open bracket.
func (l *locator) continues(text []byte, more string) bool {
	l.work -= len(text)
	if more == "" {
		return decodeAll(bytes.NewReader(text)) == nil
	}
	if more == anyValue { // a value in a line or in a bracket
		if decodeAll(io.MultiReader(bytes.NewReader(text), strings.NewReader(more))) == nil {
			return true
		}
		l.work -= len(text)
		more = anyValue + ","
	}
	err := decodeAll(io.MultiReader(bytes.NewReader(text), strings.NewReader(strings.Repeat(more+"\n x", lookahead)+more), moreReader{}))
	return err == nil || strings.Contains(err.Error(), errMore.Error())
}

// alias returns where an alias stands whose anchor is not known: the first one of
// that name up to which the text is wrong.
func (l *locator) alias() int {
	_, name, _ := strings.Cut(l.message, "'")
	name, _, _ = strings.Cut(name, "'")
	word, found := []byte("*"+name), 0
	for end, tries := l.used, 0; tries < searchTries; tries++ {
		at := bytes.LastIndex(l.text[:end], word)
		if at < 0 || found > 0 && l.work < end {
			break
		}
		end = at + len(word) - 1
		l.work -= end
		if err := decodeAll(bytes.NewReader(l.text[:at+len(word)])); found > 0 && (err == nil || !strings.Contains(err.Error(), l.message)) {
			break
		}
		found = at
	}
	return found
}

// entryCol returns the column of the list or map that begins in the line begun.
func (l *locator) entryCol() int {
	line := l.file.Line(l.begun)
	list := l.says("did not find expected '-'")
	col := len(line) - len(strings.TrimLeft(line, " ")) + 1
	for at := col - 1; at+1 < len(line) && line[at] == '-' && isBlank(line[at+1]); col = at + 1 {
		next := at + 1 + len(line[at+1:]) - len(strings.TrimLeft(line[at+1:], " "))
		if list && (next+1 >= len(line) || line[next] != '-' || next+1 > l.col) {
			return at + 1
		}
		at = next
		if at+1 >= len(line) || line[at] != '-' || !isBlank(line[at+1]) {
			return at + 1
		}
	}
	return col
}

// openCol returns the column in the line begun of the innermost bracket that is
// open where the mistake is, or of the quote that is.
func (l *locator) openCol(bracket bool) int {
	start, end := l.start(l.begun), l.end(l.begun)
	if bracket {
		end = max(l.offset(), start)
	}
	var open []int
	quote := -1
	for i := start; i < end; i++ {
		c := l.text[i]
		switch {
		case quote >= 0:
			if c == '\\' && l.text[quote] == '"' {
				i++
			} else if c == l.text[quote] {
				quote = -1
			}
		case (c == '"' || c == '\'') && (i == start || isBlank(l.text[i-1]) || strings.IndexByte("[{,:", l.text[i-1]) >= 0):
			quote = i
		case c == '#' && isBlank(l.text[i-1]):
			for i+1 < end && l.text[i+1] != '\n' {
				i++
			}
		case c == '[' || c == '{':
			open = append(open, i)
		case (c == ']' || c == '}') && len(open) > 0:
			open = open[:len(open)-1]
		}
	}
	marks, lineEnd := `"'`, l.end(l.begun)
	if bracket {
		marks = "[{"
		for i := len(open) - 1; i >= 0; i-- {
			if open[i] < lineEnd {
				return l.colOf(open[i])
			}
		}
	} else if quote >= 0 {
		return l.colOf(quote)
	}
	return l.colOf(start + max(bytes.LastIndexAny(l.text[start:lineEnd], marks), 0))
}

// start and end are where a line of the file stands in text.
func (l *locator) start(line int) int {
	start, _ := l.file.bounds(min(max(line, 1), len(l.file.lines)))
	return start + 1
}

func (l *locator) end(line int) int {
	_, end := l.file.bounds(min(max(line, 1), len(l.file.lines)))
	return end + 1
}

func (l *locator) colOf(at int) int {
	_, col := l.file.position(at - 1)
	return col
}

func (l *locator) setPlace(at int) { l.line, l.col = l.file.position(at - 1) }

func (l *locator) offset() int {
	c := l.file.cursor(&Node{Line: int32(l.line), Col: int32(l.col)})
	return c.pos + 1
}
