package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/medlar-flow/medlar/internal/bench/load"
	"github.com/medlar-flow/medlar/internal/bench/stub"
)

// What is called: one function, one after the other with the answer of the
// first, an operation without a payload, one of a service that is known by
// its model, or the function as what it is, a URL. Each is also the name of a flow.
const (
	workInvoke   = "invoke"
	workPass     = "pass"
	workSettings = "settings"
	workSend     = "send"
	workItem     = "item"
	workHTTP     = "http"
)

// Who calls.
const (
	clientRaw       = "raw"
	clientSigned    = "signed"
	clientSDK       = "sdk"
	clientConnector = "connector"
	clientFlow      = "flow"
	clientJournal   = "journal"
)

// target does a piece of work again and again.
type target struct {
	call  func(ctx context.Context, function string) error
	close func() error
}

func newTarget(ctx context.Context, o *order) (*target, error) {
	if o.Work == workServe {
		return servedTarget(ctx, o)
	}
	switch o.Client {
	case clientFlow, clientJournal, clientBareLog:
		return flowTarget(o)
	case clientConnector:
		return connectorTarget(ctx, o)
	case clientRaw:
		return invokerTarget(o, netHTTP(o, nil))
	case clientSigned:
		return invokerTarget(o, netHTTP(o, sdkSigner()))
	case clientSDK:
		client, err := sdkClient(ctx, o)
		if err != nil {
			return nil, err
		}
		if o.Work == workSettings {
			call := sdkSettings(client)
			return plainTarget(func(ctx context.Context, _ string) error { return call(ctx) }), nil
		}
		return invokerTarget(o, sdkInvoker(client))
	default:
		return nil, fmt.Errorf("there is no client %q", o.Client)
	}
}

func invokerTarget(o *order, invoke invoker) (*target, error) {
	switch o.Work {
	case workInvoke, workHTTP:
		return plainTarget(invoke.once), nil
	case workPass:
		return plainTarget(invoke.pass), nil
	default:
		return nil, fmt.Errorf("%s cannot do the work %q", o.Client, o.Work)
	}
}

func plainTarget(call func(ctx context.Context, function string) error) *target {
	return &target{call: call, close: func() error { return nil }}
}

// requests is how many requests one call of a target makes.
func (o *order) requests() int {
	if o.Work == workPass {
		return 2
	}
	return 1
}

// function is the stub's function that the work calls.
func (o *order) function() string {
	if o.Work == workPass {
		return stub.Records
	}
	return stub.Small
}

// measureCalls calls a target from several goroutines for a while.
func measureCalls(ctx context.Context, o *order) (samples, error) {
	t, err := newTarget(ctx, o)
	if err != nil {
		return nil, err
	}
	function := o.function()
	how := load.Options{AtOnce: o.AtOnce, Warm: o.Warm, For: o.For, StubPID: o.StubPID, Profile: o.Profile, Requests: o.requests()}
	sample, err := load.Measure(ctx, how, func(ctx context.Context) error { return t.call(ctx, function) })
	closed := t.close()
	if err == nil && o.Traced {
		closed = countLost(sample, closed, o)
	}
	if err = errors.Join(err, closed); err != nil {
		return nil, err
	}
	return samples{o.Client: sample}, nil
}
