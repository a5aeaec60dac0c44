package flows_test

import (
	"errors"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
)

// An object with others keeps members that are not declared, and holds the declared ones
// to what they are; another one refuses them.
func TestOtherMembers(t *testing.T) {
	flow, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte(`flow: t
inputs:
  event:
    type: object
    others: true
    members: {id: {type: string, required: true}, n: {type: integer, default: 1}, inner: {type: object, members: {a: {type: integer}}}}
output: {event: "${ctx.event}", kind: "${ctx.event.kind}", n: "${ctx.event.n + 1}"}
`)}}, "flow.yaml", registryOf(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		event map[string]any
		want  map[string]any
		path  string // of the mistake
	}{
		"others":          {event: map[string]any{"id": "e", "kind": "order", "more": []any{int64(1)}}, want: map[string]any{"event": map[string]any{"id": "e", "n": int64(1), "kind": "order", "more": []any{int64(1)}}, "kind": "order", "n": int64(2)}},
		"none":            {event: map[string]any{"id": "e"}, want: map[string]any{"event": map[string]any{"id": "e", "n": int64(1)}, "kind": nil, "n": int64(2)}},
		"a declared one":  {event: map[string]any{"id": "e", "n": "many", "kind": "order"}, path: "event.n"},
		"one is missing":  {event: map[string]any{"kind": "order"}, path: "event.id"},
		"of an inner one": {event: map[string]any{"id": "e", "inner": map[string]any{"b": int64(1)}}, path: "event.inner.b"},
	} {
		t.Run(name, func(t *testing.T) {
			result, err := flow.Run(t.Context(), map[string]any{"event": row.event})
			var wrong *report.InputError
			if row.path != "" {
				if !errors.As(err, &wrong) || len(wrong.Errors) != 1 || wrong.Errors[0].Path != row.path {
					t.Errorf("got %v, want a mistake at %s", err, row.path)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(any(row.want), result.Output); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
