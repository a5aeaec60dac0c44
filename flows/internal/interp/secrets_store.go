package interp

import (
	"context"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/internal/value"
)

// Stored is a secret with what its store is asked with.
type Stored struct {
	runtime.SecretRef
	Operation  *connector.Operation
	Owner      *connector.Connector
	Connection *runtime.ConnectionRef
	// RunID names the run that asks.
	RunID string
}

// StoredSecret returns a secret with the operation of a registry that reads it.
// ok is false where there is none.
func StoredSecret(registry *connector.Registry, ref runtime.SecretRef) (s *Stored, ok bool) {
	store, ok := fields.StoreNamed(ref.Source.Store)
	if !ok {
		return nil, false
	}
	op, ok := StoreOperation(registry, store)
	if !ok {
		return nil, false
	}
	return &Stored{SecretRef: ref, Operation: op, Owner: registry.Owner(op)}, true
}

// StoreOperation returns the operation that reads a store's secrets.
func StoreOperation(registry *connector.Registry, store fields.Store) (*connector.Operation, bool) {
	if source := registry.Source(); store.Family != "" && source != nil && source.Prefix() == store.Family {
		if op, ok := registry.Operation(store.Family + "." + store.Operation); ok {
			return op, true
		}
	}
	return registry.Operation(store.Operation)
}

// storeTimeout bounds a request to a store, with its repetitions.
const storeTimeout = 10 * time.Second

// ask asks the store for what the secret is, or is in.
func (s *Stored) ask(ctx context.Context) (any, error) {
	store, _ := fields.StoreNamed(s.Source.Store)
	params, err := s.Operation.Params().Convert(store.Params(s.Source.ID))
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the parameter
	}
	rt, _, done := NewLocal(ctx, s.RunID, nil)
	defer done() //nolint:errcheck // it was only read from
	v, err := rt.Attempt(runtime.Attempt{
		Path: "/secrets/" + s.Name, Number: 1, Operation: s.Operation, Owner: s.Owner, Params: params, Connection: s.Connection,
		Repeat: connector.RepeatAny, Timeout: storeTimeout, Secret: true,
	})
	if err != nil {
		return nil, err //nolint:wrapcheck // it is the operation's
	}
	return value.Plain(v), nil
}

// pick returns the secret in what the store gave.
func (s *Stored) pick(result any) (string, error) {
	store, _ := fields.StoreNamed(s.Source.Store)
	return store.Value(result, s.Source.Key) //nolint:wrapcheck // it says what is wrong
}

// Read asks the store for the secret. No error quotes a value.
func (s *Stored) Read(ctx context.Context) (string, error) {
	v, err := s.ask(ctx)
	if err != nil {
		return "", err
	}
	return s.pick(v)
}

// Key tells the secret from all others, and from those that other credentials
// find under its name.
func (s *Stored) Key() string { return sourceText(s.Source) + "\x00" + s.Connection.Key }

// sourceText orders and names places of secrets.
func sourceText(s runtime.SecretSource) string {
	return strings.Join([]string{s.Env, s.File, s.Store, s.ID, s.Key, s.Connection}, "\x00")
}

// secretReader reads the secrets of a run. What holds several of them is asked
// for once.
type secretReader struct {
	x     *execution
	asked map[string]any
}

func (r *secretReader) read(ctx context.Context, spec SecretSpec) (string, bool, error) {
	x := r.x
	switch {
	case !x.config.Asks(spec.SecretRef):
		return x.config.ReadSecret(ctx, spec.SecretRef) //nolint:wrapcheck // the caller says which secret
	case x.config.Remote:
		return "", false, nil
	}
	ref, err := x.storeConnection(ctx, spec.Store)
	if err != nil {
		return "", false, err
	}
	s := &Stored{SecretRef: spec.SecretRef, Operation: spec.Store.Operation, Owner: spec.Store.Owner, Connection: ref, RunID: x.id}
	if x.stored == nil {
		x.stored = map[runtime.SecretRef]*Stored{}
	}
	x.stored[spec.SecretRef] = s
	if kept := x.config.Kept; kept != nil {
		v, err := kept.Get(ctx, s.Key(), "", s.Read)
		return v, err == nil, err //nolint:wrapcheck // as above
	}
	v, err := r.ask(ctx, s)
	if err != nil {
		return "", false, err
	}
	text, err := s.pick(v)
	return text, err == nil, err
}

func (r *secretReader) ask(ctx context.Context, s *Stored) (any, error) {
	whole := *s
	whole.Source.Key = ""
	key := whole.Key()
	if v, ok := r.asked[key]; ok {
		return v, nil
	}
	v, err := s.ask(ctx)
	if err != nil {
		return nil, err
	}
	if r.asked == nil {
		r.asked = map[string]any{}
	}
	r.asked[key] = v
	return v, nil
}

// storeConnection evaluates the connection of a store before the run begins:
// what it refers to is known then.
func (x *execution) storeConnection(ctx context.Context, plan *StorePlan) (*runtime.ConnectionRef, error) {
	own := x.sub(&SubFlowStep{Program: plan.Program}, nil, map[string]any{})
	if plan.Program == x.program {
		own.inputs = x.inputs
	}
	s := own.newBody()
	s.rt, s.ctx, s.path = newInProcess(ctx, newWorld(x.id)), own.inputs, stepPath{base: "/connections"}
	own.startedAt = s.rt.Now()
	own.fillRoot(s.frame)
	return s.evalConnection(plan.Owner, plan.Connection)
}

// renewable notes a secret that may have another value later.
func (x *execution) renewable(ref runtime.SecretRef, v string) {
	if !ref.Source.Renewable() || x.config.StandsIn() {
		return
	}
	read := func(ctx context.Context, _ string) (string, error) {
		v, _, err := x.config.ReadSecret(ctx, ref)
		return v, err //nolint:wrapcheck // nobody sees it
	}
	if s := x.stored[ref]; s != nil {
		read = func(ctx context.Context, _ string) (string, error) { return s.Read(ctx) }
	}
	if x.renewals == nil {
		x.renewals = NewRenewals(x.secrets.add)
	}
	x.renewals.Add(v, read)
}
