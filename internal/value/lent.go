package value

import (
	"sync"
	"sync/atomic"
)

// Memory of answers is lent from leastLent bytes on, exclusive: what is smaller is
// cheap to make. It comes in the sizes that Go rounds such memory up to, so that an
// answer that lives on takes no more of it than one of its own would.
const (
	lentPage  = 8 << 10
	leastLent = 32 << 10
	mostLent  = 256 << 10
)

// Lender has the memory of answers that are over, for others. The zero Lender has
// none yet. It is safe for concurrent use, and the collector takes what nobody needs.
type Lender struct {
	sizes [mostLent / lentPage]sync.Pool // of *Lent
}

// Lent is memory that one payload has at a time. Whoever else may have a part of it
// is counted: only memory that nobody has is given back.
type Lent struct {
	memory []byte
	of     *sync.Pool
	users  atomic.Int32 // who has it for a while
	kept   atomic.Bool  // somebody may have it for ever
}

// Lend returns memory for n bytes, with anything in it. It is nil for so few or so
// many that they are to have memory of their own.
func (l *Lender) Lend(n int64) *Lent {
	if n <= leastLent || n > mostLent {
		return nil
	}
	size := (n + lentPage - 1) / lentPage
	of := &l.sizes[size-1]
	if m, ok := of.Get().(*Lent); ok {
		return m
	}
	return &Lent{memory: make([]byte, size*lentPage), of: of}
}

// Bytes returns the first n bytes.
func (m *Lent) Bytes(n int64) []byte { return m.memory[:n:n] }

// Lend says whose memory the bytes of the payload stand in, so that GiveBack can give
// it back. Nobody else has the payload, or its bytes.
func (p *Payload) Lend(m *Lent) {
	if m != nil && len(p.raw) > 0 && len(p.raw) <= len(m.memory) && &p.raw[0] == &m.memory[0] {
		p.lent = m
	}
}

// Holds reports whether the bytes are the payload's own.
func (p *Payload) Holds(b []byte) bool { return len(b) > 0 && len(p.raw) > 0 && &b[0] == &p.raw[0] }

// Borrow is Bytes for somebody who says by Return that nobody has them any more.
func (p *Payload) Borrow() []byte {
	if p.lent != nil {
		p.lent.users.Add(1)
	}
	return p.raw
}

// Return is the end of one Borrow. Without it the memory is never given back.
func (p *Payload) Return() {
	if p.lent != nil {
		p.lent.users.Add(-1)
	}
}

// Keep says that somebody may have the payload, or its bytes, for ever.
func (p *Payload) Keep() {
	if p != nil && p.lent != nil {
		p.lent.kept.Store(true)
	}
}

// IsLent reports whether the payload's memory can be given back one day.
func (p *Payload) IsLent() bool { return p.lent != nil && !p.lent.kept.Load() }

// GiveBack gives the memory back, cleared where that is asked for, and reports
// whether: not where others may have it, or it is the payload's own. The payload is
// empty afterwards. Nobody uses it at the same time, and nobody has a Look into it.
func (p *Payload) GiveBack(cleared bool) bool {
	m := p.lent
	if m == nil || m.kept.Load() || m.users.Load() != 0 {
		return false
	}
	if cleared {
		clear(m.memory)
	}
	p.lent, p.raw, p.value = nil, nil, nil
	p.known.Store(isChecked)
	m.of.Put(m)
	return true
}

// Keep says that somebody may have a value for ever, with the payloads in it.
func Keep(v any) { keepAt(v, 0) }

func keepAt(v any, depth int) {
	if depth > MaxDepth {
		return
	}
	switch x := v.(type) {
	case *Payload:
		x.Keep()
	case []any:
		for _, item := range x {
			keepAt(item, depth+1)
		}
	case map[string]any:
		for _, member := range x {
			keepAt(member, depth+1)
		}
	}
}
