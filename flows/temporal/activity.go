package temporal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/interp"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/internal/wire"
	"github.com/medlar-flow/medlar/flows/report"
)

// operation makes one attempt of an operation, as an activity. What the
// operation answers, also an error, is final; any other error makes the server
// start it again, here or elsewhere.
func (e *engine) operation(op *connector.Operation) func(ctx context.Context, text []byte) ([]byte, error) {
	return func(ctx context.Context, text []byte) ([]byte, error) {
		c := &call{engine: e, op: op}
		if err := c.read(ctx, text); err != nil {
			return nil, again(err)
		}
		v, err := c.make(ctx)
		if stopping(ctx) && err != nil && context.Cause(ctx) != nil {
			return nil, again(errors.New("the worker ends"))
		}
		if err == nil {
			v, err = wire.Result(op.Name, v)
		}
		if err == nil {
			var answer []byte
			if answer, err = c.answer(v); err == nil {
				return answer, nil
			}
		}
		return nil, c.failure(ctx, report.AsRunError(err))
	}
}

// activityOf returns the name of an operation's activity. One of the registry's
// source has the source's prefix, since a connector of the same name may be
// registered beside it.
func (e *engine) activityOf(op *connector.Operation) string {
	source := e.registry.Source()
	if source == nil || slices.Contains(e.registry.Connectors(), e.registry.Owner(op)) {
		return op.Name
	}
	return source.Prefix() + "." + op.Name
}

// sourced makes attempts of the operations of the registry's source, which are
// too many to be registered one by one.
func (e *engine) sourced(ctx context.Context, args converter.EncodedValues) ([]byte, error) {
	var text []byte
	if err := args.Get(&text); err != nil {
		return nil, again(err)
	}
	name := activity.GetInfo(ctx).ActivityType.Name
	op, ok := e.registry.Operation(name)
	if !ok {
		return nil, again(fmt.Errorf("this worker has no operation %s", name))
	}
	return e.operation(op)(ctx, text)
}

// again lets the server start an attempt again. A worker that is set up
// wrongly is no reason for a run to fail.
func again(err error) error {
	return temporal.NewApplicationErrorWithOptions(err.Error(), typeStopping, temporal.ApplicationErrorOptions{
		Category: temporal.ApplicationErrorCategoryBenign,
	})
}

// stopping reports whether the worker is to end.
func stopping(ctx context.Context) bool {
	select {
	case <-activity.GetWorkerStopChannel(ctx):
		return ctx.Err() != nil
	default:
		return false
	}
}

// call is an attempt on its worker.
type call struct {
	engine  *engine
	op      *connector.Operation
	attempt runtime.Attempt
	run     string
	flow    string
	mu      sync.Mutex       // over secrets, while the attempt is made
	secrets []runtime.Secret // those that it was called with
	net     *interp.SecretNet
	// renewals are those that may have other values; nil for none.
	renewals *interp.Renewals
	place    connector.Trace // of the run in a trace; the zero value for none
}

func (c *call) read(ctx context.Context, text []byte) error {
	sealed, err := readSealed(text)
	if err != nil {
		return err
	}
	v, err := (&opening{sealed, c, ctx}).all()
	if err != nil {
		return err
	}
	m, _ := v.(map[string]any)
	if local, _ := m["local"].(bool); local != (c.engine.sandbox != nil) {
		return errors.New("the run is for workers with a sandbox, or without one, and this one is not like that")
	}
	c.run, c.flow = wire.TextAt(m, "run"), wire.TextAt(m, "flow")
	c.place = connector.Trace{Parent: wire.TextAt(m, "place"), State: wire.TextAt(m, "state")}
	params, _ := m["params"].(map[string]any)
	single, _ := m["single"].(bool)
	c.attempt = runtime.Attempt{
		Path: wire.TextAt(m, "path"), Operation: c.op, Owner: c.engine.registry.Owner(c.op), Params: params,
		SingleAttempt: single, Repeat: connector.Repeat(wire.IntegerAt(m, "repeat")), Timeout: time.Duration(wire.IntegerAt(m, "timeout")), IdempotencyKey: wire.TextAt(m, "key"),
		Log: c.log,
	}
	if c.renewals != nil {
		c.attempt.Renewer = c.renewals
	}
	texts := make([]string, len(c.secrets))
	for i, s := range c.secrets {
		texts[i] = s.Value
	}
	hidden, _ := m["hidden"].([]any)
	for _, item := range hidden {
		if text, ok := item.(string); ok {
			texts = append(texts, text)
		}
	}
	c.net = interp.NewSecretNet(texts...)
	if refused, ok := m["refused"]; ok {
		c.attempt.Refused = &wire.FailureOf(refused).Failure
	}
	connection, ok := m["connection"].(map[string]any)
	if !ok {
		return nil
	}
	return c.connect(connection)
}

func (c *call) connect(m map[string]any) error {
	params, _ := m["params"].(map[string]any)
	ref, err := connectionOf(wire.TextAt(m, "name"), params)
	c.attempt.Connection = ref
	return err
}

// connectionOf returns the connection of parameters that were decoded.
func connectionOf(name string, params map[string]any) (*runtime.ConnectionRef, error) {
	key, err := interp.ConnectionKey(params)
	return &runtime.ConnectionRef{Name: name, Params: params, Key: key}, err //nolint:wrapcheck // it was just decoded
}

// make calls the operation, and shows all the while that the worker is alive.
func (c *call) make(ctx context.Context) (any, error) {
	local, done := c.engine.locals.use(c.run, c.engine.sandbox)
	defer done()
	beating, end := context.WithCancel(ctx)
	var beat sync.WaitGroup
	beat.Go(func() {
		ticker := time.NewTicker(c.engine.heartbeat)
		defer ticker.Stop()
		for {
			select {
			case <-beating.Done():
				return
			case <-ticker.C:
				activity.RecordHeartbeat(ctx)
			}
		}
	})
	defer beat.Wait()
	defer end()
	return c.watched(func() (any, error) { return local.In(ctx).Attempt(c.attempt) }) //nolint:wrapcheck // it is the operation's
}

// answer writes a result.
func (c *call) answer(v any) ([]byte, error) {
	c.mu.Lock()
	vault := newVault(c.secrets, c.engine.keyed)
	c.mu.Unlock()
	text, err := vault.seal(v, nil, c.net.Holds)
	if err == nil {
		err = c.engine.fits("its result", len(text))
	}
	if err != nil {
		failure := notSent(fmt.Errorf("the step was made: %w", err))
		failure.Outcome = connector.OutcomeUnknown
		return nil, failure
	}
	return text, nil
}

// failure is an operation's error as the server gets it.
func (c *call) failure(ctx context.Context, e *report.RunError) error {
	if activity.GetInfo(ctx).Attempt > 1 && c.attempt.Effect() != connector.EffectReadOnly {
		inDoubt := *e
		inDoubt.InDoubt = true // the worker before this one may have made it
		e = &inDoubt
	}
	v := wire.Failure(e)
	if !c.engine.keyed {
		v, _ = c.net.Shown(v).(map[string]any)
	}
	text, err := wire.Encode(v)
	if err == nil {
		err = c.engine.fits("the error of the step", len(text))
	}
	if err != nil {
		short := &connector.Error{Code: e.Code, Class: e.Class, Outcome: e.Outcome, Message: "the error of the step is too large to be told", Status: e.Status}
		text, _ = wire.Encode(wire.Failure(&report.RunError{Failure: *short, InDoubt: e.InDoubt})) // texts can be encoded
	}
	if runtime.IsStopped(e) && ctx.Err() != nil {
		return temporal.NewCanceledError(text)
	}
	return temporal.NewApplicationErrorWithOptions(fmt.Sprint(c.net.Shown(e.Error())), typeFailed, temporal.ApplicationErrorOptions{
		NonRetryable: true, Details: []any{text}, Category: temporal.ApplicationErrorCategoryBenign,
	})
}

// log tells the worker's listener what the operation has to say.
func (c *call) log(level connector.LogLevel, message string, fields map[string]any) {
	if c.engine.listener == nil {
		return
	}
	shown, _ := c.net.Shown(fields).(map[string]any)
	trace, span, _, _ := c.place.IDs()
	c.engine.listener(report.Event{
		TraceID: trace, SpanID: span, Type: report.StepLogged, Time: time.Now(), RunID: c.run, Flow: c.flow, Step: c.attempt.Path, Verb: "call", Operation: c.op.Name,
		Items: -1, Level: level, Message: fmt.Sprint(c.net.Shown(message)), Fields: shown,
	})
}
