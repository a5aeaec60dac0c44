package journal

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"
)

// claim gives the runs that begin or are taken a place. Until the commit that
// follows no other process does so: SQLite's lock keeps it out. A new place
// holds nothing that could be missed if that commit fails.
func (w *witness) claim(changes []Change) {
	if w == nil || w.f == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	var fresh []*sight
	for _, c := range changes {
		run, known := "", false
		switch c := c.(type) {
		case BeginRun:
			run = c.ID
		case TakeRun:
			run, known = c.RunID, true // another process may have given it a place
		default:
			continue
		}
		s := w.claimed(hashOf(run), known)
		if s.place < 0 {
			fresh = append(fresh, s)
		}
		w.take(run, s)
	}
	w.settleIn(fresh)
}

// claimed returns the place that a run has; one that is nowhere yet where it has none.
func (w *witness) claimed(run [runHash]byte, known bool) *sight {
	s := w.at[run]
	if s != nil && s.mine && !s.written && !known {
		return s // for a commit that failed
	}
	if s == nil && known || s != nil && !w.holds(s) {
		delete(w.at, run)
		_ = w.reread() // then it gets a new place
		s = w.at[run]
	}
	if s == nil {
		s = &sight{run: run, place: -1}
	}
	return s
}

func (w *witness) take(run string, s *sight) {
	s.mine = true
	w.at[s.run], w.mine[run] = s, s
}

// settleIn gives sights places. Where it cannot be found out which are free, the witness
// lags.
func (w *witness) settleIn(fresh []*sight) {
	if len(fresh) > len(w.spare) {
		w.reserve(len(fresh) - len(w.spare))
	}
	now := time.Now().UnixNano()
	for _, s := range fresh {
		s.place, s.ended, s.when = -1, true, now
		if len(w.spare) > 0 {
			s.place, w.spare = w.spare[0], w.spare[1:]
		}
	}
}

// mostSpare is how many places a process has ready for runs that are to begin.
const mostSpare = 64

// reserve gets places for runs that are to begin, each time twice as many, and makes
// them say nothing, so that no other process takes them. Those of a process that is
// killed are lost.
func (w *witness) reserve(least int) {
	w.reserved = min(max(2*w.reserved, 1), mostSpare)
	places := w.free(max(least, w.reserved))
	slices.Sort(places)
	for left := places; len(left) > 0; {
		n := beside(left, func(place int64) int64 { return place })
		_, _ = w.f.WriteAt(w.zeros(n), left[0]*sightSize)
		left = left[n:]
	}
	w.spare = append(w.spare, places...)
}

// zeros is what so many places hold that say nothing.
func (w *witness) zeros(n int) []byte {
	w.text = slices.Grow(w.text[:0], n*sightSize)[:n*sightSize]
	clear(w.text)
	return w.text
}

// giveBack leaves the places that were not needed to other processes, as those of a run
// that ended long ago.
func (w *witness) giveBack() {
	list := make([]*sight, len(w.spare))
	for i, place := range w.spare {
		list[i] = &sight{place: place, ended: true, when: 1}
	}
	w.put(list)
	w.spare = nil
}

// free returns so many places that nobody needs: those of runs that have ended long
// ago, then new ones; fewer where that cannot be found out.
func (w *witness) free(n int) (places []int64) {
	for len(places) < n && len(w.ended) > keptSights {
		some := w.ended[:min(n-len(places), len(w.ended)-keptSights)]
		w.ended = w.ended[len(some):]
		old := slices.DeleteFunc(slices.Clone(some), func(s *sight) bool { return !s.ended || s.mine || w.at[s.run] != s })
		for _, s := range w.held(old) {
			delete(w.at, s.run)
			delete(w.found, s.run)
			places = append(places, s.place)
		}
	}
	if len(places) == n {
		return places
	}
	info, err := w.f.Stat()
	if err != nil {
		return places
	}
	for next := (info.Size() + sightSize - 1) / sightSize; len(places) < n; next++ {
		places = append(places, next)
	}
	return places
}

// holds reports whether a place is still the one of its run: another process
// may have given it to another run, once its own had ended.
func (w *witness) holds(s *sight) bool { return len(w.held([]*sight{s})) == 1 }

// held returns those whose places are still theirs.
func (w *witness) held(list []*sight) (held []*sight) {
	for _, group := range besides(list) {
		text := w.zeros(len(group))
		n, _ := w.f.ReadAt(text, group[0].place*sightSize) // what cannot be read is nobody's
		for i, s := range group {
			if (i+1)*sightSize > n {
				break
			}
			is, ok := readSight(text[i*sightSize : (i+1)*sightSize])
			if ok && is.run == s.run && (is.ended || !s.ended || s.mine) {
				held = append(held, s)
			}
		}
	}
	return held
}

// put writes places, those beside each other together.
func (w *witness) put(list []*sight) {
	for _, group := range besides(list) {
		text := w.text[:0]
		for _, s := range group {
			place := s.bytes()
			text = append(text, place[:]...)
		}
		w.text = text
		_, _ = w.f.WriteAt(text, group[0].place*sightSize)
	}
}

// besides groups sights whose places are beside each other, and leaves out those that
// have none.
func besides(list []*sight) (groups [][]*sight) {
	list = slices.DeleteFunc(slices.Clone(list), func(s *sight) bool { return s.place < 0 })
	slices.SortFunc(list, func(a, b *sight) int { return cmp.Compare(a.place, b.place) })
	for len(list) > 0 {
		n := beside(list, func(s *sight) int64 { return s.place })
		groups, list = append(groups, list[:n]), list[n:]
	}
	return groups
}

// beside is how many of the first of a list that is sorted by places are beside each other.
func beside[T any](list []T, place func(T) int64) int {
	n := 1
	for n < len(list) && place(list[n]) == place(list[n-1])+1 {
		n++
	}
	return n
}

// saw notes what a commit has put on disk. What cannot be written down makes
// the witness lag.
func (w *witness) saw(changes []Change) {
	if w == nil || w.f == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.notes++
	var seen []*sight
	note := func(run string) *sight {
		s := w.sight(run)
		delete(w.found, s.run)
		if s.written = true; s.noted != w.notes {
			s.noted = w.notes
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
			s.ended, s.when, s.mine = true, nanosOf(c.Ended), false
			w.ended = append(w.ended, s)
			delete(w.mine, c.RunID)
		case LeaveRun:
			if s := w.mine[c.RunID]; s != nil {
				s.mine = false
				delete(w.mine, c.RunID)
			}
		}
	}
	w.put(seen)
}

// sight returns the one of a run; where it has no place it lags.
func (w *witness) sight(run string) *sight {
	if s := w.mine[run]; s != nil {
		return s
	}
	hash := hashOf(run)
	if s := w.at[hash]; s != nil {
		return s
	}
	return &sight{run: hash, place: -1}
}

// doubt notes that there may have been more of runs than there is, and waits until that
// is on disk. Nobody else writes meanwhile.
func (w *witness) doubt(runs [][runHash]byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list, fresh []*sight
	for _, run := range runs {
		s := w.claimed(run, true)
		if s.place < 0 {
			fresh = append(fresh, s)
		}
		list = append(list, s)
	}
	w.settleIn(fresh)
	for _, s := range list {
		s.last, s.ended = UnknownLoss, false
	}
	w.put(list)
	err := w.f.Sync()
	if err == nil {
		err = w.reread()
	}
	for _, s := range list {
		if err == nil && w.found[s.run].last != UnknownLoss {
			err = errors.New("which runs have lost something cannot be written down")
		}
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", w.path, err)
	}
	return nil
}
