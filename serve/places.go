package serve

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"time"

	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/tick"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/serve/internal/metrics"
)

// placed gives a route places for its runs, also where it does not bound them: later files
// may. One of its name before new files were taken has them already, and the runs that it
// began keep theirs. Those of a source are bounded once it is known how many its trigger
// takes.
func (r *route) placed(before *table) {
	if r.trigger.Source == "" && !r.hasCallers() {
		return // a schedule looks at its runs itself
	}
	if old := r.before(before); old != nil && old.places != nil {
		r.places = old.places
		return
	}
	r.places = r.server.room.line.room(math.MaxInt)
	if r.bounds() {
		r.places.bound(r.trigger.Concurrency)
	}
}

// before is the route of its name that files before these have, or had once.
func (r *route) before(t *table) *route {
	if t == nil {
		return nil
	}
	if old := t.byName[r.key()]; old != nil {
		return old
	}
	return r.server.gone.find(r.key())
}

// bounds reports whether the trigger says how many of its runs may be under way that
// callers ask for. A schedule looks at its runs itself.
func (r *route) bounds() bool { return r.hasCallers() && r.trigger.Concurrency > 0 }

// bounded has the places of the routes be as many as these files say.
func (t *table) bounded() {
	for _, r := range t.byName {
		switch {
		case r.bounds():
			r.places.bound(r.trigger.Concurrency)
		case r.hasCallers():
			r.places.bound(math.MaxInt)
		}
	}
}

// enter takes a place among the runs: among those of the trigger, where it bounds them,
// and then among those of the server.
func (s *Server) enter(ctx context.Context, r *route) (leave func(), p *report.Problem) {
	if s.drains.Load() {
		return nil, shuttingDown()
	}
	if r == nil || r.places == nil || !r.hasCallers() {
		return s.enterServer(ctx, r, s.config.QueueTime)
	}
	begun := time.Now()
	out, ok := r.places.enter(ctx, s.config.QueueTime)
	switch {
	case s.drains.Load():
		if ok {
			out()
		}
		return nil, shuttingDown()
	case !ok:
		return nil, s.overCapacity(ctx, r, "trigger", fmt.Sprintf("as many runs of the %s are under way as it takes at the same time, %d", r.kind(), r.trigger.Concurrency))
	}
	in, p := s.enterServer(ctx, r, s.config.QueueTime-time.Since(begun))
	if p != nil {
		out()
		return nil, p
	}
	return func() { in(); out() }, nil
}

// enterServer takes a place among the runs of the server.
func (s *Server) enterServer(ctx context.Context, r *route, within time.Duration) (leave func(), p *report.Problem) {
	leave, ok := s.room.enter(ctx, within)
	switch {
	case s.drains.Load():
		if ok {
			leave()
		}
		return nil, shuttingDown()
	case !ok:
		return nil, s.overCapacity(ctx, r, "server", "as many runs are under way as the server takes")
	}
	return leave, nil
}

// overCapacity refuses the run of a route, and counts that, unless who asked for it has
// gone.
func (s *Server) overCapacity(ctx context.Context, r *route, bound, detail string) *report.Problem {
	if ctx.Err() != nil {
		return callerGone()
	}
	if r.hasCallers() {
		s.measures.overCapacity(r, bound)
	}
	return &report.Problem{Status: http.StatusServiceUnavailable, Code: codeOverCapacity, Detail: detail, Help: r.helpLater()}
}

// hasBegun finds the run of a key that has begun where no place is free for a new one: the
// caller is to have its answer, for which it needs none.
func (s *Server) hasBegun(ctx context.Context, g *running) bool {
	if s.records == nil || !g.named || !g.route.hasCallers() {
		return false
	}
	if !g.route.places.full() && !s.room.full() {
		return false // then Start says so
	}
	_, err := s.records.Beginning(ctx, g.id)
	return err == nil
}

// enterAgain is enter for a run that was under way before: its trigger does not hold it up.
func (s *Server) enterAgain(ctx context.Context, r *route) (leave func(), p *report.Problem) {
	in, p := s.enterServer(ctx, r, s.config.QueueTime)
	if p != nil {
		return nil, p
	}
	if !r.hasCallers() { // the event has a place since it was taken
		return in, nil
	}
	out := r.goesOn()
	return func() { in(); out() }, nil
}

// goesOn takes a place of its trigger for a run that goes on here: it was under way
// before, so it is not held up, and holds up new ones.
func (r *route) goesOn() (leave func()) {
	if r == nil || r.places == nil {
		return func() {}
	}
	return r.places.force()
}

// most is how many runs of the schedule go at the same time; 0 for any number.
func (k *ticking) most() int {
	t := k.route.trigger
	if t.Overlap == tick.Allow {
		return 0
	}
	return max(t.Concurrency, 1)
}

// places adds what is counted of the runs of triggers that bound them.
func (m *measures) places(set *metrics.Set, s *Server) {
	m.refused = set.Counter("medlar_runs_refused_total", "Runs that did not begin since as many were under way as may be, by whose bound: trigger, server.", "flow", "trigger", "bound")
	each := func(get func(taken, most, waiting int) int) func(is func(float64, ...string)) {
		return func(is func(float64, ...string)) {
			t := s.now.Load()
			if t == nil {
				return
			}
			for _, r := range t.bounding() {
				is(float64(get(r.places.stands())), r.served.Flow.Name(), r.trigger.Name)
			}
		}
	}
	set.Gauge("medlar_trigger_runs_busy", "Runs that do something, of triggers that bound them.", each(func(taken, _, _ int) int { return taken }), "flow", "trigger")
	set.Gauge("medlar_trigger_runs_max", "The most of them at the same time.", each(func(_, most, _ int) int { return most }), "flow", "trigger")
	set.Gauge("medlar_trigger_queue_depth", "Requests and calls that wait for one of them to end.", each(func(_, _, waiting int) int { return waiting }), "flow", "trigger")
}

// overCapacity counts a run that did not begin.
func (m *measures) overCapacity(r *route, bound string) {
	if m != nil {
		m.refused.Add(1, r.served.Flow.Name(), r.trigger.Name, bound)
	}
}

// bounding are the routes and tools that bound their runs, in the order of their names.
func (t *table) bounding() []*route {
	var list []*route
	for _, name := range value.SortedKeys(t.byName) {
		if r := t.byName[name]; r.bounds() {
			list = append(list, r)
		}
	}
	return list
}
