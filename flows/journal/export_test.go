package journal

import (
	"errors"
	"os"
	"time"
)

// SetFold makes n iterations of a loop one record, so that small loops do in a
// test what large ones do.
func SetFold(j *Journal, n int64) { j.fold = n }

// SetLazy changes how long a record waits for another one to be written with.
func SetLazy(j *Journal, d time.Duration) {
	j.writer.mu.Lock()
	defer j.writer.mu.Unlock()
	j.writer.lazy = d
}

// LockAlone does what a version did that knew of no other process.
func LockAlone(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if ok, err := tryLock(f, exclusive); err != nil || !ok {
		return nil, errors.Join(err, f.Close(), errors.New("it is locked"))
	}
	return func() { _ = f.Close() }, nil
}
