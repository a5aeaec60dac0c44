package interp

import (
	"context"
	"fmt"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
)

// Listening are the events of a trigger.
type Listening struct {
	connector.Events
	// Concurrency is how many runs of the trigger are under way at most.
	Concurrency int

	connection connector.Connection // nil for none
}

// Close ends the listening.
func (l *Listening) Close() error {
	err := l.Events.Close()
	if l.connection != nil {
		if other := closed(l.connection); err == nil {
			err = other
		}
	}
	return err //nolint:wrapcheck // the caller says of which trigger
}

// Listen opens the source of a trigger's events, with those secrets that the source
// and its connection are made of, as they are now. The error is an *InputError where
// one is missing.
func (x *Run) Listen(ctx context.Context, t *Trigger, notice func(text string, err error), now func() time.Time) (*Listening, error) {
	local, done := x.beside(ctx)
	defer done()
	reads := []Value{t.SourceParams}
	if use := t.Connection; use != nil && use.Plan != nil {
		reads = append(reads, use.Plan.Params)
	}
	if err := x.readSecretsOf(ctx, x.program.secretsOf(reads...)); err != nil {
		return nil, err
	}
	own := x.sub(&SubFlowStep{Program: x.program}, nil, map[string]any{})
	s := own.newBody()
	s.rt, s.ctx, s.path = local, own.inputs, stepPath{base: "/triggers"}
	own.startedAt = local.Now()
	own.fillRoot(s.frame)
	v, err := t.SourceParams.eval(&s.state)
	if err != nil {
		return nil, err
	}
	given, _ := v.(map[string]any)
	params, err := t.Source.AllParams().Convert(given)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t.At, err)
	}
	l := &Listening{Concurrency: 1}
	if n, ok := params[connector.ConcurrencyParam].(int64); ok {
		l.Concurrency = int(n)
	}
	req := connector.SourceRequest{Params: params, Notice: notice, Now: now}
	if t.Owner != nil {
		if req.Call, err = x.sourceCaller(ctx, t, &s.state, l); err != nil {
			return nil, err
		}
	}
	if l.Events, err = guardEvents(t.Source.Name, func() (connector.Events, error) { return t.Source.Open(ctx, req) }); err != nil {
		if l.connection != nil {
			_ = closed(l.connection) // nothing was called with it
		}
		return nil, fmt.Errorf("%s: %w", t.At, err)
	}
	return l, nil
}

// sourceCaller opens the connection of a trigger, and returns what calls with it.
func (x *Run) sourceCaller(ctx context.Context, t *Trigger, s *state, l *Listening) (func(context.Context, string, map[string]any) (any, error), error) {
	var ref *runtime.ConnectionRef
	var err error
	registry := x.program.Registry
	if use := t.Connection; use != nil {
		if ref, err = s.evalConnection(t.Owner, use.Plan); err != nil {
			return nil, err
		}
		l.connection, err = protected(t.Owner.Name, ": opening the connection", nil, func() (connector.Connection, error) {
			return t.Owner.Open(ctx, connector.OpenRequest{Params: ref.Params, Key: ref.Key, RunID: x.id, Sandbox: x.options.Sandbox})
		})
		if err != nil {
			return nil, err
		}
	}
	return func(ctx context.Context, name string, params map[string]any) (any, error) {
		op, ok := registry.Operation(name)
		if !ok || registry.Owner(op) != t.Owner {
			return nil, fmt.Errorf("%s has no operation %s", t.Owner.Name, name)
		}
		converted, err := op.Params().Convert(params)
		if err != nil {
			return nil, err //nolint:wrapcheck // it names the parameter
		}
		if ref != nil && ref.Pass != nil {
			if err := ref.Pass(ctx); err != nil {
				return nil, err //nolint:wrapcheck // it is the context's
			}
		}
		return protected(name, "", nil, func() (any, error) {
			return op.Run(ctx, &connector.Call{Params: converted, Connection: l.connection, Repeat: connector.RepeatAny})
		})
	}, nil
}
