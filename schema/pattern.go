package schema

import (
	"regexp"
	"regexp/syntax"
	"sync"
)

// pattern is a regular expression that is known to be one, and is compiled when
// a value is first held against it: an AWS service has some hundred, of which a
// flow needs a few.
type pattern struct {
	text     string
	compiled func() *regexp.Regexp
}

// newPattern reads an expression as regexp.Compile does, which finds nothing
// wrong with one that can be read.
func newPattern(text string) (*pattern, error) {
	if _, err := syntax.Parse(text, syntax.Perl); err != nil {
		return nil, err //nolint:wrapcheck // the caller does
	}
	return &pattern{text, sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })}, nil
}

// MatchString is that of a regexp.Regexp.
func (p *pattern) MatchString(s string) bool { return p.compiled().MatchString(s) }
