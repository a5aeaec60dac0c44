package flows_test

import (
	"context"
	"io"
	"testing"
	"testing/fstest"

	"github.com/rs/zerolog"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/operations/core"
	"github.com/medlar-flow/medlar/schema"
)

// mappedFlow is a condition and a mapping before a call, a log line behind it,
// and one value out of the answer.
const mappedFlow = `
flow: t
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
  - if: "${ctx.order.total > 100 && ctx.region in ['eu-west-1', 'eu-west-3']}"
    id: answer
    call: echo.invoke
    with:
      functionName: "${ctx.function}"
      payload: {id: "${ctx.order.id}", total: "${ctx.order.total}", lines: "${ctx.order.lines}", region: "${ctx.region}"}
  - call: log.info
    with: {message: "order ${ctx.order.id} is done", fields: {status: "${steps.answer.StatusCode}"}}
output: "${steps.answer.Payload.orderId}"
`

// echo is a connector whose operation answers with bytes, as those of services
// do.
func echo() *connector.Connector {
	params := schema.MustNew(
		&schema.Field{Name: "functionName", Type: schema.String, Required: true},
		&schema.Field{Name: "payload", Type: schema.Any, Payload: true},
	)
	result := &schema.Field{Type: schema.Object, Members: schema.MustNew(
		&schema.Field{Name: "StatusCode", Type: schema.Integer},
		&schema.Field{Name: "Payload", Type: schema.Any, Payload: true},
	)}
	answer := []byte(`{"orderId":"o-1700","accepted":true,"total":249.5,"currency":"EUR","lines":[{"article":"lamp","count":1}]}`)
	return &connector.Connector{
		Name: "echo",
		Operations: []*connector.Operation{{
			Name: "echo.invoke", Describe: func() connector.Shape { return connector.Shape{Params: params, Result: result} },
			Run: func(context.Context, *connector.Call) (any, error) {
				return map[string]any{"StatusCode": int64(200), "Payload": schema.NewPayload(answer)}, nil
			},
		}},
	}
}

func BenchmarkMappedRun(b *testing.B) {
	registry, err := connector.NewRegistry(echo(), core.Log())
	if err != nil {
		b.Fatal(err)
	}
	f, err := loadWith(fstest.MapFS{"flow.yaml": {Data: []byte(mappedFlow)}}, "flow.yaml", registry)
	if err != nil {
		b.Fatal(err)
	}
	log := flows.WithListener(flows.LogEvents(zerolog.New(io.Discard).Level(zerolog.InfoLevel)))
	b.ReportAllocs()
	for b.Loop() {
		inputs := map[string]any{"order": map[string]any{"id": "o-1700", "total": 249.5, "lines": []any{
			map[string]any{"article": "lamp", "count": 1}, map[string]any{"article": "bulb", "count": 4},
		}}}
		if _, err := f.Run(b.Context(), inputs, log); err != nil {
			b.Fatal(err)
		}
	}
}
