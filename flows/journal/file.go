package journal

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// file is the Store in a SQLite file. Several processes may run runs on it.
type file struct {
	path    string
	db      *sql.DB
	member  *membership // nil where the file was opened to look at
	witness *witness
	anchors []anchor // none where the file was opened to look at

	mu sync.Mutex  // held while something is written
	st *statements // nil before the first Commit

	log *log // SQLite's, to wait for the disk beside it

	alone bool // no other process had the file when it was opened

	closed atomic.Bool // what fails from then on fails for that

	asked asked
}

var (
	_ Shared      = (*file)(nil)
	_ Searcher    = (*file)(nil)
	_ Housekeeper = (*file)(nil)
	_ staged      = (*file)(nil)
)

// openFile opens a file that is there to look at it, or with own makes one where
// there is none, to run runs on it.
func openFile(ctx context.Context, path string, own bool) (f *file, err error) {
	f = &file{path: path}
	defer func() {
		if err != nil {
			_ = f.Close()
			f = nil
		}
	}()
	there, err := isFile(path)
	if err != nil || !there && !own {
		return f, cmp.Or(err, fs.ErrNotExist)
	}
	if !own {
		if f.witness, err = openWitness(path, false, false); err != nil {
			return f, err
		}
		return f, f.open(ctx, false)
	}
	f.member, err = enter(path, func(alone bool) error { return f.begin(ctx, alone) })
	if err != nil {
		return f, err
	}
	if err = f.prepareToWrite(ctx); err != nil {
		return f, err
	}
	f.anchors = []anchor{{path: path}, {path: path + ".lock"}, {path: path + "-wal"}, {path: f.member.ownPath()}}
	return f, f.anchored()
}

// begin opens the file for a process that may run runs, and makes it first
// where there is none. alone is true where no other process has it. One that
// is open in SQLite must not be opened beside that: closing it again gives up
// SQLite's locks.
func (f *file) begin(ctx context.Context, alone bool) error {
	f.alone = alone
	there, err := isFile(f.path)
	if err != nil {
		return err
	}
	switch {
	case there && alone:
		err = cmp.Or(writable(f.path), hasMagic(f.path))
	case !there && !alone:
		err = errors.New("it was deleted while another process uses it")
	}
	if err != nil {
		return err
	}
	if f.witness, err = openWitness(f.path, true, !there); err != nil {
		return err
	}
	if !there {
		if err := createFile(f.path); err != nil {
			return err
		}
	}
	if err := f.open(ctx, alone); err != nil || !alone {
		return err
	}
	return f.takeOver(ctx)
}

// takeOver takes what an earlier process left in the log into the file. It may have
// ended because the disk did not take a part of the log, which the system's memory has
// all the same: whatever was written behind it would be lost with that part.
func (f *file) takeOver(ctx context.Context) error {
	info, err := os.Stat(f.path + "-wal")
	if err != nil || info.Size() == 0 {
		return nil //nolint:nilerr // there is none
	}
	_, err = f.db.ExecContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)")
	return explain(err)
}

// openWait is how long a file is opened again that another process is making, or
// reading back: SQLite does not wait for that where both could wait for each
// other.
const openWait = 10 * time.Second

func (f *file) open(ctx context.Context, alone bool) (err error) {
	for waited := time.Duration(0); ; waited += mostWait {
		if f.db, err = openDatabase(f.path); err != nil {
			return err
		}
		err = prepare(ctx, f.db, alone)
		if !isBusy(err) || waited > openWait {
			return err
		}
		_ = f.db.Close()
		time.Sleep(rand.N(mostWait))
	}
}

// Owner names this process.
func (f *file) Owner() string {
	if f.member == nil {
		return ""
	}
	return f.member.name
}

// Alive reports whether a process holds the lock of its file.
func (f *file) Alive(_ context.Context, owner string) (bool, error) {
	if owner != "" && owner == f.Owner() {
		return true, nil
	}
	return ownerAlive(f.path+ownersFolder, owner)
}

// createFile makes the file of a new journal, which nobody else may read: it
// holds what services answered. The files that SQLite puts beside it are like
// it. A journal that is there keeps what its owner allowed.
func createFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil
	case err != nil:
		return fmt.Errorf("%w", err)
	}
	return f.Close() //nolint:wrapcheck // nothing was written
}

// Find reads a run.
func (f *file) Find(ctx context.Context, id string) (*StoredRun, error) {
	if err := f.upToDate(ctx, id); err != nil {
		return nil, err
	}
	r := &StoredRun{}
	row := f.row(ctx, `SELECT `+runColumns+`, r.digest, r.start FROM runs r WHERE r.id = ?`, id)
	n, err := scanRun(row.Scan, &r.Run, &r.Digest, &r.Start)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil //nolint:nilnil // as the interface says
	}
	if err != nil {
		return nil, f.explain(err)
	}
	if r.State != Running {
		if err := f.settled(); err != nil {
			return nil, err
		}
	}
	r.Labels, err = f.labels(ctx, n)
	return r, err
}

// Program reads a program.
func (f *file) Program(ctx context.Context, digest []byte) (program []byte, err error) {
	err = f.row(ctx, `SELECT data FROM programs WHERE digest = ?`, digest).Scan(&program)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return program, f.explain(err)
}

// Records reads the records of a run.
func (f *file) Records(ctx context.Context, id string, each func(number int64, data []byte) error) error {
	return f.RecordsFrom(ctx, id, 0, each)
}

// Runs lists runs.
func (f *file) Runs(ctx context.Context, filter Filter) ([]Run, error) {
	return f.Search(ctx, filter)
}

// Cancels lists the runs to cancel.
func (f *file) Cancels(ctx context.Context) ([]string, error) {
	return f.ids(ctx, `SELECT run FROM cancels`)
}

// Verify has SQLite look at the whole file.
func (f *file) Verify(ctx context.Context) error {
	tail := f.upToDate(ctx, "")
	if tail == nil {
		tail = f.behind(ctx)
	}
	if tail != nil && !errors.Is(tail, ErrTail) {
		return tail
	}
	var report string
	if err := f.db.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&report); err != nil {
		return errors.Join(tail, f.explain(err))
	}
	if report != "ok" {
		return errors.Join(tail, fmt.Errorf("the file is damaged: %s", report))
	}
	return tail
}

// Close gives the runs of this process to whoever wants them. Who reads or writes
// meanwhile is told so.
func (f *file) Close() error {
	f.stopWriting()
	if f.db != nil {
		_ = f.db.Close()
	}
	f.witness.close()
	f.member.close()
	return nil
}

// nanosOf is how a time stands in the file: nanoseconds since 1970, and 0 for none.
func nanosOf(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// timeOf is the time that nanosOf wrote.
func timeOf(ns int64) time.Time {
	if ns == 0 {
		return time.Time{}
	}
	return time.Unix(0, ns).UTC()
}
