package flowtest

import (
	"slices"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/faults"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
)

// turn is a call that waits until others are answered.
type turn struct {
	scope   *scope
	waiting *waiter
}

// scopeOf returns the scope that an attempt runs under: one that changes
// something is not stopped by a branch beside it.
func (r *carrier) scopeOf(a *runtime.Attempt) *scope {
	if a.Effect() == connector.EffectReadOnly {
		return r.soft
	}
	return r.hard
}

// inTurn lets a call wait until those of other branches are answered that are to
// be before it. It is false where the call was stopped meanwhile. One that would
// wait longer than its time limit is answered out of turn.
func (r *carrier) inTurn(s *scope, timeout time.Duration, call *faults.Call) bool {
	limit := r.now.Add(timeout)
	for r.run.faults.Early(call) {
		if s.cause != runtime.NotStopped {
			return false
		}
		waiting := &waiter{task: r.task}
		if timeout > 0 {
			waiting.timer = r.at(limit.Add(-time.Nanosecond), r.loosen)
		}
		s.waiters = append(s.waiters, waiting)
		r.turns = append(r.turns, turn{s, waiting})
		r.block(r.task)
		r.turns = slices.DeleteFunc(r.turns, func(t turn) bool { return t.waiting == waiting })
		if waiting.stopped {
			return false
		}
	}
	return true
}

// nextTurn lets all calls that wait for their turn look whether it has come.
func (w *world) nextTurn() {
	turns := w.turns
	w.turns = nil
	for _, t := range turns {
		if !t.waiting.stopped {
			w.wake(t.scope, t.waiting)
		}
	}
}

// loosen answers calls out of turn, where none can go on in it.
func (w *world) loosen() {
	w.run.faults.Loosen()
	w.nextTurn()
}

// waits tells the world of what goes wrong that a step begins to wait.
func (r *carrier) waits(path string) {
	if r.run != nil && r.run.faults != nil {
		r.run.faults.Waiting(r.now, path, &driver{run: r.run, carrier: r})
	}
}
