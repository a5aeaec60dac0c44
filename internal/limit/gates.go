package limit

// Gates has a gate for each of many names. It remembers the latest ones of a
// bounded number. The zero value is ready, and safe for concurrent use.
type Gates struct{ byName latest[gateKey, *Gate] }

// gateKey is a name with what its gate is like: another rate makes another gate.
type gateKey struct {
	name  string
	rate  Rate
	burst int
}

// Of returns the gate of a name, the same one each time.
func (g *Gates) Of(name string, r Rate, burst int) *Gate {
	return g.byName.of(gateKey{name, r, burst}, func() *Gate { return NewGate(r, burst) })
}
