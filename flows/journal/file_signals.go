package journal

import (
	"context"
	"database/sql"
	"errors"
)

var _ SignalStore = (*file)(nil)

// Signal reads a signal.
func (f *file) Signal(ctx context.Context, id SignalID) (*StoredSignal, error) {
	s := &StoredSignal{SignalID: id}
	var state string
	var given int64
	err := f.row(ctx, `SELECT state, given, data FROM signals
		WHERE run = (SELECT n FROM runs WHERE id = ?) AND name = ? AND key = ?`, id.RunID, id.Name, id.Key).Scan(&state, &given, &s.Data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil //nolint:nilnil // as the interface says
	}
	s.Closed, s.Given = state == "closed", timeOf(given)
	return s, f.explain(err)
}

// SignalsSince reads what was given since.
func (f *file) SignalsSince(ctx context.Context, number int64) (given []SignalID, last int64, err error) {
	if number < 0 {
		err = f.row(ctx, `SELECT coalesce(max(n), 0) FROM signals`).Scan(&last)
		return nil, last, f.explain(err)
	}
	last = number
	err = f.each(ctx, func(rows *sql.Rows) error {
		var id SignalID
		err := rows.Scan(&last, &id.RunID, &id.Name, &id.Key)
		given = append(given, id)
		return err //nolint:wrapcheck // each explains it
	}, `SELECT s.n, r.id, s.name, s.key FROM signals s JOIN runs r ON r.n = s.run
		WHERE s.n > ? AND s.state <> 'closed' ORDER BY s.n`, number)
	return given, last, err
}

// SignalsOf lists the signals that a run was given.
func (f *file) SignalsOf(ctx context.Context, run string) (list []SignalID, err error) {
	err = f.each(ctx, func(rows *sql.Rows) error {
		id := SignalID{RunID: run}
		err := rows.Scan(&id.Name, &id.Key)
		list = append(list, id)
		return err //nolint:wrapcheck // each explains it
	}, `SELECT name, key FROM signals WHERE run = (SELECT n FROM runs WHERE id = ?) AND state <> 'closed' ORDER BY n`, run)
	return list, err
}
