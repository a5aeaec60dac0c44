//go:build unix

package journal

import (
	"errors"
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

// syncFolder waits until the disk has the names in a folder.
func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err //nolint:wrapcheck // the caller does
	}
	return errors.Join(f.Sync(), f.Close())
}
