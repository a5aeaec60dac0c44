package journal

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
)

// connection is what a file's writer needs of SQLite's driver. It does without the
// pool of database/sql, whose part of a statement costs as much as a small one: the
// writer is alone with its connection, and serialized by the file's lock.
type connection interface {
	driver.Conn
	driver.ConnPrepareContext
}

// prepared is a statement of a connection.
type prepared interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// connect opens a connection of its own to the file of a database.
func connect(d driver.Driver, name string) (connection, error) {
	raw, err := d.Open(name)
	if err != nil {
		return nil, fmt.Errorf("connecting: %w", explain(err))
	}
	conn, ok := raw.(connection)
	if !ok {
		_ = raw.Close()
		return nil, errors.New("connecting: the driver cannot prepare statements")
	}
	return conn, nil
}

func (st *statements) statement(ctx context.Context, text string) (prepared, error) {
	if stmt := st.prepared[text]; stmt != nil {
		return stmt, nil
	}
	raw, err := st.conn.PrepareContext(ctx, text)
	if err != nil {
		return nil, err //nolint:wrapcheck // the callers explain it
	}
	stmt, ok := raw.(prepared)
	if !ok {
		_ = raw.Close()
		return nil, errors.New("the driver cannot run a prepared statement")
	}
	st.prepared[text] = stmt
	return stmt, nil
}

// bound are the arguments of one statement, which are used again for the next.
func (st *statements) bound(args []any) ([]driver.NamedValue, error) {
	st.args = st.args[:0]
	for i, arg := range args {
		switch arg.(type) {
		case int64, string, []byte: // as most are
		default:
			v, err := driver.DefaultParameterConverter.ConvertValue(arg)
			if err != nil {
				return nil, fmt.Errorf("argument %d: %w", i+1, err)
			}
			arg = v
		}
		st.args = append(st.args, driver.NamedValue{Ordinal: i + 1, Value: arg})
	}
	return st.args, nil
}

func (st *statements) do(ctx context.Context, text string, args ...any) (driver.Result, error) {
	stmt, err := st.statement(ctx, text)
	if err != nil {
		return nil, err
	}
	bound, err := st.bound(args)
	if err != nil {
		return nil, err
	}
	return stmt.ExecContext(ctx, bound) //nolint:wrapcheck // the callers explain it
}

// number asks for one number; false where there is no row.
func (st *statements) number(ctx context.Context, text string, args ...any) (n int64, ok bool, err error) {
	stmt, err := st.statement(ctx, text)
	if err != nil {
		return 0, false, explain(err)
	}
	bound, err := st.bound(args)
	if err != nil {
		return 0, false, err
	}
	rows, err := stmt.QueryContext(ctx, bound)
	if err != nil {
		return 0, false, explain(err)
	}
	defer rows.Close() //nolint:errcheck // it was only read
	var row [1]driver.Value
	if rows.Next(row[:]) != nil {
		return 0, false, nil
	}
	n, ok = row[0].(int64)
	return n, ok, nil
}
