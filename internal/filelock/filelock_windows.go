package filelock

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// lockedByte stands behind what a locked file may hold, which others may read.
const lockedByte = 1 << 20

// Try takes the lock on an open file, and reports whether it did: not where
// another open file has it, of this process or of another.
func Try(f *os.File) (bool, error) {
	const flags = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	err := windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, &windows.Overlapped{Offset: lockedByte})
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return false, nil
	}
	return err == nil, err
}
