package flows

import (
	"context"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/connector"
)

// Pin gives the run that a process is to carry elsewhere: what it begins with,
// checked as Run checks it. Nothing runs. Secrets that are not to be had here
// are not missed: they are read where the flow runs. Local gives nothing of
// use.
func (f *Flow) Pin(ctx context.Context, inputs map[string]any, options ...RunOption) (*Execution, error) {
	x, err := f.bound(inputs, options)
	if err != nil {
		return nil, err
	}
	x.secretValues = map[secretKey]string{}
	for _, spec := range x.program.allSecrets() {
		if v, found, err := x.config.readSecret(ctx, spec); found && err == nil {
			x.secretValues[spec.key()] = v
			x.secrets.add(v)
		}
	}
	return &Execution{x: &x.execution}, nil
}

// NewLocal gives a runtime in process for attempts that belong to a run whose
// interpreter is elsewhere. It opens each connection once. Call done when no
// attempt is under way any more.
func NewLocal(ctx context.Context, runID string, sandbox *connector.Sandbox) (local Local, done func() error) {
	w := &world{seed: runID}
	w.connections.runID, w.connections.sandbox = runID, sandbox
	return Local{newInProcess(ctx, w)}, w.connections.close
}

// In gives a runtime that ends with ctx instead.
func (l Local) In(ctx context.Context) Local { return Local{newInProcess(ctx, l.rt.world)} }

// SecretRef names a secret that a flow declares: what stands for its value
// where the value may not be.
type SecretRef struct {
	Name string
	Env  string // the environment variable that the flow reads it from; empty where it names none
}

// Secret is a declared secret with its value.
type Secret struct {
	SecretRef
	Value string
}

// Secrets gives what the flow, and those that it calls, declare, in the order
// of their names.
func (e *Execution) Secrets() []Secret {
	var list []Secret
	for key, v := range e.x.secretValues {
		list = append(list, Secret{SecretRef{Name: key.name, Env: key.env}, v})
	}
	slices.SortFunc(list, func(a, b Secret) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		return strings.Compare(a.Env, b.Env)
	})
	return list
}

// ReadSecret reads a secret as a run with these options would, of which
// WithSecrets and WithEnv count. ok is false where there is none.
func ReadSecret(ctx context.Context, ref SecretRef, options ...RunOption) (value string, ok bool, err error) {
	config := &runConfig{}
	config.read(options)
	return config.readSecret(ctx, secretSpec{name: ref.Name, env: ref.Env})
}

// SecretNet finds secrets in values, also encoded and inside of longer texts.
type SecretNet struct{ r redactor }

// NewSecretNet gives a net for secrets; those of less than 8 bytes slip
// through.
func NewSecretNet(secrets ...string) *SecretNet {
	n := &SecretNet{}
	for _, s := range secrets {
		n.r.add(s)
	}
	return n
}

// Holds is true where a secret stands in a value.
func (n *SecretNet) Holds(v any) bool {
	return !n.r.empty() && n.r.holds(v)
}

// Shown gives a value without the secrets.
func (n *SecretNet) Shown(v any) any { return n.r.value(v) }
