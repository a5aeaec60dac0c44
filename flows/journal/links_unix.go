//go:build unix

package journal

import (
	"os"
	"syscall"
)

// linksOf returns the number of names that a file has.
func linksOf(info os.FileInfo) uint64 {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(s.Nlink) //nolint:unconvert // its type differs by system
	}
	return 1
}
