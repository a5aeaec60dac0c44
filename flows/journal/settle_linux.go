package journal

import (
	"errors"
	"os"
	"syscall"
)

// syncData waits for the data of a file and for its size, not for its times.
func syncData(f *os.File) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err //nolint:wrapcheck // the caller does
	}
	done := error(syscall.EINTR)
	err = raw.Control(func(fd uintptr) {
		for errors.Is(done, syscall.EINTR) {
			done = syscall.Fdatasync(int(fd)) //nolint:gosec // a descriptor is small
		}
	})
	return errors.Join(err, done)
}
