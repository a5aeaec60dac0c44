package serve

import (
	"sync"

	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
)

// runs are those that this process knows of, by their names.
type runs struct {
	server *Server

	mu   sync.Mutex
	all  map[string]*running
	busy int           // of those that do something
	idle chan struct{} // closed while none does; nil where nobody waits for it

	// kept are runs that have ended, the oldest first, and size the bytes of their
	// answers: of a server without a journal.
	kept []*running
	size int
}

// What a server without a journal remembers of runs that have ended, at most.
const (
	mostKept  = 10_000
	bytesKept = 64 << 20
)

func (r *runs) init(s *Server) { r.server, r.all = s, map[string]*running{} }

// claim returns the run of a name; mine is true where the caller is to begin it.
func (r *runs) claim(id string, digest []byte, of *route) (g *running, mine bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.claimed(id, digest, of)
}

// await is claim for an agent, which waits for the run from that moment on: nobody who
// leaves it is the last one any more.
func (r *runs) await(id string, digest []byte, of *route) (g *running, mine bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	g, mine = r.claimed(id, digest, of)
	g.callers++
	return g, mine
}

// claimed is claim. r.mu is held.
func (r *runs) claimed(id string, digest []byte, of *route) (g *running, mine bool) {
	r.forget()
	if g := r.all[id]; g != nil {
		return g, false
	}
	g = &running{id: id, digest: digest, route: of, begun: make(chan struct{}), done: make(chan struct{})}
	r.all[id] = g
	return g, true
}

// refused notes that a run could not begin. What was refused is not kept.
func (r *runs) refused(g *running, p *report.Problem) {
	r.mu.Lock()
	delete(r.all, g.id)
	r.mu.Unlock()
	g.problem = p
	close(g.begun)
	close(g.done)
}

// find returns a run that this process knows of; nil for none.
func (r *runs) find(id string) *running {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forget()
	return r.all[id]
}

// handleOf returns the handle of a run, once that has begun; nil for one that could
// not, and for one that has ended of a server without a journal.
func (r *runs) handleOf(g *running) handle {
	<-g.begun
	r.mu.Lock()
	defer r.mu.Unlock()
	return g.handle
}

// unwritten returns, once that is known, why the beginning of a run did not get to the
// disk, so that nothing is kept of it.
func (r *runs) unwritten(g *running) error {
	if h, ok := r.handleOf(g).(*journal.Handle); ok {
		return h.Recorded() //nolint:wrapcheck // it says all
	}
	return nil
}

// left notes that an agent waits no more, and reports whether nobody does.
func (r *runs) left(g *running) (last bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	g.callers--
	return g.callers == 0
}

// list returns the runs that have not ended.
func (r *runs) list() []*running {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []*running
	for _, g := range r.all {
		select {
		case <-g.done:
		default:
			list = append(list, g)
		}
	}
	return list
}

// works changes how many runs do something.
func (r *runs) works(by int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.busy += by; r.busy == 0 && r.idle != nil {
		close(r.idle)
		r.idle = nil
	}
}

// whenIdle returns a channel that is closed when no run does anything.
func (r *runs) whenIdle() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.idle == nil {
		r.idle = make(chan struct{})
	}
	idle := r.idle
	if r.busy == 0 {
		close(r.idle)
		r.idle = nil
	}
	return idle
}

// over notes the end of a run. A journal keeps it; without one its answer is
// remembered here for a while.
func (r *runs) over(g *running) {
	r.mu.Lock()
	g.ended = r.server.config.Now()
	if r.server.records != nil || g.answer == nil {
		if r.all[g.id] == g {
			delete(r.all, g.id)
		}
	} else {
		g.handle = nil
		r.kept = append(r.kept, g)
		r.size += len(g.answer.Body)
		r.forget()
	}
	r.mu.Unlock()
	close(g.done)
}

// forget drops what is too old, or too much. r.mu is held.
func (r *runs) forget() {
	if len(r.kept) == 0 {
		return
	}
	old := r.server.config.Now().Add(-r.server.config.KeepKeys)
	n := 0
	for n < len(r.kept) && (r.kept[n].ended.Before(old) || len(r.kept)-n > mostKept || r.size > bytesKept) {
		r.size -= len(r.kept[n].answer.Body)
		delete(r.all, r.kept[n].id)
		r.kept[n] = nil
		n++
	}
	r.kept = r.kept[n:]
}
