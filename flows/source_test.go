package flows_test

import (
	"context"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/schema"
)

// offering is a source of a connector that is made when it is named, and of one
// that has the name of another.
type offering struct{}

// Prefix is what means the source's.
func (offering) Prefix() string { return "cloud" }

// Names lists the connectors.
func (offering) Names() []string { return []string{"http", "queue"} }

// Connector makes a connector.
func (offering) Connector(name string) *connector.Connector {
	switch name {
	case "queue":
		return queueConnector()
	case "http":
		return &connector.Connector{Name: "http", Operations: []*connector.Operation{nothing("http.ask")}}
	}
	return nil
}

// Offers lists them with their operations.
func (offering) Offers() []connector.Offer {
	return []connector.Offer{
		{Name: "http", Operations: []connector.OfferedOperation{{Name: "ask"}}},
		{Name: "queue", Operations: []connector.OfferedOperation{{Name: "listen"}, {Name: "send"}}},
	}
}

func queueConnector() *connector.Connector {
	three := 3
	send := nothing("queue.send")
	send.Describe = func() connector.Shape {
		return connector.Shape{Params: schema.MustNew(
			&schema.Field{Name: "to", Type: schema.String, Required: true, MaxLength: &three, Pattern: "^[a-z]+$", Advice: true},
		)}
	}
	listen := nothing("queue.listen")
	listen.Refused = "it never ends"
	return &connector.Connector{Name: "queue", Operations: []*connector.Operation{listen, send}}
}

func nothing(name string) *connector.Operation {
	return &connector.Operation{
		Name: name, Summary: "Do nothing.",
		Run:    func(context.Context, *connector.Call) (any, error) { return map[string]any{}, nil },
		Errors: []connector.ErrorCode{{Code: "QueueFailed", Class: connector.ClassConflict}},
	}
}
