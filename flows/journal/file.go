package journal

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"
)

// file is the Store in a SQLite file.
type file struct {
	db      *sql.DB
	lock    *os.File // nil where another process may own the file
	witness *witness
	anchors []anchor // nil where another process may own the file

	mu sync.Mutex  // held while something is written
	st *statements // nil before the first Commit
}

// openFile opens a file that is there, or with own makes one, and takes it for
// this process.
func openFile(ctx context.Context, path string, own bool) (f *file, err error) {
	f = &file{}
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
	if own {
		if err = f.take(path, there); err != nil {
			return f, err
		}
	}
	if f.witness, err = openWitness(path, own, !there); err != nil {
		return f, err
	}
	if own && !there {
		if err = createFile(path); err != nil {
			return f, err
		}
	}
	if f.db, err = openDatabase(path); err != nil {
		return f, err
	}
	if err = prepare(ctx, f.db, own); err != nil || !own {
		return f, err
	}
	if f.st, err = prepareStatements(ctx, f.db); err != nil {
		return f, err
	}
	f.anchors = []anchor{{path: path}, {path: path + ".lock"}, {path: path + "-wal"}}
	return f, f.anchored()
}

// take makes the file this process's, if it is one that can be a journal. A
// process that has it opened in SQLite must not open it beside that: closing it
// again gives up SQLite's locks.
func (f *file) take(path string, there bool) (err error) {
	if f.lock, err = lock(path); err != nil || !there {
		return err
	}
	if err = writable(path); err != nil {
		return err
	}
	return hasMagic(path)
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

// Commit writes changes in one transaction.
func (f *file) Commit(ctx context.Context, changes []Change) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.st == nil {
		st, err := prepareStatements(ctx, f.db)
		if err != nil {
			return err
		}
		f.st = st
	}
	if err := f.anchored(); err != nil {
		return err
	}
	err := f.st.exec(ctx, f.st.begin)
	for _, c := range changes {
		if err == nil {
			err = f.st.apply(ctx, c)
		}
	}
	if err == nil {
		err = f.st.exec(ctx, f.st.commit)
	}
	if err != nil {
		_ = f.st.exec(context.WithoutCancel(ctx), f.st.rollback)
		return err
	}
	f.witness.saw(changes)
	return nil
}

// Find reads a run.
func (f *file) Find(ctx context.Context, id string) (*StoredRun, error) {
	r := &StoredRun{}
	var started, ended int64
	err := f.db.QueryRowContext(ctx, `SELECT id, flow, state, started, ended, digest, start FROM runs WHERE id = ?`, id).
		Scan(&r.ID, &r.Flow, &r.State, &started, &ended, &r.Digest, &r.Start)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil //nolint:nilnil // as the interface says
	}
	r.Started, r.Ended = timeOf(started), timeOf(ended)
	return r, explain(err)
}

// Program reads a program.
func (f *file) Program(ctx context.Context, digest []byte) (program []byte, err error) {
	err = f.db.QueryRowContext(ctx, `SELECT data FROM programs WHERE digest = ?`, digest).Scan(&program)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return program, explain(err)
}

// Records reads the records of a run.
func (f *file) Records(ctx context.Context, id string, each func(number int64, data []byte) error) error {
	rows, err := f.db.QueryContext(ctx, `SELECT seq, data FROM records WHERE run = (SELECT n FROM runs WHERE id = ?) ORDER BY seq`, id)
	if err != nil {
		return explain(err)
	}
	defer rows.Close() //nolint:errcheck // it was only read
	for rows.Next() {
		var seq int64
		var data []byte
		if err := rows.Scan(&seq, &data); err != nil {
			return explain(err)
		}
		if err := each(seq, data); err != nil {
			return err
		}
	}
	return explain(rows.Err())
}

// Runs lists runs.
func (f *file) Runs(ctx context.Context, filter Filter) ([]Run, error) {
	limit := cmp.Or(filter.Limit, -1)
	rows, err := f.db.QueryContext(ctx, `SELECT id, flow, state, started, ended FROM runs
		WHERE (?1 = '' OR state = ?1) AND (?2 = '' OR flow = ?2) ORDER BY started DESC, n DESC LIMIT ?3`,
		string(filter.State), filter.Flow, limit)
	if err != nil {
		return nil, explain(err)
	}
	defer rows.Close() //nolint:errcheck // it was only read
	var list []Run
	for rows.Next() {
		var r Run
		var started, ended int64
		if err := rows.Scan(&r.ID, &r.Flow, &r.State, &started, &ended); err != nil {
			return nil, explain(err)
		}
		r.Started, r.Ended = timeOf(started), timeOf(ended)
		list = append(list, r)
	}
	return list, explain(rows.Err())
}

// Cancels lists the runs to cancel.
func (f *file) Cancels(ctx context.Context) ([]string, error) {
	rows, err := f.db.QueryContext(ctx, `SELECT run FROM cancels`)
	if err != nil {
		return nil, explain(err)
	}
	defer rows.Close() //nolint:errcheck // it was only read
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, explain(err)
		}
		ids = append(ids, id)
	}
	return ids, explain(rows.Err())
}

// Prune deletes runs that ended before a time.
func (f *file) Prune(ctx context.Context, before time.Time) (int64, error) {
	tx, err := f.db.BeginTx(ctx, nil)
	if err != nil {
		return 0, explain(err)
	}
	defer tx.Rollback() //nolint:errcheck // nothing to roll back once it is committed
	const old = `state <> 'running' AND ended < ?`
	var pruned sql.Result
	for _, text := range []string{
		`DELETE FROM records WHERE run IN (SELECT n FROM runs WHERE ` + old + `)`,
		`DELETE FROM signals WHERE run IN (SELECT n FROM runs WHERE ` + old + `)`,
		`DELETE FROM runs WHERE ` + old,
	} {
		if pruned, err = tx.ExecContext(ctx, text, before.UnixNano()); err != nil {
			return 0, explain(err)
		}
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM programs WHERE digest NOT IN (SELECT digest FROM runs)`); err != nil {
		return 0, explain(err)
	}
	if err := tx.Commit(); err != nil {
		return 0, explain(err)
	}
	return pruned.RowsAffected() //nolint:wrapcheck // SQLite always knows
}

// Verify has SQLite look at the whole file.
func (f *file) Verify(ctx context.Context) error {
	var report string
	if err := f.db.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&report); err != nil {
		return explain(err)
	}
	if report != "ok" {
		return fmt.Errorf("the file is damaged: %s", report)
	}
	return nil
}

// Close gives the file to whoever wants it.
func (f *file) Close() error {
	if f.st != nil {
		f.st.close()
	}
	if f.db != nil {
		_ = f.db.Close()
	}
	f.witness.close()
	if f.lock != nil {
		_ = f.lock.Close()
	}
	return nil
}

func timeOf(ns int64) time.Time {
	if ns == 0 {
		return time.Time{}
	}
	return time.Unix(0, ns).UTC()
}
