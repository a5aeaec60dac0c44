// Package regex holds regular expressions of the program until somebody needs
// them. Compiling one takes longer than most uses of it, and a package that
// keeps compiled ones makes each start of the program pay for all.
package regex

import (
	"regexp"
	"sync"
)

// Late is an expression that is compiled when it is first asked for. A variable
// of a package is of this type: its text stands in the program's file, so that
// nothing is made of it at the start. It must not be copied.
//
//	var digits = regex.Late{Text: `^[0-9]+$`}
//	...
//	if digits.Get().MatchString(text) {
type Late struct {
	// Text is the expression; it does not change.
	Text string

	once     sync.Once
	compiled *regexp.Regexp
}

// Get returns the compiled expression. It panics where Text is none.
func (l *Late) Get() *regexp.Regexp {
	l.once.Do(func() { l.compiled = regexp.MustCompile(l.Text) })
	return l.compiled
}
