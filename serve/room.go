package serve

import (
	"context"
	"slices"
	"sync"
	"time"
)

// room bounds the runs that do something at the same time, and the events that
// wait for one of them to end. Those who wait get places in the order in which they came.
type room struct {
	line  *line
	leave func() // gives a place back

	mu      sync.Mutex
	most    int
	taken   int // more than most where places were taken without asking, or most was lowered
	waiting []chan struct{}
}

// line bounds who waits for one of several rooms, since each that waits holds its request.
type line struct {
	closed chan struct{} // nobody is let in any more who waits
	close  func()
	most   int

	mu      sync.Mutex
	waiting int
}

func newRoom(most, queue int) *room {
	l := &line{closed: make(chan struct{}), most: queue}
	l.close = sync.OnceFunc(func() { close(l.closed) })
	return l.room(most)
}

// room returns another room that the line is for.
func (l *line) room(most int) *room {
	r := &room{line: l, most: most}
	r.leave = r.out
	return r
}

// enter takes a place, and waits for one as long as there is room to wait in. It
// returns false where there is none in time. leave gives the place back, and is to be
// called once.
func (r *room) enter(ctx context.Context, within time.Duration) (leave func(), ok bool) {
	if r.try() {
		return r.leave, true
	}
	if !r.line.join() {
		return nil, false
	}
	defer r.line.quit()
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	return r.wait(ctx)
}

// wait takes a place, without counting as one that waits, as soon as there is one before
// ctx ends.
func (r *room) wait(ctx context.Context) (leave func(), ok bool) {
	mine := r.ask()
	select {
	case <-mine:
		return r.leave, true
	default:
	}
	select {
	case <-mine:
		return r.leave, true
	case <-ctx.Done():
	case <-r.line.closed:
	}
	if r.askNoMore(mine) {
		return nil, false
	}
	return r.leave, true // it was given meanwhile
}

// try takes a place where one is free and nobody waits for it.
func (r *room) try() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.taken >= r.most || len(r.waiting) > 0 {
		return false
	}
	r.taken++
	return true
}

// takeAll waits for a place, and takes with it all that are free then.
func (r *room) takeAll(ctx context.Context) (n int, ok bool) {
	if ctx.Err() != nil {
		return 0, false
	}
	if _, ok = r.wait(ctx); !ok {
		return 0, false
	}
	for n = 1; r.try(); n++ {
	}
	return n, true
}

// force takes a place, free or not.
func (r *room) force() (leave func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.taken++
	return r.leave
}

// bound changes how many places there are. Who has one keeps it.
func (r *room) bound(most int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.most = most
	r.give()
}

// stands says how many places are taken, and how many there are.
func (r *room) stands() (taken, most, waiting int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.taken, r.most, len(r.waiting)
}

// full reports whether no place is free.
func (r *room) full() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.taken >= r.most
}

// ask stands behind those who wait for a place; the channel is closed when it is there.
func (r *room) ask() chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	mine := make(chan struct{})
	r.waiting = append(r.waiting, mine)
	r.give()
	return mine
}

// askNoMore takes back what ask asked for; false where it was given.
func (r *room) askNoMore(mine chan struct{}) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.Index(r.waiting, mine)
	if i < 0 {
		return false
	}
	r.waiting = slices.Delete(r.waiting, i, i+1)
	return true
}

func (r *room) out() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.taken--
	r.give()
}

// give gives the places that are free to those who wait. r.mu is held.
func (r *room) give() {
	for r.taken < r.most && len(r.waiting) > 0 {
		close(r.waiting[0])
		r.waiting = slices.Delete(r.waiting, 0, 1)
		r.taken++
	}
}

// depth is how many wait.
func (l *line) depth() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.waiting
}

// join counts one more who waits; false where there is no room for one.
func (l *line) join() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waiting >= l.most {
		return false
	}
	l.waiting++
	return true
}

// quit is what follows join.
func (l *line) quit() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting--
}
