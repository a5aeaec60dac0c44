//go:build !linux

// Package resident gives memory back that only the start of a process needed.
package resident

import "runtime/debug"

// Shrink gives the memory back that the collector finds unused.
func Shrink() { debug.FreeOSMemory() }
