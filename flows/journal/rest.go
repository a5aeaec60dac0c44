package journal

import (
	"errors"
	"sync"
	"time"
)

// errPutDown stops a run all of whose branches wait: it is read back from its
// records when its time or a signal comes.
var errPutDown = errors.New("the run waits, and was put down")

// linger is how long a run has waited before it is put down, and how long it
// will have to wait at least; a run with many records, which take their time to
// read back, a readBackTime for each longer.
const (
	linger       = 5 * time.Second
	readBackTime = time.Millisecond
)

// lingerRead is that of a run which was read back and has done nothing since: it goes
// on to wait. Many runs can so be read one after the other that all wait.
const lingerRead = 50 * time.Millisecond

// longWait is from which length on a wait is told to those that look for runs. A
// shorter one is over before they have read it.
const longWait = time.Second

// idle knows whether all branches of a run wait, and until when at most.
type idle struct {
	mu    sync.Mutex
	busy  int  // branches that do something; a fork does as its branches
	long  int  // long waits under way
	told  bool // the store has it that the run waits
	held  int  // time limits that would begin anew if the run was read back
	stays bool // a step would run again, or the run has ended
	times map[*time.Time]struct{}
	timer *time.Timer // runs while all branches wait
	until time.Time   // of a run that was put down: the first of times; zero for none
	waits []SignalID  // of a run that was put down: the signals that it waits for
}

// branches changes the number of branches that do something, and that of long
// waits. Where no branch does anything the run is put down after a while.
func (r *run) branches(by, long int) {
	s := &r.idle
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy += by
	s.long += long
	if waits := s.busy == 0 && s.long > 0; waits != s.told {
		s.told = waits
		r.tell(waits)
	}
	switch {
	case s.busy > 0 && s.timer != nil:
		s.timer.Stop()
		s.timer = nil
	case s.busy == 0 && s.timer == nil && !s.stays:
		s.timer = time.AfterFunc(r.lingers(), r.putDown)
	}
}

// lingers is how long the run waits before it is put down.
func (r *run) lingers() time.Duration {
	if r.read > 0 && r.size.Load() == r.read {
		return min(lingerRead, r.journal.linger)
	}
	return r.journal.linger
}

// waiting notes that a branch waits until a time, the zero time for ever. Call
// done when it goes on.
func (r *run) waiting(until time.Time) (done func()) {
	forget := r.due(until)
	long := 0
	if until.IsZero() || time.Until(until) > longWait {
		long = 1
	}
	r.branches(-1, long)
	return func() {
		forget()
		r.branches(1, -long)
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

// due notes a time at which something happens in the run.
func (r *run) due(at time.Time) (forget func()) {
	if at.IsZero() {
		return func() {}
	}
	s := &r.idle
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.times == nil {
		s.times = map[*time.Time]struct{}{}
	}
	s.times[&at] = struct{}{}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.times, &at)
	}
}

// hold keeps the run from being put down until release is called.
func (r *run) hold() (release func()) {
	change := func(by int) {
		r.idle.mu.Lock()
		defer r.idle.mu.Unlock()
		r.idle.held += by
	}
	change(1)
	return sync.OnceFunc(func() { change(-1) })
}

// stay keeps the run from being put down for good.
func (r *run) stay() {
	r.idle.mu.Lock()
	defer r.idle.mu.Unlock()
	r.idle.stays = true
	if r.idle.timer != nil {
		r.idle.timer.Stop()
		r.idle.timer = nil
	}
}

// putDown stops a run that has waited for a while and will have to for another.
func (r *run) putDown() {
	if r.mayRest() {
		r.halt(errPutDown)
	}
}

func (r *run) mayRest() bool {
	s := &r.idle
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy > 0 || s.stays || s.timer == nil {
		return false
	}
	var first time.Time
	for at := range s.times {
		if first.IsZero() || at.Before(first) {
			first = *at
		}
	}
	least := r.journal.linger + time.Duration(r.size.Load())*readBackTime
	if s.held > 0 || !first.IsZero() && time.Until(first) < least {
		s.timer.Reset(r.journal.linger)
		return false
	}
	s.until = first
	return true
}

// waited notes a signal for which the run was waiting when it was put down.
func (r *run) waited(id SignalID) {
	r.idle.mu.Lock()
	defer r.idle.mu.Unlock()
	r.idle.waits = append(r.idle.waits, id)
}
