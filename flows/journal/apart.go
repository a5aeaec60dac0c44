package journal

import (
	"slices"
	"strconv"
	"strings"

	"github.com/medlar-flow/medlar/flows/internal/runtime"
)

// apart are loops that go one by one, by placeOf, and whose items have scopes of
// their own all the same: a restart began in one of their items and kept those
// behind it, whose records so stand before those of that one. The values are the
// times with which the items began that had begun then.
type apart map[string]map[int64]int64

var _ runtime.LoopDivider = (*carrier)(nil)

// Divided reports whether the items of a loop have scopes of their own, though they
// go one by one.
func (r *carrier) Divided(path string) bool { return r.run.apart[placeOf(r.scope.was, path)] != nil }

// value is what is stored of it.
func (a apart) value(moved map[string]string) []any {
	var list []any
	for _, place := range sortedPlaces(a) {
		scope, path, _ := strings.Cut(place, "\x00")
		if id, ok := moved[scope]; ok {
			scope = id
		}
		var times []any
		for _, i := range sortedItems(a[place]) {
			times = append(times, i, a[place][i])
		}
		list = append(list, []any{scope, path, times})
	}
	return list
}

func sortedPlaces(a apart) []string {
	var list []string
	for place := range a {
		list = append(list, place)
	}
	slices.Sort(list)
	return list
}

func sortedItems(m map[int64]int64) []int64 {
	var list []int64
	for i := range m {
		list = append(list, i)
	}
	slices.Sort(list)
	return list
}

// readApart reads what value gave.
func readApart(v any) apart {
	list, _ := v.([]any)
	var a apart
	for _, item := range list {
		f, _ := item.([]any)
		if len(f) != 3 {
			continue
		}
		scope, _ := f[0].(string)
		path, _ := f[1].(string)
		times, _ := f[2].([]any)
		began := map[int64]int64{}
		for i := 0; i+1 < len(times); i += 2 {
			n, _ := times[i].(int64)
			began[n], _ = times[i+1].(int64)
		}
		if a == nil {
			a = apart{}
		}
		a[placeOf(scope, path)] = began
	}
	return a
}

// turns are the items of a loop that goes one by one, as a reading comes to them.
type turns struct {
	scope, path string
	from, to    int   // of the records of the scope, counted in their order
	fork, forks int   // how many forks had begun in the scope before the loop, and behind it
	failed      int64 // the item that ended the loop; -1 for none
	at          int64 // when the loop ended
	again       bool  // the run came to the loop more than once
	items       []turn
}

// turn is one of them.
type turn struct {
	i        int64
	from, to int   // as those of turns
	fork     int   // how many forks had begun in the scope before it
	at       int64 // the time with which it began
}

// turnsOf begins to note the items of a loop; nil where nobody asks.
func (r *carrier) turnsOf(path string) *turns {
	rd := r.run.reading
	if rd == nil || rd.trail == nil || rd.cut != nil || r.cleanup != nil {
		return nil
	}
	t := &turns{scope: r.scope.was, path: path, from: r.scope.read(), fork: r.scope.forks, failed: -1}
	place := placeOf(t.scope, path)
	t.again = rd.trail.turns[place] != nil
	rd.trail.turns[place] = t
	return t
}

// begin notes that an item begins, and returns what notes its end.
func (t *turns) begin(r *carrier, i int64) (end func(err error)) {
	if t == nil {
		return func(error) {}
	}
	t.items = append(t.items, turn{i: i, from: r.scope.read(), fork: r.scope.forks, at: r.scope.now.Load()})
	return func(err error) {
		t.items[len(t.items)-1].to = r.scope.read()
		if err != nil {
			t.failed = i
		}
	}
}

func (t *turns) end(r *carrier) {
	if t != nil {
		t.to, t.forks, t.at = r.scope.read(), r.scope.forks, r.scope.now.Load()
	}
}

// read is how many records of the scope were read back.
func (s *scope) read() int { return s.all - len(s.queue) }

// divides returns the loop of items, one by one, in one of which the run begins
// anew and behind which others began; nil where there is none to divide.
func (p *planning) divides() *turns {
	if p.cut.at == nil {
		return nil
	}
	for _, place := range sortedTurns(p.trail.turns) {
		t := p.trail.turns[place]
		rest, inside := strings.CutPrefix(p.cut.from, t.path+"[")
		number, _, _ := strings.Cut(rest, "]")
		i, err := strconv.ParseInt(number, 10, 64)
		if !inside || err != nil || t.again || !(p.cut.at.scope == t.scope || strings.HasPrefix(p.cut.at.scope, t.scope+"/")) {
			continue
		}
		if n := len(t.items); n > 0 && t.items[n-1].i > i && slices.ContainsFunc(t.items, func(one turn) bool { return one.i == i }) && !p.stoppedIn(t) {
			return t
		}
	}
	return nil
}

func sortedTurns(m map[string]*turns) []string {
	var list []string
	for place := range m {
		list = append(list, place)
	}
	slices.SortFunc(list, func(a, b string) int { // those around first
		return len(a) - len(b)
	})
	return list
}

// stoppedIn reports whether the run was found to be stopped in a loop, or directly
// behind it: how often it had asked by then cannot be told of the items alone.
func (p *planning) stoppedIn(t *turns) bool {
	n := 0
	for _, rec := range p.records {
		if rec.scope != t.scope {
			continue
		}
		if rec.kind == kindStop && n >= t.from && n <= t.to {
			return true
		}
		n++
	}
	return false
}

// divideLoop gives the items of a loop scopes of their own, as those of a loop with
// concurrency have them.
func (p *planning) divideLoop(t *turns) {
	id := forkID(t.scope, t.fork)
	var records []*record
	n, began := 0, map[int64]int64{}
	for _, one := range t.items {
		began[one.i] = one.at
	}
	var join *record
	if t.failed >= 0 {
		join = &record{scope: t.scope, kind: kindJoin, path: t.path, index: t.failed, count: t.failed + 1, cause: runtime.BySibling, at: t.at}
	}
	for _, rec := range p.records {
		own := rec.scope == t.scope
		if own && n == t.to && join != nil {
			records, join = append(records, join), nil
		}
		rec.keepPlace()
		t.place(rec, id, own, n)
		if own {
			n++
		}
		records = append(records, rec)
	}
	if last := len(records) - 1; join != nil {
		records = slices.Insert(records, last, join) // the end stays the last
	}
	p.records = records
	if p.start.apart == nil {
		p.start.apart = apart{}
	}
	p.start.apart[placeOf(t.scope, t.path)] = began
}

// place gives a record the scope that it has once the loop is divided. n counts
// those of the loop's own scope.
func (t *turns) place(rec *record, id string, own bool, n int) {
	renamed := false
	if own {
		for _, one := range t.items {
			if n >= one.from && n < one.to {
				rec.scope = branchID(id, one.i)
				if rec.kind == kindFold && rec.operation == "" {
					rec.until -= int64(one.fork)
				}
			}
		}
		if rec.kind == kindFold && rec.operation == "" && rec.path == t.path && n >= t.from && n < t.to && rec.scope == t.scope {
			rec.operation, rec.until, renamed = id, 0, true
		} else if rec.kind == kindFold && rec.operation == "" && n >= t.to {
			rec.until += int64(t.fork + 1 - t.forks)
		}
	} else {
		rec.scope = t.moved(rec.scope, id)
	}
	if rec.kind == kindFold && rec.operation != "" && !renamed {
		rec.operation = t.moved(rec.operation, id)
	}
}

// moved returns the id that a scope or fork inside the loop's scope, or behind the
// loop, has once the loop is divided.
func (t *turns) moved(scope, id string) string {
	rest, inside := strings.CutPrefix(scope, t.scope+"/")
	if !inside {
		return scope
	}
	end := strings.IndexAny(rest, "./")
	if end < 0 {
		end = len(rest)
	}
	k, err := strconv.Atoi(rest[:end])
	switch {
	case err != nil || k < t.fork:
		return scope
	case k >= t.forks:
		return forkID(t.scope, k+t.fork+1-t.forks) + rest[end:]
	}
	for _, one := range slices.Backward(t.items) {
		if k >= one.fork {
			return forkID(branchID(id, one.i), k-one.fork) + rest[end:]
		}
	}
	return scope
}
