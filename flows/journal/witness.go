package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
)

// witness remembers, in a file of its own beside a journal's, up to which number
// the records of its runs were on disk. SQLite drops from its log whatever
// follows a damaged place, without a word; a run that is shorter than the
// witness saw it has lost something.
//
// It is written after each commit and never flushed: it may lag by the last
// group, and is never ahead. Each run has a place of its own that is written
// over, so the file does not grow with what runs do.
type witness struct {
	f *os.File // nil where another process may own the journal

	mu    sync.Mutex
	at    map[[runHash]byte]*sight
	found map[[runHash]byte]sight // what earlier processes saw, of runs of which nothing was written since
	ended []*sight                // in the order in which they are forgotten
	next  int64                   // the first place that nobody has
}

const (
	runHash = 16
	// sightSize is that of a place: the hash of the run's name, the number of its
	// latest record, whether it has ended, and a checksum over these.
	sightSize = 64
	// keptSights is how many runs that have ended are remembered, at least.
	keptSights = 4096
)

// sight is what was seen of a run.
type sight struct {
	run   [runHash]byte
	place int64
	last  int64 // number of the latest record
	ended bool
}

func hashOf(run string) [runHash]byte {
	sum := sha256.Sum256([]byte(run))
	return [runHash]byte(sum[:runHash])
}

// openWitness reads the witness of a journal, and with own opens it to be
// written. One that is not there has seen nothing.
func openWitness(path string, own, fresh bool) (*witness, error) {
	w := &witness{at: map[[runHash]byte]*sight{}, found: map[[runHash]byte]sight{}}
	name := path + ".witness"
	if own {
		flags := os.O_RDWR | os.O_CREATE
		if fresh {
			flags |= os.O_TRUNC // of a journal that is no more
		}
		f, err := os.OpenFile(name, flags, 0o600)
		if err != nil {
			return nil, fmt.Errorf("opening %s: %w", name, err)
		}
		w.f = f
		return w, w.read(f)
	}
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return w, nil
	}
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", name, err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	return w, w.read(f)
}

// read takes the places that are whole.
func (w *witness) read(r io.Reader) error {
	var place [sightSize]byte
	for {
		_, err := io.ReadFull(r, place[:])
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading the witness: %w", err)
		}
		if s, ok := readSight(place[:]); ok {
			s.place = w.next
			w.at[s.run], w.found[s.run] = s, *s
			if s.ended {
				w.ended = append(w.ended, s)
			}
		}
		w.next++
	}
}

func (s *sight) bytes() []byte {
	dst := append(make([]byte, 0, sightSize), s.run[:]...)
	dst = binary.BigEndian.AppendUint64(dst, uint64(s.last)) //nolint:gosec // it is read back as it was
	if s.ended {
		dst = append(dst, 1)
	} else {
		dst = append(dst, 0)
	}
	sum := sha256.Sum256(dst)
	return append(append(dst, sum[:sumSize]...), make([]byte, sightSize-len(dst)-sumSize)...)
}

func readSight(src []byte) (*sight, bool) {
	s := &sight{run: [runHash]byte(src)}
	s.last = int64(binary.BigEndian.Uint64(src[runHash:])) //nolint:gosec // it was written from one
	s.ended = src[runHash+8] == 1
	return s, bytes.Equal(src, s.bytes())
}

// saw notes what a commit has put on disk. What cannot be written down makes
// the witness lag.
func (w *witness) saw(changes []Change) {
	if w == nil || w.f == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	var seen []*sight
	note := func(run string) *sight {
		hash := hashOf(run)
		delete(w.found, hash)
		s := w.at[hash]
		if s == nil {
			s = w.place(hash)
		}
		if len(seen) == 0 || seen[len(seen)-1] != s {
			seen = append(seen, s)
		}
		return s
	}
	for _, c := range changes {
		switch c := c.(type) {
		case BeginRun:
			s := note(c.ID)
			s.last, s.ended = 0, false
		case AddRecord:
			s := note(c.RunID)
			s.last, s.ended = c.Number, false
		case EndRun:
			s := note(c.RunID)
			if !s.ended {
				s.ended = true
				w.ended = append(w.ended, s)
			}
		}
	}
	for _, s := range seen {
		_, _ = w.f.WriteAt(s.bytes(), s.place*sightSize)
	}
}

// place returns a run the place of one that has ended long ago, or a new one.
func (w *witness) place(run [runHash]byte) *sight {
	s := &sight{run: run, place: w.next}
	for len(w.ended) > keptSights {
		old := w.ended[0]
		w.ended = w.ended[1:]
		if old.ended && w.at[old.run] == old {
			delete(w.at, old.run)
			s.place = old.place
			w.at[run] = s
			return s
		}
	}
	w.next++
	w.at[run] = s
	return s
}

// seen returns the number of the latest record that earlier processes saw of a
// run, and whether it ended. ok is false where they saw nothing of it.
func (w *witness) seen(run string) (last int64, ended, ok bool) {
	if w == nil {
		return 0, false, false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	s, ok := w.found[hashOf(run)]
	return s.last, s.ended, ok
}

// missing counts the runs that were seen, did not end and are not in a list.
func (w *witness) missing(list []Run) (n int) {
	if w == nil {
		return 0
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	there := map[[runHash]byte]bool{}
	for _, r := range list {
		there[hashOf(r.ID)] = true
	}
	for hash, s := range w.found {
		if !s.ended && !there[hash] {
			n++
		}
	}
	return n
}

// forget takes what is there for all there was.
func (w *witness) forget(run string, last int64) {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.found, hashOf(run))
	if s := w.at[hashOf(run)]; s != nil {
		s.last, s.ended = last, false
		if w.f != nil {
			_, _ = w.f.WriteAt(s.bytes(), s.place*sightSize)
		}
	}
}

func (w *witness) close() {
	if w != nil && w.f != nil {
		_ = w.f.Close()
	}
}

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
func (j *Journal) whole(id string, has int64) error {
	w := j.witness()
	last, ended, ok := w.seen(id)
	switch {
	case !ok || has >= last:
		return nil
	case has < 0 && ended:
		return nil // somebody has deleted it
	case j.acceptLoss:
		w.forget(id, max(has, 0))
		return nil
	}
	return &LossError{RunID: id, Had: last, Has: has}
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
	// Had is the number of the latest record that was on disk, Has that of the
	// latest one that is there; -1 where nothing of the run is left.
	Had, Has int64
}

// Error says how much is gone.
func (e *LossError) Error() string {
	if e.Has < 0 {
		return fmt.Sprintf("run %s was in the journal and is lost: the file, or its log (-wal), was damaged or replaced by an older one", e.RunID)
	}
	return fmt.Sprintf("run %s has lost the records after %d, there were %d: the file, or its log (-wal), was damaged or replaced by an older one; "+
		"what it did then would be done again", e.RunID, e.Has, e.Had)
}
