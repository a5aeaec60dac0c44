package flows_test

import (
	"context"
	"io"
	"maps"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/rs/zerolog"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/operations/core"
	"github.com/medlar-flow/medlar/schema"
)

// idle is a connector with a connection, whose operation does nothing: what is
// left is what a run costs around its steps.
func idle() *connector.Connector {
	return &connector.Connector{
		Name: "idle", Family: "idles",
		Connection: schema.MustNew(&schema.Field{Name: "region", Type: schema.String}, &schema.Field{Name: "endpoint", Type: schema.String}),
		Open:       func(context.Context, connector.OpenRequest) (connector.Connection, error) { return idleConn{}, nil },
		Operations: []*connector.Operation{{
			Name: "idle.nothing", Run: func(context.Context, *connector.Call) (any, error) { return nil, nil },
		}},
	}
}

type idleConn struct{}

func (idleConn) Close() error { return nil }

// The small flows whose runs are measured.
var smallFlows = map[string]string{
	"call":    "flow: t\nsteps: [{id: answer, call: idle.nothing}]",
	"two":     "flow: t\nsteps: [{id: answer, call: idle.nothing}, {id: again, call: idle.nothing}]",
	"logging": "flow: t\nsteps: [{id: answer, call: idle.nothing}, {call: log.info, with: {message: done, fields: {status: 200}}}]",
}

func BenchmarkSmallRun(b *testing.B) {
	registry, err := connector.NewRegistry(idle(), core.Log())
	if err != nil {
		b.Fatal(err)
	}
	defaults := flows.WithConnectionDefaults("idles", map[string]any{"region": "eu-west-1", "endpoint": "http://127.0.0.1:1"})
	options := map[string][]flows.RunOption{
		"unheard": {defaults},
		"logged":  {defaults, flows.WithListener(flows.LogEvents(zerolog.New(io.Discard).Level(zerolog.InfoLevel)))},
	}
	for _, name := range slices.Sorted(maps.Keys(smallFlows)) {
		f, err := loadWith(fstest.MapFS{"flow.yaml": {Data: []byte(smallFlows[name])}}, "flow.yaml", registry)
		if err != nil {
			b.Fatal(err)
		}
		for _, heard := range slices.Sorted(maps.Keys(options)) {
			b.Run(name+"/"+heard, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := f.Run(b.Context(), nil, options[heard]...); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
