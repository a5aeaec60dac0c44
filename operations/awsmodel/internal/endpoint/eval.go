package endpoint

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// Endpoint is where a request goes.
type Endpoint struct {
	URL     string
	Headers http.Header // nil for none
	// AuthSchemes say how to sign, in the order of preference; nil where the
	// rules say nothing.
	AuthSchemes []AuthScheme
	// Properties are what else the rules say.
	Properties map[string]any
}

// AuthScheme is a way to sign.
type AuthScheme struct {
	Name            string // "sigv4", "sigv4a", "sigv4-s3express"
	SigningName     string
	SigningRegion   string
	DisableEncoding bool // the path is escaped once, not twice
}

// Resolve returns the endpoint for parameters by name: text, booleans, and lists
// of text.
func (r *Rules) Resolve(params map[string]any) (*Endpoint, error) {
	s := &scope{values: make(map[string]any, len(params)+8), parts: r.parts}
	for name, p := range r.Params {
		v := params[name]
		if v == nil {
			v = p.Default
		}
		if list, ok := v.([]string); ok {
			v = toList(list)
		}
		if v == nil && p.Required {
			return nil, fmt.Errorf("the endpoint rules need %s", name)
		}
		if v != nil {
			s.values[name] = v
		}
	}
	e, err := s.run(r.rules)
	if err == nil && e == nil {
		err = errors.New("no endpoint rule fits")
	}
	return e, err
}

func toList(l []string) []any {
	out := make([]any, len(l))
	for i, s := range l {
		out[i] = s
	}
	return out
}

// scope holds what names stand for.
type scope struct {
	values map[string]any
	parts  *Partitions
}

// run returns the endpoint of the first rule that fits; nil where none does.
func (s *scope) run(rules []rule) (*Endpoint, error) {
	for i := range rules {
		r := &rules[i]
		assigned, ok := s.holds(r.conditions)
		if !ok {
			s.forget(assigned)
			continue
		}
		switch {
		case r.endpoint != nil:
			return r.endpoint.eval(s)
		case r.fails != nil:
			return nil, errors.New(textOf(r.fails.eval(s)))
		}
		e, err := s.run(r.rules)
		if e != nil || err != nil {
			return e, err
		}
		s.forget(assigned)
	}
	return nil, nil
}

// holds reports whether all conditions do. It gives the names it assigned.
func (s *scope) holds(conditions []condition) (assigned []string, ok bool) {
	for i := range conditions {
		c := &conditions[i]
		v := c.eval(s)
		if v == nil || v == false {
			return assigned, false
		}
		if c.assign != "" {
			s.values[c.assign] = v
			assigned = append(assigned, c.assign)
		}
	}
	return assigned, true
}

func (s *scope) forget(names []string) {
	for _, n := range names {
		delete(s.values, n)
	}
}

func (t *target) eval(s *scope) (*Endpoint, error) {
	url, ok := t.url.eval(s).(string)
	if !ok {
		return nil, errors.New("the endpoint rules give no address")
	}
	e := &Endpoint{URL: url}
	e.Properties, _ = t.properties.eval(s).(map[string]any)
	for name, values := range t.headers {
		if e.Headers == nil {
			e.Headers = http.Header{}
		}
		for _, v := range values {
			e.Headers.Add(name, textOf(v.eval(s)))
		}
	}
	schemes, _ := e.Properties["authSchemes"].([]any)
	for _, v := range schemes {
		m, _ := v.(map[string]any)
		e.AuthSchemes = append(e.AuthSchemes, AuthScheme{
			Name: textOf(m["name"]), SigningName: textOf(m["signingName"]), SigningRegion: textOf(m["signingRegion"]),
			DisableEncoding: m["disableDoubleEncoding"] == true,
		})
	}
	return e, nil
}

// expr is something that has a value. A nil value means that there is none.
type expr interface{ eval(s *scope) any }

type literal struct{ v any }

func (l literal) eval(*scope) any { return l.v }

type ref string

func (r ref) eval(s *scope) any { return s.values[string(r)] }

type template []expr

func (t template) eval(s *scope) any {
	var b strings.Builder
	for _, e := range t {
		b.WriteString(textOf(e.eval(s)))
	}
	return b.String()
}

func textOf(v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case string:
		return x
	default:
		return fmt.Sprint(x)
	}
}

type listExpr []expr

func (l listExpr) eval(s *scope) any {
	out := make([]any, len(l))
	for i, e := range l {
		out[i] = e.eval(s)
	}
	return out
}

type mapExpr map[string]expr

func (m mapExpr) eval(s *scope) any {
	out := make(map[string]any, len(m))
	for k, e := range m {
		out[k] = e.eval(s)
	}
	return out
}

type call struct {
	name string
	fn   func(s *scope, args []any) any
	args []expr
}

func (c *call) eval(s *scope) any {
	var few [4]any
	args := few[:0]
	for _, a := range c.args {
		args = append(args, a.eval(s))
	}
	return c.fn(s, args)
}
