package journal_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/schema"
)

// The operation of a service, as one version of its SDK has it and as the next:
// without a parameter, with another type and fewer values of two more, without
// a member of its result, and with a connection that takes other parameters.
type (
	oldIn struct {
		Name  string `param:"name"`
		Size  string `param:"size"`
		Mode  string `param:"mode" enum:"fast,slow"`
		Extra string `param:"extra"`
	}
	oldOut struct {
		ID    string        `param:"id"`
		Gone  string        `param:"gone"`
		Token schema.Secret `param:"token"`
	}
	newIn struct {
		Name string `param:"name,required"`
		Size int    `param:"size" max:"10"`
		Mode string `param:"mode" enum:"fast"`
	}
	newOut struct {
		ID    int           `param:"id"`
		Token schema.Secret `param:"token"`
	}
)

type noConn struct{}

func (noConn) Close() error { return nil }

func versions(t *testing.T, called *[]string) (before, after *connector.Registry) {
	t.Helper()
	registry := func(op *connector.Operation, place string) *connector.Registry {
		reg, err := connector.NewRegistry(&connector.Connector{
			Name: "svc", Operations: []*connector.Operation{op}, Connection: schema.MustNew(&schema.Field{Name: place, Type: schema.String}),
			Open: func(context.Context, connector.OpenRequest) (connector.Connection, error) { return noConn{}, nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		return reg
	}
	before = registry(connector.Op("svc.make", "", func(_ context.Context, in oldIn) (oldOut, error) {
		*called = append(*called, in.Name)
		return oldOut{ID: "id-" + in.Name, Gone: "gone-" + in.Name, Token: "a-token-to-hide"}, nil
	}), "region")
	after = registry(connector.Op("svc.make", "", func(_ context.Context, in newIn) (newOut, error) {
		*called = append(*called, in.Name)
		return newOut{ID: 1}, nil
	}), "place")
	return before, after
}

// A run goes on with a version of its operations whose types have something
// against its program. What was recorded counts; a step that does not fit any
// more fails when its turn comes, and what was done is undone.
func TestResumeWithOtherTypes(t *testing.T) {
	const head = `flow: t
connections: {svc: {region: here}}
steps:
  - id: a
    call: svc.make
    with: {name: a, size: "007", mode: slow, extra: x}
    undo: {call: svc.make, with: {name: "undo-${result.gone}"}, connection: {}}
`
	tests := map[string]struct {
		rest    string
		cut     int64
		outcome string
		calls   string
	}{
		"nothing more is called": {
			"  - {id: b, call: svc.make, with: {name: \"${steps.a.gone}\", extra: y}}\noutput: [\"${steps.b.id}\", \"${steps.a.gone}\"]\n",
			4, `done ["id-gone-a","gone-a"]`, "",
		},
		"what is secret stays so": {
			"  - {id: b, call: svc.make, with: {name: b, extra: y}}\noutput: {t: \"${steps.a.token}\", g: \"${steps.b.gone}\"}\n",
			4, `done {"g":"gone-b","t":"a-token-to-hide"}`, "",
		},
		"a step does not fit any more": {
			"  - {id: b, call: svc.make, connection: {}, with: {name: b, extra: y}}\noutput: \"${steps.b.id}\"\n",
			2, "InvalidParameter at /b, undone /a, not undone ", "undo-gone-a",
		},
		"a value does not fit any more, and is caught": {
			"  - try: [{id: b, call: svc.make, connection: {}, with: {name: b, size: \"${len(steps.a.gone) * 2}\"}}]\n    catch: [{on: invalid, do: [{call: svc.make, connection: {}, with: {name: handler}}]}]\noutput: 1\n",
			2, "done 1", "handler",
		},
		"one that was in flight may have happened": {
			"  - {id: b, call: svc.make, connection: {}, with: {name: b, extra: y}, undo: {call: svc.make, connection: {}, with: {name: undo-b}}}\noutput: 1\n",
			3, "InvalidParameter at /b, undone /b /a, not undone ", "undo-b undo-gone-a",
		},
		"a connection does not fit any more": {
			"  - {id: b, call: svc.make, with: {name: b}}\noutput: \"${steps.b.id}\"\n",
			2, "InvalidConnection at /b, undone /a, not undone ", "undo-gone-a",
		},
		"a step fits": {
			"  - {id: b, call: svc.make, connection: {}, with: {name: b, mode: fast, size: 3}}\noutput: \"${steps.b.id}\"\n",
			2, "done 1", "b",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var called []string
			before, after := versions(t, &called)
			path := newPath(t)
			j := open(t, path, journal.WithKeys(testKeys(t, 1)))
			flow, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte(head + test.rest)}}, "flow.yaml", before)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := j.Run(t.Context(), flow, nil, flows.WithRunID("r")); err != nil {
				t.Fatal(err)
			}
			cutAt(t, j, path, test.cut)
			called = nil
			result, err := j.Resume(t.Context(), "r", after)
			if got := outcome(t, result, err); got != test.outcome {
				t.Errorf("the run ended with %s, want %s", got, test.outcome)
			}
			if result != nil && strings.Contains(jsonOf(t, result.Shown), "a-token-to-hide") {
				t.Errorf("a secret is shown: %v", result.Shown)
			}
			if got := strings.Join(called, " "); got != test.calls {
				t.Errorf("calls: %q, want %q", got, test.calls)
			}
		})
	}
}

// What is no matter of types stays an error: the run waits for the operation.
func TestResumeWithoutTheOperation(t *testing.T) {
	var called []string
	before, _ := versions(t, &called)
	path := newPath(t)
	j := open(t, path, journal.WithKeys(testKeys(t, 1)))
	flow, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte("flow: t\nsteps: [{call: svc.make}]\n")}}, "flow.yaml", before)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Run(t.Context(), flow, nil, flows.WithRunID("r")); err != nil {
		t.Fatal(err)
	}
	cutAt(t, j, path, 1)
	none, err := connector.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	var refused *flows.CheckError
	if _, err := j.Resume(t.Context(), "r", none); !errors.As(err, &refused) || !strings.Contains(err.Error(), `no connector "svc"`) {
		t.Errorf("the resume gives %v", err)
	}
	if _, err := j.Resume(t.Context(), "r", before); err != nil {
		t.Errorf("with the operation the run ends with %v", err)
	}
}
