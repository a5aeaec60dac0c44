package otelsdk_test

import (
	"context"
	"fmt"
	"log"
	"testing/fstest"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/operations/core"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/telemetry/otelsdk"
)

func Example() {
	// The program's own: its exporter, sampler and resource.
	exporter := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter))

	registry, err := connector.NewRegistry(core.Log())
	if err != nil {
		log.Fatal(err)
	}
	text := "flow: greet\nsteps: [{id: said, call: log.info, with: {message: hello}}]\n"
	flow, err := flows.Load(fstest.MapFS{"greet.yaml": {Data: []byte(text)}}, "greet.yaml", registry)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := flow.Run(context.Background(), nil, flows.WithObserver(otelsdk.Observer(provider))); err != nil {
		log.Fatal(err)
	}
	for _, span := range exporter.GetSpans() {
		fmt.Println(span.Name)
	}
	// Output:
	// log.info
	// /said
	// run greet
}
