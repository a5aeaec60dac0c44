//go:build unix

package filelock

import (
	"errors"
	"os"
	"syscall"
)

// Try takes the lock on an open file, and reports whether it did: not where
// another open file has it, of this process or of another.
func Try(f *os.File) (bool, error) {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}
