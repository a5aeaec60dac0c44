package interp

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/internal/value"
)

// Renewals are secrets that may have other values when they are read again. It
// is the runtime.Renewer of attempts.
type Renewals struct {
	hide func(secret string)
	list []*renewal
}

// NewRenewals makes renewals of no secret. hide is told each new value before
// anybody is given it.
func NewRenewals(hide func(secret string)) *Renewals { return &Renewals{hide: hide} }

// Add adds a secret with the value that it has. read returns the value that it
// has later, which is to be another than not.
func (r *Renewals) Add(v string, read func(ctx context.Context, not string) (string, error)) {
	if v != "" {
		r.list = append(r.list, &renewal{read: read, turn: make(chan struct{}, 1), values: []string{v}})
	}
}

// renewal is a secret that is read again where its value is refused.
type renewal struct {
	read func(ctx context.Context, not string) (string, error)
	turn chan struct{} // holds one while somebody reads

	mu     sync.Mutex
	values []string // that it had, the newest last
	// inVain is when it was read last and was still the same.
	inVain time.Time
}

const (
	mostValues = 16          // of one secret that are kept
	patience   = time.Minute // before a secret that did not change is read again
)

func (n *renewal) newest() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.values[len(n.values)-1]
}

// swap is a value of a secret and the one that takes its place.
type swap struct{ old, fresh string }

// swaps returns what has changed since the run began.
func (r *Renewals) swaps() []swap {
	var all []swap
	for _, n := range r.list {
		n.mu.Lock()
		for _, old := range n.values[:len(n.values)-1] {
			all = append(all, swap{old, n.values[len(n.values)-1]})
		}
		n.mu.Unlock()
	}
	slices.SortStableFunc(all, func(a, b swap) int { return len(b.old) - len(a.old) })
	return all
}

// Current returns the attempt with the newest values.
func (r *Renewals) Current(a runtime.Attempt) runtime.Attempt {
	renewed, _ := swapped(a, r.swaps())
	return renewed
}

// Renew reads the secrets again that stand in the attempt.
func (r *Renewals) Renew(ctx context.Context, a runtime.Attempt) (renewed runtime.Attempt, ok bool) {
	var changed []swap
	for _, n := range r.list {
		old := n.newest()
		if !givenTo(a, old) {
			continue
		}
		if fresh := r.renew(ctx, n, old); fresh != old {
			changed = append(changed, swap{old, fresh})
		}
	}
	return swapped(a, changed)
}

// renew returns another value than old, or old where there is none.
func (r *Renewals) renew(ctx context.Context, n *renewal, old string) string {
	select {
	case n.turn <- struct{}{}:
		defer func() { <-n.turn }()
	case <-ctx.Done():
		return old
	}
	n.mu.Lock()
	newest, inVain := n.values[len(n.values)-1], n.inVain
	n.mu.Unlock()
	if newest != old || !inVain.IsZero() && time.Since(inVain) < patience {
		return newest
	}
	fresh, err := n.read(ctx, old)
	n.mu.Lock()
	defer n.mu.Unlock()
	if err != nil || fresh == "" || fresh == old {
		n.inVain = time.Now()
		return old
	}
	r.hide(fresh)
	n.inVain = time.Time{}
	if n.values = append(n.values, fresh); len(n.values) > mostValues {
		n.values = slices.Clone(n.values[1:])
	}
	return fresh
}

// givenTo reports whether a secret stands in what an attempt is given.
func givenTo(a runtime.Attempt, secret string) bool {
	_, changed := swapped(a, []swap{{secret, ""}})
	return changed
}

// swapped returns an attempt with other values of secrets. ok is false where
// none stands in it.
func swapped(a runtime.Attempt, swaps []swap) (out runtime.Attempt, ok bool) {
	if len(swaps) == 0 {
		return a, false
	}
	if v, changed := swapIn(a.Params, swaps); changed {
		a.Params, _ = v.(map[string]any)
		ok = true
	}
	if a.Connection == nil {
		return a, ok
	}
	v, changed := swapIn(a.Connection.Params, swaps)
	if !changed {
		return a, ok
	}
	ref := *a.Connection
	ref.Params, _ = v.(map[string]any)
	var err error
	if ref.Key, err = ConnectionKey(ref.Params); err != nil {
		return a, ok
	}
	a.Connection = &ref
	return a, true
}

// swapIn returns a value with other values of secrets in its texts; what it
// shares with the first one is not changed. A short secret counts only where it
// is the whole of a text.
func swapIn(v any, swaps []swap) (any, bool) {
	switch x := v.(type) {
	case string:
		return swapText(x, swaps)
	case []byte:
		text, changed := swapText(string(x), swaps)
		if !changed {
			return v, false
		}
		return []byte(text), true
	case *value.Payload:
		if !slices.ContainsFunc(swaps, func(s swap) bool { return bytes.Contains(x.Bytes(), []byte(s.old)) }) {
			return v, false
		}
		return swapIn(x.Value(), swaps)
	case []any:
		var out []any
		for i, item := range x {
			if fresh, changed := swapIn(item, swaps); changed {
				if out == nil {
					out = slices.Clone(x)
				}
				out[i] = fresh
			}
		}
		if out == nil {
			return v, false
		}
		return out, true
	case map[string]any:
		return swapMap(x, swaps)
	}
	return v, false
}

func swapMap(m map[string]any, swaps []swap) (any, bool) {
	var out map[string]any
	for name, member := range m {
		fresh, changed := swapIn(member, swaps)
		if !changed {
			continue
		}
		if out == nil {
			out = maps.Clone(m)
		}
		out[name] = fresh
	}
	if out == nil {
		return m, false
	}
	return out, true
}

func swapText(text string, swaps []swap) (string, bool) {
	changed := false
	for _, s := range swaps {
		switch {
		case text == s.old:
			return s.fresh, true
		case len(s.old) >= MinSecret && strings.Contains(text, s.old):
			text, changed = strings.ReplaceAll(text, s.old, s.fresh), true
		}
	}
	return text, changed
}

var _ runtime.Renewer = (*Renewals)(nil)
