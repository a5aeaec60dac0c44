package temporal

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/medlar-flow/medlar/flows/internal/interp"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/internal/wire"
)

// kept are secrets of stores as a worker keeps them: workflow code is not to
// wait for a store at each replay, nor an activity at each attempt.
type kept struct {
	mu      sync.Mutex
	secrets map[string]*keptSecret
}

type keptSecret struct {
	turn  chan struct{} // holds one while somebody reads
	value string        // guarded by turn, as the others are
	since time.Time
	// inVain is when it was read again, and was still the same.
	inVain time.Time
}

const (
	keepSecrets = 5 * time.Minute // how long a secret is kept
	mostSecrets = 1000            // that are
	patience    = time.Minute     // before one that did not change is read again
)

// Get returns what is kept under a key, unless that is the value not, or else
// what read gives.
func (k *kept) Get(ctx context.Context, key, not string, read func(ctx context.Context) (string, error)) (string, error) {
	s := k.of(key)
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return "", ctx.Err() //nolint:wrapcheck // it says all
	}
	if !s.since.IsZero() && time.Since(s.since) < keepSecrets && (not == "" || s.value != not) {
		return s.value, nil
	}
	if not != "" && s.value == not && time.Since(s.inVain) < patience {
		return s.value, nil
	}
	v, err := read(ctx)
	if err != nil {
		return "", err
	}
	s.value, s.since, s.inVain = v, time.Now(), time.Time{}
	if v == not {
		s.inVain = s.since
	}
	return v, nil
}

func (k *kept) of(key string) *keptSecret {
	k.mu.Lock()
	defer k.mu.Unlock()
	s := k.secrets[key]
	if s == nil {
		if k.secrets == nil || len(k.secrets) >= mostSecrets {
			k.secrets = map[string]*keptSecret{}
		}
		s = &keptSecret{turn: make(chan struct{}, 1)}
		k.secrets[key] = s
	}
	return s
}

// stores are the connections that stores are asked with, for the activity.
func (r *run) stores() []any {
	var list []any
	seen := map[[2]string]bool{}
	for _, s := range r.exec.Secrets() {
		name := [2]string{s.Source.Store, s.Source.Connection}
		if s.Connection == nil || seen[name] {
			continue
		}
		seen[name] = true
		list = append(list, map[string]any{"store": name[0], "connection": name[1], "params": s.Connection.Params})
	}
	return list
}

// storesKey is where the activity finds them.
const storesKey = "stores"

// opening reads what an activity is called with.
type opening struct {
	*sealed
	call *call
	ctx  context.Context //nolint:containedctx // it lives as long as the reading
}

// all resolves the references.
func (o *opening) all() (any, error) {
	for i := range o.refs {
		if err := o.fill(i, o.resolve); err != nil {
			return nil, err
		}
	}
	return o.value, nil
}

// resolve returns the value of a secret, and has it renewed where it can be.
func (o *opening) resolve(ref runtime.SecretRef) (string, error) {
	for _, s := range o.call.secrets {
		if s.SecretRef == ref {
			return s.Value, nil
		}
	}
	read, err := o.reader(ref)
	if err != nil {
		return "", &missingSecretError{ref, err}
	}
	v, err := read(o.ctx, "")
	if err != nil {
		return "", &missingSecretError{ref, err}
	}
	o.call.secrets = append(o.call.secrets, runtime.Secret{SecretRef: ref, Value: v})
	if ref.Source.Renewable() && o.call.engine.sandbox == nil {
		o.call.renews(ref, v, read)
	}
	return v, nil
}

var errNotThere = errors.New("there is none of that name")

// reader returns what reads a secret, one with another value than not.
func (o *opening) reader(ref runtime.SecretRef) (func(ctx context.Context, not string) (string, error), error) {
	e := o.call.engine
	if ref.Source.Store == "" || e.sandbox != nil {
		return func(ctx context.Context, _ string) (string, error) {
			v, ok, err := interp.ReadSecret(ctx, ref, e.secretOptions()...)
			if err == nil && !ok {
				err = errNotThere
			}
			return v, err //nolint:wrapcheck // the caller says which secret
		}, nil
	}
	s, ok := interp.StoredSecret(e.registry, ref)
	if !ok {
		return nil, errors.New("this worker has no operation that reads it")
	}
	params, err := o.storeParams(ref)
	if err != nil {
		return nil, err
	}
	if s.Connection, err = connectionOf("", params); err != nil {
		return nil, err
	}
	s.RunID = o.call.run
	return func(ctx context.Context, not string) (string, error) { return e.kept.Get(ctx, s.Key(), not, s.Read) }, nil
}

// storeParams returns the connection that a secret's store is asked with.
func (o *opening) storeParams(ref runtime.SecretRef) (map[string]any, error) {
	m, _ := o.value.(map[string]any)
	list, _ := m[storesKey].([]any)
	for at, item := range list {
		entry, _ := item.(map[string]any)
		if wire.TextAt(entry, "store") != ref.Source.Store || wire.TextAt(entry, "connection") != ref.Source.Connection {
			continue
		}
		for i := range o.refs {
			if o.below(i, storesKey, int64(at)) {
				if err := o.fill(i, o.resolve); err != nil {
					return nil, err
				}
			}
		}
		params, _ := entry["params"].(map[string]any)
		return params, nil
	}
	return nil, errReference
}

// renews lets the attempt be made again with another value of a secret.
func (c *call) renews(ref runtime.SecretRef, v string, read func(ctx context.Context, not string) (string, error)) {
	if c.renewals == nil {
		c.renewals = interp.NewRenewals(func(string) {})
	}
	c.renewals.Add(v, func(ctx context.Context, not string) (string, error) {
		fresh, err := read(ctx, not)
		if err == nil && fresh != not {
			// What the operation answers may hold it.
			c.mu.Lock()
			c.secrets = append(c.secrets, runtime.Secret{SecretRef: ref, Value: fresh})
			c.mu.Unlock()
			c.net.Add(fresh)
		}
		return fresh, err
	})
}
