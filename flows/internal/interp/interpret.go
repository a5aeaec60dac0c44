package interp

import (
	"errors"
	"fmt"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// errReturn ends the blocks around a return step; it is no failure.
var errReturn = errors.New("return")

// block runs steps in their order.
func (s *state) block(steps []*Step) error {
	for _, st := range steps {
		if err := s.step(st); err != nil {
			return err
		}
	}
	return nil
}

// step runs one step: its guard, its verb, and what it leaves behind.
func (s *state) step(st *Step) error {
	path := s.prefix.step(st.Rel)
	s.path, s.name, s.count = path, "", 0
	if cause := s.rt.Stopped(); cause != runtime.NotStopped {
		return runtime.StoppedError(cause)
	}
	if s.run.remote {
		if err := s.rt.Checkpoint(s.pathText(path)); err != nil {
			return err
		}
	}
	if skip, err := s.skips(st, path); skip || err != nil {
		return err
	}
	start := s.started(st, path)
	result, err := st.Do.run(s, st, path)
	if err != nil {
		return s.stepFailed(st, path, start, err)
	}
	if st.Slot != NoSlot {
		*s.frame.at(st.Slot) = result
	}
	if st.Undo != nil {
		s.registerUndo(st, path, result)
	}
	if s.run.listening {
		s.emitEnd(start, &report.Event{Type: report.StepFinished, Step: s.pathText(path), Verb: st.Verb, Operation: st.operation(), Items: -1})
	}
	return nil
}

func (s *state) skips(st *Step, path stepPath) (bool, error) {
	if st.Guard == nil {
		return false, nil
	}
	yes, err := s.condition(st.Guard)
	if err != nil {
		return false, s.stepFailed(st, path, time.Time{}, err)
	}
	if yes {
		return false, nil
	}
	if st.Slot != NoSlot {
		*s.frame.at(st.Slot) = nil
	}
	if s.run.listening {
		s.emit(&report.Event{Type: report.StepSkipped, Step: s.pathText(path), Verb: st.Verb, Operation: st.operation(), Items: -1})
	}
	return true, nil
}

// started tells that a step starts, and gives the time where that is of
// interest to anybody.
func (s *state) started(st *Step, path stepPath) time.Time {
	if !s.run.listening {
		return time.Time{}
	}
	start := s.rt.Clock()
	s.emit(&report.Event{Type: report.StepStarted, Time: start, Step: s.pathText(path), Verb: st.Verb, Operation: st.operation(), Items: -1})
	return start
}

// emitEnd reports the end of a step with how long it took; 0 for one that did
// not start.
func (s *state) emitEnd(start time.Time, e *report.Event) {
	e.Time = s.rt.Clock()
	if !start.IsZero() {
		e.Duration = e.Time.Sub(start)
	}
	s.emit(e)
}

func (st *Step) operation() string {
	if call, ok := st.Do.(*CallStep); ok {
		return call.Op.Name
	}
	return ""
}

// stepFailed names the step in the error, unless an inner step did.
func (s *state) stepFailed(st *Step, path stepPath, start time.Time, err error) error {
	if isReturn(err) {
		if s.run.listening {
			s.emitEnd(start, &report.Event{Type: report.StepFinished, Step: s.pathText(path), Verb: st.Verb, Items: -1})
		}
		return err
	}
	failure := st.named(path, report.AsRunError(err))
	if s.run.listening {
		s.emitEnd(start, &report.Event{
			Type: report.StepFailed, Step: s.pathText(path), Verb: st.Verb, Operation: st.operation(), Attempt: failure.Attempts,
			Err: failure, Items: -1,
		})
	}
	return failure
}

// named returns a failure that says which step failed.
func (st *Step) named(path stepPath, failure *report.RunError) *report.RunError {
	if failure.Step != "" {
		return failure
	}
	named := *failure
	named.Step, named.Place, named.Operation = path.String(), st.At.String(), st.operation()
	named.Attempts = max(named.Attempts, 1)
	return &named
}

// late is the failure of a step whose own time limit is over. It may be caught
// and tried again, unlike what stops the run, so nothing of that is left in it.
func (st *Step) late(path stepPath, err error, format string, limit time.Duration) *report.RunError {
	inner := report.AsRunError(err)
	return st.named(path, &report.RunError{
		Failure: report.Failure{
			Code: "Timeout", Class: connector.ClassTimeout, Message: fmt.Sprintf(format, limit), Outcome: inner.Outcome, Cause: inner.Cause,
		},
		Attempts: inner.Attempts, Suppressed: inner.Suppressed, UndoErrors: inner.UndoErrors, Undone: inner.Undone, NotUndone: inner.NotUndone,
	})
}

// maxParts is how many elements the lists and maps of a value may have together
// that is kept: assigned by set, collected by a loop, or given to a flow or by one. A value that holds another one twice, and is then held twice
// itself, and so on, takes no memory, but nobody gets to the end of it.
const maxParts = 10 << 20

// bounded returns the error of a value that has too many, nil for any other. what
// and name tell which.
func bounded(what, name string, v any) error {
	if !value.HasMoreParts(v, maxParts) {
		return nil
	}
	return &connector.Error{
		Code: "ValueTooLarge", Class: connector.ClassInvalid,
		Message: fmt.Sprintf("%s%s would have more than %d elements, in all its lists and maps, where 64 bytes of text count as one: keep less, such as the members that are needed of each element", what, name, maxParts),
	}
}

func (c *SetStep) run(s *state, _ *Step, _ stepPath) (any, error) {
	var few [4]any
	values := few[:0]
	for i, item := range c.Values.Items {
		v, err := item.eval(s)
		if err == nil {
			err = bounded("ctx.", c.Values.Keys[i], v)
		}
		if err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	s.assign(c.Values.Keys, values)
	return nil, nil
}

func (c *IfStep) run(s *state, st *Step, path stepPath) (any, error) {
	yes, err := s.condition(c.Condition)
	if err != nil {
		return nil, err
	}
	steps := c.Otherwise
	if yes {
		steps = c.Then
	}
	return nil, s.bounded(st, path, func() error { return s.block(steps) })
}

// bounded runs the body of a block under the step's timeout, if it has one.
func (s *state) bounded(st *Step, path stepPath, body func() error) error {
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
	late := inner.Stopped() == runtime.ByTimeout && outer.Stopped() == runtime.NotStopped
	done()
	s.rt = outer
	if err != nil && late && !isReturn(err) {
		return st.late(path, err, "the block did not end within %s", limit)
	}
	return err
}

func (c *FailStep) run(s *state, _ *Step, _ stepPath) (any, error) {
	if c.Again {
		failure, ok := (*s.frame.at(c.ErrorSlot)).(*report.RunError)
		if !ok {
			return nil, &connector.Error{Code: "NoError", Class: connector.ClassInternal, Message: "there is no error to throw again"}
		}
		return nil, failure
	}
	code, err := shownText(s, c.Code, "code")
	if err != nil {
		return nil, err
	}
	message, err := shownText(s, c.Message, "message")
	if err != nil {
		return nil, err
	}
	failure := &connector.Error{Class: connector.ClassFailed, Code: code, Message: message}
	if failure.Status, err = c.status(s); err != nil {
		return nil, err
	}
	if c.Details != nil {
		details, err := evalPlain(c.Details, s)
		if err != nil {
			return nil, err
		}
		if err := bounded("the details", "", details); err != nil {
			return nil, err
		}
		failure.Details, _ = mask(details, Taint(c.Details, nil)).(map[string]any)
	}
	return nil, failure
}

// status evaluates the status of a fail step; 0 for none.
func (c *FailStep) status(s *state) (int, error) {
	if c.Status == nil {
		return 0, nil
	}
	v, err := evalPlain(c.Status, s)
	if err != nil {
		return 0, err
	}
	converted, err := fields.StatusField.Convert(v)
	if err != nil {
		return 0, &connector.Error{Code: "InvalidFailure", Class: connector.ClassInvalid, Message: "fail.status: " + err.Error(), Err: err}
	}
	n, _ := converted.(int64)
	return int(n), nil
}

// shownText evaluates a text that a fail step needs, without the secrets that
// it is made of: everybody may read it.
func shownText(s *state, v Value, name string) (string, error) {
	if Taint(v, nil) == nil {
		return textOf(s, v, name)
	}
	s.veils = veils{}
	text, err := textOf(s, v, name)
	shown, known := s.veils[text]
	s.veils = nil
	if err != nil {
		return "", s.unfit(err, v, "fail."+name)
	}
	if !known {
		shown = schema.Masked
	}
	return shown, nil
}

// textOf evaluates a text that a fail step needs.
func textOf(s *state, v Value, name string) (string, error) {
	raw, err := v.eval(s)
	if err != nil {
		return "", err
	}
	converted, err := KeyField.Convert(raw)
	invalid := &connector.Error{Code: "InvalidFailure", Class: connector.ClassInvalid, Err: err}
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

func (c *ReturnStep) run(s *state, _ *Step, _ stepPath) (any, error) {
	v, err := c.Output.eval(s)
	if err != nil {
		return nil, err
	}
	s.returned = &returned{v, c.Field}
	return nil, errReturn
}
