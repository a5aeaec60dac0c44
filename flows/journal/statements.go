package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// statements are what the writer says to SQLite, prepared once.
type statements struct {
	conn                                     *sql.Conn
	begin, commit, rollback                  *sql.Stmt
	program, start, add, drop, end, uncancel *sql.Stmt
}

func prepareStatements(conn *sql.Conn) (*statements, error) {
	st := &statements{conn: conn}
	for text, to := range map[string]**sql.Stmt{
		"BEGIN IMMEDIATE": &st.begin, "COMMIT": &st.commit, "ROLLBACK": &st.rollback,
		"INSERT OR IGNORE INTO programs (digest, data) VALUES (?, ?)":                                            &st.program,
		"INSERT INTO runs (id, flow, state, started, ended, digest, start) VALUES (?, ?, 'running', ?, 0, ?, ?)": &st.start,
		"INSERT INTO records (run, seq, data) VALUES (?, ?, ?)":                                                  &st.add,
		"DELETE FROM records WHERE run = ? AND seq BETWEEN ? AND ?":                                              &st.drop,
		"UPDATE runs SET state = ?, ended = ? WHERE n = ?":                                                       &st.end,
		"DELETE FROM cancels WHERE run = ?":                                                                      &st.uncancel,
	} {
		stmt, err := conn.PrepareContext(context.Background(), text)
		if err != nil {
			return nil, fmt.Errorf("preparing to write: %w", explain(err))
		}
		*to = stmt
	}
	return st, nil
}

func (st *statements) exec(ctx context.Context, stmt *sql.Stmt, args ...any) error {
	_, err := stmt.ExecContext(ctx, args...)
	return err //nolint:wrapcheck // the writer does
}

func (st *statements) close() {
	var errs []error
	for _, stmt := range []*sql.Stmt{st.begin, st.commit, st.rollback, st.program, st.start, st.add, st.drop, st.end, st.uncancel} {
		errs = append(errs, stmt.Close())
	}
	_ = errors.Join(append(errs, st.conn.Close())...) // nothing is left to write
}
