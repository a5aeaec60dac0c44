package serve

import (
	"context"
	"errors"
	"sync"
	"time"
)

// reloads tells how often other flows were taken.
type reloads struct {
	mu     sync.Mutex
	at     time.Time // of the latest that was taken
	taken  int
	failed int
	err    error // of the latest, where it was not taken
}

// Reload serves other flows from now on, all of them at once, without a request that
// meets neither. Runs under way, and requests that have come, keep theirs: a run goes
// on with the files that it began with. Routes keep what their name has counted of
// their callers, wherever they stand now. done is called, once, when nothing needs the
// files of these flows any more; nil for nothing to do. The error says everything that
// keeps the flows from being served, as New's; then nothing has changed, and done is
// not called.
func (s *Server) Reload(ctx context.Context, list []Served, done func()) error {
	s.reloads.mu.Lock()
	defer s.reloads.mu.Unlock()
	if s.drains.Load() {
		return errEnds
	}
	t, err := s.tableOf(ctx, list, done)
	if err != nil {
		s.reloads.failed++
		s.reloads.err = err
		return err
	}
	s.reloads.taken++
	s.reloads.at, s.reloads.err = s.config.Now(), nil
	t.bounded()
	old := s.now.Swap(t)
	s.gone.keep(old, t)
	old.drop()
	select {
	case s.changed <- struct{}{}:
	default: // it will be looked at anyway
	}
	return nil
}

// mostGone is how many routes are remembered that are served no more.
const mostGone = 1000

// gone are the routes that are served no more, by which callers still ask for the runs
// that they began.
type gone struct {
	mu    sync.Mutex
	all   map[string]*route // by their keys
	order []string          // of their keys, the oldest first
}

// keep remembers the routes of a table that another one does not have.
func (g *gone) keep(old, now *table) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, r := range old.routes {
		key := r.key()
		if now.byName[key] != nil {
			continue
		}
		if g.all == nil {
			g.all = map[string]*route{}
		}
		if g.all[key] == nil {
			g.order = append(g.order, key)
		}
		g.all[key] = r
	}
	for len(g.order) > mostGone {
		delete(g.all, g.order[0])
		g.order = g.order[1:]
	}
}

// find returns the route of a key; nil for none.
func (g *gone) find(key string) *route {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.all[key]
}

var errEnds = errors.New("the server is ending")

// ReloadFailed notes that there are files that cannot be served, so that those before
// them go on: what operators ask for says so.
func (s *Server) ReloadFailed(err error) {
	s.reloads.mu.Lock()
	defer s.reloads.mu.Unlock()
	s.reloads.failed++
	s.reloads.err = err
}

// Version returns what tells the flows that are served from others, and from
// themselves before a change.
func (s *Server) Version() string { return s.now.Load().version }

// standing says which flows are served since when; operators are told why later files
// are not.
func (s *Server) standing(v map[string]any, operators bool) {
	r := &s.reloads
	r.mu.Lock()
	defer r.mu.Unlock()
	t := s.now.Load()
	v["version"] = t.version
	if !operators {
		return
	}
	flows := map[string]any{}
	for _, served := range t.flows {
		flows[served.Flow.Name()] = served.Flow.Version()
	}
	v["flows"], v["since"] = flows, r.at.UTC().Format(time.RFC3339)
	v["reloads"] = map[string]any{"taken": r.taken, "failed": r.failed}
	if r.err != nil {
		v["refused"] = r.err.Error()
	}
}
