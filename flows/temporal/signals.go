package temporal

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/internal/wire"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
)

// SignalName is the name of the update, and of the signal, by which a workflow is
// given a signal of its flow. Its argument is JSON: {"signal": "approval",
// "key": "o-1", "with": {"approved": true}}. An update is answered; a signal that
// does not fit is dropped, and the worker's log says why.
const SignalName = "medlar.signal"

// typeUntaken is the type of the error of a signal that was refused.
const typeUntaken = "medlar.signal-refused"

// takeSignals lets the workflow of a flow take signals.
func (r *run) takeSignals(ctx workflow.Context, flow *flows.Flow) error {
	if len(flow.Signals()) == 0 || workflow.GetInfo(ctx).WorkflowType.Name != flowWorkflow {
		return nil
	}
	r.flow = flow
	if err := r.tellSecrets(ctx); err != nil {
		return err
	}
	r.raw = workflow.GetSignalChannel(r.free, SignalName)
	workflow.Go(r.free, func(co workflow.Context) {
		for {
			var raw converter.RawValue
			r.raw.Receive(co, &raw)
			r.takeRaw(co, raw)
		}
	})
	return workflow.SetUpdateHandlerWithOptions(ctx, SignalName, func(co workflow.Context, raw converter.RawValue) error { //nolint:wrapcheck // a mistake here
		// What the run is continued from says what it was given.
		if err := workflow.Await(r.inert(co), func() bool { return r.exec != nil }); err != nil {
			return err //nolint:wrapcheck // nothing ends the wait
		}
		return r.untaken(r.takeSignal(raw))
	}, workflow.UpdateHandlerOptions{
		Validator: func(_ workflow.Context, raw converter.RawValue) error {
			_, _, refused := r.readSignal(raw)
			return r.untaken(refused)
		},
	})
}

// takeRaw takes a signal that nobody has checked.
func (r *run) takeRaw(co workflow.Context, raw converter.RawValue) {
	_ = workflow.Await(r.inert(co), func() bool { return r.exec != nil }) // nothing ends it
	if refused := r.takeSignal(raw); refused != nil {
		workflow.GetLogger(co).Warn("A signal was dropped.", "Reason", refused.Error())
	}
}

// drain takes the signals that have come, before the workflow is continued by
// another one, which would not get them.
func (r *run) drain(ctx workflow.Context) {
	for r.raw != nil {
		var raw converter.RawValue
		if !r.raw.ReceiveAsync(&raw) {
			return
		}
		r.takeRaw(ctx, raw)
	}
}

func (r *run) takeSignal(raw converter.RawValue) *report.SignalError {
	id, values, refused := r.readSignal(raw)
	if refused == nil {
		refused = r.signals.Give(id, values)
	}
	if refused != nil {
		refused.RunID = r.id
	}
	return refused
}

// readSignal holds what came against the flow.
func (r *run) readSignal(raw converter.RawValue) (runtime.SignalID, map[string]any, *report.SignalError) {
	var text json.RawMessage
	var id runtime.SignalID
	err := r.engine.data.FromPayload(raw.Payload(), &text)
	var v any
	if err == nil {
		v, err = value.DecodeJSON(text)
	}
	m, ok := v.(map[string]any)
	if err != nil || !ok {
		return id, nil, id.Error(report.SignalUnknown, `it is no JSON such as {"signal": "approval", "with": {}}`)
	}
	id.Name, id.Key = wire.TextAt(m, "signal"), wire.TextAt(m, "key")
	with, _ := m["with"].(map[string]any)
	if wrong := misread(m); wrong != "" {
		return id, nil, id.Error(report.SignalUnknown, wrong)
	}
	taken, secret, err := r.flow.CheckSignal(id.Name, id.Key, with)
	var refused *report.SignalError
	switch {
	case errors.As(err, &refused):
		return id, nil, refused
	case secret && !r.engine.keyed:
		return id, nil, id.Error(report.SignalNeedsKey, ErrNeedsKey.Error())
	}
	return id, taken, nil
}

// misread says what of a signal's JSON would be read over; empty for nothing: a signal
// is given once, so one that is half understood is none.
func misread(m map[string]any) string {
	for _, name := range value.SortedKeys(m) {
		text, object := false, false
		switch m[name].(type) {
		case string:
			text = true
		case map[string]any:
			object = true
		case nil:
			text, object = name != "signal", true
		}
		switch name {
		case "signal", "key":
			if !text {
				return name + " is no text"
			}
		case "with":
			if !object {
				return "with is no object"
			}
		default:
			return fmt.Sprintf("it has %q, where signal, key and with are expected", name)
		}
	}
	return ""
}

// untaken is a refusal as the server gets it.
func (r *run) untaken(refused *report.SignalError) error {
	if refused == nil {
		return nil
	}
	var list []any
	for _, e := range refused.Errors {
		list = append(list, []any{e.Path, e.Rule, e.Message, e.Help})
	}
	text, _ := wire.Encode([]any{string(refused.Reason), refused.Detail, list}) // texts can be encoded
	return temporal.NewApplicationErrorWithOptions(refused.Error(), typeUntaken, temporal.ApplicationErrorOptions{
		NonRetryable: true, Details: []any{text}, Category: temporal.ApplicationErrorCategoryBenign,
	})
}

// Signal waits for a signal. What it was given with is noted with the wait.
func (r *carrier) Signal(path string, wait runtime.SignalWait) (any, bool, error) {
	name := []any{wait.Name, wait.Key}
	switch rec := r.scope.next(path, kindAwait); {
	case rec != nil:
		if was, ok := rec.value.([]any); !ok || len(was) != 2 || was[0] != name[0] || was[1] != name[1] {
			r.scope.diverged(path)
		}
		wait.Until = time.Time{}
		if rec = r.scope.take(); rec.until != 0 {
			wait.Until = time.Unix(0, rec.until)
		}
	case r.scope.replaying():
		r.scope.diverged(path)
	default:
		r.run.pause(r.co)
		rec := &record{kind: kindAwait, path: path, value: name}
		if !wait.Until.IsZero() {
			rec.until = wait.Until.UnixNano()
		}
		r.scope.add(rec)
	}
	if rec := r.scope.next(path, kindGiven, kindRanOut); rec != nil {
		rec = r.scope.take()
		return rec.value, rec.kind == kindGiven, nil
	}
	if r.scope.replaying() {
		if cause := r.Stopped(); cause != runtime.NotStopped {
			return nil, false, runtime.StoppedError(cause)
		}
		r.scope.diverged(path)
	}
	return r.await(path, wait)
}

func (r *carrier) await(path string, wait runtime.SignalWait) (any, bool, error) {
	came := workflow.NewBufferedChannel(r.co, 1)
	v, given, ticket := r.run.signals.Wait(wait.SignalID, func() { came.SendAsync(nil) })
	if !given {
		r.first(wait.Until, came)
		cause := r.Stopped()
		v, given = ticket.Leave(cause == runtime.NotStopped)
		if cause != runtime.NotStopped {
			return nil, false, runtime.StoppedError(cause)
		}
	}
	rec := &record{kind: kindRanOut, path: path}
	if given {
		rec.kind, rec.value = kindGiven, v
	}
	r.scope.add(rec)
	return v, given, nil
}

// first waits until something came, until a time, or until the branch is to
// stop.
func (r *carrier) first(until time.Time, came workflow.ReceiveChannel) {
	ctx, done := workflow.WithCancel(r.run.free)
	defer done()
	selector := workflow.NewSelector(r.co)
	selector.AddReceive(came, func(c workflow.ReceiveChannel, _ bool) { c.ReceiveAsync(nil) })
	selector.AddReceive(r.soft.ctx.Done(), func(workflow.ReceiveChannel, bool) {})
	if !until.IsZero() {
		selector.AddFuture(workflow.NewTimer(ctx, until.Sub(r.run.clock())), func(workflow.Future) {})
	}
	selector.Select(r.co)
}
