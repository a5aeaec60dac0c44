//go:build !linux

package resident

import "runtime/debug"

// Shrink gives the memory back that the collector finds unused.
func Shrink() { debug.FreeOSMemory() }
