package stack

import (
	"sync"
	"time"
)

// Pool runs functions in goroutines that it keeps for a moment, for whoever has many
// short ones that go deep: a goroutine that is begun anew for each grows its stack
// each time. The zero Pool has none. Goroutines that were not needed for a while end,
// so that of a pool that nobody uses nothing is left.
type Pool struct {
	mu     sync.Mutex
	idle   []*worker // the most recently used one last
	unused int       // of the idle ones, since the last look
	timer  *time.Timer
}

// worker is a goroutine that waits for something to do.
type worker struct{ next chan func() }

// idleFor is how long a goroutine is kept that nobody needs, at least; twice as long
// is the most.
const idleFor = 100 * time.Millisecond

// mostIdle is how many goroutines are kept at most.
const mostIdle = 256

// Go runs f in a goroutine other than that which calls it. It does not wait.
func (p *Pool) Go(f func()) {
	if w := p.take(); w != nil {
		w.next <- f // there is room for one
		return
	}
	go p.work(f)
}

// take returns an idle worker, nil for none.
func (p *Pool) take() *worker {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.idle) - 1
	if n < 0 {
		return nil
	}
	w := p.idle[n]
	p.idle[n] = nil
	p.idle = p.idle[:n]
	p.unused = min(p.unused, n)
	return w
}

// work runs f, and then what comes while this goroutine is kept.
func (p *Pool) work(f func()) {
	w := &worker{next: make(chan func(), 1)}
	for f != nil {
		f()
		if !p.keep(w) {
			return
		}
		f = <-w.next
	}
}

// keep keeps a worker that has nothing to do; false where there are enough.
func (p *Pool) keep(w *worker) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle) >= mostIdle {
		return false
	}
	p.idle = append(p.idle, w)
	switch {
	case p.timer == nil:
		p.timer = time.AfterFunc(idleFor, p.end)
	case len(p.idle) == 1 && p.unused < 0:
		p.timer.Reset(idleFor)
	default:
		return true
	}
	p.unused = 0
	return true
}

// end ends the goroutines that were idle all the time since the last look, and comes
// again while there are others.
func (p *Pool) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, w := range p.idle[:p.unused] {
		close(w.next)
	}
	kept := copy(p.idle, p.idle[p.unused:])
	clear(p.idle[kept:])
	p.idle = p.idle[:kept]
	p.unused = kept
	if kept == 0 {
		p.unused = -1 // nobody looks
		return
	}
	p.timer.Reset(idleFor)
}
