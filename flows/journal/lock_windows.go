package journal

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// lockedByte stands behind the text of the file, which others may read.
const lockedByte = 1 << 20

// tryLock takes the lock on an open file, or changes how it is held, unless
// somebody else has it.
func tryLock(f *os.File, how mode) (bool, error) {
	flags := uint32(windows.LOCKFILE_FAIL_IMMEDIATELY)
	if how == exclusive {
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
