package journal

import (
	"context"
	"errors"
	"fmt"
)

// shared returns the store as one that several processes use; nil where it
// belongs to this one.
func (j *Journal) shared() Shared {
	s, _ := j.store.(Shared)
	return s
}

// owner names this process; empty where nobody else shares the store.
func (j *Journal) owner() string {
	if s := j.shared(); s != nil {
		return s.Owner()
	}
	return ""
}

// alive reports whether another process, or this one, may run the runs of an
// owner. Where the store belongs to this process, nobody else does.
func (j *Journal) alive(ctx context.Context, owner string) (bool, error) {
	s := j.shared()
	if s == nil || owner == "" {
		return false, nil
	}
	alive, err := s.Alive(ctx, owner)
	if err != nil {
		return false, fmt.Errorf("looking whether the process of a run is alive: %w", err)
	}
	return alive, nil
}

// take makes a run that has not ended this process's, or says which process
// runs it. Of several that try at the same time, one succeeds.
func (j *Journal) take(ctx context.Context, r *run) error {
	s := j.shared()
	if s == nil {
		return nil
	}
	for {
		row, err := j.find(ctx, r.id)
		switch {
		case err != nil:
			return j.orLost(r.id, err)
		case row.State != Running:
			return nil // what is read next says how it ended
		case row.Owner != "" && row.Owner == s.Owner():
			r.taken = true
			return nil
		}
		alive, err := j.alive(ctx, row.Owner)
		if err != nil {
			return err
		}
		if alive {
			return &RunningError{RunID: r.id, Owner: row.Owner}
		}
		change := TakeRun{RunID: r.id, From: row.Owner}
		err = j.writer.add(&job{run: r, changes: func() []Change { return []Change{change} }}, true)
		var running *RunningError
		if errors.As(err, &running) {
			continue // somebody was quicker, or it has ended
		}
		r.taken = err == nil
		return err
	}
}

// giveUp gives up a run that has not ended, so that whoever resumes it need not
// wait for the end of this process. Where that fails, it is tried again.
func (j *Journal) giveUp(r *run) {
	if !r.taken && !r.begun {
		return
	}
	err := j.writer.add(&job{run: r, changes: r.leaving}, true)
	if r.lost.Load() || err != nil && !errors.Is(err, ErrClosed) { // the writer takes nothing more of a lost one
		j.giveUpLater(r.id)
	}
}

// giveUpLater gives up a run once the journal can be written.
func (j *Journal) giveUpLater(id string) {
	if j.shared() != nil {
		j.trouble.owe(id)
	}
}

// standing returns the state of a run that has not ended: whether a process runs
// it. seen keeps what was found of owners.
func (j *Journal) standing(ctx context.Context, r Run, seen map[string]bool) (State, error) {
	if r.State != Running {
		return r.State, nil
	}
	under := false
	if j.shared() == nil {
		j.mu.Lock()
		under = j.active[r.ID] != nil || j.parked.all[r.ID] != nil
		j.mu.Unlock()
	} else {
		var known bool
		if under, known = seen[r.Owner]; !known {
			var err error
			if under, err = j.alive(ctx, r.Owner); err != nil {
				return "", err
			}
			seen[r.Owner] = under
		}
	}
	switch {
	case under && r.Waits:
		return Waiting, nil
	case under:
		return Running, nil
	}
	return Interrupted, nil
}

// leaving is the change that gives a run up.
func (r *run) leaving() []Change {
	if r.journal.shared() == nil {
		return nil
	}
	return []Change{LeaveRun{RunID: r.id}}
}
