package temporal

import (
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/workflow"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
)

// Registrar takes workflows and activities: a worker.Worker, or the test
// environment of the SDK.
type Registrar interface {
	RegisterWorkflowWithOptions(w any, options workflow.RegisterOptions)
	RegisterActivityWithOptions(a any, options activity.RegisterOptions)
	RegisterDynamicActivity(a any, options activity.DynamicRegisterOptions)
}

// Option changes how a worker carries runs.
type Option func(*engine)

// WithSecrets asks a provider for the secrets that flows declare, as
// flows.WithSecrets does.
func WithSecrets(provider flows.SecretProvider) Option {
	return func(e *engine) { e.options = append(e.options, flows.WithSecrets(provider)) }
}

// WithEnv replaces the worker's environment, which secrets are read from.
func WithEnv(lookup func(name string) (value string, ok bool)) Option {
	return func(e *engine) { e.options = append(e.options, flows.WithEnv(lookup)) }
}

// WithSandbox replaces every service that has connections by a local stand-in.
// Such a worker carries only runs that were started for a sandbox, and these no
// other.
func WithSandbox(s connector.Sandbox) Option { return func(e *engine) { e.sandbox = &s } }

// WithListener adds a listener for the events of the runs that the worker
// carries; nil adds none. Several runs call it at the same time.
func WithListener(l report.Listener) Option {
	return func(e *engine) {
		if l == nil {
			return
		}
		if before := e.listener; before != nil {
			e.listener = func(event report.Event) { before(event); l(event) }
			return
		}
		e.listener = l
	}
}

// WithObserver watches the runs that the worker carries: their attempts, each on the
// worker that makes it, and runs when they have ended. All workers of a task queue are to
// have one of the same kind, or none.
func WithObserver(o report.RemoteObserver) Option { return func(e *engine) { e.observer = o } }

// WithEnded calls a function when a run of the worker has ended, as
// report.RemoteObserver does.
func WithEnded(told func(run report.Remote, at time.Time, failure *report.RunError)) Option {
	return func(e *engine) { e.ended = append(e.ended, told) }
}

// WithEncryption says that all payloads are encrypted on their way to the
// server, so that secrets may be in them. A worker of Connect knows by itself.
func WithEncryption() Option { return func(e *engine) { e.keyed = true } }

// Limits say how much of a run one workflow carries. Zero stands for the
// default.
type Limits struct {
	// Items is how many items of a loop a workflow takes; twice as many stay in
	// the workflow of the flow. The default is 250.
	Items int64
	// Records is how many results, waits and the like a workflow notes before it
	// is continued by another one. By default the length of the history decides.
	Records int
	// Heartbeat is how often a long operation shows that it is alive, and learns
	// that it is to stop. The default is a second; a worker that is silent for 15
	// of them counts as lost.
	Heartbeat time.Duration
}

// WithLimits sets how much of a run one workflow carries. All workers of a task
// queue must have the same limits.
func WithLimits(l Limits) Option {
	return func(e *engine) {
		if l.Items > 0 {
			e.chunkSize = l.Items
		}
		e.recordLimit = l.Records
		if l.Heartbeat > 0 {
			e.heartbeat = l.Heartbeat
		}
	}
}

// Register lets a worker, or a test environment, carry runs of flows that call
// the operations of a registry. Call done when it has stopped.
func Register(to Registrar, registry *connector.Registry, options ...Option) (done func()) {
	e := newEngine(registry)
	for _, option := range options {
		if option != nil {
			option(e)
		}
	}
	for _, name := range []string{flowWorkflow, itemsWorkflow} {
		to.RegisterWorkflowWithOptions(e.workflow, workflow.RegisterOptions{Name: name})
	}
	to.RegisterWorkflowWithOptions(e.ticks, workflow.RegisterOptions{Name: scheduleWorkflow})
	to.RegisterActivityWithOptions(e.decideTicks, activity.RegisterOptions{Name: decideActivity})
	for _, op := range registry.Operations() {
		to.RegisterActivityWithOptions(e.operation(op), activity.RegisterOptions{Name: op.Name})
	}
	if registry.Source() != nil {
		to.RegisterDynamicActivity(e.sourced, activity.DynamicRegisterOptions{})
	}
	return e.locals.close
}
