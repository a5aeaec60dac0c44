package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// tryEvery is how often a journal that could not be written is tried again.
const tryEvery = time.Second

// trouble is what there is to know while the journal cannot be written.
type trouble struct {
	why atomic.Pointer[WriteError] // nil while it can be

	// owed are the runs that stopped and could not be given up: whoever resumes them would
	// have to wait for the end of this process.
	owed map[string]bool
	mu   sync.Mutex // held while they are given up, and for owed
	next time.Time  // the watcher's: when it is tried again
}

// is notes what came of writing.
func (t *trouble) is(err error) {
	var failed *WriteError
	switch {
	case err == nil:
		if t.why.Load() != nil {
			t.why.Store(nil)
		}
	case errors.Is(err, ErrClosed), errors.Is(err, ErrNotOwner): // of the journal that is no more, or of one run
	case errors.As(err, &failed):
		t.why.Store(failed)
	}
}

// commit makes changes that the writer has no part in, and says by a *WriteError where the
// store could not be written.
func (j *Journal) commit(ctx context.Context, changes []Change) error {
	err := j.store.Commit(ctx, changes)
	var moved *MovedError
	if err == nil || errors.As(err, &moved) || errors.Is(err, ErrClosed) || errors.Is(err, ErrTail) || ctx.Err() != nil {
		return err //nolint:wrapcheck // it says all
	}
	err = &WriteError{Err: err}
	j.trouble.is(err)
	return err
}

// owe notes a run that is to be given up later.
func (t *trouble) owe(run string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.owed == nil {
		t.owed = map[string]bool{}
	}
	t.owed[run] = true
}

// keep keeps a run that this process goes on with from being given up.
func (t *trouble) keep(run string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.owed, run)
}

// tryAgain gives up the runs that are owed, and finds out whether the journal can be
// written again, every now and then: who looks at Ready sends nothing before it can.
func (j *Journal) tryAgain(ctx context.Context) {
	t := &j.trouble
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.why.Load() == nil && len(t.owed) == 0 || time.Now().Before(t.next) {
		return
	}
	t.next = time.Now().Add(tryEvery)
	var changes []Change
	for id := range t.owed {
		changes = append(changes, LeaveRun{RunID: id})
	}
	write := j.store.Commit
	if s, ok := j.store.(interface {
		probe(ctx context.Context, changes []Change) error
	}); ok {
		write = s.probe
	}
	err := write(ctx, changes)
	if err == nil {
		clear(t.owed)
	} else {
		err = &WriteError{Err: err}
	}
	t.is(err)
}

// probeRoom is how many bytes there have to be room for before runs are begun again:
// more than the beginnings of some take.
const probeRoom = 256 << 10

// probe makes changes, and finds out whether there is room for more.
func (f *file) probe(ctx context.Context, changes []Change) error {
	if err := hasRoom(f.path); err != nil {
		return err
	}
	f.mu.Lock()
	err := f.anchored()
	if err == nil {
		err = f.transaction(ctx, lookWait, func(st *statements) error {
			// A page of the file is written where nothing else is.
			if err := st.exec(ctx, fmt.Sprintf("PRAGMA user_version=%d", formatVersion)); err != nil || len(changes) == 0 {
				return err
			}
			return st.make(ctx, changes)
		})
	}
	f.mu.Unlock()
	if err != nil {
		return err
	}
	return f.settle(changes)
}

// hasRoom reports why nothing more can be written beside a file.
func hasRoom(path string) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".room-*")
	if err != nil {
		return fmt.Errorf("%w", err)
	}
	_, err = f.Write(make([]byte, probeRoom))
	err = errors.Join(err, f.Close(), os.Remove(f.Name()))
	if err != nil {
		return fmt.Errorf("there is hardly any room: %w", err)
	}
	return nil
}
