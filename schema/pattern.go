package schema

import (
	"regexp"
	"regexp/syntax"
	"sync"
	"unicode/utf8"
)

// pattern is a regular expression that is known to be one, and is compiled when
// a value is first held against it: an AWS service has some hundred, of which a
// flow needs a few.
type pattern struct {
	text     string
	class    *class // where that is all there is to it
	compiled func() *regexp.Regexp
}

// newPattern reads an expression as regexp.Compile does, which finds nothing
// wrong with one that can be read.
func newPattern(text string) (*pattern, error) {
	re, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, err //nolint:wrapcheck // the caller does
	}
	p := &pattern{text: text}
	if p.class = repeatedClass(re); p.class == nil {
		p.compiled = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
	}
	return p, nil
}

// matchString is that of a regexp.Regexp.
func (p *pattern) matchString(s string) bool {
	if p.class != nil {
		return p.class.matches(s)
	}
	return p.compiled().MatchString(s)
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
