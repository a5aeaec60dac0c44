package journal

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// lazy is how long a record waits for another one to be written with, where
// nobody waits for it: longer than a run takes from one step to the next, so
// that what a change gave is written with the beginning of the next one.
const lazy = time.Millisecond

// mostLazy is how many bytes wait for that at most. Where four times as many come
// before the disk takes them, who brings more waits for it.
const mostLazy = 1 << 20

// writer is the one goroutine that writes. What comes while it commits is
// committed together. Where the store is a staged one, another goroutine waits
// for the disk meanwhile.
type writer struct {
	store  Store
	staged staged // the store, where it is one; else nil

	mu     sync.Mutex
	next   *batch
	timer  *time.Timer
	closed bool
	lazy   time.Duration

	resting *time.Timer // the worker's
	wake    chan struct{}
	written chan *batch  // what others see and what is not on disk yet
	handed  atomic.Int32 // of these, those that are not ended
	done    chan struct{}

	came func(error) // is told what came of a transaction

	flushes atomic.Int64 // transactions that were written

	// used is the memory of the changes of a batch that has ended. Only a staged store
	// gives it back: one of somebody's own may keep what it was given.
	used chan []Change
}

// batch is what one transaction writes.
type batch struct {
	jobs    []*job
	size    int      // bytes, about
	changes []Change // that were made
	done    chan struct{}
	err     error
}

// staged is a store that makes changes in two steps, so that it takes the next ones
// while the disk is waited for.
type staged interface {
	// write makes changes as Commit does. Other processes see them; they are on disk
	// once settle has returned.
	write(ctx context.Context, changes []Change) error
	// settle waits until what was written is on disk, and notes that of the changes.
	// After an error nothing is written any more.
	settle(changes []Change) error
	// rest does what a transaction has left for later, where it is time for that, and
	// returns in how much time it is; 0 where nothing is left.
	rest(ctx context.Context) time.Duration
}

// job is a part of a batch. It is skipped where its run failed to be written
// before: a later record without an earlier one would be a lie.
type job struct {
	run *run
	// What is written: a record, which gets its number then, and what is to change with
	// it; or what changes gives.
	data    []byte // of the record; nil for none
	trace   *trace // that takes its number; nil for none
	list    []Change
	changes func() []Change

	size      int        // bytes, about
	recording *recording // is told what becomes of it; nil for nobody
	refused   error      // the run's name is taken, or another process has the run
}

func (j *job) tell(err error) {
	if j.recording != nil {
		j.recording.err = err
	}
}

func newBatch() *batch { return &batch{done: make(chan struct{})} }

func startWriter(store Store, came func(error)) *writer {
	w := &writer{
		store: store, came: came, next: newBatch(), lazy: lazy,
		wake: make(chan struct{}, 1), written: make(chan *batch), done: make(chan struct{}),
		used: make(chan []Change, 2),
	}
	w.staged, _ = store.(staged)
	w.timer, w.resting = time.AfterFunc(time.Hour, w.signal), time.AfterFunc(time.Hour, w.signal)
	go w.work()
	go w.settle()
	return w
}

func (w *writer) signal() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// add queues a job; wait waits until it is on disk.
func (w *writer) add(j *job, wait bool) error {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return ErrClosed
	}
	b := w.next
	if j.recording != nil {
		j.recording.done = b.done
	}
	b.jobs = append(b.jobs, j)
	b.size += j.size
	if !wait {
		if len(b.jobs) == 1 {
			w.timer.Reset(w.lazy)
		}
		size := b.size
		w.mu.Unlock()
		if size >= mostLazy {
			w.signal()
		}
		if size >= 4*mostLazy && j.size > 0 {
			<-b.done
		}
		return nil
	}
	w.mu.Unlock()
	w.signal()
	<-b.done
	return cmp.Or(j.refused, b.err)
}

func (w *writer) take() (*batch, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	b := w.next
	w.next = newBatch()
	return b, w.closed
}

func (w *writer) work() {
	defer close(w.written)
	for range w.wake {
		b, last := w.take()
		if len(b.jobs) > 0 { // nobody waits for one without
			w.pass(b)
		}
		if last {
			return
		}
		w.rest()
	}
}

// pass writes a batch, and has the disk waited for it: beside the next one if there is
// one.
func (w *writer) pass(b *batch) {
	b.err = w.commit(b)
	if w.handed.Load() == 0 && !w.queued() {
		w.finish(b) // nobody has anything to write meanwhile
		return
	}
	w.handed.Add(1)
	w.written <- b
}

// queued reports whether there is something to write.
func (w *writer) queued() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.next.jobs) > 0
}

// settle ends batches once they are on disk, in their order. While it waits for the
// disk the next batch is written, and no other one: what comes until then is
// written together.
func (w *writer) settle() {
	defer close(w.done)
	for b := range w.written {
		w.finish(b)
		w.handed.Add(-1)
	}
}

// finish waits for the disk and ends a batch.
func (w *writer) finish(b *batch) {
	wrote := b.err != nil || len(b.changes) > 0
	if b.err == nil && len(b.changes) > 0 {
		if w.staged != nil {
			if err := w.staged.settle(b.changes); err != nil {
				b.err = b.lost(err)
			}
		}
		if b.err == nil {
			w.flushes.Add(1)
		}
	}
	if wrote {
		w.came(b.err)
	}
	w.giveBack(b)
	close(b.done)
}

// mostKept is for how many changes memory is kept.
const mostKept = 4096

// memory returns room for so many changes, of a batch before where there is some.
func (w *writer) memory(n int) []Change {
	select {
	case changes := <-w.used:
		return changes
	default:
		return make([]Change, 0, n)
	}
}

// giveBack leaves the memory of the changes of a batch that has ended to a next one.
func (w *writer) giveBack(b *batch) {
	changes := b.changes
	if b.changes = nil; w.staged == nil || cap(changes) == 0 || cap(changes) > mostKept {
		return
	}
	clear(changes)
	select {
	case w.used <- changes[:0]:
	default:
	}
}

func (w *writer) rest() {
	if w.staged == nil {
		return
	}
	if left := w.staged.rest(context.Background()); left > 0 {
		w.resting.Reset(left)
	}
}

func (w *writer) write(changes []Change) error {
	if w.staged != nil {
		return w.staged.write(context.Background(), changes)
	}
	return w.store.Commit(context.Background(), changes)
}

// lost tells the runs of a batch that it could not be written.
func (b *batch) lost(err error) error {
	err = &WriteError{Err: err}
	for _, j := range b.jobs {
		if j.refused == nil {
			j.tell(err)
			j.run.lose(err)
		}
	}
	return err
}

// commit writes a batch whole or not at all, but for runs that the store
// refuses to begin or to have taken.
func (w *writer) commit(b *batch) error {
	b.changes = w.memory(2 * len(b.jobs))
	ends := make([]int, len(b.jobs))
	for i, j := range b.jobs {
		if !j.run.lost.Load() {
			b.changes = j.appendTo(b.changes)
		}
		ends[i] = len(b.changes)
	}
	var parts [][]Change
	for len(b.changes) > 0 {
		err := w.write(b.changes)
		if err == nil {
			return nil
		}
		if parts == nil {
			parts = partsOf(b.changes, ends)
		}
		if !b.refuse(parts, err) {
			return b.lost(err)
		}
		b.changes = slices.Concat(parts...)
	}
	return nil
}

// appendTo adds what a job changes. The writer alone calls it, in the order of the jobs.
func (j *job) appendTo(changes []Change) []Change {
	if j.changes != nil {
		return append(changes, j.changes()...)
	}
	if j.data != nil {
		changes = append(changes, j.run.next(j.trace, j.data))
	}
	return append(changes, j.list...)
}

// partsOf splits changes where the parts end.
func partsOf(changes []Change, ends []int) [][]Change {
	parts, from := make([][]Change, len(ends)), 0
	for i, to := range ends {
		parts[i] = changes[from:to:to]
		from = to
	}
	return parts
}

// refuse leaves out the jobs that begin or take a run that the store refused,
// and reports whether there are any. Where several of a batch ask for the same, the
// first has not been refused yet: it is what stands in the way of the others.
func (b *batch) refuse(parts [][]Change, err error) (some bool) {
	var list []int
	for i, changes := range parts {
		if refuses(err, changes) {
			list = append(list, i)
		}
	}
	if len(list) > 1 {
		list = list[1:]
	}
	for _, i := range list {
		b.jobs[i].refused = err
		b.jobs[i].tell(err)
		b.leaveOut(b.jobs[i].run, parts, err)
	}
	return len(list) > 0
}

// refuses reports whether the error of a store is about the run that changes begin or
// take.
func refuses(err error, changes []Change) bool {
	if len(changes) == 0 {
		return false
	}
	var exists *ExistsError
	var running *RunningError
	var restarted *RestartedError
	var moved *MovedError
	switch c := changes[0].(type) {
	case BeginRun:
		return errors.As(err, &exists) && exists.RunID == c.ID || errors.As(err, &restarted) && restarted.Next == c.ID ||
			errors.As(err, &moved) && moves(changes, moved)
	case TakeRun:
		return errors.As(err, &running) && running.RunID == c.RunID
	}
	return false
}

// leaveOut takes out of a batch what a run is not to write after all.
func (b *batch) leaveOut(r *run, parts [][]Change, why error) {
	for i, j := range b.jobs {
		if j.run != r {
			continue
		}
		if parts[i] = nil; j.refused == nil {
			r.lose(why) // it went on before it was known
		}
	}
}

// moves reports whether the changes move the ticks of a schedule.
func moves(changes []Change, of *MovedError) bool {
	return slices.ContainsFunc(changes, func(c Change) bool {
		m, ok := c.(MoveTicks)
		return ok && m.Flow == of.Flow && m.Trigger == of.Trigger
	})
}

// close writes what is left and ends the goroutine.
func (w *writer) close() {
	w.mu.Lock()
	w.closed = true
	w.timer.Stop()
	w.mu.Unlock()
	w.signal()
	<-w.done
	w.resting.Stop()
}
