//go:build unix

package journal

import (
	"errors"
	"os"
	"syscall"
)

// tryLock takes the lock on an open file, or changes how it is held, unless
// somebody else has it.
func tryLock(f *os.File, how mode) (bool, error) {
	op := syscall.LOCK_SH
	if how == exclusive {
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
