package journal

import "time"

// SetFold makes n iterations of a loop one record, so that small loops do in a
// test what large ones do.
func SetFold(j *Journal, n int64) { j.fold = n }

// SetLazy changes how long a record waits for another one to be written with.
func SetLazy(j *Journal, d time.Duration) {
	j.writer.mu.Lock()
	defer j.writer.mu.Unlock()
	j.writer.lazy = d
}
