package awsmodel

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/medlar-flow/medlar/internal/late"
	"github.com/medlar-flow/medlar/operations/awsmodel/internal/endpoint"
	"github.com/medlar-flow/medlar/operations/awsmodel/internal/model"
)

// partitions are AWS's, read at the first call.
var partitions = late.Value[partitionsRead]{Make: func() (r partitionsRead) {
	text, err := file.Get().Partitions()
	if err != nil {
		return partitionsRead{err: err}
	}
	r.partitions, r.err = endpoint.ParsePartitions(text)
	return r
}}

// partitionsRead are partitions, or why they cannot be read.
type partitionsRead struct {
	partitions *endpoint.Partitions
	err        error
}

func (s *service) readRules() (*endpoint.Rules, error) {
	parts := partitions.Get()
	if parts.err != nil {
		return nil, parts.err
	}
	text, err := file.Get().Rules(s.model.Rules)
	if err != nil {
		return nil, err
	}
	return endpoint.Parse(text, s.model.EndpointPrefix, parts.partitions)
}

// place finds where a call goes.
func (c *client) place(ctx context.Context, call *call) (*endpoint.Endpoint, error) {
	rules, err := c.service.rules()
	if err != nil {
		return nil, err
	}
	if call.op.hasOnePlace && call.region == "" {
		if e, ok := c.onePlace.Load(call.op); ok {
			return e.(*endpoint.Endpoint), nil
		}
	}
	params := c.placeParams(ctx, rules, call)
	e, err := c.places.get(placeKey(rules, params), func() (*endpoint.Endpoint, error) { return rules.Resolve(params) })
	if err != nil {
		return nil, fmt.Errorf("no endpoint of %s for Region %s: %w", c.service.model.Name, call.regionOr(c.cfg.Region), err)
	}
	if call.op.hasOnePlace && call.region == "" && !rules.Wants("AWS::Auth::AccountId") {
		c.onePlace.Store(call.op, e)
	}
	return e, nil
}

// placeKey tells what an endpoint hangs on.
func placeKey(rules *endpoint.Rules, params map[string]any) string {
	var few [256]byte
	key := few[:0]
	for _, name := range rules.Names() {
		switch x := params[name].(type) {
		case string:
			key = strconv.AppendQuote(key, x)
		case bool:
			key = strconv.AppendBool(key, x)
		case []string:
			for _, text := range x {
				key = strconv.AppendQuote(key, text)
			}
		}
		key = append(key, ',')
	}
	return string(key)
}

// placeParams returns the parameters of the endpoint rules.
func (c *client) placeParams(ctx context.Context, rules *endpoint.Rules, call *call) map[string]any {
	params := make(map[string]any, len(rules.Params))
	for name, p := range rules.Params {
		if v := c.builtIn(ctx, p.BuiltIn, call); v != nil {
			params[name] = v
		}
	}
	o := call.op.model
	if o.Input != model.None {
		for _, m := range c.service.model.Shapes[o.Input].Members {
			if m.ContextParam != "" {
				if v := call.params[spelled(m.Name)]; v != nil {
					params[m.ContextParam] = v
				}
			}
		}
	}
	for _, p := range o.Static {
		setStatic(params, p)
	}
	for _, p := range o.Paths {
		if list := textsAt(call.params, p.Value); len(list) > 0 && rules.Params[p.Name].Type == "string" {
			params[p.Name] = list[0]
		} else if len(list) > 0 {
			params[p.Name] = list
		}
	}
	return params
}

// setStatic sets a parameter that is the same for all calls of an operation.
func setStatic(params map[string]any, p model.Pair) {
	var v any
	if json.Unmarshal([]byte(p.Value), &v) == nil {
		params[p.Name] = plainParam(v)
	}
}

func plainParam(v any) any {
	list, ok := v.([]any)
	if !ok {
		return v
	}
	out := make([]string, 0, len(list))
	for _, e := range list {
		if text, ok := e.(string); ok {
			out = append(out, text)
		}
	}
	return out
}

// builtIn returns a parameter that the rules want of the configuration.
func (c *client) builtIn(ctx context.Context, name string, call *call) any {
	switch name {
	case "AWS::Region":
		return call.regionOr(c.cfg.Region)
	case "AWS::UseFIPS":
		return c.settings.fips
	case "AWS::UseDualStack":
		return c.settings.dualStack
	case "SDK::Endpoint":
		if c.base != "" {
			return c.base
		}
	case "AWS::Auth::AccountId":
		if keys, err := c.credentials(ctx); err == nil && keys.AccountID != "" {
			return keys.AccountID
		}
	case "AWS::Auth::AccountIdEndpointMode":
		if mode := c.cfg.AccountIDEndpointMode; mode != "" {
			return string(mode)
		}
		return "preferred"
	}
	return nil
}

// hostPrefix returns what stands before the host, with the labels filled in.
func (o *operation) hostPrefix(params map[string]any) (string, error) {
	text := o.model.HostPrefix
	for {
		open := strings.IndexByte(text, '{')
		end := strings.IndexByte(text, '}')
		if open < 0 || end < open {
			return text, nil
		}
		name := text[open+1 : end]
		v, _ := params[spelled(name)].(string)
		if !isHostLabel(v) {
			return "", fmt.Errorf("%s is part of the host's name: use letters, digits and hyphens", spelled(name))
		}
		text = text[:open] + v + text[end+1:]
	}
}

func isHostLabel(s string) bool {
	if s == "" || len(s) > 63 {
		return false
	}
	for _, r := range s {
		if !(r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') {
			return false
		}
	}
	return true
}
