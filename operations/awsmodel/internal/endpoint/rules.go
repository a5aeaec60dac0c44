// Package endpoint finds where a request of a service goes: it evaluates the
// rules that AWS publishes for each service.
package endpoint

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Placeholder stands in rules for the service's endpoint prefix, so that
// services whose rules differ in nothing else share them.
const Placeholder = "\x00"

// Rules are the endpoint rules of a service. They do not change.
type Rules struct {
	// Params are the parameters by name.
	Params map[string]Param
	names  []string
	rules  []rule
	parts  *Partitions
}

// Param is a parameter of rules.
type Param struct {
	Type     string // "string", "boolean" or "stringArray"
	BuiltIn  string // "AWS::Region" and so on; empty for none
	Default  any
	Required bool
}

// rule leads to an endpoint, to an error, or to further rules.
type rule struct {
	conditions []condition
	rules      []rule
	endpoint   *target
	fails      expr
}

type condition struct {
	expr
	assign string
}

// target is an endpoint whose parts are still to be evaluated.
type target struct {
	url        expr
	headers    map[string][]expr
	properties expr
}

// Parse reads rules, in which prefix takes the place of Placeholder.
func Parse(text, prefix string, parts *Partitions) (*Rules, error) {
	var set struct {
		Parameters map[string]Param
		Rules      []ruleText
	}
	if err := json.Unmarshal([]byte(text), &set); err != nil {
		return nil, fmt.Errorf("endpoint rules: %w", err)
	}
	p := parser{prefix: prefix}
	r := &Rules{Params: set.Parameters, parts: parts, rules: p.rules(set.Rules, 0)}
	for name, param := range r.Params {
		param.Type = strings.ToLower(param.Type)
		r.Params[name] = param
	}
	r.names = slices.Sorted(maps.Keys(r.Params))
	return r, p.err
}

type ruleText struct {
	Conditions []callText
	Type       string
	Rules      []ruleText
	Endpoint   *struct {
		URL        any
		Headers    map[string][]any
		Properties map[string]any
	}
	Error any
}

type callText struct {
	Fn     string
	Argv   []any
	Assign string
}

// deepest bounds how deep rules and values nest.
const deepest = 64

var errDeep = errors.New("endpoint rules nest too deep")

// parser compiles rules. It keeps the first thing that is wrong.
type parser struct {
	prefix string
	err    error
}

func (p *parser) fail(err error) {
	if p.err == nil {
		p.err = err
	}
}

func (p *parser) rules(list []ruleText, depth int) []rule {
	if depth > deepest {
		p.fail(errDeep)
		return nil
	}
	out := make([]rule, len(list))
	for i, in := range list {
		r := &out[i]
		for _, c := range in.Conditions {
			r.conditions = append(r.conditions, condition{p.call(c.Fn, c.Argv, 0), c.Assign})
		}
		switch {
		case in.Endpoint != nil:
			r.endpoint = &target{url: p.expr(in.Endpoint.URL, 0), properties: p.expr(in.Endpoint.Properties, 0)}
			for name, values := range in.Endpoint.Headers {
				if r.endpoint.headers == nil {
					r.endpoint.headers = map[string][]expr{}
				}
				for _, v := range values {
					r.endpoint.headers[name] = append(r.endpoint.headers[name], p.expr(v, 0))
				}
			}
		case in.Error != nil:
			r.fails = p.expr(in.Error, 0)
		default:
			r.rules = p.rules(in.Rules, depth+1)
		}
	}
	return out
}

// expr compiles a value: text with {references}, a reference, a call, or
// anything of JSON that holds such.
func (p *parser) expr(v any, depth int) expr {
	if depth > deepest {
		p.fail(errDeep)
		return literal{}
	}
	switch x := v.(type) {
	case string:
		return p.text(strings.ReplaceAll(x, Placeholder, p.prefix))
	case float64:
		return literal{int(x)}
	case []any:
		list := make(listExpr, len(x))
		for i, e := range x {
			list[i] = p.expr(e, depth+1)
		}
		return list
	case map[string]any:
		if name, ok := x["ref"].(string); ok {
			return ref(name)
		}
		if fn, ok := x["fn"].(string); ok {
			argv, _ := x["argv"].([]any)
			return p.call(fn, argv, depth+1)
		}
		object := make(mapExpr, len(x))
		for k, e := range x {
			object[k] = p.expr(e, depth+1)
		}
		return object
	default:
		return literal{v}
	}
}

func (p *parser) call(fn string, argv []any, depth int) expr {
	f, ok := functions.Get()[fn]
	if !ok || len(argv) != f.args {
		p.fail(fmt.Errorf("endpoint rules: %s of %d arguments is unknown", fn, len(argv)))
		return literal{}
	}
	args := make([]expr, len(argv))
	for i, a := range argv {
		args[i] = p.expr(a, depth+1)
	}
	return &call{name: fn, fn: f.run, args: args}
}

// text compiles "a{b}c{d#e}".
func (p *parser) text(s string) expr {
	if !strings.ContainsAny(s, "{}") {
		return literal{s}
	}
	var t template
	for s != "" {
		open := strings.IndexAny(s, "{}")
		switch {
		case open < 0:
			return append(t, literal{s})
		case strings.HasPrefix(s[open:], "{{"), strings.HasPrefix(s[open:], "}}"):
			t = append(t, literal{s[:open+1]})
			s = s[open+2:]
			continue
		}
		end := strings.IndexByte(s[open:], '}')
		if s[open] != '{' || end < 0 {
			p.fail(fmt.Errorf("endpoint rules: %q has a brace too many", s))
			return literal{}
		}
		name, path, nested := strings.Cut(s[open+1:open+end], "#")
		t = append(t, literal{s[:open]})
		if nested {
			t = append(t, &call{name: "getAttr", fn: getAttr, args: []expr{ref(name), literal{path}}})
		} else {
			t = append(t, ref(name))
		}
		s = s[open+end+1:]
	}
	return t
}

// Wants reports whether a parameter is taken from the configuration so.
func (r *Rules) Wants(builtIn string) bool {
	for _, p := range r.Params {
		if p.BuiltIn == builtIn {
			return true
		}
	}
	return false
}

// Names returns the names of the parameters, sorted.
func (r *Rules) Names() []string { return r.names }
