package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// statements are what a file's writer says to SQLite, prepared once.
type statements struct {
	conn                                             *sql.Conn
	begin, commit, rollback                          *sql.Stmt
	program, start, add, drop, end, uncancel, cancel *sql.Stmt

	give, takeSignal, openSignal, closeSignal *sql.Stmt
}

func prepareStatements(ctx context.Context, db *sql.DB) (*statements, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("connecting: %w", explain(err))
	}
	st := &statements{conn: conn}
	const run = "(SELECT n FROM runs WHERE id = ?)"
	const signal = " WHERE run = " + run + " AND name = ? AND key = ? AND state = "
	for text, to := range map[string]**sql.Stmt{
		"BEGIN IMMEDIATE": &st.begin, "COMMIT": &st.commit, "ROLLBACK": &st.rollback,
		"INSERT OR IGNORE INTO programs (digest, data) VALUES (?, ?)":                                            &st.program,
		"INSERT INTO runs (id, flow, state, started, ended, digest, start) VALUES (?, ?, 'running', ?, 0, ?, ?)": &st.start,
		"INSERT INTO records (run, seq, data) VALUES (" + run + ", ?, ?)":                                        &st.add,
		"DELETE FROM records WHERE run = " + run + " AND seq BETWEEN ? AND ?":                                    &st.drop,
		"UPDATE runs SET state = ?, ended = ? WHERE id = ?":                                                      &st.end,
		"DELETE FROM cancels WHERE run = ?":                                                                      &st.uncancel,
		"INSERT OR IGNORE INTO cancels (run) VALUES (?)":                                                         &st.cancel,
		`INSERT INTO signals (run, name, key, state, given, data) SELECT n, ?2, ?3, 'given', ?4, ?5 FROM runs
			WHERE id = ?1 AND state = 'running' AND (SELECT count(*) FROM signals s WHERE s.run = runs.n AND s.state = 'given') < ?6
			ON CONFLICT (run, name, key) DO NOTHING`: &st.give,
		"UPDATE signals SET state = 'taken'" + signal + "'given'":                                                        &st.takeSignal,
		"DELETE FROM signals" + signal + "'closed'":                                                                      &st.openSignal,
		"INSERT OR IGNORE INTO signals (run, name, key, state, given, data) VALUES (" + run + ", ?, ?, 'closed', 0, '')": &st.closeSignal,
	} {
		stmt, err := conn.PrepareContext(ctx, text)
		if err != nil {
			_ = conn.Close()
			return nil, fmt.Errorf("preparing to write: %w", explain(err))
		}
		*to = stmt
	}
	return st, nil
}

func (st *statements) exec(ctx context.Context, stmt *sql.Stmt, args ...any) error {
	_, err := stmt.ExecContext(ctx, args...)
	return explain(err)
}

// apply makes one change.
func (st *statements) apply(ctx context.Context, c Change) error {
	switch c := c.(type) {
	case BeginRun:
		return errors.Join(
			st.exec(ctx, st.program, c.Digest, c.Program),
			st.exec(ctx, st.start, c.ID, c.Flow, c.Started.UnixNano(), c.Digest, c.Start))
	case AddRecord:
		return st.exec(ctx, st.add, c.RunID, c.Number, c.Data)
	case DropRecords:
		return st.exec(ctx, st.drop, c.RunID, c.From, c.To)
	case EndRun:
		return errors.Join(
			st.exec(ctx, st.end, string(c.State), c.Ended.UnixNano(), c.RunID),
			st.exec(ctx, st.uncancel, c.RunID))
	case CancelRun:
		return st.exec(ctx, st.cancel, c.RunID)
	case GiveSignal:
		return st.exec(ctx, st.give, c.RunID, c.Name, c.Key, c.Given.UnixNano(), c.Data, c.Most)
	case TakeSignal:
		return st.exec(ctx, st.takeSignal, c.RunID, c.Name, c.Key)
	case OpenSignal:
		return st.exec(ctx, st.openSignal, c.RunID, c.Name, c.Key)
	case CloseSignal:
		return st.exec(ctx, st.closeSignal, c.RunID, c.Name, c.Key)
	default:
		return fmt.Errorf("a change of an unknown kind: %T", c)
	}
}

func (st *statements) close() {
	var errs []error
	for _, stmt := range []*sql.Stmt{
		st.begin, st.commit, st.rollback, st.program, st.start, st.add, st.drop, st.end, st.uncancel, st.cancel,
		st.give, st.takeSignal, st.openSignal, st.closeSignal,
	} {
		errs = append(errs, stmt.Close())
	}
	_ = errors.Join(append(errs, st.conn.Close())...) // nothing is left to write
}
