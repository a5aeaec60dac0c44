package pattern

import (
	"regexp"
	"sync"
)

// Pattern is a regular expression that is compiled when it is first used: a
// program that links the emulator does not pay for those that it never needs.
type Pattern struct {
	text     string
	compiled func() *regexp.Regexp
}

// New makes a pattern; it panics where text is none, when it is first used.
func New(text string) *Pattern {
	return &Pattern{text, sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })}
}

// MatchString is that of a regexp.Regexp.
func (p *Pattern) MatchString(s string) bool { return p.compiled().MatchString(s) }

// FindStringSubmatch is that of a regexp.Regexp.
func (p *Pattern) FindStringSubmatch(s string) []string { return p.compiled().FindStringSubmatch(s) }

// String returns the text of the expression.
func (p *Pattern) String() string { return p.text }
