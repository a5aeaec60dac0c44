package journal

import (
	"errors"
	"sync/atomic"
	"time"
)

// longWait is from which length on a wait is told to those that look for runs. A
// shorter one is over before they have read it.
const longWait = time.Second

// rests counts what the branches of a run do, to tell those that look for runs
// that all of them wait.
type rests struct {
	working atomic.Int64 // branches that do something; a fork works as its branches
	long    atomic.Int64 // long waits under way
	told    atomic.Bool  // the store has it that the run waits
}

// rest is called when a branch begins to wait; wake when it goes on.
func (r *run) rest(long bool) {
	if long {
		r.rests.long.Add(1)
	}
	if r.rests.working.Add(-1) == 0 {
		r.tellWaiting()
	}
}

func (r *run) wake(long bool) {
	if long {
		r.rests.long.Add(-1)
	}
	r.rests.working.Add(1)
	if r.rests.told.Swap(false) {
		r.tell(false)
	}
}

// forked is called when a branch becomes n branches, of which each calls
// branchEnded; joined when it goes on.
func (r *run) forked(n int64) { r.rests.working.Add(n - 1) }

func (r *run) branchEnded() {
	if r.rests.working.Add(-1) == 0 {
		r.tellWaiting()
	}
}

func (r *run) joined() { r.wake(false) }

func (r *run) tellWaiting() {
	if r.rests.long.Load() == 0 || r.rests.told.Swap(true) {
		return
	}
	r.tell(true)
	if r.rests.working.Load() > 0 && r.rests.told.Swap(false) { // a branch has gone on meanwhile
		r.tell(false)
	}
}

// tell writes whether the run waits, with what is written next.
func (r *run) tell(waits bool) {
	if _, ok := r.journal.store.(Searcher); !ok || r.reading != nil || !waits && errors.Is(r.halted(), errPutDown) {
		return
	}
	change := WaitRun{RunID: r.id, Waits: waits}
	_ = r.journal.writer.add(&job{run: r, changes: func() []Change { return []Change{change} }}, false) // the run's records say it louder
}
