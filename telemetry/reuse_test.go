package telemetry_test

import (
	"testing"
	"time"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/telemetry"
)

// A body that was sent serves another request, and none is mixed up with another. Batches
// are full while there is enough for that.
func TestBodiesAreUsedAgain(t *testing.T) {
	c := newCollector(t)
	sent, flush := sending(t, c, func(c *telemetry.Config) { c.Traces.Batch, c.Traces.Delay = 4, time.Hour })
	flow := (&service{}).flow(t, "flow: t\nsteps: [{id: one, call: svc.do, with: {name: one}}]\n")
	const runs = 40
	for range runs {
		if _, err := flow.Run(t.Context(), nil, flows.WithObserver(sent.Observer())); err != nil {
			t.Fatal(err)
		}
	}
	flush()
	ids := map[string]bool{}
	for _, s := range c.taken() {
		ids[string(s.GetSpanId())] = true
		if len(s.GetTraceId()) != 16 || attrs(s.GetAttributes())["medlar.run.id"] == "" {
			t.Fatalf("a span is broken: %v", s)
		}
	}
	if got := c.requests(); got != 3*runs/4 {
		t.Errorf("%d requests were made, want %d", got, 3*runs/4)
	}
	if len(ids) != 3*runs || len(c.taken()) != 3*runs {
		t.Errorf("%d spans came, %d of them once", len(c.taken()), len(ids))
	}
}
