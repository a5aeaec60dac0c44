package temporal

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/report"
)

// remote is a run as those know it who watch it.
func (s *start) remote() report.Remote {
	return report.Remote{RunID: s.id, Flow: s.flow, Trigger: s.trigger, Version: s.version, Caller: s.caller, Began: time.Unix(0, s.at).UTC()}
}

// placeOf is where a run stands in a trace; the zero value where nobody watches.
func (e *engine) placeOf(s *start) connector.Trace {
	if e.observer == nil {
		return connector.Trace{}
	}
	return e.observer.Place(s.remote())
}

// observeEnd tells who watches that the run has ended: once, and not when it is read
// back. A run that could not begin, and a part of one, is none.
func (r *run) observeEnd(ctx workflow.Context, err error) {
	var refused *report.InputError
	if workflow.GetInfo(ctx).WorkflowType.Name != flowWorkflow || workflow.IsReplaying(ctx) || errors.As(err, &refused) {
		return
	}
	var failure *report.RunError
	if err != nil {
		failure = report.AsRunError(err)
	}
	run, at := r.start.remote(), r.clock()
	if o := r.engine.observer; o != nil {
		o.Ended(run, at, failure)
	}
	for _, told := range r.engine.ended {
		told(run, at, failure)
	}
}

// watched makes the attempt as one that is watched, where somebody does.
func (c *call) watched(attempt func() (any, error)) (any, error) {
	if c.engine.observer == nil || c.place.Parent == "" {
		return attempt()
	}
	step, count, _ := strings.Cut(c.attempt.Path, "#")
	number, err := strconv.Atoi(count)
	if err != nil {
		number = 1
	}
	seen := c.engine.observer.Attempt(c.place, c.run, report.Attempt{Step: step, Operation: c.op.Name, Number: number})
	c.attempt.Watch = seen
	v, err := attempt()
	if err == nil {
		seen.End(nil)
		return v, nil
	}
	shown := func(text string) string { s, _ := c.net.Shown(text).(string); return s }
	e := report.AsRunError(err)
	seen.End(&connector.Error{Code: shown(e.Code), Class: e.Class, Status: e.Status, RequestID: shown(e.RequestID)})
	return v, err
}
