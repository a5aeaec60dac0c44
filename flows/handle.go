package flows

import (
	"context"
	"time"

	"github.com/medlar-flow/medlar/flows/internal/interp"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
)

// Handle is a run under way in this process, begun by [Flow.Start]. Its methods
// may be called at the same time, any number of times, and after the end of the
// run too, when Cancel and Interrupt do nothing any more.
type Handle struct {
	id     string
	flow   *Flow
	run    *interp.Run
	cancel context.CancelCauseFunc

	done   chan struct{} // closed at the end, after which result and err stay
	result *Result
	err    error
	answer *Answer
}

// Start begins a run as Run does, and does not wait for it. The inputs are
// checked and the secrets are read before it returns: an *InputError means that
// nothing runs.
//
// ctx is the run's, not only that of the call: when it ends the run is canceled,
// as by Cancel. context.WithoutCancel makes one for a run that outlives a
// request. One goroutine carries the run and ends with it.
func (f *Flow) Start(ctx context.Context, inputs map[string]any, options ...RunOption) (*Handle, error) {
	x := f.run(options)
	x.Interruptible()
	if err := x.Prepare(ctx, inputs); err != nil {
		return nil, err //nolint:wrapcheck // it says all
	}
	ctx, cancel := context.WithCancelCause(ctx)
	h := &Handle{id: x.ID(), flow: f, run: x, cancel: cancel, done: make(chan struct{})}
	runtime.Begin(x.Options().Go, func() { h.carry(ctx) })
	return h, nil
}

// carry runs the flow to its end.
func (h *Handle) carry(ctx context.Context) {
	if ended := h.run.Options().Ended; ended != nil {
		defer ended()
	}
	defer close(h.done)
	h.result, h.err = resultOf(h.run.Carry(ctx))
	h.run.Ended(h.err)
	var output any
	if h.result != nil {
		output = h.result.Output
	}
	h.answer = h.run.Answer(output, report.AsRunError(h.err), time.Now())
	h.Cancel()
	h.Interrupt()
}

// ID returns the name of the run.
func (h *Handle) ID() string { return h.id }

// Owed returns the paths of the steps that the run would have to undo if it
// failed at this moment, and of those that it could not undo; the latest first.
// A run that has ended well owes nothing, one that failed what its error lists
// as NotUndone.
func (h *Handle) Owed() []string {
	select {
	case <-h.done:
		if h.err == nil {
			return nil
		}
		return report.AsRunError(h.err).NotUndone
	default:
		return h.run.Owed()
	}
}

// Wait waits until the run has ended, and returns what Flow.Run returns. When
// ctx ends first the run goes on, and the error is a *report.WaitError.
func (h *Handle) Wait(ctx context.Context) (*Result, error) {
	select {
	case <-h.done:
		return h.result, h.err
	default:
	}
	select {
	case <-h.done:
		return h.result, h.err
	case <-ctx.Done():
		return nil, &report.WaitError{RunID: h.id, Err: context.Cause(ctx)}
	}
}

// Cancel stops the run, which undoes what it did, as the end of the context of
// Start does: finally steps and undos run, for at most the flow's
// cleanupTimeout. It does not wait for that.
func (h *Handle) Cancel() { h.cancel(byUser) }

// byUser is why the context of a run ended that was canceled.
var byUser = runtime.StopCause(runtime.ByUser)

// Interrupt stops the run where it is: calls that only read are interrupted,
// one that changes something is waited for, as far as its context lets it, so
// that its outcome is known. Nothing is undone, and no handler and no finally
// step runs, also where the run was failing or canceled already. It does not
// wait for the end of the run.
//
// The error of the run is then a *RunError with the code "Interrupted" and the
// class canceled; its NotUndone lists the steps whose undo is still owed.
// Nothing goes on with such a run: for that, run it on a journal.
func (h *Handle) Interrupt() { h.run.Interrupt() }

// Signal gives the run a value that a wait of it is for, also before it waits.
// key is empty for a signal without one; values are held against what the wait
// accepts. The same values again change nothing. The error is a *SignalError,
// and nothing is kept of what was refused. It does not wait, so ctx is not asked;
// the handles of other runtimes have it, too.
func (h *Handle) Signal(_ context.Context, name, key string, values map[string]any) error {
	return h.run.Signal(runtime.SignalID{Name: name, Key: key}, values) //nolint:wrapcheck // it says all
}
