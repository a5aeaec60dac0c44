package pattern

import (
	"regexp"
	"sync"
)

// Pattern is a regular expression that is compiled when it is first used: a
// program that links the emulator does not pay for those that it never needs.
// It must not be copied.
type Pattern struct {
	// Text is the expression; a match panics where it is none.
	Text string

	once     sync.Once
	compiled *regexp.Regexp
}

func (p *Pattern) get() *regexp.Regexp {
	p.once.Do(func() { p.compiled = regexp.MustCompile(p.Text) })
	return p.compiled
}

// MatchString is that of a regexp.Regexp.
func (p *Pattern) MatchString(s string) bool { return p.get().MatchString(s) }

// FindStringSubmatch is that of a regexp.Regexp.
func (p *Pattern) FindStringSubmatch(s string) []string { return p.get().FindStringSubmatch(s) }

// String returns the text of the expression.
func (p *Pattern) String() string { return p.Text }
