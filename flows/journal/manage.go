package journal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/medlar-flow/medlar/flows/internal/wire"
)

// Cancel asks whoever runs a run to cancel it: it stops and undoes what it
// did. One that nobody runs does so when it is resumed.
func (j *Journal) Cancel(ctx context.Context, id string) error {
	r, err := j.find(ctx, id)
	if err != nil {
		return err
	}
	if r.State != Running {
		return &StateError{RunID: id, State: r.State, Want: "cancel"}
	}
	if err := j.commit(ctx, []Change{CancelRun{RunID: id}}); err != nil {
		return fmt.Errorf("canceling run %s: %w", id, err)
	}
	return nil
}

func (j *Journal) isCanceled(ctx context.Context, id string) (bool, error) {
	ids, err := j.store.Cancels(ctx)
	return slices.Contains(ids, id), err //nolint:wrapcheck // the callers go on without
}

// Prune deletes runs that ended before a time, with their records, and gives
// their number. Runs that can be resumed stay.
func (j *Journal) Prune(ctx context.Context, before time.Time) (int64, error) {
	if _, err := j.housekeeper(); err == nil {
		return j.PruneSome(ctx, Pruning{Before: before})
	}
	n, err := j.store.Prune(ctx, before)
	if err != nil {
		return 0, fmt.Errorf("pruning: %w", err)
	}
	return n, nil
}

// Verify reads everything and gives what is wrong, an error for each run; none
// where all is well. Its own error says that it could not go on reading.
func (j *Journal) Verify(ctx context.Context) (problems []error, runs int, err error) {
	if err := j.store.Verify(ctx); err != nil {
		problems = append(problems, err)
	}
	list, err := j.Runs(ctx, Filter{})
	if err != nil {
		return problems, 0, err
	}
	if j.witness().missing(list) > 0 {
		j.witness().again() // others may have ended and deleted runs meanwhile
		if list, err = j.Runs(ctx, Filter{}); err != nil {
			return problems, 0, err
		}
	}
	if n := j.witness().missing(list); n > 0 {
		problems = append(problems, fmt.Errorf("%d runs were in the journal and are lost: the file, or its log (-wal), was damaged or replaced by an older one", n))
	}
	for _, r := range list {
		if err := j.verifyRun(ctx, r.ID); err != nil {
			problems = append(problems, err)
		}
	}
	return problems, len(list), nil
}

func (j *Journal) verifyRun(ctx context.Context, id string) error {
	row, err := j.find(ctx, id)
	if err != nil {
		return err
	}
	_, records, err := j.load(ctx, row)
	if err == nil && j.whole(id, latest(records)) != nil {
		// Whoever runs it may have written more meanwhile, of which whole has seen.
		if _, records, err = j.load(ctx, row); err == nil {
			err = j.whole(id, latest(records))
		}
	}
	if err != nil {
		return err
	}
	if err := j.verifySignals(ctx, id, records); err != nil {
		return &DamagedError{RunID: id, Err: err}
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
	if state != row.State {
		return &DamagedError{RunID: id, Err: errors.New("its state is " + string(row.State) + ", its records say " + string(state))}
	}
	return nil
}

// verifySignals looks whether the signals that a run got are there.
func (j *Journal) verifySignals(ctx context.Context, id string, records []*record) error {
	waits := map[string]SignalID{}
	for _, rec := range records {
		place := rec.scope + "\x00" + rec.path
		switch rec.kind {
		case kindAwait:
			v, _ := j.body(id, rec)
			key, _ := v.(string)
			waits[place] = SignalID{id, rec.operation, key}
		case kindGiven:
			if j.signals == nil {
				return ErrNoSignals
			}
			kept, err := j.signals.Signal(ctx, waits[place])
			if err == nil && (kept == nil || kept.Closed) {
				err = fmt.Errorf("record %d: the signal %s is not there", rec.seq, waits[place].Name)
			}
			if err == nil {
				_, err = j.openSignal(kept)
			}
			if err != nil && !errors.Is(err, wire.ErrSealed) {
				return err
			}
		default:
		}
	}
	return nil
}
