package interp

import (
	"slices"
	"sync"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/lending"
	"github.com/medlar-flow/medlar/schema"
)

// callPlan is what is known of a call's parameters before they are evaluated,
// found out when the step first runs.
type callPlan struct {
	once    sync.Once
	names   *MapValue        // nil where the names are not known
	convert *schema.Prepared // nil where only the values tell
	secrets []*schema.Field  // parameters that hold secrets
	narrows bool             // one of them must not be null
	fresh   bool             // no parameter is a map that anybody else has
	hides   bool             // it is given something secret
	alone   bool             // nobody but its operation has to do with it
	bare    bool             // the operation looks at its parameters and at nothing else
	sheds   bool             // the operation keeps neither its call nor what writes to the log
	lends   bool             // the operation keeps nothing; see package lending
	answers []string         // members of its result that can be payloads, where it lends
	loose   bool             // nobody has the map of its parameters any more once it went well
	inner   bool             // nor the maps in it
}

func (c *CallStep) planned() *callPlan {
	p := &c.plan
	p.once.Do(func() {
		if m, ok := c.Params.(*MapValue); ok {
			p.names, p.convert = m, c.Op.Params().Prepare(m.Keys, m.known(), false)
		}
		p.narrows = refusesNull(c.Params, c.ParamsField())
		p.hides = c.Sensitive || c.HasSecrets || c.Taint != nil || c.Connection.isTainted()
		p.alone = c.Op.CallEffect == nil && c.Connection == nil && !p.hides && !c.Gives
		p.bare, p.lends = !c.Op.NeedsCall(), lending.Promised(c.Op)
		p.sheds = p.bare || lending.PromisedCall(c.Op)
		if p.lends && !c.Sensitive && !c.Gives {
			p.answers = payloadsOf(c.Op.Result())
		}
		p.loose = p.convert != nil && lending.PromisedParams(c.Op)
		p.inner = p.loose && lending.PromisedMaps(c.Op) && !c.Sensitive
		p.fresh = p.names != nil && !slices.ContainsFunc(p.names.Items, sharesMap)
		for _, f := range c.Op.Params().Fields() {
			if c.HasSecrets && f.HasSecret() {
				p.secrets = append(p.secrets, f)
			}
			if f.Default != nil && !isScalar(f.Default) {
				p.fresh = false
			}
		}
	})
	return p
}

// makesMaps is true of a call that gives its operation no map but those that it
// made for that one call.
func (st *Step) makesMaps() bool {
	c, ok := st.Do.(*CallStep)
	return ok && st.Retry == nil && c.planned().fresh
}

// sharesMap reports whether a value can be a map that stands elsewhere, too.
func sharesMap(v Value) bool {
	switch x := v.(type) {
	case *MapValue, *DynamicMap:
		return false // made anew each time
	case Constant:
		return !isScalar(x.V)
	case *Binding:
		return x.Program.Whole()
	default:
		return true
	}
}

func isScalar(v any) bool {
	switch v.(type) {
	case nil, bool, int, int64, float64, string:
		return true
	}
	return false
}

// known returns the values that are constants, and nil for the others.
func (m *MapValue) known() []any {
	known := make([]any, len(m.Items))
	for i, item := range m.Items {
		if fixed, ok := item.(Constant); ok {
			known[i] = fixed.V
		}
	}
	return known
}

// bind makes the parameters, once a step. refused says that they do not fit the
// operation.
func (c *CallStep) bind(s *state) (params map[string]any, refused *connector.Error, err error) {
	params, unfit, err := c.parameters(s)
	if err != nil {
		return nil, nil, err
	}
	if unfit != nil {
		unfit = s.redacted(namedNulls(unfit, c.Params), c.Taint)
		return params, &connector.Error{Code: "InvalidParameter", Class: connector.ClassInvalid, Message: unfit.Error(), Err: unfit}, nil
	}
	if c.Sensitive {
		s.run.secrets.noteAll(params)
		return params, nil, nil
	}
	for _, f := range c.planned().secrets {
		s.run.secrets.note(params[f.Name], f)
	}
	return params, nil, nil
}

// parameters evaluates the parameters and converts them. Where they are unfit,
// they are given as they are.
func (c *CallStep) parameters(s *state) (params map[string]any, unfit, err error) {
	plan := c.planned()
	s.made = nil
	if plan.convert == nil {
		v, err := c.Params.eval(s)
		if err != nil {
			return nil, nil, err
		}
		given := v.(map[string]any)
		if c.Converted {
			return given, nil, nil
		}
		return c.whole(plan, given)
	}
	var few [8]any
	values := few[:0]
	for _, item := range plan.names.Items {
		v, err := s.parameter(item)
		if err != nil {
			return nil, nil, err
		}
		values = append(values, v)
	}
	if !plan.narrows {
		into := s.params
		s.params = nil
		if params, ok := plan.convert.ConvertInto(into, values); ok {
			return params, nil, nil
		}
	}
	given := make(map[string]any, len(values))
	for i, name := range plan.names.Keys {
		if values[i] != omitted {
			given[name] = values[i]
		}
	}
	return c.whole(plan, given)
}

// parameter evaluates a parameter. One that is a map is made of what a call has left.
func (s *state) parameter(item Value) (any, error) {
	m, ok := item.(*MapValue)
	if !ok {
		return item.eval(s)
	}
	into := s.spare
	if s.spare = nil; into == nil {
		into = make(map[string]any, len(m.Keys))
	}
	if err := m.fill(s, into); err != nil {
		return nil, err
	}
	s.made = into
	return into, nil
}

// mostParams is how many parameters a call may have whose map is kept, and how many
// values a map among them.
const mostParams = 8

// leave leaves the map of the parameters of a call that went well to the next one, where
// the operation lets go of it, and a map that was made for one of them. Another attempt
// may still be under way where there is a retry; other runtimes, renewals and who watches
// the run may have them.
func (c *CallStep) leave(s *state, st *Step, params map[string]any) {
	if !c.planned().loose || st.Retry != nil || s.run.remote || s.run.renewals != nil {
		return
	}
	if len(params) <= mostParams {
		clear(params)
		s.params = params
	}
	if c.planned().inner && s.made != nil && len(s.made) <= mostParams && s.alone() != nil {
		clear(s.made)
		s.made, s.spare = nil, s.made
	}
}

// whole refuses null where it would make the call touch something else, and
// converts the parameters.
func (c *CallStep) whole(plan *callPlan, given map[string]any) (params map[string]any, unfit, err error) {
	if plan.narrows {
		if path, from := nullIn(c.Params, c.ParamsField(), given, false); path != "" {
			return given, nullError(path, from), nil
		}
	}
	return c.convert(given)
}

func (c *CallStep) convert(given map[string]any) (params map[string]any, unfit, err error) {
	params, unfit = c.Op.Params().Convert(given)
	if unfit != nil {
		return given, unfit, nil
	}
	return params, nil, nil
}

func (c *CallStep) ParamsField() *schema.Field {
	return &schema.Field{Type: schema.Object, Members: c.Op.Params()}
}
