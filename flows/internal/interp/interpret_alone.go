package interp

import (
	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
)

// alone returns the runtime in process where nobody but the operation has to do with a
// call, and nil elsewhere: such a call needs no name and no record.
func (s *state) alone() *inProcess {
	local, ok := s.rt.(*inProcess)
	if !ok || local.watch != nil || s.run.renewals != nil {
		return nil
	}
	return local
}

// runAlone is run for a call with which nobody but its operation has to do.
func (c *CallStep) runAlone(s *state, rt *inProcess, st *Step, path stepPath, params map[string]any) (any, error) {
	result, err := c.callAlone(s, rt, st, path, params)
	if err == nil {
		return result, nil
	}
	failure, effect := *report.AsRunError(err), c.Op.Effect
	failure.Params = c.shown(params)
	uncertain := failure.Outcome == connector.OutcomeUnknown || failure.InDoubt
	return nil, c.failed(s, st, path, &failure, uncertain && effect != connector.EffectReadOnly, effect)
}

// callAlone makes the one attempt of such a call.
func (c *CallStep) callAlone(s *state, rt *inProcess, st *Step, path stepPath, params map[string]any) (any, error) {
	if cause := rt.Stopped(); cause != runtime.NotStopped {
		return nil, runtime.StoppedError(cause)
	}
	ctx, call := rt.soft, c.callFor(s, st, path, params)
	if c.Op.Effect != connector.EffectReadOnly {
		ctx = rt.hard
	}
	var v any
	var err error
	if ctx.Done() != nil {
		v, err = rt.bounded(ctx, &runtime.Attempt{
			Operation: c.Op, Params: params, SingleAttempt: call.SingleAttempt, Repeat: call.Repeat,
			IdempotencyKey: call.IdempotencyKey, Log: s.logger(st, path, nil),
		})
	} else {
		v, err = protected(c.Op.Name, "", func(level connector.LogLevel, message string, fields map[string]any) {
			if log := s.logger(st, path, nil); log != nil {
				log(level, message, fields)
			}
		}, func() (any, error) { return c.Op.Run(ctx, call) })
	}
	if err != nil {
		return nil, failureOf(ctx, 0, err)
	}
	return v, nil
}

// callFor returns what the operation is given. One that looks at its parameters only
// gets the same again: it keeps nothing of it.
func (c *CallStep) callFor(s *state, st *Step, path stepPath, params map[string]any) *connector.Call {
	if !c.planned().bare {
		return &connector.Call{
			Params: params, SingleAttempt: c.AtMostOnce, Repeat: c.repeat(s, st, c.Op.Effect, c.AtMostOnce),
			IdempotencyKey: c.keyOf(s, path), Log: s.logger(st, path, nil),
		}
	}
	if s.call == nil {
		s.call = &connector.Call{}
	}
	s.call.Params = params
	return s.call
}
