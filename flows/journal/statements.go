package journal

import (
	"cmp"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/medlar-flow/medlar/internal/value"
)

// statements are what a file's writer says to SQLite, each prepared when it is
// first said.
type statements struct {
	conn     connection
	owner    string
	prepared map[string]prepared
	args     []driver.NamedValue
	adds     [mostAdded + 1]string // the statements that add so many records
	inserts  [mostWhole + 1]string // and those that insert so many runs
	failures [mostWhole + 1]string // and so many that failed
	values   []any                 // of such a statement, of which the memory is used again

	// What is known of the file as long as no other process writes to it; see look.
	rows     map[string]int64 // of runs that this process runs, by their names
	owned    map[int64]bool   // rows of runs that are this process's
	programs map[string]bool  // that are stored, by their digests
	tail     tail
	encoded  []byte // a row of the tail, of which the memory is used again

	// Of the transaction under way.
	canceled cancels
	pending  []storedRecord
	whole    wholeRuns
}

// cancels is what a transaction knows of the runs that somebody wants to cancel.
type cancels int

const (
	notAsked cancels = iota
	noCancels
	someCancels
)

// The statements. What writes to a run names its owner: a process that was taken
// for dead finds no run to write to. Those that every run needs say OR FAIL: what fails
// takes its transaction back in any case, and so SQLite keeps no copies of pages to
// take back the statement alone.
const (
	sqlBegin      = "BEGIN IMMEDIATE"
	sqlCommit     = "COMMIT"
	sqlRollback   = "ROLLBACK"
	sqlAddProgram = "INSERT OR IGNORE INTO programs (digest, data) VALUES (?, ?)"
	sqlBeginRun   = `INSERT OR FAIL INTO runs (id, flow, state, started, ended, digest, start, owner)
		SELECT ?1, ?2, 'running', ?3, 0, ?4, ?5, ?6 WHERE EXISTS (SELECT 1 FROM programs WHERE digest = ?4)`
	sqlLabelRun   = "INSERT OR FAIL INTO labels (name, value, started, run) SELECT ?, ?, started, n FROM runs WHERE id = ?"
	sqlFindRun    = "SELECT n FROM runs WHERE id = ?"
	sqlEndRun     = "UPDATE OR FAIL runs SET state = ?, ended = ?, owner = '', code = ?, class = ?, step = ?, message = ? WHERE n = ? AND id = ? AND owner = ?"
	sqlTakeRun    = "UPDATE runs SET owner = ?, waits = 0 WHERE id = ? AND owner = ? AND state = 'running'"
	sqlLeaveRun   = "UPDATE runs SET owner = '', waits = 0 WHERE id = ? AND owner = ? AND state = 'running'"
	sqlWaitRun    = "UPDATE runs SET waits = ? WHERE id = ? AND owner = ?"
	sqlOwned      = "SELECT n FROM runs WHERE n = ? AND id = ? AND owner = ?"
	sqlDrop       = "DELETE FROM records WHERE run = " + sqlRunOf + " AND seq BETWEEN ? AND ?"
	sqlCancel     = "INSERT OR IGNORE INTO cancels (run) VALUES (?)"
	sqlCanceled   = "SELECT EXISTS (SELECT 1 FROM cancels)"
	sqlUncancel   = "DELETE FROM cancels WHERE run = ?"
	sqlRestartRun = "UPDATE runs SET next = ? WHERE id = ? AND state <> 'running' AND next = ''"
	sqlKeep       = "INSERT OR REPLACE INTO keeping (flow, state, age) VALUES (?, ?, ?)"
	sqlForget     = "DELETE FROM keeping WHERE flow = ? AND state = ?"

	sqlGiveSignal = `INSERT INTO signals (run, name, key, state, given, data) SELECT n, ?2, ?3, 'given', ?4, ?5 FROM runs
		WHERE id = ?1 AND state = 'running' AND (SELECT count(*) FROM signals s WHERE s.run = runs.n AND s.state = 'given') < ?6
		ON CONFLICT (run, name, key) DO NOTHING`
	sqlTakeSignal  = "UPDATE signals SET state = 'taken'" + sqlSignalIs + "'given'"
	sqlOpenSignal  = "DELETE FROM signals" + sqlSignalIs + "'closed'"
	sqlCloseSignal = `INSERT OR IGNORE INTO signals (run, name, key, state, given, data)
		SELECT n, ?2, ?3, 'closed', 0, '' FROM runs WHERE id = ?1 AND owner = ?4`

	sqlRunOf    = "(SELECT n FROM runs WHERE id = ?)"
	sqlSignalIs = " WHERE run = " + sqlRunOf + " AND name = ? AND key = ? AND state = "
)

// prepareStatements prepares what every run says, so that a file that does not
// take it is found out before one begins, and what takes back a failure.
func prepareStatements(ctx context.Context, d driver.Driver, name, owner string) (*statements, error) {
	conn, err := connect(d, name)
	if err != nil {
		return nil, err
	}
	st := &statements{conn: conn, owner: owner, prepared: map[string]prepared{}, rows: map[string]int64{}, owned: map[int64]bool{}, programs: map[string]bool{}}
	st.whole.at = map[string]int{}
	st.tail.runs, st.tail.most, st.tail.version = map[string]tailedRun{}, mostPiece, -1
	// start waits in a way of its own, and so does settle: with this setting SQLite
	// waits for the disk only where it takes its log into the file.
	for _, text := range []string{"PRAGMA busy_timeout=0", "PRAGMA synchronous=NORMAL", "PRAGMA temp_store=MEMORY", "PRAGMA wal_autocheckpoint=4000"} {
		if err := st.exec(ctx, text); err != nil {
			st.close()
			return nil, fmt.Errorf("preparing to write: %w", err)
		}
	}
	for _, text := range []string{sqlBegin, sqlCommit, sqlRollback, sqlAddProgram, sqlBeginRun, sqlOwned, sqlAdd(1), sqlEndRun, sqlCanceled, sqlUncancel} {
		if _, err := st.statement(ctx, text); err != nil {
			st.close()
			return nil, fmt.Errorf("preparing to write: %w", explain(err))
		}
	}
	return st, nil
}

// Other processes write too. Each wait for them is short, and of another length
// for each, so that nobody waits long for many; writeWait is the most that all of
// one transaction's take.
const (
	firstWait = 200 * time.Microsecond
	mostWait  = 5 * time.Millisecond
	writeWait = time.Minute
)

// start begins a transaction when no other process is in one, and waits for that for a
// while.
func (st *statements) start(ctx context.Context, wait time.Duration) error {
	st.canceled, st.pending = notAsked, st.pending[:0]
	most := firstWait
	for waited := time.Duration(0); ; {
		_, err := st.do(ctx, sqlBegin)
		if !isBusy(err) || waited > wait {
			return explain(err)
		}
		pause := rand.N(most) + 1
		time.Sleep(pause)
		waited += pause
		most = min(2*most, mostWait)
	}
}

func (st *statements) exec(ctx context.Context, text string, args ...any) error {
	_, err := st.do(ctx, text, args...)
	return explain(err)
}

// one executes a statement that must change a row; or gives an error of why
// none was.
func (st *statements) one(ctx context.Context, missing error, text string, args ...any) error {
	done, err := st.do(ctx, text, args...)
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
		return st.add(ctx, c)
	case DropRecords:
		if err := st.flush(ctx); err != nil {
			return err
		}
		return st.exec(ctx, sqlDrop, c.RunID, c.From, c.To)
	case EndRun:
		return st.ended(ctx, c)
	case CancelRun:
		st.canceled = someCancels
		return st.exec(ctx, sqlCancel, c.RunID)
	case MoveTicks:
		return st.moved(ctx, c)
	case ForgetTicks:
		return st.exec(ctx, sqlForgetTicks, c.Flow, c.Trigger)
	case RestartRun:
		return st.one(ctx, &RestartedError{RunID: c.RunID, Next: c.Next}, sqlRestartRun, c.Next, c.RunID)
	case DeleteRun:
		return st.deleted(ctx, c)
	case KeepRuns:
		if c.Forget {
			return st.exec(ctx, sqlForget, c.Flow, c.row())
		}
		return st.exec(ctx, sqlKeep, c.Flow, c.row(), c.age())
	case GiveSignal:
		return st.exec(ctx, sqlGiveSignal, c.RunID, c.Name, c.Key, c.Given.UnixNano(), c.Data, c.Most)
	case TakeSignal:
		return st.exec(ctx, sqlTakeSignal, c.RunID, c.Name, c.Key)
	case OpenSignal:
		return st.exec(ctx, sqlOpenSignal, c.RunID, c.Name, c.Key)
	case CloseSignal:
		return st.exec(ctx, sqlCloseSignal, c.RunID, c.Name, c.Key, st.owner)
	case TakeRun:
		return st.one(ctx, &RunningError{RunID: c.RunID}, sqlTakeRun, st.owner, c.RunID, c.From)
	case AddNotice, TakeNotices, DropNotices, ForgetNotices:
		return st.noticed(ctx, c)
	case WaitRun:
		return st.exec(ctx, sqlWaitRun, c.Waits, c.RunID, st.owner)
	case TraceRun:
		return st.exec(ctx, sqlTraceRun, c.Parent, c.RunID)
	case LeaveRun:
		delete(st.owned, st.rows[c.RunID])
		delete(st.rows, c.RunID)
		return st.exec(ctx, sqlLeaveRun, c.RunID, st.owner)
	default:
		return fmt.Errorf("a change of an unknown kind: %T", c)
	}
}

func (st *statements) begun(ctx context.Context, c BeginRun) error {
	n, err := st.inserted(ctx, c)
	if err == nil && n == 0 {
		err = st.exec(ctx, sqlAddProgram, c.Digest, c.Program)
		if err == nil {
			_, err = st.inserted(ctx, c)
		}
	}
	if err != nil {
		return err
	}
	return st.labeled(ctx, c)
}

func (st *statements) labeled(ctx context.Context, c BeginRun) error {
	for _, name := range value.SortedKeys(c.Labels) {
		if err := st.exec(ctx, sqlLabelRun, name, c.Labels[name], c.ID); err != nil {
			return err
		}
	}
	return nil
}

// inserted inserts a run whose program is there, and notes its row; 0 where it is
// not.
func (st *statements) inserted(ctx context.Context, c BeginRun) (rows int64, err error) {
	done, err := st.do(ctx, sqlBeginRun, c.ID, c.Flow, nanosOf(c.Started), c.Digest, c.Start, st.owner)
	if err != nil {
		return 0, existing(c.ID, explain(err))
	}
	rows, err = done.RowsAffected()
	if err != nil || rows == 0 {
		return rows, err //nolint:wrapcheck // the driver has it at hand
	}
	n, err := done.LastInsertId()
	st.rows[c.ID], st.owned[n] = n, true
	return rows, err //nolint:wrapcheck // the driver has both at hand
}

// row returns the row of a run that this process runs.
func (st *statements) row(ctx context.Context, id string) (n int64, err error) {
	if n, ok := st.rows[id]; ok {
		return n, nil
	}
	n, found, err := st.number(ctx, sqlFindRun, id)
	switch {
	case err != nil:
		return 0, err
	case !found:
		return 0, ErrNotOwner
	}
	st.rows[id] = n
	return n, nil
}

// ended ends a run.
func (st *statements) ended(ctx context.Context, c EndRun) error {
	n, err := st.row(ctx, c.RunID)
	if err == nil {
		err = st.one(ctx, ErrNotOwner, sqlEndRun, string(c.State), nanosOf(c.Ended),
			c.Failure.Code, c.Failure.Class, c.Failure.Step, c.Failure.Message, n, c.RunID, st.owner)
	}
	delete(st.rows, c.RunID)
	delete(st.owned, n)
	if err == nil {
		err = st.uncancel(ctx, c.RunID)
	}
	return err
}

// uncancel forgets that somebody wanted to cancel a run. One question answers for
// all of a transaction where nobody wanted that.
func (st *statements) uncancel(ctx context.Context, id string) error {
	if st.canceled == notAsked {
		some, _, err := st.number(ctx, sqlCanceled)
		if err != nil {
			return err
		}
		if st.canceled = noCancels; some != 0 {
			st.canceled = someCancels
		}
	}
	if st.canceled == noCancels {
		return nil
	}
	return st.exec(ctx, sqlUncancel, id)
}

// deleted deletes a run that has ended, its row last: the others find it there.
func (st *statements) deleted(ctx context.Context, c DeleteRun) (err error) {
	err = st.flush(ctx)
	clear(st.programs)
	for _, text := range []string{
		"DELETE FROM records WHERE run = (SELECT n FROM runs WHERE id = ? AND state <> 'running')",
		"DELETE FROM labels WHERE run = (SELECT n FROM runs WHERE id = ? AND state <> 'running')",
		"DELETE FROM signals WHERE run = (SELECT n FROM runs WHERE id = ? AND state <> 'running')",
		"DELETE FROM programs WHERE digest = (SELECT digest FROM runs WHERE id = ? AND state <> 'running')" +
			" AND (SELECT count(*) FROM (SELECT 1 FROM runs WHERE digest = programs.digest LIMIT 2)) < 2",
		"DELETE FROM runs WHERE id = ? AND state <> 'running'",
	} {
		if err == nil {
			err = st.exec(ctx, text, c.RunID)
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
	for _, stmt := range st.prepared {
		errs = append(errs, stmt.Close())
	}
	_ = errors.Join(append(errs, st.conn.Close())...) // nothing is left to write
}
