package journal

import (
	"strings"

	"github.com/medlar-flow/medlar/flows/internal/runtime"
)

// takes reports whether the program of the restart takes some values for a signal as
// they are.
func (p *planning) takes(id runtime.SignalID, values any) bool {
	given, ok := values.(map[string]any)
	if p.how.Flow == nil || !ok {
		return true
	}
	taken, _, err := p.how.Flow.CheckSignal(id.Name, id.Key, given)
	return err == nil && runtime.SameSignal(taken, given)
}

// findMoves finds out which steps stand elsewhere in the program of the restart.
func (p *planning) findMoves() error {
	if p.how.Flow == nil {
		return nil
	}
	moves, whole := p.how.Flow.Moves(p.flow)
	if !whole {
		return p.refuse("", "", "begin a new run", "more steps stand elsewhere in the changed program than can be told apart")
	}
	p.moves = moves
	return nil
}

// stepAt returns the path of a step as the records have it, of one that stood or
// stands there.
func (p *planning) stepAt(path string) string {
	switch known := p.trail.newest[path] != nil || p.trail.made[path] != nil; {
	case known:
		return path
	case p.moved:
		return p.moves.Now(path)
	}
	return p.moves.Was(path)
}

// move gives what is known of the run the paths that its steps have in the program of
// the restart. A later reading finds them by these.
func (p *planning) move() {
	p.moved, p.cut.moves = true, p.moves
	if p.moves == nil {
		return
	}
	now := p.moves.Now
	for _, rec := range p.records {
		rec.keepPlace()
		rec.path = now(rec.path)
		if rec.kind == kindAwait {
			rec.operation = p.moves.SignalNow(rec.operation)
		}
	}
	p.trail.move(now)
	c := p.cut
	c.from = now(c.from)
	results := map[string]any{}
	for path, v := range c.results {
		results[now(path)] = v
	}
	c.results = results
	p.start.gen = p.start.gen.In(p.moves)
	p.start.apart = p.start.apart.move(now)
}

// move gives the steps of a trail other paths.
func (t *trail) move(now func(path string) string) {
	for _, v := range t.steps {
		v.path = now(v.path)
	}
	for _, end := range t.scopes {
		end.step = now(end.step)
	}
	for _, m := range t.made {
		m.path = now(m.path)
	}
	place := func(place string) string {
		scope, path, _ := strings.Cut(place, "\x00")
		return placeOf(scope, now(path))
	}
	t.at, t.forks, t.newest, t.made = rekeyed(t.at, place), rekeyed(t.forks, place), rekeyed(t.newest, now), rekeyed(t.made, now)
	handlers := map[string]string{}
	for block, try := range t.handlers {
		handlers[now(block)] = now(try)
	}
	t.handlers = handlers
}

// move gives the loops other paths.
func (a apart) move(now func(path string) string) apart {
	return rekeyed(a, func(place string) string {
		scope, path, _ := strings.Cut(place, "\x00")
		return placeOf(scope, now(path))
	})
}

// rekeyed returns a map with other keys.
func rekeyed[M ~map[string]V, V any](m M, now func(string) string) M {
	out := make(M, len(m))
	for k, v := range m {
		out[now(k)] = v
	}
	return out
}
