package journal

import (
	"context"
	"database/sql"
	"errors"
)

var _ TickStore = (*file)(nil)

// Ticks reads what is kept of a schedule.
func (f *file) Ticks(ctx context.Context, flow, trigger string) (*StoredTicks, error) {
	t := &StoredTicks{Flow: flow, Trigger: trigger}
	row := f.row(ctx, `SELECT version, data FROM ticks WHERE flow = ? AND name = ?`, flow, trigger)
	err := row.Scan(&t.Version, &t.Data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil //nolint:nilnil // as the interface says
	}
	return t, f.explain(err)
}

// TickNames lists the triggers of a flow of which something is kept.
func (f *file) TickNames(ctx context.Context, flow string) ([]string, error) {
	return f.ids(ctx, `SELECT name FROM ticks WHERE flow = ? ORDER BY name`, flow)
}

const (
	sqlFirstTicks  = "INSERT OR IGNORE INTO ticks (flow, name, version, data) VALUES (?, ?, ?, ?)"
	sqlMoveTicks   = "UPDATE ticks SET version = ?, data = ? WHERE flow = ? AND name = ? AND version = ?"
	sqlForgetTicks = "DELETE FROM ticks WHERE flow = ? AND name = ?"
)

// moved changes what is kept of a schedule, unless somebody else has.
func (st *statements) moved(ctx context.Context, c MoveTicks) error {
	refused := &MovedError{Flow: c.Flow, Trigger: c.Trigger}
	if c.Was == 0 {
		return st.one(ctx, refused, sqlFirstTicks, c.Flow, c.Trigger, c.Version, c.Data)
	}
	return st.one(ctx, refused, sqlMoveTicks, c.Version, c.Data, c.Flow, c.Trigger, c.Was)
}
