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
	w.watch, w.secrets, w.idle = watch, x.secrets, &x.program.told
	return true
}

// unobserved ends the watching.
func (w *world) unobserved() {
	if w.watch == nil {
		return
	}
	w.watch.End()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.watched != nil {
		*w.watched = report.Event{}
		w.idle.Put(w.watched)
		w.watched = nil
	}
}

// tell tells who watches of an event, and has it say where in a trace that is. w.mu is
// held.
func (w *world) tell(e *report.Event) {
	if w.watched == nil {
		if w.watched, _ = w.idle.Get().(*report.Event); w.watched == nil {
			w.watched = &report.Event{}
		}
	}
	*w.watched = *e
	w.watch.Event(w.watched)
	e.TraceID, e.SpanID = w.watched.TraceID, w.watched.SpanID
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
