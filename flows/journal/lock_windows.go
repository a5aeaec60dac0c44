package journal

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// lockedByte stands behind the text of the file, which others may read.
const lockedByte = 1 << 20

// tryLock takes the lock on an open file, unless another process has it.
func tryLock(f *os.File) (bool, error) {
	const flags = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	err := windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, &windows.Overlapped{Offset: lockedByte})
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return false, nil
	}
	return err == nil, err
}
