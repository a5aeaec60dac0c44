package flows

import (
	"context"
	"time"

	"github.com/medlar-flow/medlar/connector"
)

// RunOption changes how a flow runs.
type RunOption func(*runConfig)

type runConfig struct {
	runID     string
	listeners []Listener
	timeout   time.Duration
	sandbox   *connector.Sandbox
	defaults  map[string]map[string]any
	env       func(string) (string, bool)
	runtime   Runtime
	provider  SecretProvider
	origin    string
}

// WithRunID names the run; the default is a random UUID.
func WithRunID(id string) RunOption { return func(c *runConfig) { c.runID = id } }

// WithListener adds a listener for the run's events.
func WithListener(l Listener) RunOption {
	return func(c *runConfig) { c.listeners = append(c.listeners, l) }
}

// WithTimeout bounds the run, as the flow's own timeout does; the shorter one
// holds. Zero or less means none.
func WithTimeout(d time.Duration) RunOption { return func(c *runConfig) { c.timeout = d } }

// WithSandbox replaces every service that has connections by a local
// stand-in: nothing leaves it.
func WithSandbox(s connector.Sandbox) RunOption { return func(c *runConfig) { c.sandbox = &s } }

// WithConnectionDefaults gives parameters to the connections of a connector or
// of a family, such as "aws", that do not set them themselves.
func WithConnectionDefaults(connectorOrFamily string, params map[string]any) RunOption {
	return func(c *runConfig) {
		if c.defaults == nil {
			c.defaults = map[string]map[string]any{}
		}
		c.defaults[connectorOrFamily] = params
	}
}

// WithEnv replaces the process's environment, which `env.NAME` reads. Each
// name is read once, when the run starts.
func WithEnv(lookup func(name string) (value string, ok bool)) RunOption {
	return func(c *runConfig) { c.env = lookup }
}

// WithRuntime runs the flow on a runtime of the caller's instead of in
// process. The runtime calls the operations and keeps the time; listeners,
// WithSandbox and the context of Run are then its business.
func WithRuntime(rt Runtime) RunOption { return func(c *runConfig) { c.runtime = rt } }

// SecretProvider gives the value of a secret that a flow declares. ok is false
// where it has none of that name.
type SecretProvider func(ctx context.Context, name string) (value string, ok bool, err error)

// WithSecrets asks a provider for the flow's secrets. Those that name an
// environment variable are read from there.
func WithSecrets(provider SecretProvider) RunOption {
	return func(c *runConfig) { c.provider = provider }
}
