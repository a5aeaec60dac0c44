package flows

import (
	"errors"
	"fmt"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/schema"
)

// errReturn ends the blocks around a return step; it is no failure.
var errReturn = errors.New("return")

// block runs steps in their order.
func (s *state) block(steps []*step) error {
	for _, st := range steps {
		if err := s.step(st); err != nil {
			return err
		}
	}
	return nil
}

// step runs one step: its guard, its verb, and what it leaves behind.
func (s *state) step(st *step) error {
	path := s.prefix.step(st.rel)
	s.path, s.name, s.count = path, "", 0
	if cause := s.rt.Stopped(); cause != NotStopped {
		return stopped(cause)
	}
	if s.run.elsewhere {
		if err := s.rt.Checkpoint(s.pathText(path)); err != nil {
			return err
		}
	}
	if skip, err := s.skips(st, path); skip || err != nil {
		return err
	}
	start := s.started(st, path)
	result, err := st.do.run(s, st, path)
	if err != nil {
		return s.stepFailed(st, path, start, err)
	}
	if st.slot != noSlot {
		*s.frame.at(st.slot) = result
	}
	if st.undo != nil {
		s.owe(st, path, result)
	}
	if s.run.listening {
		s.emitEnd(start, &Event{Type: StepFinished, Step: s.pathText(path), Verb: st.verb, Operation: st.operation(), Items: -1})
	}
	return nil
}

func (s *state) skips(st *step, path stepPath) (bool, error) {
	if st.guard == nil {
		return false, nil
	}
	yes, err := s.condition(st.guard)
	if err != nil {
		return false, s.stepFailed(st, path, time.Time{}, err)
	}
	if yes {
		return false, nil
	}
	if st.slot != noSlot {
		*s.frame.at(st.slot) = nil
	}
	if s.run.listening {
		s.emit(&Event{Type: StepSkipped, Step: s.pathText(path), Verb: st.verb, Operation: st.operation(), Items: -1})
	}
	return true, nil
}

// started tells that a step starts, and gives the time where that is of
// interest to anybody.
func (s *state) started(st *step, path stepPath) time.Time {
	if !s.run.listening {
		return time.Time{}
	}
	start := s.rt.Now()
	s.emit(&Event{Type: StepStarted, Time: start, Step: s.pathText(path), Verb: st.verb, Operation: st.operation(), Items: -1})
	return start
}

// emitEnd reports the end of a step with how long it took; 0 for one that did
// not start.
func (s *state) emitEnd(start time.Time, e *Event) {
	e.Time = s.rt.Now()
	if !start.IsZero() {
		e.Duration = e.Time.Sub(start)
	}
	s.emit(e)
}

func (st *step) operation() string {
	if call, ok := st.do.(*callStep); ok {
		return call.op.Name
	}
	return ""
}

// stepFailed names the step in the error, unless an inner step did.
func (s *state) stepFailed(st *step, path stepPath, start time.Time, err error) error {
	if isReturn(err) {
		if s.run.listening {
			s.emitEnd(start, &Event{Type: StepFinished, Step: s.pathText(path), Verb: st.verb, Items: -1})
		}
		return err
	}
	failure := st.named(path, connector.AsError(err))
	if s.run.listening {
		s.emitEnd(start, &Event{
			Type: StepFailed, Step: s.pathText(path), Verb: st.verb, Operation: st.operation(), Attempt: failure.Attempts,
			Err: failure, Items: -1,
		})
	}
	return failure
}

// named gives a failure that says which step failed.
func (st *step) named(path stepPath, failure *connector.Error) *connector.Error {
	if failure.Step != "" {
		return failure
	}
	named := *failure
	named.Step, named.Place, named.Operation = path.String(), st.at.String(), st.operation()
	named.Attempts = max(named.Attempts, 1)
	return &named
}

// late is the failure of a step whose own time limit is over. It may be caught
// and tried again, unlike what stops the run, so nothing of that is left in it.
func (st *step) late(path stepPath, err error, format string, limit time.Duration) *connector.Error {
	inner := connector.AsError(err)
	return st.named(path, &connector.Error{
		Code: "Timeout", Class: connector.Timeout, Message: fmt.Sprintf(format, limit), Attempts: inner.Attempts,
		Outcome: inner.Outcome, Cause: inner.Cause, Suppressed: inner.Suppressed,
		UndoErrors: inner.UndoErrors, Undone: inner.Undone, NotUndone: inner.NotUndone,
	})
}

func (c *setStep) run(s *state, _ *step, _ stepPath) (any, error) {
	var few [4]any
	values := few[:0]
	for _, item := range c.values.items {
		v, err := item.eval(s)
		if err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	s.assign(c.values.keys, values)
	return nil, nil
}

func (c *ifStep) run(s *state, st *step, path stepPath) (any, error) {
	yes, err := s.condition(c.condition)
	if err != nil {
		return nil, err
	}
	steps := c.otherwise
	if yes {
		steps = c.then
	}
	return nil, s.bounded(st, path, func() error { return s.block(steps) })
}

// bounded runs the body of a block under the step's timeout, if it has one.
func (s *state) bounded(st *step, path stepPath, body func() error) error {
	limit, err := s.limitOf(st)
	if err != nil || limit <= 0 {
		if err == nil {
			err = body()
		}
		return err
	}
	outer := s.rt
	inner, done := outer.Within(path.String(), limit)
	s.rt = inner
	err = body()
	late := inner.Stopped() == ByTimeout && outer.Stopped() == NotStopped
	done()
	s.rt = outer
	if err != nil && late && !isReturn(err) {
		return st.late(path, err, "the block did not end within %s", limit)
	}
	return err
}

func (c *failStep) run(s *state, _ *step, _ stepPath) (any, error) {
	if c.again {
		failure, ok := (*s.frame.at(c.errorSlot)).(*connector.Error)
		if !ok {
			return nil, &connector.Error{Code: "NoError", Class: connector.Internal, Message: "there is no error to throw again"}
		}
		return nil, failure
	}
	code, err := textOf(s, c.code, "code")
	if err != nil {
		return nil, err
	}
	message, err := textOf(s, c.message, "message")
	if err != nil {
		return nil, err
	}
	failure := &connector.Error{Class: connector.Failed, Code: c.shown(s, c.code, code), Message: c.shown(s, c.message, message)}
	if c.details != nil {
		details, err := evalPlain(c.details, s)
		if err != nil {
			return nil, err
		}
		failure.Details, _ = mask(details, taint(c.details, nil)).(map[string]any)
	}
	return nil, failure
}

// shown gives a text of an error, which everybody may read, without the
// secrets that it was made of.
func (c *failStep) shown(s *state, v value, text string) string {
	if taint(v, nil) == nil {
		return text
	}
	if clean := s.run.secrets.text(text); clean != text {
		return clean
	}
	return schema.Masked
}

// textOf evaluates a text that a fail step needs.
func textOf(s *state, v value, name string) (string, error) {
	raw, err := v.eval(s)
	if err != nil {
		return "", err
	}
	converted, err := keyField.Convert(raw)
	invalid := &connector.Error{Code: "InvalidFailure", Class: connector.Invalid, Err: err}
	switch text, ok := converted.(string); {
	case err != nil:
		invalid.Message = "fail." + name + ": " + err.Error()
		return "", invalid
	case !ok:
		invalid.Message = "fail." + name + " is required, and it is null"
		return "", invalid
	default:
		return text, nil
	}
}

func (c *returnStep) run(s *state, _ *step, _ stepPath) (any, error) {
	v, err := c.output.eval(s)
	if err != nil {
		return nil, err
	}
	s.returned = &returned{v, c.field}
	return nil, errReturn
}
