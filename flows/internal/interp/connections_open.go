package interp

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
)

// connectionPool opens each distinct connection of a run once.
type connectionPool struct {
	runID   string
	sandbox *connector.Sandbox

	mu      sync.Mutex
	entries map[poolKey]*pooled
	// one is the first entry, and that of key while has is true: most runs have
	// no other. It is not used a second time, since somebody may still hold it.
	one       pooled
	key       poolKey
	has, used bool

	behind int  // calls that were left behind, and may use a connection
	closed bool // nobody else does
}

type poolKey struct{ owner, connection string }

type pooled struct {
	ready  atomic.Bool   // conn, err and stopped are known
	opened chan struct{} // closed then; made, with the pool locked, by the first to wait
	conn   connector.Connection
	err    error
	// stopped is true where whoever opened it had to stop: that says nothing
	// about the connection.
	stopped bool
}

// get returns the entry of a key. mine is true for the caller that is to open it.
func (p *connectionPool) get(key poolKey) (entry *pooled, mine bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.has && p.key == key {
		return &p.one, false
	}
	if entry = p.entries[key]; entry != nil {
		return entry, false
	}
	return p.add(key), true
}

// add makes the entry of a key that has none. The pool is locked.
func (p *connectionPool) add(key poolKey) *pooled {
	if !p.used {
		p.key, p.has, p.used = key, true, true
		return &p.one
	}
	if p.entries == nil {
		p.entries = map[poolKey]*pooled{}
	}
	entry := &pooled{}
	p.entries[key] = entry
	return entry
}

// hasAny reports whether a connection is open, or a call may still open one.
func (p *connectionPool) hasAny() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.has || len(p.entries) > 0 || p.behind > 0
}

// request is what asks for the connection of an attempt.
func (p *connectionPool) request(a *runtime.Attempt) connector.OpenRequest {
	return connector.OpenRequest{Params: a.Connection.Params, Key: a.Connection.Key, RunID: p.runID, Sandbox: p.sandbox}
}

// done tells those who wait that an entry is known. It forgets a connection
// that could not be opened, so that a retry opens it again.
func (p *connectionPool) done(key poolKey, entry *pooled) {
	p.mu.Lock()
	defer p.mu.Unlock()
	entry.ready.Store(true)
	if entry.opened != nil {
		close(entry.opened)
	}
	switch {
	case entry.err == nil:
	case entry == &p.one:
		p.has = false
	case p.entries[key] == entry:
		delete(p.entries, key)
	}
}

func (p *connectionPool) open(ctx context.Context, a *runtime.Attempt) (connector.Connection, error) {
	if a.Connection == nil {
		return nil, nil
	}
	key := poolKey{a.Owner.Name, a.Connection.Key}
	for {
		entry, mine := p.get(key)
		if mine {
			return p.first(ctx, a, key, entry)
		}
		if !p.wait(ctx, entry) {
			return nil, ctx.Err()
		}
		if !entry.stopped {
			return entry.conn, entry.err
		}
	}
}

// atHand returns a connection of the run that is open, or that another run has left.
func (p *connectionPool) atHand(a *runtime.Attempt) (connector.Connection, bool) {
	key := poolKey{a.Owner.Name, a.Connection.Key}
	p.mu.Lock()
	defer p.mu.Unlock()
	entry := p.entries[key]
	if p.has && p.key == key {
		entry = &p.one
	}
	if entry != nil {
		if !entry.ready.Load() { // somebody opens it, and writes to the entry
			return nil, false
		}
		return entry.conn, entry.err == nil
	}
	if a.Owner.Shared == nil {
		return nil, false
	}
	conn, ok := a.Owner.Shared(p.request(a))
	if ok {
		entry = p.add(key)
		entry.conn = conn
		entry.ready.Store(true)
	}
	return conn, ok
}

// wait is false where ctx ends before the connection is opened.
func (p *connectionPool) wait(ctx context.Context, entry *pooled) bool {
	if entry.ready.Load() { // as nearly always
		return true
	}
	select {
	case <-p.opening(entry):
		return true
	case <-ctx.Done():
		return false
	}
}

// opening returns a channel that is closed when an entry is known.
func (p *connectionPool) opening(entry *pooled) <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if entry.opened == nil {
		entry.opened = make(chan struct{})
		if entry.ready.Load() {
			close(entry.opened)
		}
	}
	return entry.opened
}

// first opens a connection for all who wait for it.
func (p *connectionPool) first(ctx context.Context, a *runtime.Attempt, key poolKey, entry *pooled) (connector.Connection, error) {
	entry.conn, entry.err = protected(a.Owner.Name, ": opening the connection", a.Log, func() (connector.Connection, error) {
		conn, err := a.Owner.Open(ctx, p.request(a))
		if conn == nil && err == nil {
			err = errors.New(a.Owner.Name + ": Open returned neither a connection nor an error")
		}
		return conn, err //nolint:wrapcheck // it is the call's
	})
	entry.stopped = entry.err != nil && ctx.Err() != nil
	p.done(key, entry)
	return entry.conn, entry.err
}

// leaveBehind counts a call that goes on, on its own.
func (p *connectionPool) leaveBehind() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.behind++
}

// cameBack is the end of a call that was left behind. The last one releases the
// connections where the run has ended meanwhile.
func (p *connectionPool) cameBack() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.behind--
	if p.closed {
		_ = p.release()
	}
}

// close releases every connection, at once unless a call was left behind.
func (p *connectionPool) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	return p.release()
}

// release is close with the pool locked.
func (p *connectionPool) release() error {
	if p.behind > 0 {
		return nil
	}
	var errs []error
	release := func(entry *pooled) {
		if !entry.ready.Load() || entry.conn == nil {
			return
		}
		if err := closed(entry.conn); err != nil {
			errs = append(errs, err)
		}
	}
	if p.has {
		release(&p.one)
	}
	for _, entry := range p.entries {
		release(entry)
	}
	p.has, p.entries = false, nil
	return errors.Join(errs...)
}
