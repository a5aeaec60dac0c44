package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
)

// log is the log (-wal) of a SQLite file, opened to wait until the disk has it.
// SQLite writes it and keeps no locks on it, so it may be opened beside it.
type log struct {
	file *os.File
	data func() error // waits for the disk

	mu  sync.Mutex
	why error // why the disk did not take something
}

// openLog opens the log of a file that is open in SQLite.
func openLog(path string) (*log, error) {
	f, err := os.OpenFile(path+"-wal", os.O_RDWR, 0)
	if errors.Is(err, fs.ErrPermission) {
		f, err = os.Open(path + "-wal") // of a file that is only looked at
	}
	if err != nil {
		return nil, fmt.Errorf("opening the log: %w", err)
	}
	return &log{file: f, data: func() error { return syncData(f) }}, nil
}

// sync waits until the disk has what was written to the log. What the disk did not
// take once may be lost from the system's memory as well, whatever it says the next
// time: an error stays.
func (l *log) sync() error {
	err := l.data()
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil && l.why == nil {
		l.why = fmt.Errorf("the disk did not take the log, open the journal again: %w", err)
	}
	return l.why
}

func (l *log) failed() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.why
}

func (l *log) close() error { return l.file.Close() } //nolint:wrapcheck // nothing is left to write

// settled waits until what was read of the store is on disk: somebody outside is to
// rely on it. Of a store that is not a file it is.
func (j *Journal) settled() error {
	if s, ok := j.store.(interface{ settled() error }); ok {
		return s.settled() //nolint:wrapcheck // it says all
	}
	return nil
}

// failed returns why the disk did not take something. What was read of a run may be in
// the system's memory alone then, and so may the beginning of a call be that would be
// made again without a word to the disk.
func (j *Journal) failed() error {
	if s, ok := j.store.(interface{ failed() error }); ok {
		return s.failed() //nolint:wrapcheck // it says all
	}
	return nil
}

func (f *file) failed() error {
	if log := f.writes(); log != nil {
		return log.failed()
	}
	return nil
}

// writes returns the log that this process writes; nil before it has written.
func (f *file) writes() *log {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.log
}
