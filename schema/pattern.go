package schema

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"
	"unicode/utf8"
)

// pattern is a regular expression that is known to be one, and is compiled when
// a value is first held against it: an AWS service has some hundred, of which a
// flow needs a few.
type pattern struct {
	text string

	once     sync.Once
	class    *class // where that is all there is to it
	compiled *regexp.Regexp
}

// newPattern reads an expression as regexp.Compile does, which finds nothing
// wrong with one that can be read. One that can be read for sure is left for
// later: the tables of Unicode take long.
func newPattern(text string) (*pattern, error) {
	if isPlain(text) {
		return &pattern{text: text}, nil
	}
	re, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, err //nolint:wrapcheck // the caller does
	}
	p := &pattern{text: text}
	if c := repeatedClass(re); c != nil {
		p.once.Do(func() { p.class = c })
	}
	return p, nil
}

// isPlain reports whether an expression is ^[...]*$ or ^[...]+$ of what is surely
// a class: most patterns of names are.
func isPlain(text string) bool {
	body, ok := strings.CutPrefix(text, "^[")
	if !ok || len(body) < 4 || body[0] == '^' || body[len(body)-1] != '$' || body[len(body)-3] != ']' {
		return false
	}
	if times := body[len(body)-2]; times != '*' && times != '+' {
		return false
	}
	for body = body[:len(body)-3]; body != ""; {
		n := plainElement(body)
		if n == 0 {
			return false
		}
		body = body[n:]
	}
	return true
}

// plainElements are ranges and classes within a class.
var plainElements = [...]string{"A-Z", "a-z", "0-9", `\w`, `\d`, `\s`, `\-`, `\.`, `\p{L}`, `\p{N}`, `\p{Z}`, `\p{S}`}

// plainElement returns the length of the element that the rest of a class begins
// with, and 0 where it is not plain.
func plainElement(rest string) int {
	for _, e := range plainElements {
		if strings.HasPrefix(rest, e) {
			if strings.HasPrefix(rest[len(e):], "-") && len(rest) > len(e)+1 { // what a dash behind it means is left to the reader
				return 0
			}
			return len(e)
		}
	}
	c := rest[0]
	if c == '-' && len(rest) == 1 {
		return 1
	}
	if c <= ' ' || c >= utf8.RuneSelf-1 || strings.IndexByte(`[]\^-&~`, c) >= 0 || strings.HasPrefix(rest[1:], "-") && len(rest) > 2 {
		return 0
	}
	return 1
}

// matchString is that of a regexp.Regexp.
func (p *pattern) matchString(s string) bool {
	p.once.Do(p.read)
	if p.class != nil {
		return p.class.matches(s)
	}
	return p.compiled.MatchString(s)
}

func (p *pattern) read() {
	if re, err := syntax.Parse(p.text, syntax.Perl); err == nil {
		p.class = repeatedClass(re)
	}
	if p.class == nil {
		p.compiled = regexp.MustCompile(p.text)
	}
}

// class are the characters of a text in ASCII, a bit each. Names are mostly
// described by one, as ^[a-z-]+$, and a regular expression takes some hundred
// nanoseconds for a short name.
type class struct {
	has   [2]uint64
	empty bool // no character will do
}

// repeatedClass returns the class of an expression that takes texts of it alone,
// and nil for every other.
func repeatedClass(re *syntax.Regexp) *class {
	if re.Op != syntax.OpConcat || len(re.Sub) != 3 || re.Sub[0].Op != syntax.OpBeginText || re.Sub[2].Op != syntax.OpEndText {
		return nil
	}
	many := re.Sub[1]
	if many.Op != syntax.OpPlus && many.Op != syntax.OpStar || many.Sub[0].Op != syntax.OpCharClass {
		return nil
	}
	c := &class{empty: many.Op == syntax.OpStar}
	ranges := many.Sub[0].Rune
	for i := 0; i < len(ranges); i += 2 {
		if ranges[i+1] >= utf8.RuneSelf {
			return nil
		}
		for r := ranges[i]; r <= ranges[i+1]; r++ {
			c.has[r>>6] |= 1 << (r & 63)
		}
	}
	return c
}

func (c *class) matches(s string) bool {
	for i := range len(s) {
		if b := s[i]; b >= utf8.RuneSelf || c.has[b>>6]&(1<<(b&63)) == 0 {
			return false
		}
	}
	return s != "" || c.empty
}
