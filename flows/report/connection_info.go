package report

import "github.com/medlar-flow/medlar/connector"

// ConnectionInfo is a connection that a flow uses, as far as it is known
// before a run.
type ConnectionInfo struct {
	// Name is what the header calls it; empty for the default connection and
	// for one that a step holds itself.
	Name string
	// Connector opens it.
	Connector *connector.Connector
	// Place is where it is declared, "file:line:col"; empty for the default.
	Place string
	// Needs says what it depends on that only a run gives: "steps.role",
	// "item". Nothing else is known of it then.
	Needs []string
	// Request is what the connector would be asked to open. Its parameters may
	// hold secrets.
	Request connector.OpenRequest
	// Key is the same for the same parameters.
	Key string
	// Err says why the parameters cannot be made.
	Err error

	redact func(text string) string
}

// Redact takes the secrets of the flow out of a text about the connection.
func (c ConnectionInfo) Redact(text string) string {
	if c.redact == nil {
		return text
	}
	return c.redact(text)
}

// NewConnectionInfo describes a connection whose texts redact cleans of
// secrets.
func NewConnectionInfo(c *connector.Connector, redact func(text string) string) ConnectionInfo {
	return ConnectionInfo{Connector: c, redact: redact}
}
