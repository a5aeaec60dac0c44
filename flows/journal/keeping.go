package journal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/medlar-flow/medlar/internal/stack"
)

// Keeping says how long runs that have ended are kept. Of several, the one for
// the run's flow and state counts, then that for its flow, then that for its
// state, then that for all. Without one a run is kept until somebody deletes it.
type Keeping struct {
	Flow  string        // the name of the flow; empty for all
	State State         // how the runs ended; empty for all
	For   time.Duration // counted from the end of a run; Forever for no end
	// Least is true for what KeepAtLeast said: runs of the flow are kept so long
	// whatever else is said. State is empty then.
	Least bool
}

// Forever is how long runs are kept that are not deleted by their age.
const Forever = time.Duration(1<<63 - 1)

// Housekeeper is a Store that deletes runs by more than their age. Its Commit
// takes DeleteRun and KeepRuns beside the other changes.
type Housekeeper interface {
	Store
	// Ended lists at most so many runs that ended before a time, the oldest
	// first: of a flow and in a state, unless these are empty.
	Ended(ctx context.Context, before time.Time, flow string, state State, most int) ([]string, error)
	// Overdue lists at most so many runs that are kept no longer at a time. Neither
	// lists runs that a Keeping with Least keeps.
	Overdue(ctx context.Context, now time.Time, most int) ([]string, error)
	// Keepings lists how long runs are kept.
	Keepings(ctx context.Context) ([]Keeping, error)
	// Stats says how large the store is.
	Stats(ctx context.Context) (*Stats, error)
}

// Stats says how large a journal is.
type Stats struct {
	Size      int64           // bytes on disk, with the log
	Free      int64           // bytes of these that are free, and used for what is written next
	Runs      map[State]int64 // by state; a state without runs is left out
	Programs  int64           // flows, each with what it calls, that runs began with
	Oldest    time.Time       // when the oldest run began; zero where there is none
	Processes int64           // that run runs, or would
	Keepings  []Keeping       // how long runs are kept
	Flushes   int64           // transactions of runs that this process wrote; Journal.Stats counts them
}

// deleteAtOnce is how many runs one transaction deletes, so that others can write
// in between.
const deleteAtOnce = 200

// tidyEvery is how often a process deletes what is kept no longer.
const tidyEvery = 10 * time.Minute

var errNoHousekeeper = fmt.Errorf("the store of the journal deletes runs by their age alone: %w", errors.ErrUnsupported)

func (j *Journal) housekeeper() (Housekeeper, error) {
	if h, ok := j.store.(Housekeeper); ok {
		return h, nil
	}
	return nil, errNoHousekeeper
}

// Pruning chooses runs to delete. Those that have not ended are never chosen.
type Pruning struct {
	Before time.Time // runs that ended before
	Flow   string    // of the flow of this name; empty for all
	State  State     // that ended like this; empty for all
}

// PruneSome deletes runs, with their records, and gives their number. Those that
// KeepAtLeast keeps stay.
func (j *Journal) PruneSome(ctx context.Context, which Pruning) (int64, error) {
	h, err := j.housekeeper()
	if err != nil {
		return 0, err
	}
	n, err := deleteAll(ctx, j.store, func() ([]string, error) {
		return h.Ended(ctx, which.Before, which.Flow, which.State, deleteAtOnce)
	})
	if err != nil {
		return n, fmt.Errorf("pruning: %w", err)
	}
	return n, nil
}

// Held counts the runs that PruneSome would delete and does not, since KeepAtLeast keeps
// them, by their flows. Of a store that cannot tell it is empty.
func (j *Journal) Held(ctx context.Context, which Pruning) (map[string]int64, error) {
	h, ok := j.store.(interface {
		Held(ctx context.Context, before time.Time, flow string, state State) (map[string]int64, error)
	})
	if !ok {
		return nil, nil
	}
	held, err := h.Held(ctx, which.Before, which.Flow, which.State)
	if err != nil {
		return nil, fmt.Errorf("counting what is kept: %w", err)
	}
	return held, nil
}

// deleteAll deletes what next lists, deleteAtOnce at most, until that is nothing
// more.
func deleteAll(ctx context.Context, store Store, next func() ([]string, error)) (deleted int64, err error) {
	for {
		n, err := deleteNext(ctx, store, next)
		deleted += n
		if err != nil || n < deleteAtOnce {
			return deleted, err
		}
	}
}

func deleteNext(ctx context.Context, store Store, next func() ([]string, error)) (int64, error) {
	ids, err := next()
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	changes := make([]Change, len(ids))
	for i, id := range ids {
		changes[i] = DeleteRun{RunID: id}
	}
	if err := store.Commit(ctx, changes); err != nil {
		return 0, err //nolint:wrapcheck // the caller says what was done
	}
	return int64(len(ids)), nil
}

// tidy deletes what is kept no longer. What fails is tried again later.
func (j *Journal) tidy(ctx context.Context) (int64, error) {
	h, err := j.housekeeper()
	if err != nil {
		return 0, nil //nolint:nilerr // then nothing has an age
	}
	return deleteNext(ctx, h, func() ([]string, error) { return h.Overdue(ctx, time.Now(), deleteAtOnce) })
}

// tidyUp deletes what is kept no longer, every now and then. A process that ends
// before does it once, in Close.
func (j *Journal) tidyUp() {
	stack.Grow() // SQLite goes deep
	ticker := time.NewTicker(tidyEvery)
	defer ticker.Stop()
	for {
		select {
		case <-j.quit:
			return
		case <-ticker.C:
		}
		for more := true; more; {
			n, err := j.tidy(context.Background())
			more = err == nil && n == deleteAtOnce && !j.isClosed()
		}
	}
}

func (j *Journal) isClosed() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.closed
}

// Keep says how long runs that have ended are kept, from now on and by every
// process: each deletes what is kept no longer, every ten minutes and when it
// closes the journal. For 0 that is all that has ended. A time below 0, and a state in
// which no run ends, are refused.
func (j *Journal) Keep(ctx context.Context, k Keeping) error {
	switch {
	case k.For < 0:
		return fmt.Errorf("runs cannot be kept for %s: Forever is for no end, and ForgetKeeping takes back what was said", k.For)
	case k.State != "" && k.State != Done && k.State != Failed && k.State != Canceled:
		return fmt.Errorf("no run ends %q: runs end %s, %s or %s", k.State, Done, Failed, Canceled)
	}
	return j.keep(ctx, KeepRuns{Keeping: k})
}

// KeepAtLeast keeps the runs of flows for a time after their end, whatever Keep and
// PruneSome say, from now on and by every process: their names are the keys of
// requests that may come again. Delete deletes them all the same. A time of 0 takes
// back what was said. A store that is no Housekeeper has no such thing:
// errors.ErrUnsupported.
func (j *Journal) KeepAtLeast(ctx context.Context, age time.Duration, flows ...string) error {
	_, err := j.housekeeper()
	changes := make([]Change, len(flows))
	for i, flow := range flows {
		changes[i] = KeepRuns{Keeping: Keeping{Flow: flow, For: age, Least: true}, Forget: age <= 0}
	}
	if err == nil && len(changes) > 0 {
		err = j.store.Commit(ctx, changes)
	}
	if err != nil {
		return fmt.Errorf("saying how long runs are kept: %w", err)
	}
	return nil
}

// ForgetKeeping takes back what Keep said of a flow and a state.
func (j *Journal) ForgetKeeping(ctx context.Context, flow string, state State) error {
	return j.keep(ctx, KeepRuns{Keeping: Keeping{Flow: flow, State: state}, Forget: true})
}

func (j *Journal) keep(ctx context.Context, change KeepRuns) error {
	_, err := j.housekeeper()
	if err == nil {
		err = j.store.Commit(ctx, []Change{change})
	}
	if err != nil {
		return fmt.Errorf("saying how long runs are kept: %w", err)
	}
	return nil
}

// Stats says how large the journal is.
func (j *Journal) Stats(ctx context.Context) (*Stats, error) {
	h, err := j.housekeeper()
	if err != nil {
		return nil, err
	}
	s, err := h.Stats(ctx)
	if err != nil {
		return nil, fmt.Errorf("measuring the journal: %w", err)
	}
	s.Flushes = j.flushes()
	return s, nil
}

// flushes is how many transactions of runs this process has written.
func (j *Journal) flushes() int64 {
	if j.writer == nil {
		return 0
	}
	return j.writer.flushes.Load()
}

// Delete deletes a run that has ended, with its records. unfinished also deletes
// one that no process runs: nothing of what it did is undone, and nobody can go
// on with it. The error is a *RunningError where a process runs it, a *StateError
// where it could go on.
func (j *Journal) Delete(ctx context.Context, id string, unfinished bool) error {
	if _, err := j.housekeeper(); err != nil {
		return err
	}
	row, err := j.find(ctx, id)
	if err != nil {
		return err
	}
	if row.State == Running {
		return j.deleteUnfinished(ctx, row.Run, unfinished)
	}
	if err := j.store.Commit(ctx, []Change{DeleteRun{RunID: id}}); err != nil {
		return fmt.Errorf("deleting run %s: %w", id, err)
	}
	return nil
}

func (j *Journal) deleteUnfinished(ctx context.Context, row Run, unfinished bool) error {
	state, err := j.standing(ctx, row, map[string]bool{})
	switch {
	case err != nil:
		return err
	case state == Running || state == Waiting:
		return &RunningError{RunID: row.ID, Owner: row.Owner}
	case !unfinished:
		return &StateError{RunID: row.ID, State: state, Want: "delete"}
	}
	r := &run{journal: j, id: row.ID, cancel: func(error) {}}
	if err := j.reserve(r); err != nil {
		return err
	}
	defer j.leave(r)
	if err := j.take(ctx, r); err != nil {
		return err
	}
	err = j.writer.add(&job{run: r, changes: func() []Change {
		return []Change{EndRun{RunID: r.id, State: Canceled, Ended: time.Now()}, DeleteRun{RunID: r.id}}
	}}, true)
	if err != nil {
		return fmt.Errorf("deleting run %s: %w", r.id, err)
	}
	return nil
}
