package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/medlar-flow/medlar/flows/internal/wire"
)

// Cancel asks whoever runs a run to cancel it: it stops and undoes what it
// did. One that nobody runs does so when it is resumed.
func (j *Journal) Cancel(ctx context.Context, id string) error {
	row, err := j.row(ctx, id)
	if err != nil {
		return err
	}
	if row.state != Running {
		return &StateError{RunID: id, State: row.state, Want: "cancel"}
	}
	if _, err := j.db.ExecContext(ctx, `INSERT OR IGNORE INTO cancels (run) VALUES (?)`, id); err != nil {
		return fmt.Errorf("canceling run %s: %w", id, explain(err))
	}
	return nil
}

func (j *Journal) isCanceled(ctx context.Context, id string) (bool, error) {
	var found int
	err := j.db.QueryRowContext(ctx, `SELECT count(*) FROM cancels WHERE run = ?`, id).Scan(&found)
	return found > 0, explain(err)
}

func (j *Journal) cancelRequests() ([]string, error) {
	rows, err := j.db.QueryContext(context.Background(), `SELECT run FROM cancels`)
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

// Prune deletes runs that ended before a time, with their records, and gives
// their number. Runs that can be resumed stay.
func (j *Journal) Prune(ctx context.Context, before time.Time) (int64, error) {
	tx, err := j.db.BeginTx(ctx, nil)
	if err != nil {
		return 0, fmt.Errorf("pruning: %w", explain(err))
	}
	defer tx.Rollback() //nolint:errcheck // nothing to roll back once it is committed
	const old = `state <> 'running' AND ended < ?`
	var pruned sql.Result
	for _, text := range []string{
		`DELETE FROM records WHERE run IN (SELECT n FROM runs WHERE ` + old + `)`,
		`DELETE FROM runs WHERE ` + old,
	} {
		if pruned, err = tx.ExecContext(ctx, text, before.UnixNano()); err != nil {
			return 0, fmt.Errorf("pruning: %w", explain(err))
		}
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM programs WHERE digest NOT IN (SELECT digest FROM runs)`); err != nil {
		return 0, fmt.Errorf("pruning: %w", explain(err))
	}
	if err := tx.Commit(); err != nil {
		return 0, fmt.Errorf("pruning: %w", explain(err))
	}
	return pruned.RowsAffected() //nolint:wrapcheck // SQLite always knows
}

// Verify reads everything and gives what is wrong, an error for each run; none
// where all is well. Its own error says that it could not go on reading.
func (j *Journal) Verify(ctx context.Context) (problems []error, runs int, err error) {
	var report string
	if err := j.db.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&report); err != nil {
		return nil, 0, fmt.Errorf("checking the file: %w", explain(err))
	}
	if report != "ok" {
		problems = append(problems, fmt.Errorf("the file is damaged: %s", report))
	}
	list, err := j.Runs(ctx, Filter{})
	if err != nil {
		return problems, 0, err
	}
	for _, r := range list {
		if err := j.verifyRun(ctx, r.ID); err != nil {
			problems = append(problems, err)
		}
	}
	return problems, len(list), nil
}

func (j *Journal) verifyRun(ctx context.Context, id string) error {
	row, err := j.row(ctx, id)
	if err != nil {
		return err
	}
	_, records, err := j.load(ctx, row)
	if err != nil {
		return err
	}
	state := Running
	for i, rec := range records {
		if rec.kind == kindEnd && i == len(records)-1 {
			state = j.endState(id, rec)
		}
		if rec.kind == kindWithheld {
			continue
		}
		if _, err := j.body(id, rec); err != nil && len(rec.body) > 0 && !errors.Is(err, wire.ErrSealed) {
			return &DamagedError{RunID: id, Err: fmt.Errorf("record %d: %w", rec.seq, err)}
		}
	}
	if state != row.state {
		return &DamagedError{RunID: id, Err: errors.New("its state is " + string(row.state) + ", its records say " + string(state))}
	}
	return nil
}
