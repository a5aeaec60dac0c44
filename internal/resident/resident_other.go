//go:build !linux

// Package resident gives memory back that a process needed only once.
package resident

import "runtime/debug"

// Shrink gives the memory back that the collector finds unused.
func Shrink() { debug.FreeOSMemory() }

// Unmap does nothing.
func Unmap() {}
