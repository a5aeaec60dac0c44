package journal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/medlar-flow/medlar/flows/internal/wire"
)

// State says where a run stands.
type State string

// The states of runs.
const (
	Running     State = "running"     // a process runs it
	Interrupted State = "interrupted" // no process runs it: it can be resumed
	Done        State = "done"
	Failed      State = "failed"
	Canceled    State = "canceled"
)

// States lists every state.
func States() []State { return []State{Running, Interrupted, Done, Failed, Canceled} }

// Run is a run in a list.
type Run struct {
	ID      string    // as in flows.WithRunID
	Flow    string    // the name of its flow
	State   State     // where it stands
	Started time.Time // when it began
	Ended   time.Time // zero for one that has not ended
	Owner   string    // the process that runs it, as the store names it; empty for none
}

// Filter chooses runs; the zero Filter all of them.
type Filter struct {
	State State  // only runs in this state; empty for all
	Flow  string // only runs of the flow of this name; empty for all
	// Limit is the most to give, the latest first; 0 for no limit.
	Limit int
}

// Runs lists runs, the latest first.
func (j *Journal) Runs(ctx context.Context, filter Filter) ([]Run, error) {
	stored := filter
	if filter.State == Running || filter.State == Interrupted {
		stored.State, stored.Limit = Running, 0
	}
	list, err := j.store.Runs(ctx, stored)
	seen := map[string]bool{}
	for i := range list {
		if err == nil {
			list[i].State, err = j.standing(ctx, list[i], seen)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("listing runs: %w", err)
	}
	if filter.State != "" {
		list = slices.DeleteFunc(list, func(r Run) bool { return r.State != filter.State })
	}
	if filter.Limit > 0 && len(list) > filter.Limit {
		list = list[:filter.Limit]
	}
	return list, nil
}

func (j *Journal) find(ctx context.Context, id string) (*StoredRun, error) {
	r, err := j.store.Find(ctx, id)
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading run %s: %w", id, err)
	case r == nil:
		return nil, &UnknownRunError{RunID: id}
	}
	return r, nil
}

// load reads a run whole, or says what is damaged.
func (j *Journal) load(ctx context.Context, r *StoredRun) (*start, []*record, error) {
	damaged := func(err error) (*start, []*record, error) {
		return nil, nil, &DamagedError{RunID: r.ID, Err: err}
	}
	s, err := j.start(ctx, r)
	if err != nil {
		return damaged(err)
	}
	records, err := j.records(ctx, r.ID)
	if err != nil {
		return damaged(err)
	}
	return s, records, nil
}

// start reads what a run begins with.
func (j *Journal) start(ctx context.Context, r *StoredRun) (*start, error) {
	program, err := j.store.Program(ctx, r.Digest)
	switch {
	case err != nil:
		return nil, err //nolint:wrapcheck // the caller names the run
	case program == nil:
		return nil, errors.New("its program is not there")
	}
	return readStart(r, program, j.keys)
}

func (j *Journal) records(ctx context.Context, id string) ([]*record, error) {
	var list []*record
	err := j.store.Records(ctx, id, func(number int64, data []byte) error {
		rec, err := decodeRecord(id, number, data)
		if err != nil {
			return fmt.Errorf("record %d: %w", number, err)
		}
		list = append(list, rec)
		return nil
	})
	if err != nil {
		return nil, err //nolint:wrapcheck // the caller names the run
	}
	return list, checkGaps(list)
}

// endState is the state that the last record of a run tells.
func (j *Journal) endState(id string, rec *record) State {
	v, _ := j.body(id, rec)
	m, _ := v.(map[string]any)
	return State(wire.TextAt(m, "state"))
}
