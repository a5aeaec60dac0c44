package serve

import (
	"context"
	"sync"
	"time"
)

// room bounds the runs that do something at the same time, and the events that
// wait for one of them to end.
type room struct {
	free   chan struct{}
	closed chan struct{} // nobody is let in any more who waits
	close  func()
	out    func() // gives a place back

	mu      sync.Mutex
	waiting int
	queue   int
}

func newRoom(most, queue int) *room {
	r := &room{free: make(chan struct{}, most), closed: make(chan struct{}), queue: queue}
	r.close = sync.OnceFunc(func() { close(r.closed) })
	r.out = func() { <-r.free }
	return r
}

// enter takes a place, and waits for one as long as there is room to wait in. It
// returns false where there is none in time. leave gives the place back, and is to be
// called once.
func (r *room) enter(ctx context.Context, within time.Duration) (leave func(), ok bool) {
	select {
	case r.free <- struct{}{}:
		return r.out, true
	default:
	}
	if !r.line(1) {
		return nil, false
	}
	defer r.line(-1)
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	return r.wait(ctx)
}

// wait takes a place, without standing in line, as soon as there is one before ctx
// ends.
func (r *room) wait(ctx context.Context) (leave func(), ok bool) {
	select {
	case r.free <- struct{}{}:
		return r.out, true
	case <-ctx.Done():
		return nil, false
	case <-r.closed:
		return nil, false
	}
}

// depth is how many wait.
func (r *room) depth() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.waiting
}

// line changes how many wait; false where there is no room for one more.
func (r *room) line(by int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if by > 0 && r.waiting >= r.queue {
		return false
	}
	r.waiting += by
	return true
}
