package check

import (
	"strings"

	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/flows/internal/habits"
	"github.com/medlar-flow/medlar/flows/internal/interp"
	"github.com/medlar-flow/medlar/schema"
)

// toolKeys are those of a tool, whose inputs are its arguments.
var toolKeys = []string{"tool", "name", "auth", "limit", "concurrency"}

const howToTool = "write ‹- tool: {name: place_order, description: Places an order.}›"

// toolFields are what a tool says of itself.
var toolFields = schema.MustNew(
	&schema.Field{Name: "name", Type: schema.String, Required: true, NotNull: true, Pattern: "^[A-Za-z0-9_.-]{1,128}$", Description: "The name by which agents call it.", Example: "place_order"},
	&schema.Field{Name: "description", Type: schema.String, Required: true, NotNull: true, Description: "What it does and when to call it, for the model that chooses.", Example: "Places an order and charges the customer."},
)

// tool checks a trigger that agents call; written is the trigger with its misspelt keys.
func (c *checker) tool(n, at, written *node) *interp.Trigger {
	for i, key := range written.Keys() {
		switch {
		case contains(toolKeys, key.Text):
		case contains(c.kinds(), key.Text):
			c.fail(key, "two-triggers", "make two triggers of them", "a trigger is a tool or something else, and this one is both")
			return nil
		case contains(triggerKeys, key.Text) || contains(routeKeys, key.Text) || contains(scheduleKeys, key.Text):
			c.fail(key, "unknown-key", "leave it out: its arguments are the flow's inputs, its result is the output", "%s does not belong to a tool", key.Text)
		default:
			c.foreignKey(key, n.Items()[i], habits.Part(habits.Trigger, key.Text), "a tool", toolKeys)
		}
	}
	if at.Kind != mapNode {
		c.fail(at, "wrong-type", howToTool, "tool must be a map, found %s", describe(at))
		return nil
	}
	t := &interp.Trigger{At: c.src.At(n), Tool: &interp.Tool{}}
	before := len(c.diags)
	said := c.object(at, toolFields, c.triggerScope(nil), "tool", n.Key("tool"))
	if c.diags[before:].HasErrors() {
		return nil
	}
	known := c.knownParams(said, toolFields)
	t.Tool.Name, _ = known["name"].(string)
	t.Tool.Description, _ = known["description"].(string)
	t.Name = "tool " + t.Tool.Name
	for _, other := range c.program.Triggers {
		if other.Tool != nil && other.Tool.Name == t.Tool.Name {
			c.fail(at, "duplicate-trigger", "give one of them another name", "two tools are named %q; the first one is in line %d", t.Tool.Name, other.At.Line)
			return nil
		}
	}
	if strings.TrimSpace(t.Tool.Description) == "" {
		c.fail(at, "wrong-length", "say in a sentence what it does, for the model that chooses", "a tool needs a description")
	}
	c.auth(t, n.Get("auth"))
	if t.Auth == "hmac" || t.Auth == "mutualTls" {
		c.fail(n.Get("auth"), "tool-auth", "take bearer, basic, apiKey or jwt", "callers of a tool are known by a header, and %s is none", t.Auth)
	}
	if n := n.Get("limit"); n != nil && !n.IsNull() {
		t.Limit, _, _ = c.rate(n, fields.CallerLimitField)
	}
	t.Concurrency = c.runsAtOnce(n.Get("concurrency"), fields.CallerRunsField)
	if c.program.OutputType.HasSecret() {
		c.fail(at, "tool-secret", "leave it out of the output", "the result of a tool is read by a model, and the output of this flow shows a secret")
	}
	t.Tool.Reads, t.Tool.Repeats = interp.EffectsOf(c.program.Steps)
	return t
}
