package flows

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"sync"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/schema"
)

// connectionPool opens each distinct connection of a run once.
type connectionPool struct {
	runID   string
	sandbox *connector.Sandbox

	mu      sync.Mutex
	entries map[poolKey]*pooled
}

type poolKey struct{ owner, connection string }

type pooled struct {
	opened chan struct{} // closed when the rest is known
	conn   connector.Connection
	err    error
	// stopped is true where whoever opened it had to stop: that says nothing
	// about the connection.
	stopped bool
}

// get gives the entry of a key. mine is true for the caller that is to open it.
func (p *connectionPool) get(key poolKey) (entry *pooled, mine bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.entries == nil {
		p.entries = map[poolKey]*pooled{}
	}
	if entry = p.entries[key]; entry != nil {
		return entry, false
	}
	entry = &pooled{opened: make(chan struct{})}
	p.entries[key] = entry
	return entry, true
}

// drop forgets a connection that could not be opened, so that a retry opens it
// again.
func (p *connectionPool) drop(key poolKey, entry *pooled) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.entries[key] == entry {
		delete(p.entries, key)
	}
}

func (p *connectionPool) open(ctx context.Context, a Attempt) (connector.Connection, error) {
	if a.Connection == nil {
		return nil, nil
	}
	key := poolKey{a.Owner.Name, a.Connection.Key}
	for {
		entry, mine := p.get(key)
		if mine {
			return p.first(ctx, a, key, entry)
		}
		if !entry.wait(ctx) {
			return nil, ctx.Err()
		}
		if !entry.stopped {
			return entry.conn, entry.err
		}
	}
}

// wait is false where ctx ends before the connection is opened.
func (e *pooled) wait(ctx context.Context) bool {
	select {
	case <-e.opened: // as nearly always: a select of two costs more
		return true
	default:
	}
	select {
	case <-e.opened:
		return true
	case <-ctx.Done():
		return false
	}
}

// first opens a connection for all who wait for it.
func (p *connectionPool) first(ctx context.Context, a Attempt, key poolKey, entry *pooled) (connector.Connection, error) {
	entry.conn, entry.err = protected(a.Owner.Name+": opening the connection", func() (connector.Connection, error) {
		return a.Owner.Open(ctx, connector.OpenRequest{Params: a.Connection.Params, Key: a.Connection.Key, RunID: p.runID, Sandbox: p.sandbox})
	})
	if entry.err != nil {
		entry.stopped = ctx.Err() != nil
		p.drop(key, entry)
	}
	close(entry.opened)
	return entry.conn, entry.err
}

// close releases every connection.
func (p *connectionPool) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for _, entry := range p.entries {
		if entry.conn != nil {
			errs = append(errs, entry.conn.Close())
		}
	}
	p.entries = nil
	return errors.Join(errs...)
}

// connectionRef gives the connection of a call, or nil where it needs none.
func (s *state) connectionRef(call *callStep) (*ConnectionRef, error) {
	use := call.connection
	if use == nil {
		return nil, nil
	}
	if use.plan != nil && use.plan.inline {
		if ref := s.run.fixedRef(call.owner, use.plan); ref != nil {
			return ref, nil
		}
		return s.evalConnection(call.owner, use.plan)
	}
	return s.declaredRef(call.owner, use)
}

// declaredRef gives a connection of the header, or the default one. The flow
// that runs this one may have put one of its own in its place.
func (s *state) declaredRef(owner *connector.Connector, use *connectionUse) (*ConnectionRef, error) {
	if s.run.overrides != nil {
		names := append([]string{owner.Name, owner.Family}, owner.Aliases...)
		if use.plan != nil {
			names = []string{use.plan.name}
		}
		for _, name := range names {
			if other := s.run.overrides[name]; other != nil {
				return s.run.caller.declaredRef(owner, other)
			}
		}
	}
	return s.run.headerRef(owner, use.plan, s)
}

// refKey is a declared connection as one connector uses it.
type refKey struct {
	owner *connector.Connector
	plan  *connectionPlan
}

type refEntry struct {
	once sync.Once
	ref  *ConnectionRef
	err  error
}

// headerRef evaluates a connection of the header at its first use in the run.
func (x *execution) headerRef(owner *connector.Connector, plan *connectionPlan, s *state) (*ConnectionRef, error) {
	if ref := x.fixedRef(owner, plan); ref != nil {
		return ref, nil
	}
	x.refsMu.Lock()
	if x.refs == nil {
		x.refs = map[refKey]*refEntry{}
	}
	entry := x.refs[refKey{owner, plan}]
	if entry == nil {
		entry = &refEntry{}
		x.refs[refKey{owner, plan}] = entry
	}
	x.refsMu.Unlock()
	entry.once.Do(func() {
		header := &state{run: x, rt: s.rt, frame: s.frame.root(), ctx: x.inputs, path: stepPath{base: "/connections"}}
		if plan != nil {
			header.path.rel = "/" + plan.name
		}
		entry.ref, entry.err = header.evalConnection(owner, plan)
	})
	return entry.ref, entry.err
}

func (s *state) evalConnection(owner *connector.Connector, plan *connectionPlan) (*ConnectionRef, error) {
	ref := &ConnectionRef{}
	given := map[string]any{}
	if plan != nil {
		ref.Name = plan.name
		v, err := plan.params.eval(s)
		if err != nil {
			return nil, err
		}
		given = maps.Clone(v.(map[string]any))
	}
	s.run.addDefaults(owner, given)
	params, err := owner.Connection.Convert(given)
	if err != nil {
		return nil, badParameters(plan, err)
	}
	s.run.secrets.note(params, &schema.Field{Type: schema.Object, Members: owner.Connection})
	canonical, err := schema.EncodeJSON(params)
	if err != nil {
		return nil, badParameters(plan, err)
	}
	sum := sha256.Sum256(canonical)
	ref.Params, ref.Key = params, hex.EncodeToString(sum[:])
	s.run.keepFixed(owner, plan, ref)
	return ref, nil
}

// codeConnection is the code of parameters that no connection can be made of.
const codeConnection = "InvalidConnection"

func badParameters(plan *connectionPlan, err error) *connector.Error {
	message := err.Error()
	if plan != nil {
		message = plan.at.String() + ": connection " + plan.name + ": " + message
	}
	return &connector.Error{Code: codeConnection, Class: connector.Invalid, Message: message, Err: err}
}

// addDefaults fills in what the embedder or the command line gives.
func (x *execution) addDefaults(owner *connector.Connector, params map[string]any) {
	for _, key := range []string{owner.Name, owner.Family} {
		for name, v := range x.config.defaults[key] {
			f := owner.Connection.Field(name)
			if f == nil || given(params, f) {
				continue
			}
			params[f.Name] = v
		}
	}
}

func given(params map[string]any, f *schema.Field) bool {
	for _, name := range append([]string{f.Name}, f.Aliases...) {
		if params[name] != nil {
			return true
		}
	}
	return false
}
