package interp

import (
	"context"

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
		c.leave(s, st, params)
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
	ctx := rt.soft
	if c.Op.Effect != connector.EffectReadOnly {
		ctx = rt.hard
	}
	v, err := c.once(ctx, s, rt, st, path, params)
	if err != nil {
		return nil, failureOf(ctx, 0, err)
	}
	return v, nil
}

// once calls the operation, in the goroutine of the run where nothing ends the call, or
// where it surely ends in time.
func (c *CallStep) once(ctx context.Context, s *state, rt *inProcess, st *Step, path stepPath, params map[string]any) (any, error) {
	if ctx.Done() != nil {
		if !endsInTime(c.Op, nil) {
			a := c.attemptFor(s, st, path, params)
			return rt.inTime(ctx, &a)
		}
		if ctx.Err() != nil {
			return nil, notCalled{ctx.Err()}
		}
	}
	call := c.callFor(s, rt, st, path, params)
	return protected(c.Op.Name, "", func(level connector.LogLevel, message string, fields map[string]any) {
		log := call.Log
		if log == nil {
			log = c.logger(s, st, path, nil, params)
		}
		if log != nil {
			log(level, message, fields)
		}
	}, func() (any, error) { return c.Op.Run(ctx, call) })
}

// attemptFor returns the attempt of a call that can be left behind. An operation that
// looks at its parameters only needs no more.
func (c *CallStep) attemptFor(s *state, st *Step, path stepPath, params map[string]any) runtime.Attempt {
	a := runtime.Attempt{Operation: c.Op, Params: params, Log: c.logger(s, st, path, nil, params)}
	if !c.planned().bare {
		a.SingleAttempt, a.Repeat, a.IdempotencyKey = c.AtMostOnce, c.repeat(s, st, c.Op.Effect, c.AtMostOnce), c.keyOf(s, path)
	}
	return a
}

// callFor returns what the operation is given. One that looks at its parameters only
// gets the same again: it keeps nothing of it.
func (c *CallStep) callFor(s *state, rt *inProcess, st *Step, path stepPath, params map[string]any) *connector.Call {
	if !c.planned().bare {
		a := c.attemptFor(s, st, path, params)
		return rt.callFor(&a, nil)
	}
	if s.call == nil {
		s.call = &connector.Call{}
	}
	s.call.Params = params
	return s.call
}
