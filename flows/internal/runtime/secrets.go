package runtime

import (
	"context"
	"fmt"
	"strings"

	"github.com/medlar-flow/medlar/internal/readfile"
)

// SecretRef names a secret that a flow declares: what stands for its value
// where the value may not be.
type SecretRef struct {
	Name string
	// Source says where the flow reads it from; the zero value where it names
	// no place, and the caller's provider is asked.
	Source SecretSource
}

// SecretSource is a place of secrets: one of Env, File and Store.
type SecretSource struct {
	// Env is the name of an environment variable.
	Env string
	// File is a file of the machine that the flow runs on.
	File string
	// Store names what keeps it, ID says which it is there, and Key which member
	// of that; empty for all of it.
	Store, ID, Key string
	// Connection is the file and the name of the connection that the store is
	// asked with; empty for its default.
	Connection string
}

// Renewable reports whether the secret may have another value when it is read
// again.
func (s SecretSource) Renewable() bool { return s.Store != "" || s.File != "" }

// Secret is a declared secret with its value.
type Secret struct {
	SecretRef
	// Value is empty where it is not known here.
	Value string
	// Connection is what its store is asked with; nil for other secrets.
	Connection *ConnectionRef
}

// Renewer knows newer values of secrets that an attempt is given.
type Renewer interface {
	// Current returns the attempt with the newest values.
	Current(a Attempt) Attempt
	// Renew reads the secrets that the attempt was given again. ok is false where
	// none of them has another value now.
	Renew(ctx context.Context, a Attempt) (renewed Attempt, ok bool)
}

// SecretCache keeps what stores of secrets gave.
type SecretCache interface {
	// Get returns what is kept under a key, unless that is the value not, or else
	// what read gives.
	Get(ctx context.Context, key, not string, read func(ctx context.Context) (string, error)) (string, error)
}

// maxSecretFile is the size that a file with a secret may have, in bytes.
const maxSecretFile = 64 << 10

// StandsIn reports whether something stands in for the services of a run:
// stores are not asked then, their secrets are those of the caller's provider.
func (o *Options) StandsIn() bool { return o.Sandbox != nil || o.Runtime != nil || o.Sandboxed }

// Asks reports whether a secret is to be asked of its store.
func (o *Options) Asks(ref SecretRef) bool { return ref.Source.Store != "" && !o.StandsIn() }

// ReadSecret asks where the flow says, else the provider, else the environment
// variable of the secret's own name. It does not ask stores, nor files where
// something stands in for the services.
func (o *Options) ReadSecret(ctx context.Context, ref SecretRef) (string, bool, error) {
	if ref.Source.Env != "" {
		return o.envSecret(ref.Source.Env)
	}
	if ref.Source.File != "" && !o.StandsIn() {
		return readSecretFile(ref.Source.File)
	}
	if o.Provider != nil {
		if v, ok, err := o.Provider(ctx, ref.Name); ok || err != nil {
			return v, ok, err
		}
	}
	return o.envSecret(ref.Name)
}

// envSecret reads a secret from the environment. A variable that is set and empty is
// a mistake of whoever set it: nobody lets a flow in without a password.
func (o *Options) envSecret(variable string) (string, bool, error) {
	v, ok := o.Env(variable)
	if ok && v == "" {
		return "", false, fmt.Errorf("the environment variable %s is set and empty", variable)
	}
	return v, ok, nil
}

// readSecretFile reads a file without the line break at its end.
func readSecretFile(name string) (string, bool, error) {
	b, err := readfile.Plain(name, maxSecretFile)
	if err != nil {
		return "", false, readfile.About(name, err) //nolint:wrapcheck // the caller says which secret
	}
	text := strings.TrimSuffix(strings.TrimSuffix(string(b), "\n"), "\r")
	if text == "" {
		return "", false, fmt.Errorf("the file %s is empty", name)
	}
	return text, true, nil
}
