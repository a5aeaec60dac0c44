package journal

import (
	"context"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
)

// Handle is a durable run that this process carries, begun by [Journal.Start]
// or gone on with by [Journal.StartResume], or one of another process, found by
// [Journal.Attach]. Its methods may be called at the same time, any number of
// times, and after the end of the run too, when Cancel and Interrupt do nothing
// any more.
type Handle struct {
	id        string
	cancel    func()
	interrupt func()
	owed      func() []string                                                     // nil where another process carries the run
	signal    func(ctx context.Context, id SignalID, values map[string]any) error // nil for a run of another process

	recorded *recording // nil for a run that was on disk before

	rested chan struct{} // closed when the run is put down; nil for a run of another process
	answer func() *flows.Answer

	done chan struct{}                 // closed at the end
	came func() (*flows.Result, error) // gives what came of it then
}

// Start begins a run as Run does, and does not wait for it. When it returns the
// run is on disk; an error, which is an *flows.InputError for wrong inputs,
// means that nothing runs.
//
// ctx is the run's, not only that of the call: when it ends the run is canceled,
// as by Handle.Cancel. context.WithoutCancel makes one for a run that outlives a
// request. One goroutine carries the run and ends with it; Journal.Close waits
// for all of them.
func (j *Journal) Start(ctx context.Context, flow *flows.Flow, inputs map[string]any, options ...flows.RunOption) (*Handle, error) {
	return startRun(ctx, j.fresh(flow, inputs, options))
}

// StartSoon begins a run as Start does, and returns before it is on disk: nobody is to
// be told its name, which the caller made, before Recorded has returned. Its beginning
// goes to disk with its first change, or after a moment; a process that is lost before
// has begun nothing.
func (j *Journal) StartSoon(ctx context.Context, flow *flows.Flow, inputs map[string]any, options ...flows.RunOption) (*Handle, error) {
	r := j.fresh(flow, inputs, options)
	r.recording = &recording{}
	return startRun(ctx, r)
}

// Recorded returns when the run is on disk; an error means that it did not get there,
// and that Wait gives it, too.
func (h *Handle) Recorded() error {
	if h.recorded == nil {
		return nil
	}
	<-h.recorded.done
	return h.recorded.err
}

// recording is what became of the beginning of a run that nobody waited for. It holds
// nothing of the run, which may be put down and forgotten before its handle is.
type recording struct {
	done <-chan struct{} // closed when err is known; set when the beginning is queued
	err  error           // why it is not on disk
}

// StartResume goes on with an interrupted run as Resume does, and does not wait
// for it. ctx is the run's, as for Start; an error means that nothing runs.
func (j *Journal) StartResume(ctx context.Context, id string, registry *connector.Registry, options ...flows.RunOption) (*Handle, error) {
	r, err := j.stored(ctx, id, registry, options)
	if err != nil {
		return nil, err
	}
	return startRun(ctx, r)
}

// startRun returns when the run has begun, or could not.
func startRun(ctx context.Context, r *run) (*Handle, error) {
	l := newLife(ctx, r)
	h := &Handle{
		done: l.done, came: func() (*flows.Result, error) { return l.result, l.err },
		cancel: l.cancel, interrupt: l.interrupt, signal: l.signal, owed: l.owed,
		rested: l.rested, answer: func() *flows.Answer { return l.answer },
		recorded: r.recording,
	}
	begun := make(chan struct{})
	r.onBegin = func() { close(begun) }
	of := optionsOf(r.given)
	l.onEnd, l.onResting = of.Ended, of.Rested
	runtime.Begin(of.Go, func() { l.carry(r) })
	select {
	case <-begun:
		h.id = r.id
		return h, nil
	case <-h.done:
	}
	select {
	case <-begun: // it has ended already
		h.id = r.id
		return h, nil
	default:
		return nil, l.err
	}
}

// optionsOf returns what the options of a run say together.
func optionsOf(options []flows.RunOption) *runtime.Options {
	o := &runtime.Options{}
	for _, option := range options {
		if option != nil {
			option(o)
		}
	}
	return o
}

// ID returns the name of the run.
func (h *Handle) ID() string { return h.id }

// Owed returns the paths of the steps that the run would have to undo if it
// failed at this moment, and of those that it could not undo; the latest first.
// A run that has ended well owes nothing, one that was interrupted what Resume
// would have to undo. What a run of another process owes is not known here.
func (h *Handle) Owed() []string {
	if h.owed == nil {
		return nil
	}
	select {
	case <-h.done:
		if _, err := h.came(); err == nil {
			return nil
		}
	default:
	}
	return h.owed()
}

// Wait waits until the run has stopped, and returns what Journal.Run returns: the
// error of an interrupted run is an *InterruptedError. When ctx ends first the
// run goes on, and the error is a *report.WaitError.
func (h *Handle) Wait(ctx context.Context) (*flows.Result, error) {
	select {
	case <-h.done:
		return h.came()
	default:
	}
	select {
	case <-h.done:
		return h.came()
	case <-ctx.Done():
		return nil, &report.WaitError{RunID: h.id, Err: context.Cause(ctx)}
	}
}

// Cancel stops the run, which undoes what it did, as the end of the context of
// Start does: finally steps and undos run, for at most the flow's
// cleanupTimeout. It does not wait for that. Journal.Cancel does the same to a
// run of which there is no handle.
func (h *Handle) Cancel() { h.cancel() }

// Interrupt stops the run where it is, as the end of the process does: calls in
// flight are interrupted, nothing is undone and nothing more is written. It
// stays in the journal as a run that Resume goes on with; one that was canceled
// before goes on undoing then. It does not wait for the end of the run. A run of
// another process goes on there; the waiting for it ends.
func (h *Handle) Interrupt() { h.interrupt() }

// Signal gives the run a value that a wait of it is for, as Journal.Signal does.
// A run that was found by Attach is given signals by Journal.Signal alone, which
// takes the operations that its program is checked against.
func (h *Handle) Signal(ctx context.Context, name, key string, values map[string]any) error {
	if h.signal == nil {
		return errAttached
	}
	return h.signal(ctx, SignalID{h.id, name, key}, values)
}
