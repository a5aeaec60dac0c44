package check

import (
	"strings"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/interp"
	"github.com/medlar-flow/medlar/schema"
)

// sourceKeys are the keys of a trigger by the events of a source.
func sourceKeys(s *connector.EventSource) []string {
	keys := append([]string{s.Name, "ack"}, triggerKeys...)
	if s.Connector != "" {
		keys = append(keys, "connection")
	}
	return keys
}

// kinds are the keys that say what begins runs.
func (c *checker) kinds() []string {
	kinds := kindKeys[:len(kindKeys):len(kindKeys)]
	for _, s := range c.registry.EventSources() {
		kinds = append(kinds, s.Name)
	}
	return kinds
}

// sourceOf returns the source of events that a trigger names; nil for none.
func (c *checker) sourceOf(n *node) *connector.EventSource {
	for _, s := range c.registry.EventSources() {
		if n.Get(s.Name) != nil {
			return s
		}
	}
	return nil
}

// source checks a trigger by the events of a source.
func (c *checker) source(t *interp.Trigger, n *node, s *connector.EventSource) {
	at := n.Get(s.Name)
	t.Source = s
	t.Ack = c.oneOf(n.Get("ack"), "ack", "done", "recorded")
	params := s.AllParams()
	sc := c.triggerScope(nil, "env", "secrets")
	before := len(c.diags)
	switch {
	case at.Kind == mapNode:
		t.SourceParams = c.object(at, params, sc, s.Name, n.Key(s.Name))
	case at.Kind == scalarNode && !at.IsNull() && s.Main != "":
		f := params.Field(s.Main)
		t.SourceParams = &interp.MapValue{Keys: []string{s.Main}, Items: []interp.Value{c.value(at, f, sc, s.Name)}}
	default:
		c.fail(at, "wrong-type", "write ‹"+s.Name+": {"+strings.Join(params.Names(), ": …, ")+": …}›", "%s must be a map of its parameters, found %s", s.Name, describe(at))
		return
	}
	if known := c.knownOf(t.SourceParams, nil, nil, params); s.Check != nil && !c.diags[before:].HasErrors() {
		for _, m := range s.Check(connector.Given{Params: known}) {
			where := at
			if _, found := at.Find(m.Param); found != nil && m.Param != "" {
				where = found
			}
			c.fail(where, m.Rule, m.Help, "%s: %s", joinWhat(s.Name, m.Param), m.Message)
		}
	}
	t.Name = s.Name
	if main := at.Get(s.Main); at.Kind == scalarNode {
		t.Name += " " + at.Text
	} else if s.Main != "" && main != nil {
		t.Name += " " + main.Text
	}
	c.sourceConnection(t, n, s)
	c.event(t, n, c.sourceScope(s))
}

// sourceScope is what if, id and with of such a trigger see.
func (c *checker) sourceScope(s *connector.EventSource) *scope {
	sc := c.triggerScope(nil, s.Event)
	sc.trigger.event = &schema.Field{Type: schema.Object, Members: s.Value}
	return sc
}

// sourceConnection finds the connection that a source calls with.
func (c *checker) sourceConnection(t *interp.Trigger, n *node, s *connector.EventSource) {
	if s.Connector == "" {
		return
	}
	owner, ok := c.registry.Connector(s.Connector)
	if !ok {
		c.fail(n.Key(s.Name), "unknown-connector", "", "%s needs the connector %s, which this program does not have", s.Name, s.Connector)
		return
	}
	t.Owner = owner
	w := &stepCheck{checker: c, n: n, body: n, verb: n.Key(s.Name), sc: c.triggerScope(nil, "env", "secrets"), st: &interp.Step{Id: s.Name}}
	t.Connection = w.connection(owner)
	if t.Connection == nil || t.Connection.Plan == nil {
		return
	}
	if decl := c.connections[t.Connection.Plan.Name]; decl != nil && decl.usesInputs {
		at := n.Get("connection")
		if at == nil {
			at = n.Key(s.Name)
		}
		c.fail(at, "connection-takes-inputs", "give the connection without ctx, such as by env, or name another one with ‹connection:›",
			"connection %s is made of inputs, and %s listens before there are any", decl.name, s.Name)
	}
}
