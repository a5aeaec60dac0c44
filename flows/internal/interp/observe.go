package interp

import (
	"strings"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
)

// observe begins to watch a run, where somebody does, and reports whether.
func (w *world) observe(x *execution, id string, before connector.Trace) bool {
	o := x.config.Observer
	if o == nil {
		return false
	}
	watch := o.Observe(report.Part{
		RunID: id, Flow: x.program.Name, Trigger: x.config.Event.Trigger, Caller: x.config.Caller, Before: before,
	})
	if watch == nil {
		return false
	}
	w.watch, w.watched, w.secrets = watch, &report.Event{}, x.secrets
	return true
}

// unobserved ends the watching.
func (w *world) unobserved() {
	if w.watch != nil {
		w.watch.End()
	}
}

// replayed tells who watches of an event that is read back.
func (w *world) replayed(e report.Event) { w.watch.Replayed(&e) }

// observed makes an attempt that is watched.
func (r *inProcess) observed(a runtime.Attempt) (any, error) {
	step, _, _ := strings.Cut(a.Path, "#")
	seen := r.watch.Attempt(report.Attempt{Step: step, Operation: a.Operation.Name, Number: a.Number})
	a.Watch = seen
	v, err := r.renewed(&a)
	if err != nil {
		seen.End(&r.secrets.failure(report.AsRunError(err)).Failure)
		return v, err
	}
	seen.End(nil)
	return v, nil
}
