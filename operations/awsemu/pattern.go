package awsemu

import (
	"regexp"
	"sync"
)

// pattern is a regular expression that is compiled when it is first used: a
// program that links the emulator does not pay for those that it never needs.
type pattern struct {
	text     string
	compiled func() *regexp.Regexp
}

func newPattern(text string) *pattern {
	return &pattern{text, sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })}
}

// MatchString is that of a regexp.Regexp.
func (p *pattern) MatchString(s string) bool { return p.compiled().MatchString(s) }

// FindStringSubmatch is that of a regexp.Regexp.
func (p *pattern) FindStringSubmatch(s string) []string { return p.compiled().FindStringSubmatch(s) }

// String gives the text of the expression.
func (p *pattern) String() string { return p.text }
