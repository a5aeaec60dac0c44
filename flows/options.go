package flows

import (
	"context"
	"os"
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
	defaults  []connectionDefaults
	env       func(string) (string, bool)
	runtime   Runtime
	provider  SecretProvider
	origin    string

	// Room for what most runs have of lists.
	aListener [1]Listener
	aDefault  [1]connectionDefaults
}

// connectionDefaults are parameters for the connections of a connector or of a
// family.
type connectionDefaults struct {
	of     string
	params map[string]any
}

// read makes the configuration that options say.
func (c *runConfig) read(options []RunOption) {
	c.env = os.LookupEnv
	c.listeners, c.defaults = c.aListener[:0], c.aDefault[:0]
	for _, option := range options {
		option(c)
	}
}

// defaultsOf gives the defaults for a connector, or for a family.
func (c *runConfig) defaultsOf(name string) map[string]any {
	for i := range c.defaults {
		if c.defaults[i].of == name {
			return c.defaults[i].params
		}
	}
	return nil
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
		for i := range c.defaults {
			if c.defaults[i].of == connectorOrFamily {
				c.defaults[i].params = params
				return
			}
		}
		c.defaults = append(c.defaults, connectionDefaults{connectorOrFamily, params})
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
