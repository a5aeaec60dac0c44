package interp

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// Outcome is what a run gave.
type Outcome struct {
	RunID  string
	Output any // as it is: it may hold secrets
	Shown  any // for people; it may share parts with Output
}

// Run runs the program and waits for it. The error is an *InputError where
// nothing ran, else a *report.RunError that people may read.
func (x *Run) Run(ctx context.Context, inputs map[string]any) (Outcome, error) {
	if err := x.Prepare(ctx, inputs); err != nil {
		return Outcome{}, err
	}
	out, err := x.Carry(ctx)
	if told := x.options.Answered; told != nil {
		told(func(now time.Time) *report.Answer { return x.Answer(out.Output, report.AsRunError(err), now) })
	}
	return out, err
}

// Carry runs the program of a run that is prepared, and waits for it. The error
// is a *report.RunError that people may read.
func (x *Run) Carry(ctx context.Context) (Outcome, error) {
	if rt := x.config.Runtime; rt != nil {
		return x.result(x.start(rt))
	}
	if x.config.Remote {
		x.startedAt = x.config.StartedAt
		_, err := x.config.Begin(&carried{x: &x.execution})
		return Outcome{RunID: x.id}, err
	}
	local, done := x.inProcess(ctx)
	defer done()
	defer local.unobserved()
	if x.config.Begin != nil {
		defer local.connections.close() //nolint:errcheck // the outcome of the run is what counts
		rt, err := x.config.Begin(&carried{x: &x.execution, local: local})
		if err != nil {
			return Outcome{}, err
		}
		return x.result(x.start(rt))
	}
	local.observe(&x.execution, x.id, connector.Trace{})
	out, failure := x.start(local)
	if err := local.connections.close(); err != nil && failure == nil {
		failure = report.AsRunError(&connector.Error{Code: "CloseFailed", Class: connector.ClassInternal, Message: "closing connections: " + err.Error(), Err: err})
	}
	got, whole, err := x.outcome(out, failure)
	if err == nil && whole {
		local.lent.giveBack(!x.secrets.empty())
	}
	return got, err
}

// result returns what the caller of Run gets.
func (x *execution) result(out any, failure *report.RunError) (Outcome, error) {
	got, _, err := x.outcome(out, failure)
	return got, err
}

// outcome is result, and reports whether no payload is left in it.
func (x *execution) outcome(out any, failure *report.RunError) (got Outcome, whole bool, err error) {
	if failure != nil {
		return Outcome{}, false, x.secrets.failure(failure)
	}
	out, whole = value.PlainWhole(out)
	return Outcome{RunID: x.id, Output: out, Shown: x.shown(out)}, whole, nil
}

func (p *Program) bindInputs(inputs map[string]any) (map[string]any, error) {
	values, err := p.Inputs.Convert(inputs)
	if err != nil {
		return nil, p.inputError(err)
	}
	completeInputs(p.Inputs, values)
	return values, nil
}

func (p *Program) inputError(err error) error {
	var errs schema.Errors
	if errors.As(err, &errs) {
		return &report.InputError{Flow: p.Name, Errors: p.explainInputs(errs)}
	}
	return err
}

// completeInputs makes inputs null that are not given.
func completeInputs(s *schema.Schema, values map[string]any) {
	for _, field := range s.Fields() {
		if _, ok := values[field.Name]; !ok {
			values[field.Name] = nil
		}
	}
}

// explainInputs words mistakes for the person who gives the inputs.
func (p *Program) explainInputs(errs schema.Errors) schema.Errors {
	for i, e := range errs {
		top := len(e.Way()) == 1
		switch {
		case e.Rule == schema.RuleUnknown && !top:
			errs[i].Message = "there is no such member"
		case e.Rule == schema.RuleUnknown:
			unknown := p.unknownInput(e.Path)
			errs[i].Message, errs[i].Help = unknown.Message, unknown.Help
		case e.Rule == schema.RuleMissing && top:
			errs[i].Help = "give it with -i " + e.Path + "=value"
			if field := p.Inputs.Field(e.Path); field != nil && field.Description != "" {
				errs[i].Help = strings.TrimSuffix(field.Description, ".") + "; " + errs[i].Help
			}
		}
	}
	return errs
}

func (p *Program) unknownInput(name string) schema.FieldError {
	return schema.FieldError{Path: name, Rule: schema.RuleUnknown, Message: "the flow has no such input", Help: diag.Suggest(name, p.Inputs.Spellings(), "inputs are")}
}

// readEnv reads what the program and those that it calls refer to, each name
// once.
func (x *execution) readEnv() {
	for _, p := range x.program.allPrograms() {
		for _, e := range p.Env {
			if _, done := x.env[e.Name]; done {
				continue
			}
			if v, ok := x.config.Env(e.Name); ok {
				if x.env == nil {
					x.env = map[string]string{}
				}
				x.env[e.Name] = v
			}
		}
	}
}

// start runs the program on a runtime.
func (x *execution) start(rt runtime.Runtime) (any, *report.RunError) {
	_, here := rt.(*inProcess)
	x.remote = !here
	x.startedAt = rt.Now()
	x.emit(rt, &report.Event{Type: report.FlowStarted, Time: x.startedAt, Items: -1})
	out, _, failure := x.runBody(rt, "", nil)
	if failure != nil && x.interrupted() {
		failure = interruptedBy(failure)
	}
	if x.listening {
		ended := report.Event{Type: report.FlowFinished, Time: rt.Clock(), Items: -1}
		ended.Duration = ended.Time.Sub(x.startedAt)
		if failure != nil {
			ended.Type, ended.Err = report.FlowFailed, failure
		}
		x.emit(rt, &ended)
	}
	if failure != nil {
		return nil, failure
	}
	return out, nil
}

// runBody runs the steps below a path. It gives the output and what is owed if
// something around it fails; where it fails itself, it undoes what it did.
func (x *execution) runBody(rt runtime.Runtime, path string, caller *state) (any, []pendingUndo, *report.RunError) {
	if caller != nil {
		x.startedAt = rt.Now()
	}
	outer := rt
	if limit := x.limit(); limit > 0 {
		bounded, done := rt.Within(path, limit)
		defer done()
		rt = bounded
	}
	s := x.newBody()
	s.rt, s.ctx, s.prefix = rt, x.inputs, stepPath{base: path}
	if caller != nil {
		s.fork, s.undo = caller.fork, caller.undo
	}
	x.fillRoot(s.frame)
	out, failure := x.finish(&s.state, s.block(x.program.Steps))
	if failure == nil && caller == nil {
		failure = x.offer(outer, out)
	}
	if failure == nil {
		if caller != nil { // what losers of a race left is not the flow's failure, but is there
			caller.takeOutcomes(&s.state)
		}
		owed := s.pendingUndos
		if !x.remote && len(owed) == 0 {
			s.leave()
		}
		return out, owed, nil
	}
	if rt.Stopped() == runtime.ByTimeout && outer.Stopped() == runtime.NotStopped && caller != nil {
		failure = lateFlow(failure, x.limit())
	}
	if caller != nil && caller.givenUp() {
		caller.takeOver(&s.state)
		return nil, nil, failure
	}
	return nil, nil, s.undoAll(failure)
}

// offer lets a runtime refuse the output of the run.
func (x *execution) offer(rt runtime.Runtime, out any) *report.RunError {
	taker, ok := rt.(runtime.OutputTaker)
	if !ok {
		return nil
	}
	out = value.Plain(out)
	if err := taker.TakeOutput(out, x.shown(out)); err != nil {
		return report.AsRunError(err)
	}
	return nil
}

// body is the state of a flow's own steps, in one piece.
type body struct {
	state
	own frame
}

// newBody returns the state of the flow's own steps, that of another run where one has
// left it.
func (x *execution) newBody() *body {
	b, _ := x.program.bodies.Get().(*body)
	if b == nil {
		b = &body{own: frame{slots: make([]any, x.program.Slots)}}
	}
	b.run, b.frame = x, &b.own
	return b
}

// leave leaves the body to the next run. Nobody has it any more where the steps went
// well and owe no undo, which would see its frame: branches have ended, and what an
// operation may keep for its log is none of it.
func (b *body) leave() {
	slots, of := b.own.slots, b.run.program
	clear(slots)
	if b.log != nil {
		b.log.stepLog = stepLog{}
	}
	*b = body{own: frame{slots: slots}, state: state{params: b.params, spare: b.spare, log: b.log}}
	of.bodies.Put(b)
}

// lateFlow is the error of a flow whose own time limit is over, as the flow
// around it sees it: one that it may catch.
func lateFlow(failure *report.RunError, limit time.Duration) *report.RunError {
	late := *failure
	late.Code, late.Class, late.Err = "Timeout", connector.ClassTimeout, nil
	late.Message = fmt.Sprintf("the flow did not end within %s", limit)
	return &late
}

// sub makes the execution of a flow that a step calls.
func (x *execution) sub(c *SubFlowStep, caller *state, inputs map[string]any) *execution {
	return &execution{
		program: c.Program, config: x.config, id: x.id, inputs: inputs, secrets: x.secrets, listening: x.listening,
		secretValues: x.secretValues, stored: x.stored, renewals: x.renewals, env: x.env, caller: caller, overrides: c.Connections,
		inner: true, undone: x.undone, owed: x.owed, payloads: x.payloads, remote: x.remote, interrupt: x.interrupt,
		signals: x.signalsOf(c),
	}
}

// limit is the shorter of the flow's timeout and the caller's; 0 for none.
func (x *execution) limit() time.Duration {
	limit := x.program.Timeout
	if given := x.config.Timeout; !x.inner && given > 0 && (limit <= 0 || given < limit) {
		limit = given
	}
	return limit
}

// fillRoot puts the environment's values and the secrets into their slots.
func (x *execution) fillRoot(f *frame) {
	for _, e := range x.program.Env {
		if v, ok := x.env[e.Name]; ok {
			*f.at(e.Slot) = v
		}
	}
	for _, spec := range x.program.Secrets {
		*f.at(spec.Slot) = x.secretValues[spec.SecretRef]
	}
}

// finish evaluates the output where the steps ended well.
func (x *execution) finish(s *state, err error) (any, *report.RunError) {
	x.shownType = x.program.OutputOnly
	switch {
	case errors.Is(err, errReturn):
		x.shownType = s.returned.field
		return x.boundedOutput(s.returned.value)
	case err != nil:
		return nil, report.AsRunError(err)
	case x.program.Output == nil:
		return nil, nil
	}
	out, err := x.program.Output.eval(s)
	if err != nil {
		return nil, report.AsRunError(err)
	}
	return x.boundedOutput(out)
}

func (x *execution) boundedOutput(out any) (any, *report.RunError) {
	if err := bounded("the output of ", x.program.Name, out); err != nil {
		return nil, report.AsRunError(err)
	}
	return out, nil
}

// shown returns the output for people.
func (x *execution) shown(out any) any {
	return x.secrets.value(mask(out, x.shownType))
}
