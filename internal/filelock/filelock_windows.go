package filelock

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// lockedByte stands behind the text of the file, which others may read.
const lockedByte = 1 << 20

// Try takes the lock on an open file, or changes how it is held, and reports
// whether it did: not where another open file, of this process or of another, has
// it so that it cannot be had.
func Try(f *os.File, how Mode) (bool, error) {
	flags := uint32(windows.LOCKFILE_FAIL_IMMEDIATELY)
	if how == Exclusive {
		flags |= windows.LOCKFILE_EXCLUSIVE_LOCK
	}
	handle := windows.Handle(f.Fd())
	// A handle's own lock would keep it out.
	_ = windows.UnlockFileEx(handle, 0, 1, 0, &windows.Overlapped{Offset: lockedByte})
	err := windows.LockFileEx(handle, flags, 0, 1, 0, &windows.Overlapped{Offset: lockedByte})
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return false, nil
	}
	return err == nil, err
}
