package flowtest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/faults"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
)

// Probe returns a value that package explore tries failures with; it is of no use
// to others.
func (t *Test) Probe() any { return probe{t} }

// probe is a test for package explore.
type probe struct{ *Test }

var _ faults.Probe = probe{}

// Under runs the test in a world in which something goes wrong. Expectations are
// not looked at. Calls are answered as they were in the world of another run, as
// far as that is given.
func (t probe) Under(ctx context.Context, plan faults.Plan, pins *faults.World) *faults.End {
	ctx, cancel := context.WithTimeout(ctx, realLimit)
	defer cancel()
	r := &testRun{
		test: t.Test, answers: answers{list: t.allAnswers(), used: map[*answer]int{}, given: map[*reply]bool{}},
		outcome: &Outcome{Test: t.Test, reached: map[string]bool{}},
		faults:  faults.New(plan, t.suite.steps, pins),
	}
	r.run(ctx)
	return r.end(ctx)
}

// realLimit is how long a run in such a world may really take.
const realLimit = 20 * time.Second

// end says how a run ended in its world.
func (r *testRun) end(ctx context.Context) *faults.End {
	e := &faults.End{
		World: r.faults, Output: r.outcome.Output, Shown: r.outcome.shown, Err: r.outcome.Err, Virtual: r.outcome.Virtual,
		Panic: r.panicked, Waits: r.waits, Timeout: ctx.Err() != nil, Start: r.test.startedAt,
	}
	var inputs *report.InputError
	if e.Err != nil && errors.As(e.Err, &inputs) {
		e.Broken = inputs.Error()
	}
	return e
}

// Judge returns what must hold of a run in whatever world, and does not: what
// always holds of runs, and what the test says under always.
func (t probe) Judge(e *faults.End, strict bool) []faults.Violation {
	list := e.Violations(strict || t.strict, slices.AppendSeq(slices.Clone(t.hides), maps.Values(t.secrets)))
	if e.Hangs() || e.Panic != "" {
		return list
	}
	for _, c := range t.always {
		if text := c.broken(e); text != "" {
			list = append(list, faults.Violation{Rule: "always", Text: text, Of: c.text + "\x00" + e.Stays()})
		}
	}
	return list
}

// Signals returns the names of the signals that the test gives, in their order.
func (t probe) Signals() []string {
	names := make([]string, len(t.signals))
	for i, s := range t.signals {
		names[i] = s.id.Name
	}
	return names
}

// SignalFaults returns what can go wrong with a signal of the test.
func (t probe) SignalFaults(signal int) []faults.Kind {
	s := t.signals[signal-1]
	_, others := t.others(s)
	return slices.DeleteFunc(faults.SignalKinds(), func(k faults.Kind) bool {
		return k == faults.SignalEarly && s.after == 0 || k == faults.SignalOther && !others
	})
}

// Forgets reports whether services keep no idempotency keys in the test.
func (t probe) Forgets() bool { return t.forgets }

// Begins reports whether there is a run: an event can begin none.
func (t probe) Begins() bool { return t.begins() }

// Faulty reports whether the test itself says that something goes wrong.
func (t probe) Faulty() bool { return len(t.faults) > 0 || t.order > 0 }

// allAnswers are those of the test, and behind them those of the file.
func (t *Test) allAnswers() []*answer {
	return append(t.answers[:len(t.answers):len(t.answers)], t.suite.shared...)
}

// inFaults returns the world of a test that speaks of what goes wrong, or of
// what always holds; nil for any other.
func (t *Test) inFaults(ctx context.Context) *faults.World {
	if len(t.faults) == 0 && len(t.always) == 0 && len(t.hides) == 0 && t.order == 0 && !t.strict {
		return nil
	}
	w := faults.New(faults.Plan{Faults: t.faults, Forgets: t.forgets, Order: t.order}, t.suite.steps, nil)
	if len(t.faults) > 0 || t.order > 0 {
		w.Remember(probe{t}.Under(ctx, faults.Plan{Forgets: t.forgets}, nil).World)
	}
	return w
}

// driver carries one attempt for its world.
type driver struct {
	run     *testRun
	carrier *carrier
	call    *Call
	attempt *runtime.Attempt
}

// Stop stops the run, and all of it where the process dies.
func (d *driver) Stop(cause runtime.Cause) {
	if d.run.faults.Dead() {
		d.carrier.stop(d.carrier.root, cause)
		return
	}
	d.carrier.stop(d.carrier.body, cause)
}

// Own returns what the test answers.
func (d *driver) Own(number int) *faults.Reply {
	c := *d.call
	c.Attempt = number
	if found := d.run.answers.find(&c); found != nil {
		return &faults.Reply{After: found.after, Result: found.result, Err: found.err, Changed: found.changed}
	}
	if givesNothing(*d.attempt) {
		return &faults.Reply{Result: map[string]any{}}
	}
	return nil
}

// faulty answers an attempt as the world has it.
func (r *carrier) faulty(a runtime.Attempt, call *Call) (any, error) {
	d := &driver{run: r.run, carrier: r, call: call, attempt: &a}
	if !r.inTurn(r.scopeOf(&a), a.Timeout, r.run.faults.Coming(a.Path)) {
		return nil, runtime.StoppedError(r.scopeOf(&a).cause)
	}
	if !r.run.counts(call, a, d) {
		return nil, runtime.StoppedError(runtime.ByUser)
	}
	reply, ok := r.run.faults.Attempt(r.now, a, d)
	if !ok {
		return nil, runtime.StoppedError(r.root.cause)
	}
	if reply.Final {
		a.Timeout = 0
	}
	s := r.scopeOf(&a)
	if reply.Final {
		s = r.root // what is known is told whatever stops the branch
	}
	if r.inTurn(s, a.Timeout, reply.Call) && !r.run.faults.Strike(r.now, reply.Call, d) {
		return nil, runtime.StoppedError(r.root.cause)
	}
	var (
		v       any
		failure *connector.Error
	)
	switch {
	case reply.Ended.IsZero() && r.now.Before(reply.Begins) && !r.wait(r.task, s, reply.Begins):
		failure = runtime.StoppedError(s.cause)
		failure.Outcome = connector.OutcomeUnknown
	case reply.Ended.IsZero():
		v, failure = r.answered(a, reply.After, reply.Result, reply.Err)
	default:
		r.wait(r.task, r.root, reply.Ended)
		v, failure = copied(reply.Result), reply.Err
	}
	r.run.faults.Ended(r.now, a.Path, v, failure, d)
	r.run.faults.Told(reply.Call)
	r.nextTurn()
	switch {
	case failure == nil:
		return v, nil
	case reply.InDoubt:
		return nil, &report.RunError{Failure: *failure, InDoubt: true}
	default:
		return nil, failure
	}
}

// counts keeps a call for the expectations. It is false where a test that is
// not about faults has no answer for it.
func (r *testRun) counts(c *Call, a runtime.Attempt, d *driver) bool {
	if r.full() {
		return false
	}
	if r.exploring() || r.faults.Known(&a) {
		return true
	}
	r.outcome.Calls = append(r.outcome.Calls, c)
	if len(r.test.faults) == 0 && !r.answers.has(c) && !givesNothing(a) {
		r.missing = r.explainMissing(c, a)
		d.carrier.stop(d.carrier.root, runtime.ByUser)
		return false
	}
	return true
}

// idle says which fault of the test befell nothing; empty for none.
func (r *testRun) idle() string {
	if r.faults == nil {
		return ""
	}
	i := r.faults.Idle()
	switch {
	case i >= 0:
	case !r.faults.Kept():
		i = slices.IndexFunc(r.test.faults, func(f faults.Fault) bool { return f.After != nil })
		return fmt.Sprintf("calls cannot be answered in the order that the fault in line %d asks for", r.test.faultLines[i])
	default:
		return ""
	}
	f := &r.test.faults[i]
	what := "the step makes no such call"
	switch {
	case f.Signal > 0:
		what = fmt.Sprintf("the test gives %d signals", len(r.test.signals))
	case f.Waiting:
		what = "the step does not wait so often"
	}
	return fmt.Sprintf("the fault in line %d befalls nothing: %s", r.test.faultLines[i], what)
}

// exploring reports whether the run is one of Under.
func (r *testRun) exploring() bool { return r.expects == nil }

// answered waits for an answer, as long as it takes or may take.
func (r *carrier) answered(a runtime.Attempt, after time.Duration, result any, failure *connector.Error) (any, *connector.Error) {
	s := r.scopeOf(&a)
	late := a.Timeout > 0 && after >= a.Timeout
	length := after
	if late {
		length = a.Timeout
	}
	switch {
	case !r.wait(r.task, s, r.now.Add(length)):
		e := runtime.StoppedError(s.cause)
		e.Outcome = connector.OutcomeUnknown
		return nil, e
	case late:
		return nil, &connector.Error{
			Code: "Timeout", Class: connector.ClassTimeout, Message: fmt.Sprintf("no answer within %s", a.Timeout),
			Outcome: connector.OutcomeUnknown,
		}
	case failure != nil:
		e := *failure
		return nil, &e
	default:
		return copied(result), nil
	}
}

// guarded calls a branch, and keeps what it panics with where the run is about
// faults.
func (r *carrier) guarded(i int64, branch func(rt runtime.Runtime, i int64) error) (err error) {
	if r.run == nil || r.run.faults == nil {
		return branch(r, i)
	}
	defer func() {
		if p := recover(); p != nil {
			r.run.panicked = fmt.Sprint(p)
			r.stop(r.root, runtime.ByUser)
			err = runtime.StoppedError(runtime.ByUser)
		}
	}()
	return branch(r, i)
}

// inOrder lets branches that could go on at the same time do so in the order of
// a seed.
func (s *scheduler) inOrder(seed uint64) {
	if seed == 0 {
		return
	}
	random := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // nothing secret: the same seed is the same order
	s.choose = random.IntN
}

// Static returns the path of a step without attempts and iterations.
func (s *Suite) Static(path string) string { return s.steps.Static(path) }

// Inspect calls look with the run that the test would make. Nothing runs.
func (t probe) Inspect(ctx context.Context, look func(e runtime.Execution) error) {
	begin := runtime.On(func(e runtime.Execution) (runtime.Runtime, error) { return nil, look(e) })
	if !t.begins() {
		return
	}
	apart := func(o *runtime.Options) { o.Runtime, o.Sandboxed = nil, true }
	_, _ = t.suite.flow.Run(ctx, t.inputs, append(t.options(nil), apart, begin)...) // look has seen what there is
}

// Label returns the test file's name as people know it.
func (s *Suite) Label() string { return s.reader.label }
