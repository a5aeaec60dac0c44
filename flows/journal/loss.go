package journal

import (
	"errors"
	"fmt"
	"math"
)

// witnessed is a Store that has a witness.
type witnessed interface{ sights() *witness }

// sights returns the file's witness.
func (f *file) sights() *witness { return f.witness }

func (j *Journal) witness() *witness {
	if s, ok := j.store.(witnessed); ok {
		return s.sights()
	}
	return nil
}

// whole finds out whether a run has lost records that were on disk. has is the
// number of the latest one that is there; -1 where the run is not there at all.
// Nobody else may write to the run meanwhile.
func (j *Journal) whole(id string, has int64) error {
	w := j.witness()
	if !w.misses(id, has) {
		return nil
	}
	w.again() // another process may have ended it, or accepted its loss
	if !w.misses(id, has) {
		return nil
	}
	if j.acceptLoss {
		w.forget(id, max(has, 0))
		return nil
	}
	last, _, _ := w.seen(id)
	return &LossError{RunID: id, Had: last, Has: has}
}

// misses reports whether a run of which a number of records is there was longer,
// and was not deleted.
func (w *witness) misses(id string, has int64) bool {
	last, ended, ok := w.seen(id)
	return ok && has < last && !(has < 0 && ended)
}

// orLost returns the error of a run that was not found, or that it is lost.
func (j *Journal) orLost(id string, err error) error {
	var unknown *UnknownRunError
	if errors.As(err, &unknown) {
		if lost := j.whole(id, -1); lost != nil {
			return lost
		}
	}
	return err
}

// WithAcceptedLoss lets Resume go on with a run that has lost the last of what
// was recorded of it, and Run take a name whose run is lost: steps whose results
// are gone run again.
func WithAcceptedLoss() Option { return func(j *Journal) { j.acceptLoss = true } }

// LossError says that a run has lost the last of its records: they were on disk,
// and the journal's file or its log does not have them any more. To go on would
// make calls a second time whose results are gone.
type LossError struct {
	RunID string // of the run that is shorter than it was
	// Had is the number of the latest record that was on disk, or UnknownLoss; Has that
	// of the latest one that is there; -1 where nothing of the run is left.
	Had, Has int64
}

// UnknownLoss is in a LossError where nobody knows whether there was more: what was
// written last was damaged, and [Repair] went on without it.
const UnknownLoss = math.MaxInt64

// Error says how much is gone.
func (e *LossError) Error() string {
	if e.Had == UnknownLoss && e.Has >= 0 {
		return fmt.Sprintf("run %s may have lost the records after %d: what was written last was damaged, and the journal was repaired without it; "+
			"what the run did then would be done again", e.RunID, e.Has)
	}
	if e.Has < 0 {
		return fmt.Sprintf("run %s was in the journal and is lost: the file, or its log (-wal), was damaged or replaced by an older one", e.RunID)
	}
	return fmt.Sprintf("run %s has lost the records after %d, there were %d: the file, or its log (-wal), was damaged or replaced by an older one; "+
		"what it did then would be done again", e.RunID, e.Has, e.Had)
}
