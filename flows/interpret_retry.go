package flows

import (
	"errors"

	"github.com/medlar-flow/medlar/connector"
)

// retried runs a body until it succeeds or the step's retry has had enough.
func (s *state) retried(st *step, path stepPath, body func() (any, error), mayRepeat func(*connector.Error) bool) (any, error) {
	if st.retry == nil {
		return body()
	}
	limit, outer := st.retry.within, s.rt
	if limit <= 0 {
		return s.tries(st, path, body, mayRepeat)
	}
	bounded, done := outer.Within(path.String(), limit)
	defer done()
	s.rt = bounded
	result, err := s.tries(st, path, body, mayRepeat)
	s.rt = outer
	if errors.Is(err, errStopped) && bounded.Stopped() == ByTimeout && outer.Stopped() == NotStopped {
		err = st.late(path, err, "the attempts did not succeed within %s", limit)
	}
	return result, err
}

// tries makes the attempts of a retry.
func (s *state) tries(st *step, path stepPath, body func() (any, error), mayRepeat func(*connector.Error) bool) (any, error) {
	name := s.pathText(path)
	for n := 1; ; n++ {
		result, err := body()
		if err == nil || isReturn(err) {
			return result, err
		}
		failure := *connector.AsError(err)
		if failure.Step == "" || failure.Attempts == 0 {
			failure.Attempts = n
		}
		if !st.retry.again(n, &failure) || !mayRepeat(&failure) || s.rt.Stopped() != NotStopped {
			return nil, &failure
		}
		delay := st.retry.wait(n, failure.RetryAfter, s.random(attemptPath(name, n)))
		s.emit(&Event{
			Type: StepRetried, Step: name, Verb: st.verb, Operation: st.operation(), Attempt: n, Delay: delay, Err: &failure, Items: -1,
		})
		if err := s.rt.Sleep(name, s.rt.Now().Add(delay)); err != nil {
			return nil, stoppedWhileWaiting(err, &failure)
		}
	}
}

// stoppedWhileWaiting keeps the failure that a retry was waiting to mend.
func stoppedWhileWaiting(err error, last *connector.Error) *connector.Error {
	stop := *connector.AsError(err)
	stop.Attempts, stop.Cause = last.Attempts, last
	// An attempt of a try has undone what it did, as far as it could.
	stop.Undone, stop.NotUndone, stop.UndoErrors = last.Undone, last.NotUndone, last.UndoErrors
	return &stop
}
