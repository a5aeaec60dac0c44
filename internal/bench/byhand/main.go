// Byhand measures runs of three activities on a Temporal server that are those of a
// workflow written by hand. It links what such a program links, and nothing of flows:
// what is linked counts in the memory of a worker. It reads an order of the bench from
// its standard input, and answers on its standard output.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/medlar-flow/medlar/internal/bench/load"
)

func main() {
	if err := load.Answer(os.Stdin, os.Stdout, target); err != nil {
		fmt.Fprintln(os.Stderr, "byhand:", err)
		os.Exit(1) //nolint:forbidigo // it is a command
	}
}

// target works on runs in this process and starts them from it, or one of both. The
// stub of the order is the server.
func target(_ context.Context, o *load.Order) (*load.Target, error) {
	switch o.Client {
	case "hand":
		return handTarget(o, true, true)
	case "hand-worker":
		return handTarget(o, true, false)
	case "hand-away":
		return handTarget(o, false, true)
	default:
		return nil, fmt.Errorf("there is no client %q", o.Client)
	}
}

var errAnswer = errors.New("the run gave another number than 3")

// next is the activity of both.
func next(_ context.Context, n int) (int, error) { return n + 1, nil }

// byHand is the workflow that somebody writes who needs no more.
func byHand(ctx workflow.Context, n int) (int, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	for range 3 {
		if err := workflow.ExecuteActivity(ctx, next, n).Get(ctx, &n); err != nil {
			return 0, err //nolint:wrapcheck // the measurement fails with it
		}
	}
	return n, nil
}

// handTarget works on runs of the workflow, starts them, or both.
func handTarget(o *load.Order, works, starts bool) (*load.Target, error) {
	queue := "by-hand"
	if works != starts {
		queue = "by-hand-away" // its worker is another process
	}
	c, err := client.Dial(client.Options{HostPort: o.Stub, Logger: sdklog.NewStructuredLogger(slog.New(slog.NewTextHandler(io.Discard, nil)))})
	if err != nil {
		return nil, fmt.Errorf("connecting to the server: %w", err)
	}
	w := worker.New(c, queue, worker.Options{})
	w.RegisterWorkflow(byHand)
	w.RegisterActivity(next)
	stop := func() {}
	if works {
		if err := w.Start(); err != nil {
			return nil, fmt.Errorf("starting the worker: %w", err)
		}
		stop = w.Stop
	}
	if !starts {
		return &load.Target{Call: idle, Close: func() error { stop(); c.Close(); return nil }}, nil
	}
	call := func(ctx context.Context) error {
		run, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{TaskQueue: queue}, byHand, 0)
		if err != nil {
			return err //nolint:wrapcheck // the measurement fails with it
		}
		var n int
		if err := run.Get(ctx, &n); err != nil {
			return err //nolint:wrapcheck // the measurement fails with it
		}
		if n != 3 {
			return errAnswer
		}
		return nil
	}
	return &load.Target{Call: call, Close: func() error { stop(); c.Close(); return nil }}, nil
}

// idle is the call of a process that works for others.
func idle(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err() //nolint:wrapcheck // the bench has gone
	case <-time.After(10 * time.Millisecond):
		return nil
	}
}
