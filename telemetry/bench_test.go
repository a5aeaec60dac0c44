package telemetry_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/telemetry"
)

// What a run of one call costs without spans, with those that are not recorded, and with
// those that are sent.
func BenchmarkRun(b *testing.B) {
	for name, sampler := range map[string]telemetry.Sampler{"untraced": nil, "unsampled": telemetry.Never, "traced": telemetry.Always} {
		b.Run(name, func(b *testing.B) {
			// Who takes the spans reads them no further: that is no part of what is measured.
			c := &collector{Server: httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
			}))}
			b.Cleanup(c.Close)
			s := &forgetful{}
			var options []flows.RunOption
			if sampler != nil {
				sent, _ := sending(b, c, func(c *telemetry.Config) { c.Traces.Queue, c.Sampler = 1<<20, sampler })
				options = append(options, flows.WithObserver(sent.Observer()))
			}
			flow := s.flow(b)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := flow.Run(b.Context(), nil, options...); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// forgetful is a service that notes nothing.
type forgetful struct{}

func (forgetful) flow(b *testing.B) *flows.Flow {
	b.Helper()
	reg, err := connector.NewRegistry(&connector.Connector{
		Name: "svc", Summary: "A service.",
		Operations: []*connector.Operation{connector.Op("svc.do", "Do.", func(context.Context, doIn) (struct{}, error) { return struct{}{}, nil })},
	})
	if err != nil {
		b.Fatal(err)
	}
	flow, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte("flow: invoke\nsteps:\n  - {if: \"${1 < 0}\", then: [{fail: {code: No, message: no}}]}\n  - {id: order, call: svc.do, with: {name: x}}\n")}}, "flow.yaml", reg)
	if err != nil {
		b.Fatal(err)
	}
	return flow
}
