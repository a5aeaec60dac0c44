// Package large makes stacks large. It imports nothing, so that it can be used
// before any other package is initialised; all others use the package stack.
package large

// size is what the deepest work of a start takes, with what the SDK needs for its
// first call: 64 KiB are not enough.
const size = 96 << 10

// Grow makes the stack of the goroutine that calls it 128 KiB large.
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
