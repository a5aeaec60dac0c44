package flows

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/diag"
	"github.com/medlar-flow/medlar/schema"
)

// Run runs the flow in process and waits for it. inputs are checked first: an
// *InputError means that nothing ran. A failure is a *connector.Error that
// people may read: it names the step, says what was undone, and holds no
// secret. When ctx ends, the steps are stopped and the undos run, for at most
// the flow's cleanupTimeout.
func (f *Flow) Run(ctx context.Context, inputs map[string]any, options ...RunOption) (*Result, error) {
	x, err := f.prepare(ctx, inputs, options)
	if err != nil {
		return nil, err
	}
	if rt := x.config.runtime; rt != nil {
		return x.result(x.start(rt))
	}
	local := x.inProcess(ctx)
	out, failure := x.start(local)
	if err := local.connections.close(); err != nil && failure == nil {
		failure = &connector.Error{Code: "CloseFailed", Class: connector.Internal, Message: "closing connections: " + err.Error(), Err: err}
	}
	return x.result(out, failure)
}

// result gives what the caller of Run gets.
func (x *execution) result(out any, failure *connector.Error) (*Result, error) {
	if failure != nil {
		return nil, x.secrets.failure(failure)
	}
	out = schema.Plain(out)
	return &Result{RunID: x.id, Output: out, Shown: x.shown(out)}, nil
}

func (f *Flow) bindInputs(inputs map[string]any) (map[string]any, error) {
	values, err := f.program.inputs.Convert(inputs)
	if err != nil {
		return nil, f.inputError(err)
	}
	completeInputs(f.program.inputs, values)
	return values, nil
}

func (f *Flow) inputError(err error) error {
	var errs schema.Errors
	if errors.As(err, &errs) {
		return &InputError{Flow: f.Name(), Errors: f.explainInputs(errs)}
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
func (f *Flow) explainInputs(errs schema.Errors) schema.Errors {
	for i, e := range errs {
		switch e.Rule {
		case schema.RuleUnknown:
			errs[i].Message = "the flow has no such input"
			errs[i].Help = diag.Suggest(e.Path, f.program.inputs.Spellings(), "inputs are")
		case schema.RuleMissing:
			errs[i].Help = "give it with -i " + e.Path + "=value"
			if field := f.program.inputs.Field(e.Path); field != nil && field.Description != "" {
				errs[i].Help = strings.TrimSuffix(field.Description, ".") + "; " + errs[i].Help
			}
		}
	}
	return errs
}

// Error gives the mistakes, a line each.
func (e *InputError) Error() string {
	lines := make([]string, len(e.Errors))
	for i, err := range e.Errors {
		lines[i] = "input " + err.Error()
		if err.Help != "" {
			lines[i] += " (" + err.Help + ")"
		}
	}
	return strings.Join(lines, "\n")
}

// ParseInput turns text, as a command line gives it, into the value of an
// input: a string takes the text as it is, a list, map or object is read as
// JSON. It fails with an *InputError.
func (f *Flow) ParseInput(name, text string) (any, error) {
	field := f.program.inputs.Field(name)
	if field == nil {
		return nil, &InputError{Flow: f.Name(), Errors: f.explainInputs(schema.Errors{{Path: name, Rule: schema.RuleUnknown}})}
	}
	var v any = text
	switch field.Type {
	case schema.List, schema.Map, schema.Object:
		parsed, err := schema.DecodeJSON([]byte(text))
		if err != nil {
			return nil, &InputError{Flow: f.Name(), Errors: schema.Errors{{
				Path: name, Rule: schema.RuleType, Message: fmt.Sprintf("expected %s as JSON: %v", article(field), err),
			}}}
		}
		v = parsed
	case schema.Any:
		parsed, err := schema.DecodeJSON([]byte(text))
		switch {
		case err == nil:
			v = parsed
		case isTooLarge(text):
			return nil, &InputError{Flow: f.Name(), Errors: schema.Errors{{
				Path: name, Rule: schema.RuleType, Message: "the number is beyond what one can hold: put it in quotes if it is text",
			}}}
		}
	default:
	}
	return v, nil
}

// readEnv reads what the program and those that it calls refer to, each name
// once.
func (x *execution) readEnv() {
	for _, p := range x.program.all() {
		for _, e := range p.env {
			if _, done := x.env[e.name]; done {
				continue
			}
			if v, ok := x.config.env(e.name); ok {
				if x.env == nil {
					x.env = map[string]string{}
				}
				x.env[e.name] = v
			}
		}
	}
}

// start runs the program on a runtime.
func (x *execution) start(rt Runtime) (any, *connector.Error) {
	_, here := rt.(*inProcess)
	x.elsewhere = !here
	x.startedAt = rt.Now()
	x.emit(rt, &Event{Type: FlowStarted, Time: x.startedAt, Items: -1})
	out, _, failure := x.runBody(rt, "", nil)
	if x.listening {
		ended := Event{Type: FlowFinished, Time: rt.Now(), Items: -1}
		ended.Duration = ended.Time.Sub(x.startedAt)
		if failure != nil {
			ended.Type, ended.Err = FlowFailed, failure
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
func (x *execution) runBody(rt Runtime, path string, caller *state) (any, []owedUndo, *connector.Error) {
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
	out, failure := x.finish(s, s.block(x.program.steps))
	if failure == nil {
		return out, s.owed, nil
	}
	if rt.Stopped() == ByTimeout && outer.Stopped() == NotStopped && caller != nil {
		failure = lateFlow(failure, x.limit())
	}
	if caller != nil && caller.givenUp() {
		caller.owed = append(caller.owed, s.owed...)
		caller.notUndone = append(caller.notUndone, s.notUndone...)
		return nil, nil, failure
	}
	return nil, nil, s.undoAll(failure)
}

// newBody gives the state of the flow's own steps, made in one piece.
func (x *execution) newBody() *state {
	b := &struct {
		state state
		frame frame
		few   [8]any // the frame's slots, where these are enough
	}{}
	if n := x.program.slots; n <= len(b.few) {
		b.frame.slots = b.few[:n]
	} else {
		b.frame.slots = make([]any, n)
	}
	b.state.run, b.state.frame = x, &b.frame
	return &b.state
}

// lateFlow is the error of a flow whose own time limit is over, as the flow
// around it sees it: one that it may catch.
func lateFlow(failure *connector.Error, limit time.Duration) *connector.Error {
	late := *failure
	late.Code, late.Class, late.Err = "Timeout", connector.Timeout, nil
	late.Message = fmt.Sprintf("the flow did not end within %s", limit)
	return &late
}

// sub makes the execution of a flow that a step calls.
func (x *execution) sub(c *subFlowStep, caller *state, inputs map[string]any) *execution {
	return &execution{
		program: c.program, config: x.config, id: x.id, inputs: inputs, secrets: x.secrets, listening: x.listening,
		secretValues: x.secretValues, env: x.env, caller: caller, overrides: c.connections,
		inner: true, undone: x.undone, payloads: x.payloads, elsewhere: x.elsewhere,
	}
}

// limit is the shorter of the flow's timeout and the caller's; 0 for none.
func (x *execution) limit() time.Duration {
	limit := x.program.timeout
	if given := x.config.timeout; !x.inner && given > 0 && (limit <= 0 || given < limit) {
		limit = given
	}
	return limit
}

// fillRoot puts the environment's values and the secrets into their slots.
func (x *execution) fillRoot(f *frame) {
	for _, e := range x.program.env {
		if v, ok := x.env[e.name]; ok {
			*f.at(e.slot) = v
		}
	}
	for _, spec := range x.program.secrets {
		*f.at(spec.slot) = x.secretValues[spec.key()]
	}
}

// finish evaluates the output where the steps ended well.
func (x *execution) finish(s *state, err error) (any, *connector.Error) {
	x.shownType = x.program.outputOnly
	switch {
	case errors.Is(err, errReturn):
		x.shownType = s.returned.field
		return s.returned.value, nil
	case err != nil:
		return nil, connector.AsError(err)
	case x.program.output == nil:
		return nil, nil
	}
	out, err := x.program.output.eval(s)
	if err != nil {
		return nil, connector.AsError(err)
	}
	return out, nil
}

// shown gives the output for people.
func (x *execution) shown(out any) any {
	return x.secrets.value(mask(out, x.shownType))
}
