package journal

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/medlar-flow/medlar/internal/value"
)

// statements are what a file's writer says to SQLite, prepared once.
type statements struct {
	conn                                          *sql.Conn
	owner                                         string
	begin, commit, rollback                       *sql.Stmt
	program, run, add, drop, end, uncancel, label *sql.Stmt
	cancel, take, leave                           *sql.Stmt

	give, takeSignal, openSignal, closeSignal *sql.Stmt
}

func prepareStatements(ctx context.Context, db *sql.DB, owner string) (*statements, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("connecting: %w", explain(err))
	}
	st := &statements{conn: conn, owner: owner}
	// start waits in a way of its own.
	if _, err := conn.ExecContext(ctx, "PRAGMA busy_timeout=0"); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("preparing to write: %w", explain(err))
	}
	for text, to := range st.texts() {
		stmt, err := conn.PrepareContext(ctx, text)
		if err != nil {
			_ = conn.Close()
			return nil, fmt.Errorf("preparing to write: %w", explain(err))
		}
		*to = stmt
	}
	return st, nil
}

// texts are the statements. What writes to a run names its owner: a process
// that was taken for dead finds no run to write to.
func (st *statements) texts() map[string]**sql.Stmt {
	const run = "(SELECT n FROM runs WHERE id = ?)"
	const signal = " WHERE run = " + run + " AND name = ? AND key = ? AND state = "
	return map[string]**sql.Stmt{
		"BEGIN IMMEDIATE": &st.begin, "COMMIT": &st.commit, "ROLLBACK": &st.rollback,
		"INSERT OR IGNORE INTO programs (digest, data) VALUES (?, ?)":                                                             &st.program,
		"INSERT INTO runs (id, flow, state, started, ended, digest, start, owner) VALUES (?, ?, 'running', ?, 0, ?, ?, ?)":        &st.run,
		"INSERT INTO records (run, seq, data) SELECT n, ?, ? FROM runs WHERE id = ? AND owner = ?":                                &st.add,
		"DELETE FROM records WHERE run = (SELECT n FROM runs WHERE id = ?) AND seq BETWEEN ? AND ?":                               &st.drop,
		"UPDATE runs SET state = ?, ended = ?, owner = '', code = ?, class = ?, step = ?, message = ? WHERE id = ? AND owner = ?": &st.end,
		"UPDATE runs SET owner = ?, waits = 0 WHERE id = ? AND owner = ? AND state = 'running'":                                   &st.take,
		"UPDATE runs SET owner = '', waits = 0 WHERE id = ? AND owner = ? AND state = 'running'":                                  &st.leave,
		"INSERT INTO labels (name, value, started, run) SELECT ?, ?, started, n FROM runs WHERE id = ?":                           &st.label,
		"DELETE FROM cancels WHERE run = ?":              &st.uncancel,
		"INSERT OR IGNORE INTO cancels (run) VALUES (?)": &st.cancel,
		`INSERT INTO signals (run, name, key, state, given, data) SELECT n, ?2, ?3, 'given', ?4, ?5 FROM runs
			WHERE id = ?1 AND state = 'running' AND (SELECT count(*) FROM signals s WHERE s.run = runs.n AND s.state = 'given') < ?6
			ON CONFLICT (run, name, key) DO NOTHING`: &st.give,
		"UPDATE signals SET state = 'taken'" + signal + "'given'": &st.takeSignal,
		"DELETE FROM signals" + signal + "'closed'":               &st.openSignal,
		`INSERT OR IGNORE INTO signals (run, name, key, state, given, data)
			SELECT n, ?2, ?3, 'closed', 0, '' FROM runs WHERE id = ?1 AND owner = ?4`: &st.closeSignal,
	}
}

// Other processes write too. Each wait for them is short, and of another length
// for each, so that nobody waits long for many; writeWait is the most that all of
// one transaction's take.
const (
	firstWait = 200 * time.Microsecond
	mostWait  = 5 * time.Millisecond
	writeWait = time.Minute
)

// start begins a transaction when no other process is in one.
func (st *statements) start(ctx context.Context) error {
	most := firstWait
	for waited := time.Duration(0); ; {
		_, err := st.begin.ExecContext(ctx)
		if !isBusy(err) || waited > writeWait {
			return explain(err)
		}
		wait := rand.N(most) + 1
		time.Sleep(wait)
		waited += wait
		most = min(2*most, mostWait)
	}
}

func (st *statements) exec(ctx context.Context, stmt *sql.Stmt, args ...any) error {
	_, err := stmt.ExecContext(ctx, args...)
	return explain(err)
}

// one executes a statement that must change a row; or gives an error of why
// none was.
func (st *statements) one(ctx context.Context, missing error, stmt *sql.Stmt, args ...any) error {
	done, err := stmt.ExecContext(ctx, args...)
	if err != nil {
		return explain(err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return cmp.Or(err, missing)
	}
	return nil
}

// apply makes one change.
func (st *statements) apply(ctx context.Context, c Change) error {
	switch c := c.(type) {
	case BeginRun:
		return st.begun(ctx, c)
	case AddRecord:
		return st.one(ctx, ErrNotOwner, st.add, c.Number, c.Data, c.RunID, st.owner)
	case DropRecords:
		return st.exec(ctx, st.drop, c.RunID, c.From, c.To)
	case EndRun:
		err := st.one(ctx, ErrNotOwner, st.end, string(c.State), c.Ended.UnixNano(),
			c.Failure.Code, c.Failure.Class, c.Failure.Step, c.Failure.Message, c.RunID, st.owner)
		if err == nil {
			err = st.exec(ctx, st.uncancel, c.RunID)
		}
		return err
	case CancelRun:
		return st.exec(ctx, st.cancel, c.RunID)
	case RestartRun:
		done, err := st.conn.ExecContext(ctx, "UPDATE runs SET next = ? WHERE id = ? AND state <> 'running' AND next = ''", c.Next, c.RunID)
		if err != nil {
			return explain(err)
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return cmp.Or(err, error(&RestartedError{RunID: c.RunID, Next: c.Next}))
		}
		return nil
	case DeleteRun:
		return st.deleted(ctx, c)
	case KeepRuns:
		if c.Forget {
			return st.rare(ctx, "DELETE FROM keeping WHERE flow = ? AND state = ?", c.Flow, string(c.State))
		}
		return st.rare(ctx, "INSERT OR REPLACE INTO keeping (flow, state, age) VALUES (?, ?, ?)", c.Flow, string(c.State), c.age())
	case GiveSignal:
		return st.exec(ctx, st.give, c.RunID, c.Name, c.Key, c.Given.UnixNano(), c.Data, c.Most)
	case TakeSignal:
		return st.exec(ctx, st.takeSignal, c.RunID, c.Name, c.Key)
	case OpenSignal:
		return st.exec(ctx, st.openSignal, c.RunID, c.Name, c.Key)
	case CloseSignal:
		return st.exec(ctx, st.closeSignal, c.RunID, c.Name, c.Key, st.owner)
	case TakeRun:
		return st.one(ctx, &RunningError{RunID: c.RunID}, st.take, st.owner, c.RunID, c.From)
	case WaitRun:
		return st.rare(ctx, "UPDATE runs SET waits = ? WHERE id = ? AND owner = ?", c.Waits, c.RunID, st.owner)
	case LeaveRun:
		return st.exec(ctx, st.leave, c.RunID, st.owner)
	default:
		return fmt.Errorf("a change of an unknown kind: %T", c)
	}
}

func (st *statements) begun(ctx context.Context, c BeginRun) error {
	err := st.exec(ctx, st.program, c.Digest, c.Program)
	if err == nil {
		err = existing(c.ID, st.exec(ctx, st.run, c.ID, c.Flow, c.Started.UnixNano(), c.Digest, c.Start, st.owner))
	}
	for _, name := range value.SortedKeys(c.Labels) {
		if err == nil {
			err = st.exec(ctx, st.label, name, c.Labels[name], c.ID)
		}
	}
	return err
}

// rare executes what is too rare to be prepared.
func (st *statements) rare(ctx context.Context, text string, args ...any) error {
	_, err := st.conn.ExecContext(ctx, text, args...)
	return explain(err)
}

// deleted deletes a run that has ended, its row last: the others find it there.
func (st *statements) deleted(ctx context.Context, c DeleteRun) (err error) {
	for _, text := range []string{
		"DELETE FROM records WHERE run = (SELECT n FROM runs WHERE id = ? AND state <> 'running')",
		"DELETE FROM labels WHERE run = (SELECT n FROM runs WHERE id = ? AND state <> 'running')",
		"DELETE FROM signals WHERE run = (SELECT n FROM runs WHERE id = ? AND state <> 'running')",
		"DELETE FROM programs WHERE digest = (SELECT digest FROM runs WHERE id = ? AND state <> 'running')" +
			" AND (SELECT count(*) FROM (SELECT 1 FROM runs WHERE digest = programs.digest LIMIT 2)) < 2",
		"DELETE FROM runs WHERE id = ? AND state <> 'running'",
	} {
		if err == nil {
			err = st.rare(ctx, text, c.RunID)
		}
	}
	return err
}

// existing words the error of a run whose name is taken.
func existing(id string, err error) error {
	var e *sqlite.Error
	if errors.As(err, &e) && e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE {
		return &ExistsError{RunID: id}
	}
	return err
}

func (st *statements) close() {
	var errs []error
	for _, stmt := range st.texts() {
		errs = append(errs, (*stmt).Close())
	}
	_ = errors.Join(append(errs, st.conn.Close())...) // nothing is left to write
}
