package editor

import (
	"cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/fields"
)

// connectionUse is the connection of a step: a name, or the parameters.
func (e *editorSchema) connectionUse(c *connector.Connector) any {
	if c.Connection == nil {
		return false
	}
	otherwise := c.Name
	if c.Family != "" {
		otherwise += " or " + c.Family
	}
	return documented(choose(JsonObject{"type": "object"}, e.connection(c), e.identifier()),
		"The connection to use: a name from connections, or the parameters of one. Left out, the one named "+otherwise+".")
}

// connection refers to the parameters of a connection. Each may also say for
// which connector it is.
func (e *editorSchema) connection(c *connector.Connector) JsonObject {
	if name, ok := e.names[c.Connection]; ok {
		return refTo(name)
	}
	name := e.unused("connection." + cmp.Or(c.Family, c.Name))
	e.names[c.Connection] = name
	js := e.members(c.Connection, name)
	if c.Connection.Field("connector") == nil {
		accepted, _ := js["patternProperties"].(JsonObject)
		if accepted == nil {
			accepted = JsonObject{}
		}
		accepted["^connector$"] = JsonObject{}
		js["patternProperties"] = accepted
	}
	if c.Connection.Field("limit") == nil {
		offered := js["properties"].(JsonObject)
		offered["limit"] = documented(e.value(fields.LimitField, name+".limit", fixedSlot), "How often calls of the connection begin, over all runs of the process.")
	}
	if c.Connection.Field("circuitBreaker") == nil {
		offered := js["properties"].(JsonObject)
		offered["circuitBreaker"] = documented(e.value(fields.CircuitField.Get(), name+".circuitBreaker", fixedSlot), "After so many failures in a row no call of the connection is made for a while, over all runs of the process.")
	}
	e.defs[name] = js
	return refTo(name)
}

// connectable returns the connectors that take a connection.
func (e *editorSchema) connectable() []*connector.Connector {
	var list []*connector.Connector
	for _, c := range e.connectors() {
		if c.Connection != nil {
			list = append(list, c)
		}
	}
	return list
}

// connectionNames returns the names under which a connection is a connector's
// default, which also stand for the connector elsewhere.
func connectionNames(c *connector.Connector) []string {
	names := append([]string{c.Name}, c.Aliases...)
	if c.Family != "" {
		names = append(names, c.Family)
	}
	return names
}

// connections are the connections of the header.
func (e *editorSchema) connections() JsonObject {
	named := JsonObject{}
	for _, c := range e.connectable() {
		for _, name := range connectionNames(c) {
			if named[name] != nil {
				continue
			}
			own := choose(JsonObject{"required": []any{"connector"}}, e.namedConnection(), e.connection(c))
			doc := "The default of calls of " + c.Name + "."
			if name == c.Family {
				doc = "The default of all connectors of " + name + "."
			}
			named[name] = documented(optional(own), doc)
		}
	}
	return documented(optional(JsonObject{
		"type": "object", "properties": named, "additionalProperties": e.namedConnection(),
		"propertyNames": e.identifier(),
	}), "How services are reached. A connection named like a connector is that connector's default; any other says which connector it is for.")
}

// namedConnection is a connection that says which connector it is for.
func (e *editorSchema) namedConnection() JsonObject {
	return e.define("namedConnection", func() JsonObject {
		var offered []any
		var known []string
		list := []any{JsonObject{}} // allOf is never empty
		for _, c := range e.connectable() {
			names := connectionNames(c)
			offered, known = append(offered, c.Name), append(known, names...)
			list = append(list, JsonObject{
				"if": JsonObject{
					"required":   []any{"connector"},
					"properties": JsonObject{"connector": JsonObject{"pattern": anyOfNames(names)}},
				},
				"then": e.connection(c),
			})
		}
		of := JsonObject{"anyOf": []any{false}}
		if len(offered) > 0 {
			spelt := JsonObject{"type": "string", "pattern": anyOfNames(known)}
			of = JsonObject{"anyOf": []any{JsonObject{"enum": offered}, JsonObject{"if": spelt, "else": false}}}
		}
		return JsonObject{
			"type": "object", "required": []any{"connector"}, "allOf": list,
			"properties": JsonObject{"connector": documented(of, "The connector that the connection is for.")},
		}
	})
}
