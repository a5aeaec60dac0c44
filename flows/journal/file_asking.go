package journal

import (
	"context"
	"database/sql"
	"sync"
)

// mostAsked is how many questions a file keeps prepared: more than it has that are always
// the same; those of a search are many.
const mostAsked = 64

// asked are the questions that were put to a file, each prepared when it is first put:
// to prepare one takes longer than to answer most. The database closes them, also beside
// somebody who asks.
type asked struct {
	mu   sync.Mutex
	list map[string]*sql.Stmt
}

// statement returns a prepared question; nil where it is put as it is, which says what
// is wrong with it.
func (a *asked) statement(ctx context.Context, db *sql.DB, text string) *sql.Stmt {
	a.mu.Lock()
	st, full := a.list[text], len(a.list) >= mostAsked
	a.mu.Unlock()
	if st != nil || full {
		return st
	}
	st, err := db.PrepareContext(ctx, text) // may wait for a connection
	if err != nil {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if other := a.list[text]; other != nil {
		_ = st.Close() // somebody else was faster
		return other
	}
	if a.list == nil {
		a.list = map[string]*sql.Stmt{}
	}
	a.list[text] = st
	return st
}

// row puts a question that has one row for an answer.
func (f *file) row(ctx context.Context, text string, args ...any) *sql.Row {
	if st := f.asked.statement(ctx, f.db, text); st != nil {
		return st.QueryRowContext(ctx, args...)
	}
	return f.db.QueryRowContext(ctx, text, args...)
}

// each calls scan with the rows of an answer.
func (f *file) each(ctx context.Context, scan func(*sql.Rows) error, text string, args ...any) error {
	rows, err := f.rows(ctx, text, args)
	if err != nil {
		return f.explain(err)
	}
	defer rows.Close() //nolint:errcheck // it was only read
	for rows.Next() {
		if err := scan(rows); err != nil {
			return f.explain(err)
		}
	}
	return f.explain(rows.Err())
}

func (f *file) rows(ctx context.Context, text string, args []any) (*sql.Rows, error) {
	if st := f.asked.statement(ctx, f.db, text); st != nil {
		return st.QueryContext(ctx, args...) //nolint:wrapcheck,rowserrcheck // each does
	}
	return f.db.QueryContext(ctx, text, args...) //nolint:wrapcheck,rowserrcheck // each does
}
