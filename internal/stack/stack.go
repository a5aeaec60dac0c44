// Package stack gives a goroutine its stack in one step. One that grows from 2 KiB
// to 128 is copied six times; each copy looks up every function on it in the
// tables of the program's file, whose pages a start reads for nothing else.
package stack

// size is what the deepest work of a start takes, with what the SDK needs for its
// first call: 64 KiB are not enough.
const size = 96 << 10

// Grow makes the stack of the goroutine that calls it 128 KiB large, of which only
// what is used takes memory. It is for goroutines of which there are few and that
// go deep, and called before they do.
func Grow() { room(false) }

// room has a frame of size, which is all that matters of it: nothing touches the
// frame unless fill is true, which it never is.
//
//go:noinline
func room(fill bool) byte {
	if !fill {
		return 0
	}
	var frame [size]byte
	touch(&frame)
	return frame[size-1]
}

//go:noinline
func touch(frame *[size]byte) { frame[0] = 1 }
