package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"

	"github.com/rs/zerolog"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/internal/bench/stub"
)

//go:embed flows/*.yaml
var flowFiles embed.FS

// orderInput is what the flow maps to the payload that every client sends.
func orderInput() map[string]any {
	return map[string]any{"id": "o-1700", "total": 249.5, "lines": []any{
		map[string]any{"article": "lamp", "count": 1}, map[string]any{"article": "bulb", "count": 4},
	}}
}

// connectorOf names the connector of the operation that does the work.
func connectorOf(o *order) string {
	if o.Work == workHTTP {
		return "http"
	}
	return "aws"
}

func connectionParams(o *order) map[string]any {
	if o.Work == workHTTP {
		return map[string]any{"baseUrl": "http://" + o.Stub}
	}
	return map[string]any{"region": region, "endpoint": "http://" + o.Stub + endpoints[o.Work]}
}

// endpoints are the paths below which the stub answers for a service.
var endpoints = map[string]string{workSend: stub.Queue, workItem: stub.Table}

func loadFlow(name string) (*flows.Flow, error) {
	registry, err := newRegistry()
	if err != nil {
		return nil, err
	}
	files, err := fs.Sub(flowFiles, "flows")
	if err != nil {
		return nil, fmt.Errorf("reading the flows: %w", err)
	}
	flow, err := flows.Load(files, name, registry)
	if err != nil {
		return nil, fmt.Errorf("loading %s: %w", name, err)
	}
	return flow, nil
}

// runner runs a flow: in process or on a journal.
type runner func(ctx context.Context, inputs map[string]any, options ...flows.RunOption) (*flows.Result, error)

// flowTarget makes a target that runs the flow of the work.
func flowTarget(o *order) (*target, error) {
	flow, err := loadFlow(o.Work + ".yaml")
	if err != nil {
		return nil, err
	}
	if o.Client == clientFlow {
		sent := newTracing(o)
		return &target{call: flowCall(o, flow.Run, sent.options()...), close: sent.end}, nil
	}
	if o.Client == clientBareLog {
		return bareLogTarget(o, flow)
	}
	j, err := journal.Open(filepath.Join(o.Dir, "runs.db"))
	if err != nil {
		return nil, fmt.Errorf("opening a journal: %w", err)
	}
	run := func(ctx context.Context, inputs map[string]any, options ...flows.RunOption) (*flows.Result, error) {
		return j.Run(ctx, flow, inputs, options...)
	}
	return &target{call: flowCall(o, run), close: j.Close}, nil
}

// flowCall runs a flow and looks at its output. Its log is written, at the
// level info, to where nobody reads it.
func flowCall(o *order, run runner, more ...flows.RunOption) func(ctx context.Context, function string) error {
	options := append([]flows.RunOption{
		flows.WithConnectionDefaults(connectorOf(o), connectionParams(o)),
		flows.WithListener(flows.LogEvents(zerolog.New(io.Discard).Level(zerolog.InfoLevel))),
	}, more...)
	inputs := func(string) map[string]any { return nil }
	want := any("o-1700")
	switch o.Work {
	case workInvoke:
		order := orderInput()
		inputs = func(function string) map[string]any { return map[string]any{"function": function, "order": order} }
	case workHTTP:
		order := orderInput()
		inputs = func(string) map[string]any { return map[string]any{"order": order} }
	case workPass:
		inputs = func(function string) map[string]any { return map[string]any{"function": function} }
		want = int64(200)
	case workSettings:
		want = int64(stub.Concurrency)
	case workChange, workRead:
		want = int64(3)
	case workSend:
		inputs = func(string) map[string]any { return map[string]any{"message": stub.Message} }
		want = stub.MessageID
	}
	return func(ctx context.Context, function string) error {
		result, err := run(ctx, inputs(function), options...)
		if err == nil && result.Output != want {
			err = fmt.Errorf("the flow gave %v, not %v", result.Output, want)
		}
		return err
	}
}

// connectorTarget calls the work's operation as a flow does, without a flow.
func connectorTarget(ctx context.Context, o *order) (*target, error) {
	registry, err := newRegistry()
	if err != nil {
		return nil, err
	}
	name := map[string]string{
		workInvoke: "lambda.invoke", workSettings: "lambda.getAccountSettings", workSend: "sqs.sendMessage", workItem: "dynamodb.getItem",
		workHTTP: "http.request",
	}[o.Work]
	op, ok := registry.Operation(name)
	if !ok {
		return nil, fmt.Errorf("no operation of the connector does the work %q", o.Work)
	}
	owner := registry.Owner(op)
	params, err := owner.Connection.Convert(connectionParams(o))
	if err != nil {
		return nil, fmt.Errorf("the connection: %w", err)
	}
	conn, err := owner.Open(ctx, connector.OpenRequest{Params: params, RunID: "bench"})
	if err != nil {
		return nil, fmt.Errorf("opening the connection: %w", err)
	}
	given := func(string) map[string]any { return nil }
	switch o.Work {
	case workInvoke:
		given = func(function string) map[string]any {
			return map[string]any{"functionName": function, "payload": orderInput()}
		}
	case workHTTP:
		given = func(function string) map[string]any {
			return map[string]any{"method": "POST", "url": stub.Invocations(function), "body": orderInput()}
		}
	case workSend:
		given = func(string) map[string]any {
			return map[string]any{"queueUrl": "https://sqs.eu-west-1.amazonaws.com/000000000000/orders", "messageBody": stub.Message}
		}
	case workItem:
		given = func(string) map[string]any {
			return map[string]any{"tableName": "orders", "key": map[string]any{"id": "o-1700"}}
		}
	}
	call := func(ctx context.Context, function string) error {
		params, err := op.Params().Convert(given(function))
		if err != nil {
			return err //nolint:wrapcheck // the measurement fails with it
		}
		out, err := op.Run(ctx, &connector.Call{Params: params, Connection: conn})
		if result, _ := out.(map[string]any); err == nil && len(result) == 0 {
			err = errors.New("an empty result")
		}
		return err
	}
	return &target{call: call, close: conn.Close}, nil
}
