package journal

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/medlar-flow/medlar/flows/internal/wire"
)

// State says where a run stands.
type State string

// The states of runs.
const (
	Running  State = "running" // under way, or interrupted: it can be resumed
	Done     State = "done"
	Failed   State = "failed"
	Canceled State = "canceled"
)

// States lists every state.
func States() []State { return []State{Running, Done, Failed, Canceled} }

// Run is a run in a list.
type Run struct {
	ID      string
	Flow    string
	State   State
	Started time.Time
	Ended   time.Time // zero for one that runs
}

// Filter chooses runs; the zero Filter all of them.
type Filter struct {
	State State
	Flow  string
	// Limit is the most to give, the latest first; 0 for no limit.
	Limit int
}

// Runs lists runs, the latest first.
func (j *Journal) Runs(ctx context.Context, filter Filter) ([]Run, error) {
	limit := cmp.Or(filter.Limit, -1)
	rows, err := j.db.QueryContext(ctx, `SELECT id, flow, state, started, ended FROM runs
		WHERE (?1 = '' OR state = ?1) AND (?2 = '' OR flow = ?2) ORDER BY started DESC, n DESC LIMIT ?3`,
		string(filter.State), filter.Flow, limit)
	if err != nil {
		return nil, fmt.Errorf("listing runs: %w", explain(err))
	}
	defer rows.Close() //nolint:errcheck // it was only read
	var list []Run
	for rows.Next() {
		var r Run
		var started, ended int64
		if err := rows.Scan(&r.ID, &r.Flow, &r.State, &started, &ended); err != nil {
			return nil, fmt.Errorf("listing runs: %w", explain(err))
		}
		r.Started, r.Ended = timeOf(started), timeOf(ended)
		list = append(list, r)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("listing runs: %w", explain(err))
	}
	return list, nil
}

func timeOf(ns int64) time.Time {
	if ns == 0 {
		return time.Time{}
	}
	return time.Unix(0, ns).UTC()
}

// runRow is a run as it is stored.
type runRow struct {
	n       int64
	id      string
	flow    string
	state   State
	started int64
	ended   int64
	digest  []byte
	start   []byte
}

func (j *Journal) row(ctx context.Context, id string) (*runRow, error) {
	r := &runRow{}
	err := j.db.QueryRowContext(ctx, `SELECT n, id, flow, state, started, ended, digest, start FROM runs WHERE id = ?`, id).
		Scan(&r.n, &r.id, &r.flow, &r.state, &r.started, &r.ended, &r.digest, &r.start)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, &UnknownRunError{RunID: id}
	case err != nil:
		return nil, fmt.Errorf("reading run %s: %w", id, explain(err))
	}
	return r, nil
}

// load reads a run whole, or says what is damaged.
func (j *Journal) load(ctx context.Context, row *runRow) (*start, []*record, error) {
	var program []byte
	err := j.db.QueryRowContext(ctx, `SELECT data FROM programs WHERE digest = ?`, row.digest).Scan(&program)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil, &DamagedError{RunID: row.id, Err: errors.New("its program is not there")}
	case err != nil:
		return nil, nil, &DamagedError{RunID: row.id, Err: explain(err)}
	}
	s, err := readStart(row, program, j.keys)
	if err != nil {
		return nil, nil, &DamagedError{RunID: row.id, Err: err}
	}
	records, err := j.records(ctx, row)
	if err != nil {
		return nil, nil, &DamagedError{RunID: row.id, Err: err}
	}
	return s, records, nil
}

func (j *Journal) records(ctx context.Context, row *runRow) ([]*record, error) {
	rows, err := j.db.QueryContext(ctx, `SELECT seq, data FROM records WHERE run = ? ORDER BY seq`, row.n)
	if err != nil {
		return nil, explain(err)
	}
	defer rows.Close() //nolint:errcheck // it was only read
	var list []*record
	for rows.Next() {
		var seq int64
		var data []byte
		if err := rows.Scan(&seq, &data); err != nil {
			return nil, explain(err)
		}
		rec, err := decodeRecord(row.id, seq, data)
		if err != nil {
			return nil, fmt.Errorf("record %d: %w", seq, err)
		}
		list = append(list, rec)
	}
	if err := rows.Err(); err != nil {
		return nil, explain(err)
	}
	return list, checkGaps(list)
}

// endState is the state that the last record of a run tells.
func (j *Journal) endState(id string, rec *record) State {
	v, _ := j.body(id, rec)
	m, _ := v.(map[string]any)
	return State(wire.TextAt(m, "state"))
}
