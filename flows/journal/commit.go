package journal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"
)

// prepareToWrite opens what is needed to write, once.
func (f *file) prepareToWrite(ctx context.Context) (err error) {
	if f.st == nil {
		f.st, err = prepareStatements(ctx, f.db.Driver(), databaseName(f.path), f.Owner())
	}
	if err != nil || f.log != nil {
		return err
	}
	// SQLite would sync the folder when it first syncs its log.
	if err = syncFolder(filepath.Dir(f.path)); err != nil {
		return fmt.Errorf("preparing to write: %w", err)
	}
	f.log, err = openLog(f.path)
	return err
}

// Commit writes changes in one transaction, and waits until it is on disk.
func (f *file) Commit(ctx context.Context, changes []Change) error {
	if err := f.write(ctx, changes); err != nil {
		return err
	}
	return f.settle(changes)
}

// write makes changes in one transaction, which is on disk once settle has returned.
func (f *file) write(ctx context.Context, changes []Change) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.anchored(); err != nil {
		return err
	}
	return f.transaction(ctx, writeWait, func(st *statements) error {
		if err := st.make(ctx, changes); err != nil {
			return err
		}
		f.witness.claim(changes) // nobody else writes before the commit
		return nil
	})
}

// transaction is one of the writer's. f.mu is held.
func (f *file) transaction(ctx context.Context, wait time.Duration, do func(st *statements) error) error {
	if f.closed.Load() {
		return ErrClosed
	}
	if err := f.prepareToWrite(ctx); err != nil {
		return err
	}
	st := f.st
	if err := f.log.failed(); err != nil {
		return err
	}
	err := st.start(ctx, wait)
	if err == nil {
		err = st.look(ctx)
	}
	if err == nil {
		err = do(st)
	}
	if err == nil {
		err = st.exec(ctx, sqlCommit)
	}
	if err != nil {
		_ = st.exec(context.WithoutCancel(ctx), sqlRollback)
		st.forget()
		return err
	}
	st.tail.committed()
	return nil
}

// settle waits for the disk.
func (f *file) settle(changes []Change) error {
	if err := f.log.sync(); err != nil {
		return f.explain(err)
	}
	f.witness.saw(changes)
	return nil
}

// settled waits for the disk to have what was read, of whichever process: somebody
// outside is to rely on it.
func (f *file) settled() error {
	if log := f.writes(); log != nil {
		return f.explain(log.sync())
	}
	log, err := openLog(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // all of it is in the file
	}
	if err != nil {
		return err
	}
	return errors.Join(log.sync(), log.close())
}

// folded brings the tables up to date. f.mu is held.
func (f *file) folded(ctx context.Context, wait time.Duration) error {
	return f.transaction(ctx, wait, func(st *statements) error { return st.fold(ctx) })
}

// rest folds a piece of what is due after a transaction, or once nothing was written for
// a while, and returns how long what is left may stay; 0 where nothing is.
func (f *file) rest(ctx context.Context) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.st == nil || !f.st.tail.any() {
		return 0
	}
	t, now := &f.st.tail, time.Now()
	if left := t.due(now); left > 0 {
		return left
	}
	if err := f.restPiece(ctx, now); err != nil || !t.any() {
		return 0 // the next transaction fails as this one did
	}
	return max(t.due(now), 1)
}

// restPiece puts a part of the tail into the tables. f.mu is held.
func (f *file) restPiece(ctx context.Context, now time.Time) error {
	return f.transaction(ctx, writeWait, func(st *statements) error {
		if !st.tail.any() {
			return nil // another process was there
		}
		return st.piece(ctx, now)
	})
}

// patience is how long a transaction waits for other processes.
func (f *file) patience() time.Duration {
	if f.member == nil {
		return lookWait
	}
	return writeWait
}

// lookWait is how long who only looks waits for a process that writes.
const lookWait = 200 * time.Millisecond

// upToDate brings the tables up to date before they are read; where only one run is
// read, only if something of it is not there yet. Who only looks reads them as they
// are where it may not write, another process writes, or the tail is damaged.
func (f *file) upToDate(ctx context.Context, run string) error {
	err := f.foldStale(ctx, run, f.patience())
	if f.member == nil && (mayNotWrite(err) || errors.Is(err, ErrTail)) {
		return nil
	}
	return err
}

// behind says why the tables are older than what was written, and stay so.
func (f *file) behind(ctx context.Context) error {
	if err := f.foldStale(ctx, "", lookWait); errors.Is(err, ErrTail) {
		return err
	}
	return nil
}

// Behind says why a journal shows less than was written: an error with [ErrTail] in it.
// It is nil where all is there. What is shown then was so some milliseconds before the
// last process wrote its last; a run may have begun, gone on or ended since.
func (j *Journal) Behind(ctx context.Context) error {
	if s, ok := j.store.(interface{ behind(context.Context) error }); ok {
		return s.behind(ctx) //nolint:wrapcheck // it says all
	}
	return nil
}

// caughtUp is upToDate for what is final: who only looks waits for other processes as
// long as who writes, and reads the tables as they are only where nobody may write.
func (f *file) caughtUp(ctx context.Context) error {
	err := f.foldStale(ctx, "", writeWait)
	if f.member == nil && mayNotWrite(err) && !isBusy(err) {
		return nil
	}
	return err
}

// foldStale folds where something of a run, or of any without a name, is not in the
// tables yet.
func (f *file) foldStale(ctx context.Context, run string, wait time.Duration) error {
	stale, err := f.stale(ctx, run)
	if err != nil || !stale {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	err = f.folded(ctx, wait)
	if err == nil || ctx.Err() != nil || errors.Is(err, ErrTail) || errors.Is(err, ErrClosed) {
		return err // who reads may have gone
	}
	return &WriteError{Err: err}
}

// caughtUp brings the store up to date; one that is not a file is.
func (j *Journal) caughtUp(ctx context.Context) error {
	if s, ok := j.store.(interface{ caughtUp(context.Context) error }); ok {
		return s.caughtUp(ctx) //nolint:wrapcheck // it says all
	}
	return nil
}

func (f *file) stale(ctx context.Context, run string) (stale bool, err error) {
	known := ""
	f.mu.Lock()
	if f.st != nil && f.st.tail.version >= 0 {
		known, stale = f.Owner(), f.st.tail.holds(run)
	}
	f.mu.Unlock()
	if stale {
		return true, nil
	}
	err = f.row(ctx, `SELECT EXISTS (SELECT 1 FROM tail WHERE owner <> ?)`, known).Scan(&stale)
	return stale, f.explain(err)
}

// stopWriting folds what is left when the journal is closed, and writes nothing more.
// Where that fails, whoever opens it next does it.
func (f *file) stopWriting() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.member != nil && f.st != nil && f.st.tail.any() {
		_ = f.folded(context.Background(), lookWait)
	}
	f.closed.Store(true)
	if f.st != nil {
		f.st.close()
	}
	if f.log != nil {
		_ = f.log.close()
	}
}
