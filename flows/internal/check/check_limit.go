package check

import (
	"strings"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/flows/internal/habits"
	"github.com/medlar-flow/medlar/flows/internal/interp"
	"github.com/medlar-flow/medlar/internal/limit"
	"github.com/medlar-flow/medlar/schema"
)

// gated reads what stands before the calls of a connection, whatever it is to, and
// returns the connection without that.
func (c *checker) gated(plan *interp.ConnectionPlan, owner *connector.Connector, body *node) *node {
	return c.circuit(plan, owner, c.limited(plan, owner, body))
}

// circuit reads the circuit breaker of a connection, and returns the connection without
// it. A connector with a parameter of the name has that instead.
func (c *checker) circuit(plan *interp.ConnectionPlan, owner *connector.Connector, body *node) *node {
	n := body.Get("circuitBreaker")
	if n == nil || owner.Connection.Field("circuitBreaker") != nil {
		return body
	}
	if n.Kind != mapNode {
		c.fail(n, "wrong-type", "write ‹circuitBreaker: {failures: 5, open: 30s}›", "circuitBreaker must be a map, found %s", describe(n))
		return body.Without("circuitBreaker")
	}
	if v, ok := c.literalIn(habits.Circuit, n, fields.CircuitField.Get(), "circuitBreaker"); ok {
		values := v.(map[string]any)
		failures, _ := values["failures"].(int64)
		open, _ := interp.AsDuration(values["open"], "open")
		plan.Circuit = &interp.Circuit{Failures: int(failures), Open: open}
		c.program.OfProcess = append(c.program.OfProcess, interp.OfProcess{At: c.src.At(n), What: "a circuit breaker"})
	}
	return body.Without("circuitBreaker")
}

// limited reads how often calls of a connection begin, and returns the connection
// without that. A connector with a parameter of the name has that instead.
func (c *checker) limited(plan *interp.ConnectionPlan, owner *connector.Connector, body *node) *node {
	n := body.Get("limit")
	if n == nil || owner.Connection.Field("limit") != nil {
		return body
	}
	outer := c.place
	c.place = habits.Rate
	rate, values, ok := c.rate(n, fields.LimitField)
	c.place = outer
	if ok {
		plan.Limit = &interp.Limit{Rate: rate, Burst: 1}
		c.program.OfProcess = append(c.program.OfProcess, interp.OfProcess{At: c.src.At(n), What: "a limit"})
		if burst, ok := values["burst"].(int64); ok {
			plan.Limit.Burst = int(burst)
		}
	}
	return body.Without("limit")
}

// literalIn is literal for an object whose keys are those of a place: see habits.Part.
func (c *checker) literalIn(place string, n *node, f *schema.Field, what string) (any, bool) {
	defer func(outer string) { c.place = outer }(c.place)
	c.place = place
	return c.literal(n, f, what)
}

// connectionParameters reads the parameters of a connection, behind what stands before
// its calls.
func (c *checker) connectionParameters(owner *connector.Connector, body *node, sc *scope, what string, at *node) interp.Value {
	defer func(outer string) { c.place = outer }(c.place)
	c.place = habits.Gates
	return c.parametersOf(body, owner.Connection, sc, what, at, owner.Hints)
}

// rate reads a limit with its rate; ok is false where that is a mistake.
func (c *checker) rate(n *node, f *schema.Field) (rate limit.Rate, values map[string]any, ok bool) {
	if rate, err := limit.Parse(n.Text); n.Kind == scalarNode && err == nil {
		c.fail(n, "wrong-type", "write ‹limit: {rate: "+rate.String()+"}›", "limit must be a map, found %s", describe(n))
		return limit.Rate{}, nil, false
	}
	v, ok := c.literal(n, f, "limit")
	if !ok {
		return limit.Rate{}, nil, false
	}
	values = v.(map[string]any)
	rate, err := limit.Parse(values["rate"].(string))
	if err == nil {
		return rate, values, true
	}
	at := n.Get("rate")
	if at == nil {
		at = n
	}
	message, help := err.Error(), ""
	if i := strings.LastIndex(message, ": "); i >= 0 {
		message, help = message[:i], message[i+2:]
	}
	c.fail(at, schema.RulePattern, help, "%s", message)
	return limit.Rate{}, nil, false
}
