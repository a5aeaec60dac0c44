package check

import (
	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/flows/internal/interp"
	"github.com/medlar-flow/medlar/schema"
)

// typeRules are the mistakes that come from the types of an operation's or a
// connection's parameters, and that Convert finds too when the step is called.
var typeRules = map[string]bool{
	schema.RuleUnknown: true, schema.RuleMissing: true, schema.RuleDuplicate: true, schema.RuleType: true, schema.RuleEnum: true,
	schema.RuleRange: true, schema.RuleLength: true, schema.RulePattern: true, "type-mismatch": true, "ambiguous-scalar": true,
}

// forgives reports whether a type is no reason to refuse the flow.
func (c *checker) forgives() bool { return c.foreign && c.loader.lenient }

// parametersOf checks the parameters of an operation or a connection.
func (c *checker) parametersOf(n *node, s *schema.Schema, sc *scope, what string, at *node, hints map[string]string) interp.Value {
	outer, inside, connecting := c.hints, c.foreign, c.connecting
	c.hints, c.foreign, c.connecting = hints, true, what != "with"
	defer func() { c.hints, c.foreign, c.connecting = outer, inside, connecting }()
	return c.object(n, s, sc, what, at)
}

// resultOf returns the type of an operation's result. Where types are no reason to
// refuse a flow it says no more than what is secret.
func (c *checker) resultOf(op *connector.Operation) func() *schema.Field {
	if !c.loader.lenient {
		return op.Result
	}
	return func() *schema.Field { return loosened(op.Result(), 0) }
}

func loosened(f *schema.Field, depth int) *schema.Field {
	switch {
	case f == nil || !f.HasSecret():
		return fields.Anything
	case f.Secret || depth > maxDepth:
		return &schema.Field{Name: f.Name, Aliases: f.Aliases, Nullable: true, Secret: true}
	}
	out := &schema.Field{Name: f.Name, Aliases: f.Aliases, Type: f.Type, Nullable: true}
	if f.Elem != nil {
		out.Elem = loosened(f.Elem, depth+1)
	}
	if f.Members != nil {
		var members []*schema.Field
		for _, m := range f.Members.Fields() {
			if m.HasSecret() {
				members = append(members, loosened(m, depth+1))
			}
		}
		out.Members = schema.MustNew(members...).Open()
	}
	return out
}
