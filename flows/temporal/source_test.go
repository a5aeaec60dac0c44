package temporal_test

import (
	"context"
	"errors"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/flows/temporal"
	"github.com/medlar-flow/medlar/flows/temporal/temporaltest"
)

type (
	whoIn  struct{}
	whoOut struct {
		Who string `param:"who" doc:"Who answered."`
	}
)

// answering is a connector whose operation says who it is.
func answering(name, who string) *connector.Connector {
	answer := func(context.Context, whoIn) (whoOut, error) {
		if who == "" {
			return whoOut{}, &connector.Error{Code: "Nobody", Class: connector.ClassNotFound, Message: "nobody is there"}
		}
		return whoOut{who}, nil
	}
	return &connector.Connector{Name: name, Operations: []*connector.Operation{
		connector.Op(name+".who", "Say who.", answer, connector.WithEffect(connector.EffectReadOnly)),
	}}
}

// many is a source of connectors.
type many map[string]*connector.Connector

func (many) Prefix() string                               { return "cloud" }
func (m many) Connector(name string) *connector.Connector { return m[name] }
func (many) Names() []string                              { return nil }
func (many) Offers() []connector.Offer                    { return nil }

// A worker makes the calls of its registry's source too, also where a connector
// of the registry's own has the same name.
func TestOperationsOfASource(t *testing.T) {
	registry, err := connector.NewRegistry(answering("events", "own"))
	if err != nil {
		t.Fatal(err)
	}
	registry = registry.WithSource(many{
		"queue": answering("queue", "queue"), "events": answering("events", "events"), "empty": answering("empty", ""),
	})
	run := func(steps, output string) (any, error) {
		t.Helper()
		text := "flow: f\nsteps:\n" + steps + "output: " + output + "\n"
		flow, err := flows.Load(fstest.MapFS{"f.yaml": {Data: []byte(text)}}, "f.yaml", registry)
		if err != nil {
			t.Fatal(err)
		}
		result, err := temporaltest.Run(t.Context(), flow, registry, nil, temporal.PrepareOptions{}, nil)
		if err != nil {
			return nil, err
		}
		return result.Output, nil
	}
	got, err := run("  - {id: a, call: queue.who}\n  - {id: b, call: events.who}\n  - {id: c, call: cloud.events.who}\n",
		`["${steps.a.who}", "${steps.b.who}", "${steps.c.who}"]`)
	if diff := cmp.Diff([]any{"queue", "own", "events"}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	_, err = run("  - {id: a, call: empty.who}\n", "${steps.a.who}")
	var failure *report.RunError
	if !errors.As(err, &failure) || failure.Code != "Nobody" || failure.Operation != "empty.who" {
		t.Errorf("the failure is %v", err)
	}
}
