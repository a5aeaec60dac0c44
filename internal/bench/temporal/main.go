// Temporal measures runs of three activities of a flow on a Temporal server. It reads
// an order of the bench from its standard input, and answers on its standard output.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing/fstest"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/temporal"
	"github.com/medlar-flow/medlar/internal/bench/load"
	"github.com/medlar-flow/medlar/operations"
)

func main() {
	if err := load.Answer(os.Stdin, os.Stdout, target); err != nil {
		fmt.Fprintln(os.Stderr, "temporal:", err)
		os.Exit(1) //nolint:forbidigo // it is a command
	}
}

// target works on runs in this process and starts them from it. The stub of the
// order is the server.
func target(ctx context.Context, o *load.Order) (*load.Target, error) {
	switch o.Client {
	case "flow":
		return flowTarget(ctx, o)
	case "flow-away":
		return awayTarget(ctx, o)
	default:
		return nil, fmt.Errorf("there is no client %q", o.Client)
	}
}

var errAnswer = errors.New("the run gave another number than 3")

const flowText = `flow: three
steps:
  - {id: first, call: bench.next, with: {n: 0}}
  - {id: second, call: bench.next, with: {n: "${steps.first.n}"}}
  - {id: third, call: bench.next, with: {n: "${steps.second.n}"}}

output: "${steps.third.n}"
`

type number struct {
	N int `json:"n"`
}

func flowTarget(ctx context.Context, o *load.Order) (*load.Target, error) {
	registry, err := connector.NewRegistry(&connector.Connector{Name: "bench", Operations: []*connector.Operation{
		connector.Op("bench.next", "Give the next number.", func(_ context.Context, in number) (number, error) {
			return number{N: in.N + 1}, nil
		}),
	}})
	if err != nil {
		return nil, fmt.Errorf("making the registry: %w", err)
	}
	c, err := temporal.Connect(ctx, temporal.Options{Address: o.Stub})
	if err != nil {
		return nil, fmt.Errorf("connecting to the server: %w", err)
	}
	call, err := runs(c, flowText, registry)
	if err != nil {
		return nil, err
	}
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	ready, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- c.Work(working, registry, temporal.WorkOptions{}, func() { close(ready) })
	}()
	select {
	case <-ready:
	case err := <-ended:
		stop()
		return nil, fmt.Errorf("starting the worker: %w", err)
	}
	return &load.Target{Call: call, Close: func() error {
		stop()
		err := <-ended
		c.Close()
		return err
	}}, nil
}

// awayText is a flow for the workers of runner-temporal, who log nothing.
const awayText = `flow: away
steps:
  - {id: first, call: log.info, with: {message: first}}
  - {id: second, call: log.info, with: {message: second}}
  - {id: third, call: log.info, with: {message: third}}

output: 3
`

// awayTarget starts runs that others work on.
func awayTarget(ctx context.Context, o *load.Order) (*load.Target, error) {
	registry, err := connector.NewRegistry(operations.All()...)
	if err != nil {
		return nil, fmt.Errorf("making the registry: %w", err)
	}
	c, err := temporal.Connect(ctx, temporal.Options{Address: o.Stub, TaskQueue: "away"})
	if err != nil {
		return nil, fmt.Errorf("connecting to the server: %w", err)
	}
	call, err := runs(c, awayText, registry)
	return &load.Target{Call: call, Close: func() error { c.Close(); return nil }}, err
}

// runs loads a flow, and returns what runs it once.
func runs(c *temporal.Client, text string, registry *connector.Registry) (func(context.Context) error, error) {
	flow, err := flows.Load(fstest.MapFS{"three.yaml": {Data: []byte(text)}}, "three.yaml", registry)
	if err != nil {
		return nil, fmt.Errorf("loading the flow: %w", err)
	}
	return func(ctx context.Context) error {
		result, err := c.Run(ctx, flow, nil, temporal.StartOptions{})
		if err == nil && result.Output != int64(3) {
			err = errAnswer
		}
		return err //nolint:wrapcheck // the measurement fails with it
	}, nil
}
