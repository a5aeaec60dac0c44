package flows_test

import (
	"context"
	"maps"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
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

// A map among the parameters serves the next call where the operation has promised that
// it lets go of it, and stays as it was given where it has not, where the call failed, and
// where lines of the log have it.
func TestMapsOfCallsThatLetGo(t *testing.T) {
	type in struct {
		M map[string]any `param:"m"`
		N map[string]any `param:"n"`
	}
	var seen, kept []map[string]any
	note := func(ctx context.Context, call *connector.Call, keep bool) (string, error) {
		for _, name := range []string{"m", "n"} {
			m, ok := call.Params[name].(map[string]any)
			if !ok {
				continue
			}
			if seen = append(seen, maps.Clone(m)); keep {
				kept = append(kept, m)
			}
			if m["fail"] == true {
				return "", &connector.Error{Code: "Broken", Class: connector.ClassInvalid, Message: "as asked"}
			}
		}
		return "well", nil
	}
	op := func(name string, keep bool) *connector.Operation {
		return connector.OpWith(name, "Take down what came.", func(ctx context.Context, call *connector.Call, _ in) (string, error) {
			return note(ctx, call, keep)
		})
	}
	letsGo, keeps := op("own.letsGo", false), op("own.keeps", true)
	lending.PromiseMaps(letsGo)
	lending.PromiseParams(keeps)
	registry, err := connector.NewRegistry(core.Log(), &connector.Connector{Name: "own", Operations: []*connector.Operation{letsGo, keeps}})
	if err != nil {
		t.Fatal(err)
	}
	text := `flow: f
steps:
  - {call: own.letsGo, with: {m: {a: "${'1'}", b: "${'2'}"}}}
  - {call: own.keeps, with: {m: {a: "${'3'}"}}}
  - {call: own.letsGo, with: {m: {c: "${'4'}"}, n: {d: "${'5'}"}}}
  - try:
      - {call: own.keeps, with: {m: {e: "${'6'}", fail: true}}}
    catch: [{do: [{call: own.letsGo}]}]
  - {call: log.info, with: {message: m, fields: {f: "${'7'}"}}}
  - {forEach: ["8", "9"], as: x, do: [{call: own.letsGo, with: {m: {g: "${x}"}}}, {call: own.keeps, with: {n: {h: "${x}"}}}]}
  - {call: own.letsGo, with: {m: {i: {j: "${'10'}"}}}}
  - {call: own.keeps, with: {m: {k: {l: "${'11'}"}}}}
`
	flow, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte(text)}}, "flow.yaml", registry)
	if err != nil {
		t.Fatal(err)
	}
	type m = map[string]any
	var logged []m
	for range 2 {
		seen = nil
		if _, err := flow.Run(t.Context(), nil, flows.WithListener(func(e report.Event) {
			if e.Type == report.StepLogged {
				logged = append(logged, e.Fields)
			}
		})); err != nil {
			t.Fatal(err)
		}
		want := []m{
			{"a": "1", "b": "2"},
			{"a": "3"},
			{"c": "4"},
			{"d": "5"},
			{"e": "6", "fail": true},
			{"g": "8"},
			{"h": "8"},
			{"g": "9"},
			{"h": "9"},
			{"i": m{"j": "10"}},
			{"k": m{"l": "11"}},
		}
		if diff := cmp.Diff(want, seen); diff != "" {
			t.Errorf("what the calls were given (-want +got):\n%s", diff)
		}
	}
	want := []m{{"a": "3"}, {"e": "6", "fail": true}, {"h": "8"}, {"h": "9"}, {"k": m{"l": "11"}}}
	if diff := cmp.Diff(append(want, want...), kept); diff != "" {
		t.Errorf("what is kept (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]m{{"f": "7"}, {"f": "7"}}, logged); diff != "" {
		t.Errorf("what was logged (-want +got):\n%s", diff)
	}
}
