package interp

import (
	"context"

	"github.com/medlar-flow/medlar/flows/internal/runtime"
)

// ReadSecret reads a secret as a run with these options would. ok is false
// where there is none.
func ReadSecret[O ~func(*runtime.Options)](ctx context.Context, ref runtime.SecretRef, options ...O) (value string, ok bool, err error) {
	o := &runtime.Options{}
	o.Reset()
	for _, option := range options {
		option(o)
	}
	return o.ReadSecret(ctx, ref)
}

// SecretNet finds secrets in values, also encoded and inside of longer texts.
type SecretNet struct{ r redactor }

// NewSecretNet returns a net for secrets; those of less than 8 bytes slip
// through.
func NewSecretNet(secrets ...string) *SecretNet {
	n := &SecretNet{}
	for _, s := range secrets {
		n.r.add(s)
	}
	return n
}

// Add adds a secret.
func (n *SecretNet) Add(secret string) { n.r.add(secret) }

// Holds reports whether a secret stands in a value.
func (n *SecretNet) Holds(v any) bool {
	return !n.r.empty() && n.r.holds(v)
}

// Shown returns a value without the secrets; those of less than 8 bytes are
// hidden where they are words of their own.
func (n *SecretNet) Shown(v any) any { return (&veil{net: &n.r}).value(v) }
