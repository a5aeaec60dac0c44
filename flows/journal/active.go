package journal

import "errors"

// enter notes that a run is under way; one at a time may be, by a name.
func (j *Journal) enter(r *run) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case j.closed || j.writer == nil:
		return ErrClosed
	case j.resuming[r.id] == r:
		delete(j.resuming, r.id)
		j.active[r.id] = r
		return nil
	case j.active[r.id] != nil || j.resuming[r.id] != nil || j.parked.all[r.id] != nil:
		return &ExistsError{RunID: r.id}
	}
	j.active[r.id] = r
	j.ended.Add(1)
	return nil
}

// reserve keeps a run's name for one that is read back, until it enters or
// leaves.
func (j *Journal) reserve(r *run) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case j.closed || j.writer == nil:
		return ErrClosed
	case j.active[r.id] != nil || j.resuming[r.id] != nil || j.parked.all[r.id] != nil:
		return &RunningError{RunID: r.id, Owner: j.owner(), Here: true}
	}
	j.resuming[r.id] = r
	j.ended.Add(1)
	return nil
}

func (j *Journal) leave(r *run) {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case r.id == "":
	case j.active[r.id] == r:
		delete(j.active, r.id)
		if errors.Is(r.halted(), errPutDown) {
			j.park(r)
		}
		j.ended.Done()
	case j.resuming[r.id] == r:
		delete(j.resuming, r.id)
		j.ended.Done()
	}
}

// stays keeps the journal open until ended.Done is called; it is false where it is
// closed. Whoever has left calls it to ask the store for something more.
func (j *Journal) stays() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return false
	}
	j.ended.Add(1)
	return true
}
