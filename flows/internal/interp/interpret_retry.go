package interp

import (
	"errors"

	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
)

// retried runs a body until it succeeds or the step's retry has had enough.
func (s *state) retried(st *Step, path stepPath, body func() (any, error), mayRepeat func(*report.RunError) bool) (any, error) {
	if st.Retry == nil {
		return body()
	}
	limit, outer := st.Retry.within, s.rt
	if limit <= 0 {
		return s.tries(st, path, body, mayRepeat)
	}
	bounded, done := outer.Within(path.String(), limit)
	defer done()
	s.rt = bounded
	result, err := s.tries(st, path, body, mayRepeat)
	s.rt = outer
	if errors.Is(err, runtime.ErrStopped) && bounded.Stopped() == runtime.ByTimeout && outer.Stopped() == runtime.NotStopped {
		err = st.late(path, err, "the attempts did not succeed within %s", limit)
	}
	return result, err
}

// tries makes the attempts of a retry.
func (s *state) tries(st *Step, path stepPath, body func() (any, error), mayRepeat func(*report.RunError) bool) (any, error) {
	name := s.pathText(path)
	for n := 1; ; n++ {
		result, err := body()
		if err == nil || isReturn(err) {
			return result, err
		}
		failure := *report.AsRunError(err)
		if failure.Step == "" || failure.Attempts == 0 {
			failure.Attempts = n
		}
		if !st.Retry.again(n, &failure) || !mayRepeat(&failure) || s.rt.Stopped() != runtime.NotStopped {
			return nil, &failure
		}
		delay := st.Retry.wait(n, failure.RetryAfter, s.random(attemptPath(name, n)))
		s.emit(&report.Event{
			Type: report.StepRetried, Step: name, Verb: st.Verb, Operation: st.operation(), Attempt: n, Delay: delay, Err: &failure, Items: -1,
		})
		if err := s.rt.Sleep(name, s.begin().Add(delay)); err != nil {
			return nil, stoppedWhileWaiting(err, &failure)
		}
	}
}

// stoppedWhileWaiting keeps the failure that a retry was waiting to mend.
func stoppedWhileWaiting(err error, last *report.RunError) *report.RunError {
	stop := *report.AsRunError(err)
	stop.Attempts, stop.Cause = last.Attempts, last
	// An attempt of a try has undone what it did, as far as it could.
	stop.Undone, stop.NotUndone, stop.UndoErrors = last.Undone, last.NotUndone, last.UndoErrors
	return &stop
}
