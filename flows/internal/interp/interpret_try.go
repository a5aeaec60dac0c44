package interp

import (
	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
)

func (c *TryStep) run(s *state, st *Step, path stepPath) (any, error) {
	err := c.attempts(s, st, path)
	if err != nil && s.rt.Stopped() == runtime.NotStopped && !isReturn(err) {
		err = c.handle(s, path, st.named(path, report.AsRunError(err)))
	}
	switch {
	case len(c.Finally) == 0:
	case s.run.interrupted():
		if err == nil || isReturn(err) {
			err = runtime.StoppedError(runtime.ByShutdown) // the run is not done without it
		}
	default:
		err = c.cleanUp(s, path, err)
	}
	return nil, err
}

// attempts runs the body, again where the step has a retry. What a failed body
// did is undone before anything else happens.
func (c *TryStep) attempts(s *state, st *Step, path stepPath) error {
	ctx := s.share()
	_, err := s.retried(st, path, func() (any, error) {
		s.ctx, s.owns = ctx, false
		s.frame.clear(c.Slots)
		return nil, c.once(s, st, path)
	}, mayRepeatBlock)
	return err
}

// mayRepeatBlock is false where something that changes the world may have
// happened and is not taken back: a second attempt could do it twice. A step
// that may be repeated has a retry of its own for that.
func mayRepeatBlock(err *report.RunError) bool { return err.Outcome != connector.OutcomeUnknown }

func (c *TryStep) once(s *state, st *Step, path stepPath) error {
	mark, markNot, markDone, markErrors := len(s.pendingUndos), len(s.notUndone), len(s.undone), len(s.undoErrors)
	err := s.bounded(st, path, func() error { return s.block(c.Body) })
	if err == nil || isReturn(err) {
		return err
	}
	if s.givenUp() {
		return err
	}
	s.share()
	inner := s.inside(s.rt, s.frame, s.prefix)
	inner.pendingUndos, inner.notUndone = s.pendingUndos[mark:], s.notUndone[markNot:]
	inner.undone, inner.undoErrors = s.undone[markDone:], s.undoErrors[markErrors:]
	failure := inner.undoAll(report.AsRunError(err))
	s.pendingUndos, s.notUndone = s.pendingUndos[:mark:mark], s.notUndone[:markNot:markNot]
	s.undone, s.undoErrors = s.undone[:markDone:markDone], s.undoErrors[:markErrors:markErrors]
	return failure
}

// handle runs the first handler that fits.
func (c *TryStep) handle(s *state, path stepPath, failure *report.RunError) error {
	for i, h := range c.Handlers {
		*s.frame.at(h.ErrorSlot) = failure.Value()
		*s.frame.at(h.ErrorSlot + 1) = failure
		fits, err := h.fits(s, failure)
		if err != nil {
			return causedBy(err, failure)
		}
		if !fits {
			continue
		}
		if w, ok := s.rt.(runtime.HandlerWatcher); ok {
			w.Handles(path.String(), ItemPath(path.String()+"/catch", int64(i)))
		}
		return causedBy(s.block(h.Steps), failure)
	}
	return failure
}

func (h *Handler) fits(s *state, failure *report.RunError) (bool, error) {
	if len(h.On) > 0 && !failure.Matches(h.On) {
		return false, nil
	}
	if h.Condition == nil {
		return true, nil
	}
	return s.condition(h.Condition)
}

// causedBy gives a handler's error the one that it handled as its cause.
func causedBy(err error, handled *report.RunError) error {
	if err == nil || isReturn(err) {
		return err
	}
	failure := *report.AsRunError(err)
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
func withCause(cause any, last *report.RunError) any {
	inner, ok := cause.(*report.RunError)
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
func (c *TryStep) cleanUp(s *state, path stepPath, err error) error {
	outer, fork := s.rt, s.fork
	detached, done := outer.Detached(path.String()+"/finally", s.run.program.Cleanup)
	defer done()
	s.rt, s.fork = detached, nil
	late := s.block(c.Finally)
	s.rt, s.fork = outer, fork
	switch {
	case late == nil:
		return err
	case err == nil || isReturn(err):
		return late
	default:
		failure := *report.AsRunError(err)
		failure.Suppressed = append(failure.Suppressed, report.AsRunError(late))
		return &failure
	}
}

func isReturn(err error) bool { return err == errReturn } //nolint:errorlint // never wrapped
