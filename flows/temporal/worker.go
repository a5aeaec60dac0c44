package temporal

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/worker"

	"github.com/medlar-flow/medlar/connector"
)

// WorkOptions say how a process works on runs.
type WorkOptions struct {
	// BuildID names the version of the program; the default is "medlar".
	BuildID string
	// AtOnce is how many operations may be under way at once; the default is
	// 1,000.
	AtOnce int
	// Drain is how long operations under way may take to end when the worker is
	// to stop; then they are interrupted and start again elsewhere. The default
	// is 30 seconds.
	Drain time.Duration
}

// loadPatience is how long workflow code may compute without waiting: a large
// program takes a while to be loaded, once.
const loadPatience = 20 * time.Second

// Work makes this process carry runs until ctx ends, and then lets what is
// under way come to its end. ready, where not nil, is called when it has begun.
func (c *Client) Work(ctx context.Context, registry *connector.Registry, how WorkOptions, ready func(), options ...Option) error {
	if how.Drain <= 0 {
		how.Drain = 30 * time.Second
	}
	if how.BuildID == "" {
		how.BuildID = "medlar"
	}
	failed := make(chan error, 1)
	w := worker.New(c.sdk, c.options.TaskQueue, worker.Options{
		// Without a version the SDK hashes the executable. The server shows it beside
		// the worker; work goes to whoever asks, since nothing is versioned by it.
		DeploymentOptions: worker.DeploymentOptions{
			Version: worker.WorkerDeploymentVersion{DeploymentName: "medlar", BuildID: how.BuildID},
		},
		MaxConcurrentActivityExecutionSize: how.AtOnce, WorkerStopTimeout: how.Drain, DeadlockDetectionTimeout: loadPatience,
		MaxHeartbeatThrottleInterval: heartbeatEvery, MaxConcurrentWorkflowTaskPollers: pollers, MaxConcurrentActivityTaskPollers: pollers,
		OnFatalError: func(err error) { failed <- err },
	})
	done := Register(w, registry, append([]Option{c.engineOptions}, options...)...)
	defer done()
	if err := w.Start(); err != nil {
		return fmt.Errorf("starting the worker: %w", err)
	}
	defer w.Stop()
	if ready != nil {
		ready()
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-failed:
		return fmt.Errorf("the worker cannot go on: %w", err)
	}
}

// pollers is how many requests for work wait at the server.
const pollers = 5

func (c *Client) engineOptions(e *engine) {
	e.keyed, e.data = !c.options.Keys.none(), c.options.Keys.dataConverter()
	if c.options.Store != nil {
		e.largest = 0
	}
}
