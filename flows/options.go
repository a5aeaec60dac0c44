package flows

import (
	"context"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
)

// RunOption changes how a flow runs. The With functions make it.
type RunOption func(*runtime.Options)

// WithRunID names the run; the default is a UUID of version 7, of
// the time and 74 random bits.
func WithRunID(id string) RunOption { return func(o *runtime.Options) { o.RunID = id } }

// WithListener adds a listener for the run's events; nil adds none. A panic of a
// listener is one of the program: nobody recovers from it.
func WithListener(l report.Listener) RunOption {
	return func(o *runtime.Options) {
		if l != nil {
			o.Listeners = append(o.Listeners, l)
		}
	}
}

// WithObserver has an observer watch the run.
func WithObserver(o report.Observer) RunOption { return func(to *runtime.Options) { to.Observer = o } }

// WithCaller says who asked for the run, for its observer.
func WithCaller(c report.Caller) RunOption { return func(o *runtime.Options) { o.Caller = c } }

// WithTimeout bounds the run, as the flow's own timeout does; the shorter one
// holds. Zero or less means none.
func WithTimeout(d time.Duration) RunOption { return func(o *runtime.Options) { o.Timeout = d } }

// WithSandbox replaces every service that has connections by a local
// stand-in: nothing leaves it.
func WithSandbox(s connector.Sandbox) RunOption { return func(o *runtime.Options) { o.Sandbox = &s } }

// WithConnectionDefaults gives parameters to the connections of a connector or
// of a family, such as "aws", that do not set them themselves.
func WithConnectionDefaults(connectorOrFamily string, params map[string]any) RunOption {
	return func(o *runtime.Options) { o.SetDefaults(connectorOrFamily, params) }
}

// WithEnv replaces the process's environment, which `env.NAME` reads. Each
// name is read once, when the run starts.
func WithEnv(lookup func(name string) (value string, ok bool)) RunOption {
	return func(o *runtime.Options) { o.Env = lookup }
}

// SecretProvider returns the value of a secret that a flow declares. ok is
// false where it has none of that name.
type SecretProvider func(ctx context.Context, name string) (value string, ok bool, err error)

// WithSecrets asks a provider for the flow's secrets. Those that name an
// environment variable are read from there.
func WithSecrets(provider SecretProvider) RunOption {
	return func(o *runtime.Options) { o.Provider = provider }
}

// WithGoroutines has the goroutines of a run begun by start instead of the go
// statement, for who begins many runs and keeps goroutines for them: that which
// carries a run of Start, and those of calls that may have to be left behind when
// their time is over. start does not wait for work, which it has run once, in
// another goroutine. On Temporal it has no effect.
func WithGoroutines(start func(work func())) RunOption {
	return func(o *runtime.Options) { o.Go = start }
}

// WithEnded has ended called when a run of Start has ended and Wait returns at once,
// by the goroutine that carried it. It can be before Start returns. On a journal a run
// that was put down to be resumed has ended for its process, too. On Temporal it has no
// effect.
func WithEnded(ended func()) RunOption {
	return func(o *runtime.Options) { o.Ended = ended }
}

// WithRested has rested called when a run of a journal's Start is put down for the first
// time since all that it does is to wait: from then on it holds nothing of the process
// but its name. It can be before Start returns. Elsewhere it has no effect.
func WithRested(rested func()) RunOption {
	return func(o *runtime.Options) { o.Rested = rested }
}

// WithPublicURL says under which address the process is reached that serves the
// run: "https://flows.example.com", with a path if there is one. signalUrl makes
// addresses below it, which package serve answers; without it a step that calls
// signalUrl fails with the code NoPublicUrl. A journal keeps the address with the
// run, which goes on with the one that it began with. On Temporal it has no effect.
func WithPublicURL(base string) RunOption {
	return func(o *runtime.Options) { o.Links.Base = strings.TrimRight(base, "/") }
}

// WithOrigin notes where the flow's files are, for people. Nothing is read
// there.
func WithOrigin(folder string) RunOption { return func(o *runtime.Options) { o.Origin = folder } }
