// Package regex holds regular expressions of the program until somebody needs
// them. Compiling one takes longer than most uses of it, and a package that
// keeps compiled ones makes each start of the program pay for all.
package regex

import (
	"regexp"
	"sync"
)

// Late returns an expression that is compiled when it is first asked for, and
// panics then where it is none.
//
//	var digits = regex.Late(`^[0-9]+$`)
//	...
//	if digits().MatchString(text) {
func Late(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}
