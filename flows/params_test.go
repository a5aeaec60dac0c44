package flows_test

import (
	"context"
	"maps"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/internal/lending"
	"github.com/medlar-flow/medlar/operations/core"
)

// A call has nothing of the parameters of one before it, whose map it may have. Where
// somebody has put another function in the place of an operation's, the map stays as it
// was given.
func TestParametersOfCallsThatLetGo(t *testing.T) {
	type in struct {
		A string `param:"a"`
		B string `param:"b"`
	}
	for name, replaced := range map[string]bool{"let go": false, "kept": true} {
		t.Run(name, func(t *testing.T) {
			var seen, kept []map[string]any
			op := connector.OpWith("own.note", "Take down what came.", func(_ context.Context, call *connector.Call, _ in) (string, error) {
				seen, kept = append(seen, maps.Clone(call.Params)), append(kept, call.Params)
				return "well", nil
			})
			lending.PromiseParams(op)
			if replaced {
				run := op.Run
				op.Run = func(ctx context.Context, call *connector.Call) (any, error) { return run(ctx, call) }
			}
			registry, err := connector.NewRegistry(core.Log(), &connector.Connector{Name: "own", Operations: []*connector.Operation{op}})
			if err != nil {
				t.Fatal(err)
			}
			text := `flow: f
steps:
  - {call: own.note, with: {a: "${'1'}", b: "${'2'}"}}
  - {call: own.note, with: {b: "${'3'}"}}
  - {call: log.info, with: {message: "${'4'}"}}
  - {forEach: ["5"], as: x, do: [{call: own.note, with: {a: "${x}"}}, {call: own.note}]}
`
			flow, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte(text)}}, "flow.yaml", registry)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				seen, kept = nil, nil
				if _, err := flow.Run(t.Context(), nil); err != nil {
					t.Fatal(err)
				}
				want := []map[string]any{{"a": "1", "b": "2"}, {"b": "3"}, {"a": "5"}, {}}
				if diff := cmp.Diff(want, seen); diff != "" {
					t.Errorf("what the calls were given (-want +got):\n%s", diff)
				}
				if replaced {
					if diff := cmp.Diff(want, kept); diff != "" {
						t.Errorf("what is left of it (-want +got):\n%s", diff)
					}
				}
			}
		})
	}
}
