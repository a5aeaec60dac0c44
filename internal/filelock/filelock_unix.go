//go:build unix

package filelock

import (
	"errors"
	"os"
	"syscall"
)

// Try takes the lock on an open file, or changes how it is held, and reports
// whether it did: not where another open file, of this process or of another, has
// it so that it cannot be had.
func Try(f *os.File, how Mode) (bool, error) {
	op := syscall.LOCK_SH
	if how == Exclusive {
		op = syscall.LOCK_EX
	}
	for {
		err := syscall.Flock(int(f.Fd()), op|syscall.LOCK_NB)
		switch {
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EWOULDBLOCK):
			return false, nil
		default:
			return err == nil, err
		}
	}
}
