package main

import (
	"context"
	"errors"
	"os"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/schema"
)

// own are connectors of a program of one's own, whose operations and connections
// have mistakes that none of this module has. Files of testdata/codes show them.
func own() []*connector.Connector {
	readOnly := connector.WithEffect(connector.EffectReadOnly)
	return []*connector.Connector{{
		Name: "own", Summary: "What has mistakes.",
		Operations: []*connector.Operation{
			connector.Op("own.panics", "Read the first name.", firstName, readOnly),
			connector.Op("own.fails", "Read a file.", readName, readOnly),
			{Name: "own.odd", Summary: "Read what cannot be written down.", Effect: connector.EffectReadOnly, Run: odd},
			connector.Op("own.draws", "Draw a picture into letter.txt.", draw),
			connector.Op("own.pays", "Pay.", pay),
		},
	}, {
		Name: "desk", Summary: "What cannot be closed.",
		Connection: &schema.Schema{}, Open: open,
		Operations: []*connector.Operation{connector.Op("desk.name", "Read a name.", nameOf, readOnly)},
	}}
}

type nobody struct{}

type name struct {
	Name string `param:"name" doc:"The name."`
}

func firstName(context.Context, nobody) (name, error) {
	var names []string
	return name{names[0]}, nil
}

func readName(context.Context, nobody) (name, error) {
	return name{}, errors.New("no room left")
}

func odd(context.Context, *connector.Call) (any, error) {
	return map[string]any{"read": func() string { return "Ada" }}, nil
}

func draw(context.Context, nobody) (name, error) {
	return name{"letter.txt"}, os.WriteFile("letter.txt", []byte("\x89PNG\xff"), 0o600)
}

type payment struct {
	Amount int `param:"amount" doc:"How much."`
}

func pay(_ context.Context, in payment) (name, error) {
	if in.Amount == 12 {
		return name{}, &connector.Error{Code: "AnswerLost", Class: connector.ClassUnavailable, Outcome: connector.OutcomeUnknown}
	}
	return name{"paid"}, nil
}

func nameOf(context.Context, nobody) (name, error) { return name{"Ada"}, nil }

type session struct{}

func open(context.Context, connector.OpenRequest) (connector.Connection, error) {
	return session{}, nil
}

func (session) Close() error { return errors.New("the session was still in use") }
