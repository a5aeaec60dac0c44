// Package early makes the stack of the main goroutine large before packages are
// initialised, for a program that imports it for nothing else. That goroutine
// initialises them all, and some go deep: its stack would be copied three times
// there, with another look each time into the tables of all functions on it.
//
// Go initialises the packages that wait for no other in the order of their paths,
// and this one waits for none.
package early

import "github.com/medlar-flow/medlar/internal/stack/large"

var _ = grown()

func grown() bool {
	large.Grow()
	return true
}
