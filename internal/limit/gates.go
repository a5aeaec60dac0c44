package limit

import (
	"container/list"
	"sync"
)

// Gates has a gate for each of many names. It remembers the latest ones of a
// bounded number. The zero value is ready, and safe for concurrent use.
type Gates struct {
	mu     sync.Mutex
	known  map[gateKey]*list.Element
	latest list.List // of *named; what was asked for last is in front
}

// mostGates bounds the names that are remembered.
const mostGates = 10_000

// gateKey is a name with what its gate is like: another rate makes another gate.
type gateKey struct {
	name  string
	rate  Rate
	burst int
}

type named struct {
	gateKey
	gate *Gate
}

// Of returns the gate of a name, the same one each time.
func (g *Gates) Of(name string, r Rate, burst int) *Gate {
	g.mu.Lock()
	defer g.mu.Unlock()
	key := gateKey{name, r, burst}
	if e := g.known[key]; e != nil {
		g.latest.MoveToFront(e)
		return e.Value.(*named).gate
	}
	if g.known == nil {
		g.known = map[gateKey]*list.Element{}
	}
	for g.latest.Len() >= mostGates {
		delete(g.known, g.latest.Remove(g.latest.Back()).(*named).gateKey)
	}
	n := &named{key, NewGate(r, burst)}
	g.known[key] = g.latest.PushFront(n)
	return n.gate
}
