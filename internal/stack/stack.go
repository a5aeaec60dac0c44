// Package stack gives a goroutine its stack in one step. One that grows from 2 KiB
// to 128 is copied six times; each copy looks up every function on it in the
// tables of the program's file, whose pages a start reads for nothing else.
package stack

import "github.com/medlar-flow/medlar/internal/stack/large"

// Grow makes the stack of the goroutine that calls it 128 KiB large, of which only
// what is used takes memory. It is for goroutines of which there are few and that
// go deep, and called before they do.
func Grow() { large.Grow() }
