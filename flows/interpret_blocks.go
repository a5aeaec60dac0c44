package flows

import (
	"fmt"
	"maps"
	"math/big"
	"reflect"
	"sync"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/schema"
)

func (c *switchStep) run(s *state, st *step, path string) (any, error) {
	steps, err := c.pick(s)
	if err != nil {
		return nil, err
	}
	return nil, s.bounded(st, path, func() error { return s.block(steps) })
}

// pick gives the steps of the first case that fits.
func (c *switchStep) pick(s *state) ([]*step, error) {
	var v any
	var err error
	if c.value != nil {
		if v, err = c.value.eval(s); err != nil {
			return nil, err
		}
	}
	for i := range c.cases {
		fits, err := c.cases[i].fits(s, v)
		if err != nil {
			return nil, err
		}
		if fits {
			return c.cases[i].steps, nil
		}
	}
	return c.otherwise, nil
}

func (c *switchCase) fits(s *state, v any) (bool, error) {
	if c.when != nil {
		return s.condition(c.when)
	}
	for _, is := range c.is {
		want, err := is.eval(s)
		if err != nil {
			return false, err
		}
		if equal(v, want) {
			return true, nil
		}
	}
	return false, nil
}

// equal compares values: 2 and 2.0 are equal, "2" is not.
func equal(a, b any) bool {
	switch x := a.(type) {
	case int64:
		if y, ok := b.(float64); ok {
			return float64(x) == y
		}
	case float64:
		if y, ok := b.(int64); ok {
			return x == float64(y)
		}
	case *big.Int:
		y, ok := b.(*big.Int)
		return ok && x.Cmp(y) == 0
	}
	return reflect.DeepEqual(a, b)
}

func (c *parallelStep) run(s *state, st *step, path string) (any, error) {
	states := make([]*state, len(c.branches))
	var mu sync.Mutex
	failed := map[string]any{}
	failures := make([]error, len(c.branches))
	branch := func(rt Runtime, i int64) error {
		inner := s.inside(rt, s.frame, s.prefix)
		inner.fork = rt
		states[i] = inner
		err := inner.block(c.branches[i].steps)
		if err == nil || !c.onError {
			failures[i] = err
			return err
		}
		failure, stop := inner.settle(err)
		if stop {
			return failure
		}
		mu.Lock()
		failed[c.branches[i].name] = failure.Value()
		mu.Unlock()
		return nil
	}
	n := len(c.branches)
	var first error
	err := s.bounded(st, path, func() error {
		first = s.rt.Fork(path, int64(n), n, branch)
		return first
	})
	s.joinBranches(c, states)
	s.keepUndoErrors(first, failures)
	if err != nil {
		return nil, err
	}
	if c.onError {
		return map[string]any{"errors": failed}, nil
	}
	return nil, nil
}

// joinBranches takes over what the branches owe and have set, in their order.
func (s *state) joinBranches(c *parallelStep, states []*state) {
	ctx := maps.Clone(s.ctx)
	for i, inner := range states {
		if inner == nil {
			continue
		}
		s.owed = append(s.owed, inner.owed...)
		s.notUndone = append(s.notUndone, inner.notUndone...)
		for _, name := range c.branches[i].sets {
			if v, ok := inner.ctx[name]; ok {
				ctx[name] = v
			}
		}
	}
	s.ctx = ctx
}

// keepUndoErrors takes over what undos of branches have met whose failure is
// not the one that is reported.
func (s *state) keepUndoErrors(first error, failures []error) {
	for _, err := range failures {
		if err == nil || isReturn(err) || err == first { //nolint:errorlint // the very one
			continue
		}
		failure := connector.AsError(err)
		s.undoErrors = append(s.undoErrors, failure.UndoErrors...)
		s.notUndone = append(s.notUndone, failure.NotUndone...)
		s.undone = append(s.undone, failure.Undone...)
	}
}

// settle undoes what a branch or an iteration of its own did before it failed.
// stop is true where the error is not its own: the run is to end.
func (s *state) settle(err error) (failure *connector.Error, stop bool) {
	failure = connector.AsError(err)
	if s.rt.Stopped() != NotStopped {
		return failure, true
	}
	return s.undoAll(failure), false
}

func (c *repeatStep) run(s *state, st *step, path string) (any, error) {
	most := int64(0)
	if c.most != nil {
		v, err := c.most.eval(s)
		if err == nil {
			v, err = attemptsCount.Convert(v)
		}
		if err != nil {
			return nil, &connector.Error{Code: "InvalidMaxAttempts", Class: connector.Invalid, Message: "maxAttempts: " + err.Error(), Err: err}
		}
		most, _ = v.(int64)
	}
	every, err := s.duration(c.every, "every")
	if err != nil {
		return nil, err
	}
	var rounds int64
	err = s.bounded(st, path, func() error {
		for rounds = 1; ; rounds++ {
			done, err := c.round(s, itemPath(path, rounds-1))
			if err != nil || done {
				return err
			}
			if most > 0 && rounds >= most {
				return &connector.Error{
					Code: "RepeatExhausted", Class: connector.Timeout,
					Message: fmt.Sprintf("the condition did not hold after %d rounds", rounds),
				}
			}
			if every > 0 {
				if err := s.rt.Sleep(path, s.rt.Now().Add(every)); err != nil {
					return err
				}
			} else if cause := s.rt.Stopped(); cause != NotStopped {
				return stopped(cause)
			}
		}
	})
	return rounds, err
}

var attemptsCount = atLeast(1)

// round runs the body once. Its results stand in the slots of the surrounding
// frame, so an undo keeps a copy of them.
func (c *repeatStep) round(s *state, path string) (bool, error) {
	prefix, repeated := s.prefix, s.repeated
	s.prefix, s.repeated = path, true
	s.frame.clear(c.slots)
	err := s.block(c.body)
	s.prefix, s.repeated = prefix, repeated
	if err != nil {
		return false, err
	}
	return s.condition(c.until)
}

func (c *waitStep) run(s *state, _ *step, path string) (any, error) {
	until := s.rt.Now()
	if c.until != nil {
		v, err := c.until.eval(s)
		if err != nil {
			return nil, err
		}
		t, err := asTime(v)
		if err != nil {
			return nil, err
		}
		return nil, s.rt.Sleep(path, t)
	}
	raw, err := c.duration.eval(s)
	if err == nil && raw == nil {
		err = &connector.Error{Code: "InvalidDuration", Class: connector.Invalid, Message: "wait: expected a duration such as 1m30s, found null"}
	}
	if err != nil {
		return nil, err
	}
	d, err := s.duration(constant{raw}, "wait")
	if err != nil {
		return nil, err
	}
	return nil, s.rt.Sleep(path, until.Add(d))
}

func (c *tryStep) run(s *state, st *step, path string) (any, error) {
	err := c.attempts(s, st, path)
	if err != nil && s.rt.Stopped() == NotStopped && !isReturn(err) {
		err = c.handle(s, st.named(path, connector.AsError(err)))
	}
	if len(c.finally) > 0 {
		err = c.cleanUp(s, path, err)
	}
	return nil, err
}

// attempts runs the body, again where the step has a retry. What a failed body
// did is undone before anything else happens.
func (c *tryStep) attempts(s *state, st *step, path string) error {
	ctx := s.ctx
	_, err := s.retried(st, path, func() (any, error) {
		s.ctx = ctx
		s.frame.clear(c.slots)
		return nil, c.body1(s, st, path)
	}, mayRepeatBlock)
	return err
}

// mayRepeatBlock is false where something that changes the world may have
// happened and is not taken back: a second attempt could do it twice. A step
// that may be repeated has a retry of its own for that.
func mayRepeatBlock(err *connector.Error) bool { return err.Outcome != connector.OutcomeUnknown }

func (c *tryStep) body1(s *state, st *step, path string) error {
	mark, markNot := len(s.owed), len(s.notUndone)
	err := s.bounded(st, path, func() error { return s.block(c.body) })
	if err == nil || isReturn(err) {
		return err
	}
	if s.givenUp() {
		return err
	}
	inner := s.inside(s.rt, s.frame, s.prefix)
	inner.owed, inner.notUndone = s.owed[mark:], s.notUndone[markNot:]
	failure := inner.undoAll(connector.AsError(err))
	s.owed, s.notUndone = s.owed[:mark:mark], s.notUndone[:markNot:markNot]
	return failure
}

// handle runs the first handler that fits.
func (c *tryStep) handle(s *state, failure *connector.Error) error {
	for _, h := range c.handlers {
		*s.frame.at(h.errorSlot) = failure.Value()
		*s.frame.at(h.errorSlot + 1) = failure
		fits, err := h.fits(s, failure)
		if err != nil {
			return causedBy(err, failure)
		}
		if !fits {
			continue
		}
		return causedBy(s.block(h.steps), failure)
	}
	return failure
}

func (h *handler) fits(s *state, failure *connector.Error) (bool, error) {
	if len(h.on) > 0 && !failure.Matches(h.on) {
		return false, nil
	}
	if h.condition == nil {
		return true, nil
	}
	return s.condition(h.condition)
}

// causedBy gives a handler's error the one that it handled as its cause.
func causedBy(err error, handled *connector.Error) error {
	if err == nil || isReturn(err) {
		return err
	}
	failure := *connector.AsError(err)
	if failure.Same(handled) {
		return err
	}
	failure.Cause = withCause(failure.Cause, handled)
	failure.UndoErrors = append(failure.UndoErrors, handled.UndoErrors...)
	failure.NotUndone = append(failure.NotUndone, handled.NotUndone...)
	failure.Undone = append(failure.Undone, handled.Undone...)
	return &failure
}

// withCause puts an error at the end of a chain of causes. A cause that is a
// value has no cause itself, and stays.
func withCause(cause any, last *connector.Error) any {
	inner, ok := cause.(*connector.Error)
	switch {
	case cause == nil:
		return last
	case !ok || inner == last:
		return cause
	}
	longer := *inner
	longer.Cause = withCause(inner.Cause, last)
	return &longer
}

// cleanUp runs the finally steps. Once the run is stopped they have the flow's
// cleanup timeout.
func (c *tryStep) cleanUp(s *state, path string, err error) error {
	outer, fork := s.rt, s.fork
	detached, done := outer.Detached(path+"/finally", s.run.program.cleanup)
	defer done()
	s.rt, s.fork = detached, nil
	late := s.block(c.finally)
	s.rt, s.fork = outer, fork
	switch {
	case late == nil:
		return err
	case err == nil || isReturn(err):
		return late
	default:
		failure := *connector.AsError(err)
		failure.Suppressed = append(failure.Suppressed, connector.AsError(late))
		return &failure
	}
}

func isReturn(err error) bool { return err == errReturn } //nolint:errorlint // never wrapped

func (c *subFlowStep) run(s *state, st *step, path string) (any, error) {
	inputs, err := c.bindInputs(s)
	if err != nil {
		return nil, err
	}
	return s.retried(st, path, func() (any, error) { return c.attempt(s, st, path, inputs) }, mayRepeatBlock)
}

func (c *subFlowStep) bindInputs(s *state) (map[string]any, error) {
	v, err := c.inputs.eval(s)
	if err != nil {
		return nil, err
	}
	inputs, err := completeInputs(c.program.inputs, v.(map[string]any))
	if err != nil {
		return nil, &connector.Error{Code: "InvalidParameter", Class: connector.Invalid, Message: err.Error(), Err: err}
	}
	s.run.secrets.note(inputs, &schema.Field{Type: schema.Object, Members: c.program.inputs})
	c.noteTaint(s.run.secrets, inputs)
	return inputs, nil
}

// noteTaint keeps texts that are made of secrets. The pieces of lists and maps
// stay out: some of them may be ordinary words.
func (c *subFlowStep) noteTaint(r *redactor, inputs map[string]any) {
	if c.taint == nil {
		return
	}
	for _, f := range c.taint.Members.Fields() {
		if text, ok := inputs[f.Name].(string); ok {
			r.add(text)
		}
	}
}

// attempt runs the flow once. A flow that fails undoes itself first.
func (c *subFlowStep) attempt(s *state, st *step, path string, inputs map[string]any) (any, error) {
	var out any
	err := s.bounded(st, path, func() error {
		v, err := s.rt.Child(path, func(rt Runtime) (any, error) {
			inner := s.run.sub(c, s, inputs)
			out, owed, failure := inner.runBody(rt, path, s)
			if failure != nil {
				return nil, failure
			}
			if st.undo == nil {
				s.owed = append(s.owed, owed...)
			}
			return out, nil
		})
		out = v
		return err
	})
	return out, err
}
