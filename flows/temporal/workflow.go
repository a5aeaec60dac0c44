package temporal

import (
	"errors"
	"fmt"
	"reflect"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/internal/wire"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/schema"
)

// workflow runs a flow, or a part of a loop. Where it is continued, or does a
// part, it gets as state what was done before it.
func (e *engine) workflow(ctx workflow.Context, rawText, rawState converter.RawValue) ([]byte, error) {
	text, state := e.given(rawText), e.given(rawState)
	fresh := len(state) == 0 && !workflow.IsReplaying(ctx)
	s, err := readStart(text)
	if err != nil {
		panic(err) // another version of the worker may be able to read it
	}
	flow, err := e.load(s)
	if err != nil && !fresh {
		panic(err) // a run that is under way waits for a worker that can carry it
	}
	if err != nil {
		return nil, refused(err)
	}
	r := e.newRun(ctx, s, state)
	if err := errors.Join(r.tellRecords(ctx), r.takeSignals(ctx, flow)); err != nil {
		panic(err) // a mistake here
	}
	var result *flows.Result
	var failed error
	done := false
	workflow.Go(ctx, func(co workflow.Context) {
		result, failed = r.carry(co, flow)
		if r.root != nil { // else it did not begin
			failed = r.start.gen.StillOwed(failed)
		}
		done, r.over = true, true
	})
	for {
		_ = workflow.Await(r.free, func() bool { return done || r.found != nil || r.draining && r.busy == 0 })
		switch {
		case done:
			r.tell(ctx, failed)
			r.observeEnd(ctx, failed)
			r.forget(ctx)
			return r.ended(result, failed, fresh)
		case r.found != nil:
			return r.pack(map[string]any{"records": r.found.value(), "first": r.found.first})
		}
		r.drain(ctx)
		next, err := r.encode(r.state())
		if err == nil {
			return nil, workflow.NewContinueAsNewError(ctx, workflow.GetInfo(ctx).WorkflowType.Name, text, next)
		}
		workflow.GetLogger(ctx).Warn("The run goes on in a history that grows: it cannot be continued by another workflow.", "Reason", err.Error())
		r.stays, r.draining = true, false
	}
}

// given reads what the workflow begins with. A worker that cannot leaves it to
// others.
func (e *engine) given(raw converter.RawValue) (text []byte) {
	if err := e.data.FromPayload(raw.Payload(), &text); err != nil {
		panic(err)
	}
	return text
}

// load returns the flow, if this worker can carry it.
func (e *engine) load(s *start) (*flows.Flow, error) {
	if s.local != (e.sandbox != nil) {
		return nil, fmt.Errorf("run %s is for workers with a sandbox: %t; this one has one: %t", s.id, s.local, e.sandbox != nil)
	}
	flow, err := e.programs.get(s, e.registry)
	if err != nil {
		return nil, fmt.Errorf("the worker does not accept the program: %w", err)
	}
	return flow, nil
}

// ended returns what the starter of the run gets.
func (r *run) ended(result *flows.Result, err error, fresh bool) ([]byte, error) {
	var inputs *report.InputError
	switch {
	case errors.As(err, &inputs) && !fresh:
		panic(err) // a secret is missing here; another worker may have it
	case errors.As(err, &inputs):
		return nil, refused(err)
	case err != nil:
		return nil, r.failed(report.AsRunError(err))
	}
	text, err := r.result(result.Output, result.Shown)
	if err != nil {
		return nil, r.failed(report.AsRunError(notSent(err)))
	}
	return text, nil
}

// result writes what the run gives: once, where people may see all of it.
func (r *run) result(output, shown any) ([]byte, error) {
	text, err := r.vault().seal(r.outcome(output, shown), nil, r.exec.HoldsSecret)
	if errors.Is(err, ErrNeedsKey) {
		// Without a key the result is what everybody may see.
		text, err = r.vault().seal(r.outcome(shown, shown), nil, func(any) bool { return false })
	}
	if err == nil {
		err = r.engine.fits("the output of the flow", len(text))
	}
	return text, err
}

func (r *run) outcome(output, shown any) map[string]any {
	if r.start.meaning >= 1 && reflect.DeepEqual(output, shown) {
		return map[string]any{"output": output}
	}
	return map[string]any{"output": output, "shown": shown}
}

// TakeOutput refuses what the server would not take, so that the run undoes what
// it did.
func (r *carrier) TakeOutput(output, shown any) error {
	if r.run.start.meaning < 1 {
		return nil // such a run finds it when it has ended
	}
	if _, err := r.run.result(output, shown); err != nil {
		return notSent(err)
	}
	return nil
}

// failed is a failure of the flow as the server gets it. It is masked already.
func (r *run) failed(e *report.RunError) error {
	text, err := wire.Encode(wire.Failure(e))
	if err == nil {
		err = r.engine.fits("the error of the flow", len(text))
	}
	for _, short := range []func(*report.RunError) *report.RunError{withoutValues, withoutCause} {
		if err == nil {
			break
		}
		if text, err = wire.Encode(wire.Failure(short(e))); err == nil {
			err = r.engine.fits("the error of the flow", len(text))
		}
	}
	if runtime.EndState(e) == runtime.EndCanceled {
		return temporal.NewCanceledError(text)
	}
	return temporal.NewApplicationErrorWithOptions(e.Error(), typeFailed, temporal.ApplicationErrorOptions{
		NonRetryable: true, Details: []any{text}, Category: temporal.ApplicationErrorCategoryBenign,
	})
}

// withoutValues is a failure without what the step was called with and what the
// service said beside its message.
func withoutValues(e *report.RunError) *report.RunError {
	short := *e
	short.Params, short.Details, short.Cause = nil, nil, nil
	return &short
}

// withoutCause is what must be known of a failure.
func withoutCause(e *report.RunError) *report.RunError {
	return &report.RunError{
		Failure: report.Failure{Code: e.Code, Class: e.Class, Outcome: e.Outcome, Message: "the error of the flow is too large to be told"},
		Step:    e.Step, Undone: e.Undone, NotUndone: e.NotUndone,
	}
}

// refused is the error of a run that cannot begin.
func refused(err error) error {
	var list []any
	var inputs *report.InputError
	if errors.As(err, &inputs) {
		for _, e := range inputs.Errors {
			list = append(list, map[string]any{"path": e.Path, "rule": e.Rule, "message": e.Message, "help": e.Help})
		}
	}
	text, _ := wire.Encode([]any{err.Error(), list}) // texts can be encoded
	return temporal.NewApplicationErrorWithOptions(err.Error(), typeRefused, temporal.ApplicationErrorOptions{
		NonRetryable: true, Details: []any{text},
	})
}

// readRefusal reads what refused wrote.
func readRefusal(text []byte, flow string) error {
	v, err := wire.Decode(text)
	pair, ok := v.([]any)
	if err != nil || !ok || len(pair) != 2 {
		return errors.New("the run cannot begin")
	}
	list, _ := pair[1].([]any)
	if len(list) == 0 {
		message, _ := pair[0].(string)
		return errors.New(message)
	}
	inputs := &report.InputError{Flow: flow}
	for _, item := range list {
		m, _ := item.(map[string]any)
		inputs.Errors = append(inputs.Errors, schema.FieldError{
			Path: wire.TextAt(m, "path"), Rule: wire.TextAt(m, "rule"), Message: wire.TextAt(m, "message"), Help: wire.TextAt(m, "help"),
		})
	}
	return inputs
}
