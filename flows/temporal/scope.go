package temporal

import (
	"strconv"
	"strings"
)

// scope is one sequence of things that happen one after the other: the run
// itself, or a branch beside which others run. What is known of it from an
// earlier part of the run is read back in its order; what happens is added.
// Workflow code runs on one thread, so nothing here is locked.
type scope struct {
	id     string
	parent *scope
	run    *run
	queue  []*record // left to read back
	below  int       // records left to read back here and in the scopes inside
	// certain is true where the scope is known to have run to its end.
	certain bool
	// later is true while a fork runs that has ended by what is left to read.
	later bool
	now   int64 // time of the latest record
	// began is when a branch started, outer the time that it had from outside
	// then; 0 for one whose time is that of outside until it has a record: the
	// run itself, and the branches of runs that began before there was such a
	// time.
	began, outer int64
	polls        int64 // how often the branch asked whether to stop, since the latest record
	forks        int   // forks begun
	// events is how many there were; reported is how many of them the workflow
	// that this one continues reported already.
	events, reported int64
}

// scope returns the scope of a branch, or that of the run. since is the time that
// parent had when its branches began: what is read back of how they ended comes
// before they do, with a later time.
func (r *run) scope(id string, parent *scope, since int64) *scope {
	s := &scope{id: id, parent: parent, run: r, queue: r.known.scopes[id], below: r.below[id], reported: r.reported[id]}
	if parent != nil {
		s.now = parent.now
		if r.start.meaning >= 2 {
			s.now = since
		}
		if r.start.meaning >= 1 {
			s.outer = s.now
			s.began = max(s.outer, r.clock().UnixNano())
		}
	}
	return s
}

// countBelow returns the number of records of each scope and those inside of it.
func countBelow(l *records) map[string]int {
	below := map[string]int{}
	for id, list := range l.scopes {
		below[""] += len(list)
		for at := id; at != ""; {
			below[at] += len(list)
			at = at[:strings.LastIndexByte(at, '/')]
		}
	}
	return below
}

// countInside returns the number of records inside of each fork.
func countInside(below map[string]int) map[string]int {
	inside := map[string]int{}
	for id, n := range below {
		if dot := strings.LastIndexByte(id, '.'); dot > strings.LastIndexByte(id, '/') {
			inside[id[:dot]] += n
		}
	}
	return inside
}

// untimed is true of a branch that has no time of its own yet.
func (s *scope) untimed() bool { return s.began > 0 && s.now <= s.outer }

// replaying is true while the records say what happens next, or say that
// whatever happens next has happened.
func (s *scope) replaying() bool {
	return s.certain || s.below > 0 || s.parent != nil && s.parent.beyond()
}

// beyond reports whether the run is known to have gone beyond what runs inside
// the scope now.
func (s *scope) beyond() bool {
	return s.certain || len(s.queue) > 0 || s.later || s.parent != nil && s.parent.beyond()
}

// next returns the record that is to be read next, if it is of one of the kinds.
func (s *scope) next(path string, kinds ...kind) *record {
	if len(s.queue) == 0 {
		return nil
	}
	r := s.queue[0]
	for _, k := range kinds {
		if r.kind == k && r.path == path {
			return r
		}
	}
	return nil
}

// take reads the next record.
func (s *scope) take() *record {
	r := s.queue[0]
	s.queue = s.queue[1:]
	s.run.known.scopes[s.id] = s.queue
	for outer := s; outer != nil; outer = outer.parent {
		outer.below--
	}
	s.keep(r)
	return r
}

// add notes what happens.
func (s *scope) add(r *record) {
	r.at = s.stamp()
	s.run.added++
	s.keep(r)
}

func (s *scope) keep(r *record) {
	s.run.log.scopes[s.id] = append(s.run.log.scopes[s.id], r)
	s.passed(r.at)
}

// passed notes that the scope's latest record is of a time.
func (s *scope) passed(at int64) {
	s.polls = 0
	s.now = max(s.now, at)
}

// joined notes that branches have ended, the last at a time.
func (s *scope) joined(at int64) {
	s.now, s.later = max(s.now, at), false
	if s.run.start.meaning < 4 {
		s.polls = 0
	}
}

// stamp returns the time of a record that is made now: never before the latest.
func (s *scope) stamp() int64 { return max(s.now, s.run.clock().UnixNano()) }

// diverged ends the attempt to go on with a run that does something else than
// its records say. The worker tells the server, which tries again: perhaps on
// a worker of the version that the run began with.
func (s *scope) diverged(path string) {
	what := "nothing"
	if len(s.queue) > 0 {
		what = string(s.queue[0].kind) + " of " + s.queue[0].path
	}
	panic(&flowsMismatch{path: path, recorded: what})
}

type flowsMismatch struct{ path, recorded string }

func (e *flowsMismatch) Error() string {
	return "the records of the run do not fit its program: at " + e.path + " they have " + e.recorded +
		"; another version of the worker wrote them"
}

func forkID(scope string, fork int) string { return scope + "/" + strconv.Itoa(fork) }

func branchID(fork string, i int64) string { return fork + "." + strconv.FormatInt(i, 10) }

// branchOf returns the branch of a fork in which something stands.
func branchOf(id, fork string) (int64, bool) {
	rest, ok := strings.CutPrefix(id, fork+".")
	if !ok {
		return 0, false
	}
	number, _, _ := strings.Cut(rest, "/")
	i, err := strconv.ParseInt(number, 10, 64)
	return i, err == nil
}
