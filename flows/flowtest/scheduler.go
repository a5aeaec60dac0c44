package flowtest

import (
	"container/heap"
	"slices"
	"time"
)

// scheduler runs tasks, one goroutine at a time, on a clock that moves to the
// next timer when no task can go on. Which task runs is decided by order alone,
// so the same program always runs the same way.
//
// The goroutine that runs owns the scheduler. It hands it over in block and in
// exit, by waking the next one, so nothing here needs a lock.
type scheduler struct {
	now    time.Time
	ready  []*task
	timers timers
	count  int             // of timers made
	turns  []turn          // calls that wait until others are answered
	late   func()          // called where none of them can be
	choose func(n int) int // which of the tasks that are ready goes on; nil for the first
	stuck  func()          // called where every task waits and no timer runs; it resumes one
}

// task is one goroutine of a run.
type task struct{ wake chan struct{} }

func newTask() *task { return &task{wake: make(chan struct{}, 1)} }

// resume lets a blocked task go on when it is its turn.
func (s *scheduler) resume(t *task) { s.ready = append(s.ready, t) }

// block lets others run until t is resumed.
func (s *scheduler) block(t *task) {
	if next := s.next(); next != t {
		next.wake <- struct{}{}
		<-t.wake
	}
}

// yield lets the others that are ready run first.
func (s *scheduler) yield(t *task) {
	s.resume(t)
	s.block(t)
}

// exit lets others run when a task is at its end.
func (s *scheduler) exit() { s.next().wake <- struct{}{} }

// next returns the task whose turn it is. It moves the clock where none is ready.
func (s *scheduler) next() *task {
	for len(s.ready) == 0 {
		if len(s.timers) == 0 && len(s.turns) > 0 {
			s.late()
			continue
		}
		if len(s.timers) == 0 {
			s.stuck()
			if len(s.ready) == 0 { // a mistake in this package
				panic("flowtest: every branch waits, and nothing will wake one")
			}
			break
		}
		due := heap.Pop(&s.timers).(*timer)
		due.index = -1
		if due.at.After(s.now) {
			s.now = due.at
		}
		due.fire()
	}
	if s.choose != nil && len(s.ready) > 1 {
		i := s.choose(len(s.ready))
		t := s.ready[i]
		s.ready = slices.Delete(s.ready, i, i+1)
		return t
	}
	t := s.ready[0]
	s.ready = s.ready[1:]
	return t
}

// timer calls fire at a time, among those of the same time in the order in
// which they were made.
type timer struct {
	at    time.Time
	order int
	index int // in the heap; -1 when it is no longer there
	fire  func()
}

func (s *scheduler) at(when time.Time, fire func()) *timer {
	s.count++
	t := &timer{at: when, order: s.count, fire: fire}
	heap.Push(&s.timers, t)
	return t
}

func (s *scheduler) cancel(t *timer) {
	if t != nil && t.index >= 0 {
		heap.Remove(&s.timers, t.index)
		t.index = -1
	}
}

// timers is a heap with the next one first.
type timers []*timer

// Len, Less, Swap, Push and Pop are those of heap.Interface.
func (q timers) Len() int { return len(q) }

func (q timers) Less(i, j int) bool {
	if q[i].at.Equal(q[j].at) {
		return q[i].order < q[j].order
	}
	return q[i].at.Before(q[j].at)
}

func (q timers) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

func (q *timers) Push(x any) {
	t := x.(*timer)
	t.index = len(*q)
	*q = append(*q, t)
}

func (q *timers) Pop() any {
	last := len(*q) - 1
	t := (*q)[last]
	*q = (*q)[:last]
	return t
}
