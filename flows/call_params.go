package flows

import (
	"slices"
	"sync"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/schema"
)

// callPlan is what is known of a call's parameters before they are evaluated,
// found out when the step first runs.
type callPlan struct {
	once    sync.Once
	names   *mapValue        // nil where the names are not known
	convert *schema.Prepared // nil where only the values tell
	secrets []*schema.Field  // parameters that hold secrets
	narrows bool             // one of them must not be null
	fresh   bool             // no parameter is a map that anybody else has
}

func (c *callStep) planned() *callPlan {
	p := &c.plan
	p.once.Do(func() {
		if m, ok := c.params.(*mapValue); ok {
			p.names, p.convert = m, c.op.Params().Prepare(m.keys, m.known(), false)
		}
		p.narrows = refusesNull(c.params, c.paramsField())
		p.fresh = p.names != nil && !slices.ContainsFunc(p.names.items, sharesMap)
		for _, f := range c.op.Params().Fields() {
			if c.hasSecrets && f.HasSecret() {
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
func (st *step) makesMaps() bool {
	c, ok := st.do.(*callStep)
	return ok && st.retry == nil && c.planned().fresh
}

// sharesMap is true where a value can be a map that stands elsewhere, too.
func sharesMap(v value) bool {
	switch x := v.(type) {
	case *mapValue, *dynamicMap:
		return false // made anew each time
	case constant:
		return !isScalar(x.v)
	case *binding:
		return x.program.Whole()
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

// known gives the values that are constants, and nil for the others.
func (m *mapValue) known() []any {
	known := make([]any, len(m.items))
	for i, item := range m.items {
		if fixed, ok := item.(constant); ok {
			known[i] = fixed.v
		}
	}
	return known
}

// bind makes the parameters, once a step. refused says that they do not fit the
// operation.
func (c *callStep) bind(s *state) (params map[string]any, refused *connector.Error, err error) {
	params, unfit, err := c.parameters(s)
	if err != nil {
		return nil, nil, err
	}
	if unfit != nil {
		return params, &connector.Error{Code: "InvalidParameter", Class: connector.Invalid, Message: unfit.Error(), Err: unfit}, nil
	}
	if c.sensitive {
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
func (c *callStep) parameters(s *state) (params map[string]any, unfit, err error) {
	plan := c.planned()
	if plan.convert == nil {
		v, err := c.params.eval(s)
		if err != nil {
			return nil, nil, err
		}
		given := v.(map[string]any)
		if c.converted {
			return given, nil, nil
		}
		return c.whole(plan, given)
	}
	var few [8]any
	values := few[:0]
	for _, item := range plan.names.items {
		v, err := item.eval(s)
		if err != nil {
			return nil, nil, err
		}
		values = append(values, v)
	}
	if !plan.narrows {
		if params, ok := plan.convert.Convert(values); ok {
			return params, nil, nil
		}
	}
	given := make(map[string]any, len(values))
	for i, name := range plan.names.keys {
		if values[i] != omitted {
			given[name] = values[i]
		}
	}
	return c.whole(plan, given)
}

// whole refuses null where it would make the call touch something else, and
// converts the parameters.
func (c *callStep) whole(plan *callPlan, given map[string]any) (params map[string]any, unfit, err error) {
	if plan.narrows {
		if path, from := nullIn(c.params, c.paramsField(), given, false); path != "" {
			return given, nullError(path, from), nil
		}
	}
	return c.convert(given)
}

func (c *callStep) convert(given map[string]any) (params map[string]any, unfit, err error) {
	params, unfit = c.op.Params().Convert(given)
	if unfit != nil {
		return given, unfit, nil
	}
	return params, nil, nil
}

func (c *callStep) paramsField() *schema.Field {
	return &schema.Field{Type: schema.Object, Members: c.op.Params()}
}
