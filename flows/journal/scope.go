package journal

import (
	"slices"
	"sync/atomic"
	"time"
)

// scope is one sequence of things that happen one after the other: the run
// itself, or a branch beside which others run. Its records are read back in
// the order in which they were written. One goroutine at a time uses it; what
// others ask for is atomic.
type scope struct {
	id     string
	parent *scope
	queue  []*record    // left to read back
	all    int          // how many there were
	own    atomic.Int64 // length of queue
	below  atomic.Int64 // records left here and in the scopes inside
	// generation is the number of the last record that an earlier generation made;
	// kept is true behind such a one, as long as nothing has begun.
	generation int64
	kept       atomic.Bool
	// certain is true where the scope is known to have run to its end.
	certain bool
	// later is true while a fork runs that has ended by what is left to read.
	later atomic.Bool
	now   atomic.Int64 // time of the latest record
	// began is when a branch started, outer the time that it had from outside
	// then; 0 for one whose time is that of outside until it has a record: the
	// run itself, and the branches of runs that began before there was such a
	// time.
	began, outer int64
	polls        int64  // how often the branch asked whether to stop, since the latest record
	forks        int    // forks begun
	trace        *trace // of the part of a loop that it belongs to; nil for none

	// Of a reading that ends at a place, see cut.
	was     string         // its id in the records
	loose   bool           // records are found by their paths
	cut     bool           // it has come to its end
	beside  bool           // it is a branch of a fork in which the run is restarted
	visited map[string]int // how often it came to a step
	forked  map[string]int // how often it came to a fork
}

func (h *history) scope(id string, parent *scope) *scope {
	s := &scope{id: id, was: id, parent: parent, queue: h.queues[id], generation: h.kept}
	s.all = len(s.queue)
	s.own.Store(int64(len(s.queue)))
	s.below.Store(h.below[id])
	if parent != nil {
		s.now.Store(parent.now.Load())
		s.trace, s.loose = parent.trace, parent.loose
	}
	return s
}

// start gives a branch a time of its own.
func (s *scope) start() {
	s.outer = s.now.Load()
	s.began = max(s.outer, time.Now().UnixNano())
}

// untimed is true of a branch that has no time of its own yet.
func (s *scope) untimed() bool { return s.began > 0 && s.now.Load() <= s.outer }

// replaying is true while the records say what happens next, or say that
// whatever happens next has happened.
func (s *scope) replaying() bool {
	return s.certain || s.below.Load() > 0 || s.parent != nil && s.parent.beyond()
}

// beyond reports whether the run is known to have gone beyond what runs inside
// the scope now.
func (s *scope) beyond() bool {
	return s.certain || s.own.Load() > 0 || s.later.Load() || s.parent != nil && s.parent.beyond()
}

// next returns the record that is to be read next, if it is of one of the kinds.
func (s *scope) next(path string, kinds ...kind) *record {
	if len(s.queue) == 0 {
		return nil
	}
	if s.loose && path != "" {
		s.bring(path, kinds)
	}
	if r := s.queue[0]; r.is(path, kinds) {
		return r
	}
	return nil
}

func (r *record) is(path string, kinds []kind) bool {
	return r.path == path && slices.Contains(kinds, r.kind)
}

// bring puts the first record of a path in front of those of other steps.
func (s *scope) bring(path string, kinds []kind) {
	if i := slices.IndexFunc(s.queue, func(r *record) bool { return r.is(path, kinds) }); i > 0 {
		r := s.queue[i]
		copy(s.queue[1:i+1], s.queue[:i])
		s.queue[0] = r
	}
}

// take reads the next record.
func (s *scope) take() *record {
	r := s.queue[0]
	s.queue[0] = nil
	s.queue = s.queue[1:]
	r.taken, r.nth = true, s.all-len(s.queue)
	s.own.Add(-1)
	for outer := s; outer != nil; outer = outer.parent {
		outer.below.Add(-1)
	}
	s.trace.add(span{r.seq, r.seq})
	for _, gone := range r.spans {
		s.trace.add(gone)
	}
	s.passed(r.at)
	s.kept.Store(r.seq <= s.generation)
	return r
}

// begins notes that something begins here that no record has.
func (s *scope) begins() {
	for ; s != nil; s = s.parent {
		s.kept.Store(false)
	}
}

// passed notes that the scope's latest record is of a time.
func (s *scope) passed(at int64) {
	s.polls = 0
	s.now.Store(max(s.now.Load(), at))
}

// joined notes that branches have ended, the last at a time.
func (s *scope) joined(at int64) { s.now.Store(max(s.now.Load(), at)) }

// stamp returns the time of a record that is made now: never before the latest.
func (s *scope) stamp() int64 { return max(s.now.Load(), time.Now().UnixNano()) }
