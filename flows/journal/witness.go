package journal

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"sync"
	"time"
)

// witness remembers, in a file of its own beside a journal's, up to which number
// the records of its runs were on disk. SQLite drops from its log whatever
// follows a damaged place, without a word; a run that is shorter than the
// witness saw it has lost something.
//
// It is written after each commit and never flushed: it may lag by the last
// group, and is never ahead. Each run has a place of its own that is written
// over, so the file does not grow with what runs do.
//
// Several processes write to it. A place is its run's owner's until the run has
// ended; who gets a place, or has one that was another process's, is settled
// while SQLite's lock keeps all others from writing.
type witness struct {
	path string
	f    *os.File // nil where the journal was opened to look at

	mu    sync.Mutex
	at    map[[runHash]byte]*sight
	mine  map[string]*sight // of the runs of this process that have not ended, by their names
	notes int64             // how often something was noted

	spare    []int64                 // places that this process has for runs that are to begin
	reserved int                     // how many it got last
	found    map[[runHash]byte]sight // what was seen of runs that this process does not run
	ended    []*sight                // in the order in which they are forgotten
	text     []byte                  // of places that are read or written, whose memory is used again
}

// openWitness reads the witness of a journal, and with own opens it to be
// written. One that is not there has seen nothing.
func openWitness(path string, own, fresh bool) (*witness, error) {
	w := &witness{path: path + ".witness", at: map[[runHash]byte]*sight{}, mine: map[string]*sight{}, found: map[[runHash]byte]sight{}}
	if !own {
		return w, w.reread()
	}
	flags := os.O_RDWR | os.O_CREATE
	if fresh {
		flags |= os.O_TRUNC // of a journal that is no more
	}
	f, err := os.OpenFile(w.path, flags, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", w.path, err)
	}
	w.f = f
	return w, w.read(bufio.NewReader(f))
}

// read takes the places that are whole, but for those that this process writes.
func (w *witness) read(r io.Reader) error {
	var text [sightSize]byte
	w.ended = w.ended[:0]
	for place := int64(0); ; place++ {
		_, err := io.ReadFull(r, text[:])
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("reading the witness: %w", err)
		}
		s, ok := readSight(text[:])
		if !ok {
			continue
		}
		s.place = place
		old := w.at[s.run]
		if old == nil || !old.written {
			w.found[s.run] = *s
		}
		if old == nil || !old.mine {
			w.at[s.run] = s
		}
		if s.ended {
			w.ended = append(w.ended, w.at[s.run])
		}
	}
	slices.SortStableFunc(w.ended, func(a, b *sight) int { return cmp.Compare(a.when, b.when) })
	return nil
}

// again reads what other processes have seen since. What is read of the journal
// after that is not older.
func (w *witness) again() {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	_ = w.reread() // what cannot be read says nothing
}

func (w *witness) reread() error {
	f, err := os.Open(w.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("opening %s: %w", w.path, err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	clear(w.found)
	maps.DeleteFunc(w.at, func(_ [runHash]byte, s *sight) bool { return !s.mine })
	return w.read(bufio.NewReader(f))
}

// seen returns the number of the latest record that other processes saw of a
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

// endedLately finds the runs that are not in a list and ended less than a minute before
// the last that did: hardly anybody deletes a run that soon.
func (w *witness) endedLately(list []Run) (lately [][runHash]byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	there := map[[runHash]byte]bool{{}: true} // a place that is nobody's
	for _, r := range list {
		there[hashOf(r.ID)] = true
	}
	last := int64(0)
	for _, s := range w.found {
		if s.ended {
			last = max(last, s.when)
		}
	}
	for hash, s := range w.found {
		if s.ended && !there[hash] && s.when >= last-int64(time.Minute) {
			lately = append(lately, hash)
		}
	}
	return lately
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
		if w.f != nil && s.place >= 0 {
			w.put([]*sight{s})
		}
	}
}

func (w *witness) close() {
	if w != nil && w.f != nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.giveBack()
		_ = w.f.Close()
	}
}
