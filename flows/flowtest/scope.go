package flowtest

import (
	"slices"
	"time"

	"github.com/medlar-flow/medlar/flows/internal/runtime"
)

// scope is a part of a run that can be stopped, as a context is elsewhere.
// Stopping it stops those inside it.
type scope struct {
	outer   *scope
	inner   []*scope
	waiters []*waiter
	after   func() // called when the scope is stopped
	cause   runtime.Cause
}

// waiter is a task that waits in a scope.
type waiter struct {
	task    *task
	timer   *timer
	stopped bool // the scope woke it, and not its timer
}

// inside returns a new scope that stops when s does.
func (s *scope) inside() *scope {
	c := &scope{outer: s, cause: s.cause}
	s.inner = append(s.inner, c)
	return c
}

// leave forgets a scope that nothing runs in any more.
func (s *scope) leave() {
	if s.outer == nil {
		return
	}
	if i := slices.Index(s.outer.inner, s); i >= 0 {
		s.outer.inner = slices.Delete(s.outer.inner, i, i+1)
	}
	s.outer = nil
}

// stop stops the scope; the first cause stays.
func (w *world) stop(s *scope, cause runtime.Cause) {
	if s.cause != runtime.NotStopped {
		return
	}
	s.cause = cause
	for _, waiting := range s.waiters {
		waiting.stopped = true
		w.cancel(waiting.timer)
		w.resume(waiting.task)
	}
	s.waiters = nil
	if s.after != nil {
		s.after()
	}
	for _, c := range s.inner {
		w.stop(c, cause)
	}
}

// wait lets a task wait until a time; false means that the scope was stopped
// before. The others run first also where the time is now.
func (w *world) wait(t *task, s *scope, until time.Time) bool {
	if s.cause != runtime.NotStopped {
		return false
	}
	if !until.After(w.now) {
		w.yield(t)
		return true
	}
	waiting := &waiter{task: t}
	waiting.timer = w.at(until, func() { w.wake(s, waiting) })
	s.waiters = append(s.waiters, waiting)
	w.block(t)
	return !waiting.stopped
}

// wake lets a task go on that waits in a scope.
func (w *world) wake(s *scope, waiting *waiter) {
	s.waiters = slices.DeleteFunc(s.waiters, func(o *waiter) bool { return o == waiting })
	w.cancel(waiting.timer)
	w.resume(waiting.task)
}

// limit stops scopes, outermost last, when a time is over.
func (w *world) limit(limit time.Duration, scopes ...*scope) *timer {
	stop := func() {
		for _, s := range scopes {
			w.stop(s, runtime.ByTimeout)
		}
	}
	if limit <= 0 {
		stop()
		return nil
	}
	return w.at(w.now.Add(limit), stop)
}
