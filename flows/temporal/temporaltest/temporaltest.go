// Package temporaltest runs flows as Temporal does, in the test environment of
// its SDK: without a server, in one process.
package temporaltest

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/log"
	sdk "go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/temporal"
)

// Run runs a flow as Flow.Run does. registry has the operations that it calls;
// worker are the options of the worker, to which belong secrets, their
// environment and a sandbox. The clock leaps over waits; when ctx ends, by it
// or otherwise, the workflow is canceled.
func Run(
	ctx context.Context, flow *flows.Flow, registry *connector.Registry, inputs map[string]any, how temporal.PrepareOptions,
	worker []temporal.Option, options ...flows.RunOption,
) (*flows.Result, error) {
	return RunWithSignals(ctx, flow, registry, inputs, how, nil, worker, options...)
}

// Signal is a signal that the run is given.
type Signal struct {
	After     time.Duration // from the start of the run
	Name, Key string        // of the signal; Key is empty for none
	Values    map[string]any
	// Answer takes what came of it; nil where it is sent as nobody has checked it,
	// by the server's own command.
	Answer func(err error)
}

// RunWithSignals is Run for a run that is given signals, each while it goes.
func RunWithSignals(
	ctx context.Context, flow *flows.Flow, registry *connector.Registry, inputs map[string]any, how temporal.PrepareOptions,
	signals []Signal, worker []temporal.Option, options ...flows.RunOption,
) (*flows.Result, error) {
	return RunWithHistory(ctx, flow, registry, inputs, how, History{}, signals, worker, options...)
}

// RunWithHistory is RunWithSignals for a test that looks at what a server would
// get.
func RunWithHistory(
	ctx context.Context, flow *flows.Flow, registry *connector.Registry, inputs map[string]any, how temporal.PrepareOptions,
	history History, signals []Signal, worker []temporal.Option, options ...flows.RunOption,
) (*flows.Result, error) {
	p, err := temporal.Prepare(ctx, flow, inputs, how, options...)
	if err != nil {
		return nil, err //nolint:wrapcheck // it is what the caller wants to see
	}
	result, _, err := toEnd(ctx, p, registry, history, signals, worker)
	return result, err
}

// RunPrepared runs what was prepared, until it has ended, and returns with its
// result what is known of it then, for a restart; nil where it ended well.
func RunPrepared(
	ctx context.Context, p *temporal.Prepared, registry *connector.Registry, signals []Signal, worker []temporal.Option,
) (*flows.Result, *temporal.Ended, error) {
	result, records, err := toEnd(ctx, p, registry, History{}, signals, worker)
	if err == nil {
		return result, nil, nil
	}
	began, _ := p.Args[0].([]byte)
	ended, wrong := temporal.ReadEnded(began, records, err)
	if wrong != nil {
		err = wrong
	}
	return nil, ended, err //nolint:wrapcheck // it is what the caller wants to see
}

// toEnd runs a workflow and those by which it is continued, and returns with the
// result the records of the last one.
func toEnd(
	ctx context.Context, p *temporal.Prepared, registry *connector.Registry, history History, signals []Signal, worker []temporal.Option,
) (*flows.Result, []byte, error) {
	history.started(p)
	args, now := p.Args, time.Now()
	given := newGiver(now, signals)
	for {
		var text, records []byte
		var err error
		text, records, now, err = once(ctx, p, args, now, registry, worker, given, history)
		var next *workflow.ContinueAsNewError
		if !errors.As(err, &next) {
			result, err := temporal.ReadResult(p.ID, p.Flow, text, err)
			return result, records, err //nolint:wrapcheck // it is what the caller wants to see
		}
		var start, state []byte
		data, _ := history.converters()
		if err := data.FromPayloads(next.Input, &start, &state); err != nil {
			return nil, nil, err //nolint:wrapcheck // a mistake here
		}
		args = []any{start, state}
	}
}

// patience is how long a run may do nothing.
const patience = time.Minute

// once runs a workflow whose clock begins at a time, and gives the time when it
// ended: a run that is continued loses none.
func once(
	ctx context.Context, p *temporal.Prepared, args []any, begin time.Time, registry *connector.Registry, options []temporal.Option,
	given *giver, history History,
) (text, records []byte, end time.Time, err error) {
	c := &canceler{stops: map[string]*stop{}, begun: make(chan struct{})}
	suite := testsuite.WorkflowTestSuite{}
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.NewTextHandler(io.Discard, nil))))
	env := suite.NewTestWorkflowEnvironment()
	env.SetTestTimeout(patience)
	env.SetStartTime(begin)
	env.SetWorkerOptions(worker.Options{
		DeadlockDetectionTimeout: patience, Interceptors: []interceptor.WorkerInterceptor{c, &witness{history: history}},
	})
	data, failures := history.converters()
	env.SetDataConverter(data)
	env.SetFailureConverter(failures)
	env.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: p.ID, TaskQueue: "medlar"})
	done := temporal.Register(env, registry, options...)
	defer done()
	// The environment's clock leaps over waits, so a deadline has to be on it.
	if deadline, ok := ctx.Deadline(); ok {
		env.RegisterDelayedCallback(env.CancelWorkflow, deadline.Sub(begin))
	} else {
		ended := make(chan struct{})
		defer close(ended)
		defer context.AfterFunc(ctx, func() {
			select {
			case <-c.begun: // before, the environment cannot cancel it
				env.CancelWorkflow()
			case <-ended:
			}
		})()
	}
	given.schedule(env, begin)
	env.ExecuteWorkflow(p.Workflow, args...)
	if err := env.GetWorkflowError(); err != nil {
		if answer, wrong := env.QueryWorkflow(temporal.RecordsQuery); wrong == nil {
			_ = answer.Get(&records) // who needs them finds that they are not there
		}
		return nil, records, env.Now(), err //nolint:wrapcheck // ReadResult knows it
	}
	err = env.GetWorkflowResult(&text)
	return text, nil, env.Now(), err //nolint:wrapcheck // ReadResult knows it
}

// canceler makes the environment cancel activities as a server does: the
// activity is told, and the workflow waits for what it answers.
type canceler struct {
	interceptor.WorkerInterceptorBase

	first sync.Once
	begun chan struct{} // closed when the workflow has begun

	mu    sync.Mutex
	next  int
	stops map[string]*stop
}

// stop is an activity that can be told to stop.
type stop struct {
	canceled bool
	cancel   context.CancelFunc // nil before it starts
}

func (c *canceler) begin() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.next++
	id := strconv.Itoa(c.next)
	c.stops[id] = &stop{}
	return id
}

func (c *canceler) cancel(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.stops[id]
	s.canceled = true
	if s.cancel != nil {
		s.cancel()
	}
}

// started returns the context of an activity; canceled is true where it is not to
// start at all.
func (c *canceler) started(ctx context.Context, id string) (inner context.Context, cancel context.CancelFunc, canceled bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	inner, cancel = context.WithCancel(ctx)
	s := c.stops[id]
	s.cancel = cancel
	return inner, cancel, s.canceled
}

// InterceptWorkflow is called by the environment.
func (c *canceler) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return &workflowIn{interceptor.WorkflowInboundInterceptorBase{Next: next}, c}
}

// InterceptActivity is called by the environment.
func (c *canceler) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &activityIn{interceptor.ActivityInboundInterceptorBase{Next: next}, c}
}

type workflowIn struct {
	interceptor.WorkflowInboundInterceptorBase
	c *canceler
}

func (w *workflowIn) Init(out interceptor.WorkflowOutboundInterceptor) error {
	return w.Next.Init(&workflowOut{interceptor.WorkflowOutboundInterceptorBase{Next: out}, w.c}) //nolint:wrapcheck // the environment's
}

// ExecuteWorkflow is called when a workflow begins: first the run's own.
func (w *workflowIn) ExecuteWorkflow(ctx workflow.Context, in *interceptor.ExecuteWorkflowInput) (any, error) {
	w.c.first.Do(func() { close(w.c.begun) })
	return w.Next.ExecuteWorkflow(ctx, in) //nolint:wrapcheck // the workflow's
}

type workflowOut struct {
	interceptor.WorkflowOutboundInterceptorBase
	c *canceler
}

// ExecuteActivity starts an activity that nothing but its own answer ends: not the
// silence of its worker either, which on a busy machine shows nothing for a while.
func (w *workflowOut) ExecuteActivity(ctx workflow.Context, name string, args ...any) workflow.Future {
	options := workflow.GetActivityOptions(ctx)
	options.ActivityID = w.c.begin()
	options.HeartbeatTimeout = max(options.HeartbeatTimeout, patience)
	free, _ := workflow.NewDisconnectedContext(ctx)
	future := w.Next.ExecuteActivity(workflow.WithActivityOptions(free, options), name, args...)
	workflow.Go(free, func(co workflow.Context) {
		selector := workflow.NewSelector(co)
		selector.AddReceive(ctx.Done(), func(workflow.ReceiveChannel, bool) { w.c.cancel(options.ActivityID) })
		selector.AddFuture(future, func(workflow.Future) {})
		selector.Select(co)
	})
	return future
}

type activityIn struct {
	interceptor.ActivityInboundInterceptorBase
	c *canceler
}

// ExecuteActivity runs an activity that can be told to stop.
func (a *activityIn) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	ctx, cancel, canceled := a.c.started(ctx, activity.GetInfo(ctx).ActivityID)
	defer cancel()
	if canceled {
		return nil, sdk.NewCanceledError()
	}
	return a.Next.ExecuteActivity(ctx, in) //nolint:wrapcheck // the environment's
}
