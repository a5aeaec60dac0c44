package flows

import (
	"github.com/medlar-flow/medlar/connector"
)

func (c *tryStep) run(s *state, st *step, path stepPath) (any, error) {
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
func (c *tryStep) attempts(s *state, st *step, path stepPath) error {
	ctx := s.share()
	_, err := s.retried(st, path, func() (any, error) {
		s.ctx, s.owns = ctx, false
		s.frame.clear(c.slots)
		return nil, c.once(s, st, path)
	}, mayRepeatBlock)
	return err
}

// mayRepeatBlock is false where something that changes the world may have
// happened and is not taken back: a second attempt could do it twice. A step
// that may be repeated has a retry of its own for that.
func mayRepeatBlock(err *connector.Error) bool { return err.Outcome != connector.OutcomeUnknown }

func (c *tryStep) once(s *state, st *step, path stepPath) error {
	mark, markNot := len(s.owed), len(s.notUndone)
	err := s.bounded(st, path, func() error { return s.block(c.body) })
	if err == nil || isReturn(err) {
		return err
	}
	if s.givenUp() {
		return err
	}
	s.share()
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
func (c *tryStep) cleanUp(s *state, path stepPath, err error) error {
	outer, fork := s.rt, s.fork
	detached, done := outer.Detached(path.String()+"/finally", s.run.program.cleanup)
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
