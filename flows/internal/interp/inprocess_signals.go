package interp

import (
	"time"

	"github.com/medlar-flow/medlar/flows/internal/runtime"
)

// Signal waits for a signal of the run in the memory of this process.
func (r *inProcess) Signal(_ string, wait runtime.SignalWait) (any, bool, error) {
	came := make(chan struct{})
	v, given, ticket := r.signals.Wait(wait.SignalID, func() { close(came) })
	if given {
		return v, true, nil
	}
	r.await(wait.Until, came)
	stopped := r.Stopped()
	v, given = ticket.Leave(stopped == runtime.NotStopped)
	if stopped != runtime.NotStopped {
		return nil, false, runtime.StoppedError(stopped)
	}
	return v, given, nil
}

// await waits until something came, until a time, or until the branch is to
// stop. The zero time is never.
func (r *inProcess) await(until time.Time, came <-chan struct{}) {
	var late <-chan time.Time
	if !until.IsZero() {
		timer := time.NewTimer(time.Until(until))
		defer timer.Stop()
		late = timer.C
	}
	select {
	case <-late:
	case <-came:
	case <-r.soft.Done():
	}
}

// Signal gives the run a value that it waits for, or will wait for. The error
// is a *report.SignalError.
func (x *Run) Signal(id runtime.SignalID, values map[string]any) error {
	v, refused := x.program.CheckSignal(id, values)
	if refused == nil {
		refused = x.shared.signals.Give(id, v)
	}
	if refused != nil {
		refused.RunID = x.id
		return refused
	}
	return nil
}

// Ended notes how the run ended, for those who come too late.
func (x *Run) Ended(failure error) { x.shared.signals.End(runtime.EndState(failure)) }
