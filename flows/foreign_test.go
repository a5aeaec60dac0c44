package flows_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/schema"
)

// refuseClose is a connection whose end panics.
type refuseClose struct{}

func (refuseClose) Close() error { panic("it is not to end") }

// foreign are operations that are written as no example is.
func foreign() *connector.Connector {
	type none struct{}
	fails := func(name string, err error) *connector.Operation {
		return connector.Op("foreign."+name, "Fail.", func(context.Context, none) (none, error) { return none{}, err })
	}
	var nothing *connector.Error
	return &connector.Connector{
		Name:       "foreign",
		Connection: schema.MustNew(&schema.Field{Name: "host", Type: schema.String}),
		Open: func(_ context.Context, req connector.OpenRequest) (connector.Connection, error) {
			if req.Params["host"] == "none" {
				return nil, nil
			}
			return refuseClose{}, nil
		},
		Operations: []*connector.Operation{
			fails("nothing", nothing),
			fails("empty", &connector.Error{}),
			fails("unclear", &connector.Error{Code: "Odd", Class: "purple", Message: "m"}),
			fails("good", nil),
		},
	}
}

// TestForeignOperations: whatever an operation or a connection of somebody else does,
// the process goes on, and the failure has a code and a class.
func TestForeignOperations(t *testing.T) {
	reg, err := connector.NewRegistry(foreign())
	if err != nil {
		t.Fatal(err)
	}
	for step, want := range map[string]struct {
		code, says string
		class      connector.Class
	}{
		"foreign.nothing":                        {"Internal", "it returned a nil *connector.Error as its error", connector.ClassInternal},
		"foreign.empty":                          {"Internal", "Internal", connector.ClassInternal},
		"foreign.unclear":                        {"Odd", "m", connector.ClassInternal},
		"foreign.good":                           {"CloseFailed", "the connection: closing it panicked", connector.ClassInternal},
		"foreign.good, connection: {host: none}": {"Internal", "foreign: Open returned neither a connection nor an error", connector.ClassInternal},
	} {
		t.Run(step, func(t *testing.T) {
			f, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte("flow: t\nsteps: [{call: " + step + "}]")}}, "flow.yaml", reg)
			if err != nil {
				t.Fatal(err)
			}
			_, err = f.Run(t.Context(), nil, nil, flows.WithListener(nil))
			var failure *flows.RunError
			if !errors.As(err, &failure) {
				t.Fatalf("the error is %v", err)
			}
			if failure.Code != want.code || failure.Class != want.class || !strings.Contains(failure.Error(), want.says) {
				t.Errorf("it failed as %s, %s: %v", failure.Code, failure.Class, failure)
			}
		})
	}
}

// TestNoRegistry: where no registry is given, no operation is known.
func TestNoRegistry(t *testing.T) {
	fsys := fstest.MapFS{"flow.yaml": {Data: []byte("flow: t\nsteps: [{call: pay.charge, catch: [Timeout]}]")}}
	for name, err := range map[string]error{"Check": flows.Check(fsys, "flow.yaml", nil)} {
		if err == nil || !strings.Contains(err.Error(), `there is no connector "pay"`) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := flows.Load(fsys, "flow.yaml", nil); err == nil || !strings.Contains(err.Error(), `there is no connector "pay"`) {
		t.Errorf("Load: %v", err)
	}
	if flows.JSONSchema(nil) == nil {
		t.Error("there is no schema")
	}
}
