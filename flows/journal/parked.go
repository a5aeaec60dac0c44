package journal

import (
	"container/heap"
	"context"
	"errors"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
)

// parked is a run that was put down: what it takes to go on with it, without its
// program and its values.
type parked struct {
	life     *life
	id       string
	registry *connector.Registry
	options  []flows.RunOption
	until    time.Time // when it goes on at the latest; zero for never
	index    int       // in the heap; -1 outside of it
	unhook   func() bool
	owed     []string // the steps whose undo is owed
}

// parkedRuns are those of a journal; its mu is held for all of it.
type parkedRuns struct {
	all   map[string]*parked
	due   dueRuns
	timer *time.Timer // runs out when the first is due; nil before there is one
}

// readAtOnce bounds the runs that are read back at the same time.
const readAtOnce = 16

// dueRuns is a heap of the runs that go on at a time.
type dueRuns []*parked

// Len, Less, Swap, Push and Pop are those of heap.Interface.
func (q dueRuns) Len() int { return len(q) }

func (q dueRuns) Less(i, j int) bool { return q[i].until.Before(q[j].until) }

func (q dueRuns) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

func (q *dueRuns) Push(x any) {
	p := x.(*parked)
	p.index = len(*q)
	*q = append(*q, p)
}

func (q *dueRuns) Pop() any {
	last := len(*q) - 1
	p := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	p.index = -1
	return p
}

// park keeps a run that was put down, unless the journal is closed. j.mu is held.
func (j *Journal) park(r *run) {
	if j.closed || r.life == nil || r.idle.until.IsZero() && j.signals == nil {
		return
	}
	l := r.life
	p := &parked{life: l, id: r.id, registry: r.exec.Registry(), options: r.given, until: r.idle.until, index: -1, owed: r.exec.Owed()}
	if j.parked.all == nil {
		j.parked.all = map[string]*parked{}
	}
	j.parked.all[p.id] = p
	r.parked = p
	l.mu.Lock()
	l.run, l.parked = nil, p
	l.mu.Unlock()
	if !p.until.IsZero() {
		heap.Push(&j.parked.due, p)
		j.setAlarm()
	}
}

// setAlarm sets the timer to when the first run is due. j.mu is held.
func (j *Journal) setAlarm() {
	if len(j.parked.due) == 0 {
		return
	}
	in := time.Until(j.parked.due[0].until)
	if j.parked.timer == nil {
		j.parked.timer = time.AfterFunc(in, j.alarm)
		return
	}
	j.parked.timer.Reset(in)
}

// alarm wakes the runs whose time has come.
func (j *Journal) alarm() {
	j.mu.Lock()
	var due []*parked
	for _, p := range j.parked.due {
		if !p.until.After(time.Now()) {
			due = append(due, p)
		}
	}
	j.mu.Unlock()
	for _, p := range due {
		j.wake(p)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.closed {
		j.setAlarm()
	}
}

// unpark takes a run out of those that were put down, unless somebody else has.
// j.mu is held.
func (j *Journal) unpark(p *parked) bool {
	if j.parked.all[p.id] != p {
		return false
	}
	delete(j.parked.all, p.id)
	if p.index >= 0 {
		heap.Remove(&j.parked.due, p.index)
	}
	if p.unhook != nil {
		p.unhook()
	}
	return true
}

// wake goes on with a run that was put down, in a goroutine of its own.
func (j *Journal) wake(p *parked) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.closed && j.unpark(p) {
		j.ended.Go(func() { j.goOn(p) })
	}
}

// goOn reads a run back and carries it on.
func (j *Journal) goOn(p *parked) {
	select {
	case j.reading <- struct{}{}:
	case <-j.quit:
		p.life.end(nil, &InterruptedError{RunID: p.id, Err: ErrInterrupted})
		return
	}
	ctx := context.WithoutCancel(p.life.ctx) // its end must not keep the run from undoing what it did
	r, err := j.stored(ctx, p.id, p.registry, p.options)
	<-j.reading
	if errors.Is(err, ErrClosed) {
		err = &InterruptedError{RunID: p.id, Err: ErrInterrupted}
	}
	var failed *WriteError
	if errors.As(err, &failed) {
		err = &InterruptedError{RunID: p.id, Err: err}
	}
	if err != nil {
		p.life.end(nil, err)
		return
	}
	r.again = true
	p.life.carry(r)
}

// drop ends the waiting for a run that was put down: it stays in the journal as
// one that can be resumed.
func (j *Journal) drop(p *parked) {
	j.mu.Lock()
	taken := j.unpark(p)
	j.mu.Unlock()
	if taken {
		p.life.end(nil, &InterruptedError{RunID: p.id, Err: ErrInterrupted})
	}
}
