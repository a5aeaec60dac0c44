package interp

import (
	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/schema"
)

func (c *SubFlowStep) run(s *state, st *Step, path stepPath) (any, error) {
	inputs, err := c.bindInputs(s)
	if err != nil {
		return nil, err
	}
	return s.retried(st, path, func() (any, error) { return c.attempt(s, st, path, inputs) }, mayRepeatBlock)
}

func (c *SubFlowStep) bindInputs(s *state) (map[string]any, error) {
	v, err := c.Inputs.eval(s)
	if err == nil {
		err = bounded("what is given to the flow", "", v)
	}
	if err != nil {
		return nil, err
	}
	inputs, err := c.Program.Inputs.ConvertLazy(v.(map[string]any))
	if err != nil {
		err = s.redacted(namedNulls(err, c.Inputs), c.Taint)
		return nil, &report.Failure{Code: "InvalidParameter", Class: connector.ClassInvalid, Message: err.Error(), Err: err}
	}
	completeInputs(c.Program.Inputs, inputs)
	s.run.secrets.note(inputs, &schema.Field{Type: schema.Object, Members: c.Program.Inputs})
	return inputs, nil
}

// attempt runs the flow once. A flow that fails undoes itself first.
func (c *SubFlowStep) attempt(s *state, st *Step, path stepPath, inputs map[string]any) (any, error) {
	var out any
	name := path.String()
	err := s.bounded(st, path, func() error {
		v, err := s.rt.Child(name, func(rt runtime.Runtime) (any, error) {
			inner := s.run.sub(c, s, inputs)
			out, owed, failure := inner.runBody(rt, name, s)
			if failure != nil {
				return nil, failure
			}
			if st.Undo == nil {
				s.pendingUndos = append(s.pendingUndos, owed...)
			} else {
				s.run.owed.settle(owed...)
			}
			return out, nil
		})
		out = v
		return err
	})
	return out, err
}
