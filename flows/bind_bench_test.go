package flows_test

import (
	"context"
	"os"
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/operations/core"
	"github.com/medlar-flow/medlar/operations/lambda"
)

// idleLambda is a connector whose lambda.invoke takes and gives what the real
// one does, and calls nothing.
func idleLambda(tb testing.TB) *connector.Connector {
	tb.Helper()
	for _, op := range lambda.Connector().Operations {
		if op.Name != "lambda.invoke" {
			continue
		}
		answer := value.NewPayload([]byte(`{"orderId":"o-1700"}`))
		return &connector.Connector{Name: "lambda", Operations: []*connector.Operation{{
			Name: op.Name, Describe: op.Describe,
			Run: func(context.Context, *connector.Call) (any, error) {
				return map[string]any{"StatusCode": int64(200), "Payload": answer}, nil
			},
		}}}
	}
	tb.Fatal("there is no lambda.invoke")
	return nil
}

// The flows that BenchmarkBind runs: one call with a mapping, and the flow that
// is measured against the SDK's client.
var bindFlows = map[string]string{
	"one call": `flow: t
inputs:
  function: {type: string, default: small}
  region: {type: string, default: eu-west-1}
  order:
    type: object
    members:
      id: {type: string, required: true}
      total: {type: number, required: true}
      lines: {type: list, required: true}
steps:
  - call: lambda.invoke
    with:
      functionName: "${ctx.function}"
      payload: {id: "${ctx.order.id}", total: "${ctx.order.total}", lines: "${ctx.order.lines}", region: "${ctx.region}"}
`,
	"whole": "",
}

// BenchmarkBind is what a run spends on values around its calls, and on itself.
func BenchmarkBind(b *testing.B) {
	whole, err := os.ReadFile("../internal/bench/flows/invoke.yaml")
	if err != nil {
		b.Fatal(err)
	}
	registry, err := connector.NewRegistry(idleLambda(b), core.Log())
	if err != nil {
		b.Fatal(err)
	}
	inputs := map[string]any{"function": "small", "order": map[string]any{"id": "o-1700", "total": 249.5, "lines": []any{
		map[string]any{"article": "lamp", "count": 1}, map[string]any{"article": "bulb", "count": 4},
	}}}
	for _, name := range value.SortedKeys(bindFlows) {
		text := []byte(bindFlows[name])
		if len(text) == 0 {
			text = whole
		}
		f, err := flows.Load(fstest.MapFS{"f.yaml": {Data: text}}, "f.yaml", registry)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := f.Run(b.Context(), inputs); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
