package interp

import (
	"strings"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
)

// observe begins to watch a run, where somebody does, and returns the place of the
// part that begins in a trace.
func (w *world) observe(x *execution, id string, before connector.Trace) connector.Trace {
	o := x.config.Observer
	if o == nil {
		return connector.Trace{}
	}
	watch := o.Observe(report.Part{
		RunID: id, Flow: x.program.Name, Trigger: x.config.Event.Trigger, Caller: x.config.Caller, Before: before,
	})
	if watch == nil {
		return connector.Trace{}
	}
	w.watch, w.secrets = watch, x.secrets
	return watch.Trace()
}

// unobserved ends the watching.
func (w *world) unobserved() {
	if w.watch != nil {
		w.watch.End()
	}
}

// watched tells who watches of an event, and returns it with its place in the trace.
func (w *world) watched(e report.Event) report.Event {
	w.watch.Event(&e)
	return e
}

// replayed tells who watches of an event that is read back.
func (w *world) replayed(e report.Event) { w.watch.Replayed(&e) }

// observed makes an attempt that is watched.
func (r *inProcess) observed(a runtime.Attempt) (any, error) {
	step, _, _ := strings.Cut(a.Path, "#")
	seen := r.watch.Attempt(report.Attempt{Step: step, Operation: a.Operation.Name, Number: a.Number})
	a.Context = seen.Context
	v, err := r.renewed(&a)
	if err != nil {
		seen.End(&r.secrets.failure(report.AsRunError(err)).Failure)
		return v, err
	}
	seen.End(nil)
	return v, nil
}
