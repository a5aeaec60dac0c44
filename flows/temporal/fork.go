package temporal

import (
	"go.temporal.io/sdk/workflow"

	"github.com/medlar-flow/medlar/flows/internal/runtime"
)

// Fork runs the branches on at most limit coroutines, each in a scope of its
// own. Which branch failed first is noted when it happens: a run that is
// continued then starts no branch that was not started before.
func (r *carrier) Fork(path string, n int64, limit int, enough *runtime.Enough, branch func(rt runtime.Runtime, i int64) error) error {
	f := r.newFork(path, n, enough, func(rt *carrier, i int64) error { return branch(rt, i) })
	return f.run(limit)
}

// fork is a Fork under way.
type fork struct {
	outer  *carrier
	id     string
	path   string
	branch func(rt *carrier, i int64) error
	soft   *stopper        // ends when a branch failed, or enough have succeeded
	enough *runtime.Enough // nil where all branches have to succeed
	ends   runtime.Ends    // as the records have them
	join   *record         // how it ended, if that was noted before
	known  int64           // branches that the records know of
	since  int64           // the time from outside with which the branches begin
	only   int64           // the one branch to run on the way to the target; -1 for all

	next   int64 // the branch to start next
	bound  int64 // the first branch not to start
	failed bool
	first  int64 // the branch that failed first, or -1
	err    error
	latest int64
}

func (r *carrier) newFork(path string, n int64, enough *runtime.Enough, branch func(rt *carrier, i int64) error) *fork {
	f := &fork{outer: r, enough: enough, id: forkID(r.scope.id, r.scope.forks), path: path, branch: branch, bound: n, since: r.scope.now, only: -1, first: -1}
	r.scope.forks++
	f.soft = r.soft.inner()
	f.known = r.run.knownBranches[f.id]
	if i, ok := branchOf(r.run.target, f.id); ok {
		f.only = i
	}
	defer f.readLater()
	if r.scope.next(path, kindJoin) == nil {
		return f
	}
	f.join = r.scope.take()
	f.failed, f.bound, f.first = true, min(n, f.join.count), f.join.index
	if f.join.index < 0 {
		f.err = runtime.StoppedError(f.join.cause)
	} else {
		f.soft.stop(f.join.cause)
	}
	if enough != nil {
		f.readEnds()
	}
	return f
}

// readEnds reads which branches had won or failed: they have, and no others do.
func (f *fork) readEnds() {
	ends, ok := runtime.EndsOf(f.join.value)
	if !ok {
		f.outer.scope.diverged(f.path)
	}
	f.ends = ends
	f.enough.Decide(ends)
}

// readLater reads whether the run went on behind the fork: then its branches
// have ended, though their own records may not say so.
func (f *fork) readLater() {
	s := f.outer.scope
	s.later = s.run.start.meaning >= 4 && s.below > s.run.inside[f.id]
}

func (f *fork) run(limit int) error {
	if f.only >= 0 {
		_ = f.branch(f.runtime(f.outer.co, f.only), f.only)
		f.outer.scope.diverged(f.path) // the target was to be reached
	}
	workers := workflow.NewWaitGroup(f.outer.co)
	for range min(int64(max(1, limit)), f.bound) {
		workers.Add(1)
		workflow.Go(f.outer.co, func(co workflow.Context) {
			f.work(co)
			workers.Done()
		})
	}
	workers.Wait(f.outer.co)
	return f.ended()
}

// ended returns what came of it when all branches have ended.
func (f *fork) ended() error {
	r := f.outer
	r.scope.joined(f.latest)
	f.soft.cancel()
	switch {
	case f.err != nil:
		return f.err
	case f.join != nil:
		r.scope.diverged(f.path)
	}
	if cause := r.Stopped(); cause != runtime.NotStopped {
		return runtime.StoppedError(cause)
	}
	return nil
}

func (f *fork) work(co workflow.Context) {
	for {
		i, ok := f.begin()
		if !ok {
			return
		}
		rt := f.runtime(co, i)
		err := f.branch(rt, i)
		if len(rt.scope.queue) > 0 {
			rt.scope.diverged(f.path)
		}
		f.end(rt, i, err)
	}
}

func (f *fork) runtime(co workflow.Context, i int64) *carrier {
	r := f.outer
	rt := &carrier{run: r.run, scope: r.run.scope(branchID(f.id, i), r.scope, f.since), local: r.local, co: co, soft: f.soft, hard: r.hard, deadline: r.deadline}
	if f.join != nil && (f.join.index == i || f.ends.Has(i)) {
		rt.scope.certain, rt.soft = true, r.soft
	}
	return rt
}

// begin returns the next branch to start. Where the run is to stop, only the
// branches that the records know of are started, to read them back.
func (f *fork) begin() (int64, bool) {
	if f.next >= f.bound {
		return 0, false
	}
	if !f.failed && f.next >= f.known && !f.outer.scope.beyond() {
		if cause := f.outer.soft.stopped(); cause != runtime.NotStopped {
			f.stopped(-1, cause, runtime.StoppedError(cause))
			return 0, false
		}
	}
	f.next++
	return f.next - 1, true
}

// stopped notes why no further branches start.
func (f *fork) stopped(index int64, cause runtime.Cause, err error) {
	f.failed, f.first, f.err = true, index, err
	f.bound = min(f.bound, max(f.next, f.known))
	// The outer branch waits for this one, so the record is the next of its scope.
	rec := &record{kind: kindJoin, path: f.path, index: index, count: f.bound, cause: cause}
	if f.enough != nil {
		rec.value = f.enough.Ends().Value()
	}
	f.outer.scope.add(rec)
}

// end takes over what came of a branch.
func (f *fork) end(rt *carrier, i int64, err error) {
	f.latest = max(f.latest, rt.scope.now)
	switch {
	case f.join != nil:
		if i == f.join.index {
			f.err = f.enough.Decided(err)
		}
	default:
		if err = f.enough.Ended(i, err); err != nil && !f.failed {
			cause := runtime.Ending(err)
			f.stopped(i, cause, err)
			f.soft.stop(cause)
		}
	}
}
