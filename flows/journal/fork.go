package journal

import (
	"errors"
	"sync"
	"sync/atomic"

	"github.com/medlar-flow/medlar/flows/internal/runtime"
)

// Fork runs the branches on at most limit goroutines, each in a scope of its
// own. Which branch failed first is written down when it happens: a run that
// is resumed then starts no branch that was not started before.
func (r *carrier) Fork(path string, n int64, limit int, enough *runtime.Enough, branch func(rt runtime.Runtime, i int64) error) error {
	if (limit <= 1 || n <= 1) && !r.run.branched {
		return runtime.InTurn(r, n, enough, branch)
	}
	f := r.newFork(path, n, branch)
	f.enough = enough
	err := f.sameEnough(n)
	if err == nil {
		err = f.readJoin()
	}
	if err != nil {
		f.stop(runtime.NotStopped)
		return err
	}
	return f.run(max(limit, 1))
}

// run runs the branches on at most limit goroutines.
func (f *fork) run(limit int) (err error) {
	defer f.stop(runtime.NotStopped)
	if f.seen != nil {
		defer func() { f.outer.run.reading.trail.end(f.seen, err != nil && !errors.Is(err, runtime.ErrEnough)) }()
	}
	r := f.outer
	var workers sync.WaitGroup
	n := min(int64(limit), f.bound)
	if r.run.reading != nil {
		n = min(n, 1) // nothing is waited for
	}
	if n > 0 {
		r.run.branches(int(n)-1, 0) // the outer branch waits for them
	}
	var left atomic.Int64
	left.Store(n)
	for range n {
		workers.Go(func() {
			f.work()
			if left.Add(-1) > 0 { // the last one gives way to the outer branch
				r.run.branches(-1, 0)
			}
		})
	}
	workers.Wait()
	r.scope.later.Store(false)
	r.scope.joined(f.latest)
	if r.run.meaning < 3 || f.noted {
		r.scope.polls = 0
	}
	if f.open || f.cut {
		if c := r.run.reading.cut; c.from == "" {
			c.reached = true
		}
		r.scope.cut = true
		return runtime.StoppedError(runtime.ByShutdown)
	}
	switch {
	case f.err != nil:
		return f.err
	case f.join != nil && r.run.halted() == nil:
		return r.otherwise(f.path, "one of its branches or items ended it, and does not with what is changed")
	}
	if cause := r.Stopped(); cause != runtime.NotStopped {
		return runtime.StoppedError(cause)
	}
	return nil
}

// fork is a Fork under way.
type fork struct {
	outer  *carrier
	id     string
	path   string
	branch func(rt runtime.Runtime, i int64) error
	local  runtime.Local // ends when a branch failed
	stop   func(runtime.Cause)
	enough *runtime.Enough // nil where all branches have to succeed
	ends   runtime.Ends    // as the records have them
	join   *record         // how it ended, if that was written down before
	was    string          // id in the records
	open   bool            // of a reading that ends in its branches
	seen   *forkEnd        // of a reading
	before *forkEnd        // what another reading has seen of it; nil for nothing
	known  int64           // branches that the journal knows of
	since  int64           // the time from outside with which the branches begin
	parts  *parts          // of a loop; nil for other branches
	// starts are the times with which items began, where these go one by one and
	// are branches all the same; nil for other forks.
	starts map[int64]int64

	mu     sync.Mutex
	next   int64 // the branch to start next
	bound  int64 // the first branch not to start
	failed bool
	cut    bool // a branch has come to the end of a reading
	noted  bool // the outer scope has a record of the fork
	err    error
	latest int64
}

func (r *carrier) newFork(path string, n int64, branch func(rt runtime.Runtime, i int64) error) *fork {
	f := &fork{outer: r, id: forkID(r.scope.id, r.scope.forks), path: path, branch: branch, bound: n, since: r.scope.now.Load()}
	r.scope.forks++
	f.was = f.id
	if rd := r.run.reading; rd != nil && rd.trail != nil {
		rd.forkOf(r.scope, f)
	}
	f.local, f.stop = r.local.Branch()
	f.known = r.run.history.forks[f.was]
	if f.open {
		f.bound = min(f.bound, f.known)
	}
	return f
}

// readJoin reads how the fork ended, where that was before all branches had, and
// whether the run went on behind it: then its branches have ended, though their
// own records may not say so.
func (f *fork) readJoin() error {
	s := f.outer.scope
	defer func() { s.later.Store(s.below.Load() > f.outer.run.history.inside[f.was]) }()
	if f.open || s.next(f.path, kindJoin) == nil {
		return nil
	}
	f.join = s.take()
	f.failed, f.noted, f.bound = true, true, min(f.bound, f.join.count)
	if f.join.index < 0 {
		f.err = runtime.StoppedError(f.join.cause)
	} else {
		f.stop(f.join.cause)
	}
	return f.readEnds()
}

func (f *fork) work() {
	for {
		i, ok := f.begin()
		if !ok {
			return
		}
		rt := f.runtime(i)
		err := f.branch(rt, i)
		if len(rt.scope.queue) > 0 && f.outer.run.halted() == nil && !rt.scope.cut && !rt.scope.loose {
			err = rt.diverged(f.path)
		}
		f.end(rt, i, err)
	}
}

func (f *fork) runtime(i int64) *carrier {
	r := f.outer
	s := r.run.history.scope(branchID(f.was, i), r.scope)
	if s.id = branchID(f.id, i); s.id != s.was {
		r.run.reading.cut.moved[s.was] = s.id
	}
	s.beside, s.cut = f.open, r.scope.cut
	s.now.Store(f.since) // how they ended is read back before they are, and is of a later time
	if f.parts != nil {
		s.trace = f.partOf(i).trace
	}
	if f.starts != nil { // as in a loop whose items are no branches
		s.now.Store(f.startOf(i))
	} else if r.run.meaning >= 1 {
		s.start()
	}
	rt := &carrier{run: r.run, scope: s, local: f.local, cleanup: r.cleanup, deadline: r.deadline}
	if f.join != nil && (f.join.index == i || f.ends.Has(i)) {
		s.certain, rt.local = true, r.local
	}
	return rt
}

// startOf returns the time with which an item begins: that of the latest record of
// those before it.
func (f *fork) startOf(i int64) int64 {
	if at, known := f.starts[i]; known {
		return at
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return max(f.since, f.latest)
}

// begin returns the next branch to start. Where the run is to stop, only the
// branches that the journal knows of are started, to read them back.
func (f *fork) begin() (int64, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.next = f.parts.skip(f.next)
	for f.next < f.bound && f.notBegun(f.next) {
		f.next = f.parts.skip(f.next + 1)
	}
	if f.outer.run.halted() != nil || f.next >= f.bound {
		return 0, false
	}
	if !f.failed && f.next >= f.known && !f.outer.scope.beyond() {
		if cause := f.outer.local.Stopped(); cause != runtime.NotStopped {
			f.ended(-1, cause, runtime.StoppedError(cause))
			return 0, false
		}
	}
	if f.parts != nil {
		f.parts.of(f.next, f.outer.scope.trace)
	}
	f.next++
	return f.next - 1, true
}

// notBegun reports whether an iteration of a loop that was stopped is known not to have
// begun: elsewhere a loop goes on in parts, and the rest of one may not begin.
func (f *fork) notBegun(i int64) bool {
	h := f.outer.run.history
	return f.outer.run.branched && f.parts != nil && f.join != nil && i != f.join.index && h.below[branchID(f.was, i)] == 0
}

// ended notes why no further branches start.
func (f *fork) ended(index int64, cause runtime.Cause, err error) {
	run := f.outer.run
	f.failed, f.noted, f.err = true, true, err
	f.bound = min(f.bound, max(f.next, f.known))
	if cause == runtime.ByShutdown {
		run.halt(ErrInterrupted)
	}
	if run.halted() != nil {
		return
	}
	if rd := run.reading; rd != nil && rd.cut != nil && rd.cut.loose {
		f.cut = true
		_ = f.outer.otherwise(f.path, "one of its branches or items ends it with what is changed, and did not before")
		return
	}
	// The outer branch waits for this one, so the record is the next of its scope.
	at := f.outer.scope.stamp()
	f.latest = max(f.latest, at)
	_ = run.write(&record{
		scope: f.outer.scope.id, trace: f.outer.scope.trace, kind: kindJoin, path: f.path, index: index, count: f.bound, cause: cause, at: at,
		body: f.endsText(),
	}, false)
}

// end takes over what came of a branch.
func (f *fork) end(rt *carrier, i int64, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.latest = max(f.latest, rt.scope.now.Load())
	f.cut = f.cut || rt.scope.cut
	switch {
	case f.open || rt.scope.cut:
	case f.join != nil:
		if i == f.join.index {
			f.err = f.enough.Decided(err)
		}
	default:
		if err = f.enough.Ended(i, err); err != nil && !f.failed {
			cause := runtime.Ending(err)
			f.ended(i, cause, err)
			f.stop(cause)
		}
	}
	f.endPart(i, err)
}

func (f *fork) partOf(i int64) *part {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.parts.of(i, f.outer.scope.trace)
}
