package interp

import (
	"errors"
	"fmt"
	"maps"
	"math/big"
	"reflect"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/bind"
)

func (c *SwitchStep) run(s *state, st *Step, path stepPath) (any, error) {
	steps, err := c.pick(s)
	if err != nil {
		return nil, err
	}
	return nil, s.bounded(st, path, func() error { return s.block(steps) })
}

// pick returns the steps of the first case that fits.
func (c *SwitchStep) pick(s *state) ([]*Step, error) {
	var v any
	var err error
	if c.Value != nil {
		if v, err = evalPlain(c.Value, s); err != nil {
			return nil, err
		}
	}
	for i := range c.Cases {
		fits, err := c.Cases[i].fits(s, v)
		if err != nil {
			return nil, err
		}
		if fits {
			return c.Cases[i].Steps, nil
		}
	}
	return c.Otherwise, nil
}

func (c *SwitchCase) fits(s *state, v any) (bool, error) {
	if c.When != nil {
		return s.condition(c.When)
	}
	for i, is := range c.Is {
		want, err := evalPlain(is, s)
		if err != nil {
			return false, err
		}
		if c.timed(s, i) && bind.SameTime(c.Times[i], v, want) || equal(v, want) {
			return true, nil
		}
	}
	return false, nil
}

// timed reports whether a value of the case is compared as a time.
func (c *SwitchCase) timed(s *state, i int) bool {
	return c.Times != nil && c.Times[i] != 0 && !s.run.config.TimesAsText
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

func (c *ParallelStep) run(s *state, st *Step, path stepPath) (any, error) {
	n := len(c.Branches)
	enough, err := s.enough(c.Enough, int64(n), "branches")
	if err != nil {
		return nil, err
	}
	states := make([]*state, n)
	failures := make([]error, n)           // of branches that ended with one
	settled := make([]*report.RunError, n) // of those that failed and are done with
	branch := func(rt runtime.Runtime, i int64) error {
		inner := new(state)
		*inner = s.inside(rt, s.frame, s.prefix)
		inner.fork = rt
		states[i] = inner
		err := inner.block(c.Branches[i].Steps)
		if len(c.Branches) > 1 {
			tellEnd(rt, err)
		}
		if err == nil || !c.OnError && enough == nil {
			failures[i] = err
			return err
		}
		failure, stop := inner.settle(err)
		switch {
		case stop:
			failures[i] = failure
			return failure
		case enough != nil:
			failures[i], settled[i] = failure, failure
			return runtime.ErrBranchFailed
		}
		settled[i] = failure
		return nil
	}
	s.share()
	var first error
	err = s.bounded(st, path, func() error {
		first = s.rt.Fork(path.String(), int64(n), n, enough, branch)
		switch {
		case errors.Is(first, runtime.ErrEnough):
			return nil
		case errors.Is(first, runtime.ErrTooFew):
			return c.tooFew(enough, settled)
		}
		return first
	})
	if errors.Is(first, runtime.ErrEnough) {
		return c.settleEnough(s, enough.Won(), states, failures, settled)
	}
	s.joinBranches(c, states)
	s.keepUndoErrors(first, failures)
	if err != nil {
		return nil, err
	}
	if c.OnError {
		return map[string]any{"errors": c.errorValues(settled)}, nil
	}
	return nil, nil
}

// errorValues are failures of branches, as flows see them.
func (c *ParallelStep) errorValues(failures []*report.RunError) map[string]any {
	errs := map[string]any{}
	for i, failure := range failures {
		if failure != nil {
			errs[c.Branches[i].Name] = failure.Value()
		}
	}
	return errs
}

// tellEnd tells a runtime how a branch ended.
func tellEnd(rt runtime.Runtime, err error) {
	if isReturn(err) {
		err = nil
	}
	runtime.TellEnd(rt, err)
}

// joinBranches takes over what the branches owe and have set, in their order.
func (s *state) joinBranches(c *ParallelStep, states []*state) {
	ctx := maps.Clone(s.ctx)
	for i, inner := range states {
		if inner == nil {
			continue
		}
		s.takeOver(inner)
		for _, name := range c.Branches[i].Sets {
			if v, ok := inner.ctx[name]; ok {
				ctx[name] = v
			}
		}
	}
	s.ctx, s.owns = ctx, true
}

// keepUndoErrors takes over what undos of branches have met whose failure is
// not the one that is reported.
func (s *state) keepUndoErrors(first error, failures []error) {
	for _, err := range failures {
		if err == nil || isReturn(err) || err == first { //nolint:errorlint // the very one
			continue
		}
		failure := report.AsRunError(err)
		s.undoErrors = append(s.undoErrors, failure.UndoErrors...)
		s.notUndone = append(s.notUndone, failure.NotUndone...)
		s.undone = append(s.undone, failure.Undone...)
	}
}

// settle undoes what a branch or an iteration of its own did before it failed.
// stop is true where the error is not its own: the run is to end.
func (s *state) settle(err error) (failure *report.RunError, stop bool) {
	failure = report.AsRunError(err)
	if s.rt.Stopped() != runtime.NotStopped {
		return failure, true
	}
	return s.undoAll(failure), false
}

func (c *RepeatStep) run(s *state, st *Step, path stepPath) (any, error) {
	most := int64(0)
	if c.Most != nil {
		v, err := c.Most.eval(s)
		if err == nil {
			v, err = attemptsCount.Convert(v)
		}
		if err != nil {
			return nil, &connector.Error{Code: "InvalidMaxAttempts", Class: connector.ClassInvalid, Message: "maxAttempts: " + err.Error(), Err: err}
		}
		most, _ = v.(int64)
	}
	every, err := s.duration(c.Every, "every")
	if err != nil {
		return nil, err
	}
	var rounds int64
	name := path.String()
	err = s.bounded(st, path, func() error {
		folded := s.foldRounds(c, name)
		defer folded.End()
		for {
			if rounds, err = folded.Next(rounds); err != nil {
				return err
			}
			rounds++
			done, err := c.round(s, iterationPath(name, rounds-1))
			if err != nil || done {
				return err
			}
			if most > 0 && rounds >= most {
				return &connector.Error{
					Code: "RepeatExhausted", Class: connector.ClassTimeout,
					Message: fmt.Sprintf("the condition did not hold after %d rounds", rounds),
				}
			}
			if every > 0 {
				if err := s.rt.Sleep(name, s.begin().Add(every)); err != nil {
					return err
				}
			} else if cause := s.rt.Stopped(); cause != runtime.NotStopped {
				return runtime.StoppedError(cause)
			}
		}
	})
	return rounds, err
}

var attemptsCount = fields.AtLeast(1)

// round runs the body once. Its results stand in the slots of the surrounding
// frame, so an undo keeps a copy of them.
func (c *RepeatStep) round(s *state, path stepPath) (bool, error) {
	prefix, repeated := s.prefix, s.repeated
	s.prefix, s.repeated = path, true
	s.frame.clear(c.Slots)
	err := s.block(c.Body)
	s.prefix, s.repeated = prefix, repeated
	if err != nil {
		return false, err
	}
	return s.condition(c.Until)
}

func (c *WaitStep) run(s *state, _ *Step, path stepPath) (any, error) {
	if c.Until != nil {
		v, err := evalPlain(c.Until, s)
		if err != nil {
			return nil, err
		}
		t, err := asTime(v)
		if err != nil {
			return nil, err
		}
		return nil, s.rt.Sleep(path.String(), t)
	}
	from := s.begin() // before the duration is made
	raw, err := c.Duration.eval(s)
	if err == nil && raw == nil {
		err = &connector.Error{Code: "InvalidDuration", Class: connector.ClassInvalid, Message: "wait: expected a duration such as 1m30s, found null"}
	}
	if err != nil {
		return nil, err
	}
	d, err := AsDuration(raw, "wait")
	if err != nil {
		return nil, s.unfit(err, c.Duration, "wait")
	}
	return nil, s.rt.Sleep(path.String(), from.Add(d))
}
