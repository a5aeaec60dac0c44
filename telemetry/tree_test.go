package telemetry_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"
	traces "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/telemetry"
)

// The spans of a run have the parents that its blocks say: of sub-flows, items,
// branches, attempts and undos. Those of later runs are as those of the first, and so are
// those of runs at the same time.
func TestTree(t *testing.T) {
	const inner = "flow: inner\nsteps: [{id: inside, call: svc.do, with: {name: inside}}]\n"
	tests := []struct {
		name, flow string
		meets      func() func(context.Context, string) error
		want       string
	}{
		{"blocks", `flow: t
steps:
  - {id: one, call: svc.do, with: {name: one}}
  - id: loop
    forEach: "${1..2}"
    concurrency: 2
    do:
      - {id: item, call: svc.do, with: {name: item}}
  - parallel:
      a: [{id: left, call: svc.do, with: {name: left}}]
      b: [{if: "${true}", then: [{id: right, call: svc.do, with: {name: right}}]}]
  - {id: sub, flow: inner.yaml}
  - {if: "${false}", then: [{id: never, call: svc.do, with: {name: never}}]}
`, func() func(context.Context, string) error { return nil }, `
run t outcome=done
  /3
    /3/a/left
      svc.do attempt=1 ->
    /3/b/1
      /3/b/1/then/right
        svc.do attempt=1 ->
  /5
  /loop items=2
    /loop/item (/loop[0]/item)
      svc.do attempt=1 ->
    /loop/item (/loop[1]/item)
      svc.do attempt=1 ->
  /one
    svc.do attempt=1 ->
  /sub
    /sub/inside
      svc.do attempt=1 ->
`},
		{"attempts", `flow: t
steps:
  - {id: busy, call: svc.do, with: {name: busy}, retry: {attempts: 3, delay: 1ms, on: [Busy]}}
`, func() func(context.Context, string) error {
			return failing(map[string]int{"busy": 2}, "Busy", connector.ClassThrottled)
		}, `
run t outcome=done
  /busy events=2
    svc.do attempt=1 type=Busy failed ->
    svc.do attempt=2 type=Busy failed ->
    svc.do attempt=3 ->
`},
		{"undos", `flow: t
steps:
  - {id: kept, call: svc.do, with: {name: kept}, undo: {call: svc.do, with: {name: undo-kept}}}
  - try:
      - {id: made, call: svc.do, with: {name: made}, undo: {call: svc.do, with: {name: undo-made}}}
      - {id: broken, call: svc.do, with: {name: broken}}
    catch:
      - {do: [{id: caught, call: svc.do, with: {name: caught}}]}
  - {id: last, call: svc.do, with: {name: last}}
`, func() func(context.Context, string) error {
			return failing(map[string]int{"broken": 1, "last": 1}, "Broken", connector.ClassConflict)
		}, `
run t outcome=failed type=Broken failed
  /2
    /2/catch/caught (/2/catch[0]/caught)
      svc.do attempt=1 ->
    /2/try/broken type=Broken failed
      svc.do attempt=1 type=Broken failed ->
    /2/try/made
      svc.do attempt=1 ->
    undo /2/try/made (/2/try/made)
      /2/try/made/undo/1 undo=true
        svc.do attempt=1 ->
  /kept
    svc.do attempt=1 ->
  undo /kept (/kept)
    /kept/undo/1 undo=true
      svc.do attempt=1 ->
  /last type=Broken failed
    svc.do attempt=1 type=Broken failed ->
`},
	}
	c := newCollector(t)
	sent, flush := sending(t, c, nil)
	const rounds = 4
	var together sync.WaitGroup
	for round := range rounds {
		for i, tt := range tests {
			flow := (&service{meets: tt.meets()}).flow(t, tt.flow, inner)
			run := func() {
				_, _ = flow.Run(t.Context(), nil, flows.WithRunID(fmt.Sprint(i, ".", round)), flows.WithObserver(sent.Observer()))
			}
			if round < rounds/2 {
				run()
				continue
			}
			together.Go(run)
		}
	}
	together.Wait()
	flush()
	for i, tt := range tests {
		for round := range rounds {
			var spans []*traces.Span
			for _, s := range c.taken() {
				if attrs(s.GetAttributes())["medlar.run.id"] == fmt.Sprint(i, ".", round) {
					spans = append(spans, s)
				}
			}
			if diff := cmp.Diff(strings.TrimPrefix(tt.want, "\n"), tree(spans)); diff != "" {
				t.Errorf("%s: the spans of round %d differ (-want +got):\n%s", tt.name, round, diff)
			}
			if len(spans) > 0 && len(of(c.taken(), hex.EncodeToString(spans[0].GetTraceId()))) != len(spans) {
				t.Errorf("%s: the run is in more than one trace, or in that of another one", tt.name)
			}
		}
	}
}

// A failure is on the span where it happened, with what is known of the request.
func TestFailure(t *testing.T) {
	c, s := newCollector(t), &service{meets: failing(map[string]int{"x": 1}, "Broken", connector.ClassConflict)}
	sent, flush := sending(t, c, nil)
	flow := s.flow(t, "flow: t\nsteps: [{if: \"${true}\", then: [{id: x, call: svc.do, with: {name: x}}]}]\n")
	if _, err := flow.Run(t.Context(), nil, flows.WithRunID("r"), flows.WithObserver(sent.Observer())); err == nil {
		t.Fatal("the run is done")
	}
	flush()
	attempt := named(t, c.taken(), "svc.do")
	want := map[string]string{
		"medlar.run.id": "r", "medlar.step": "/1/then/x", "medlar.operation": "svc.do", "medlar.attempt": "1",
		"error.type": "Broken", "medlar.error.class": "conflict", "medlar.request.id": "req-1", "http.response.status_code": "429",
	}
	if diff := cmp.Diff(want, attrs(attempt.GetAttributes())); diff != "" {
		t.Errorf("the attributes differ (-want +got):\n%s", diff)
	}
	for name, message := range map[string]string{"svc.do": "", "/1/then/x": "no x", "/1": "", "run t": "no x"} {
		if got := named(t, c.taken(), name).GetStatus().GetMessage(); got != message {
			t.Errorf("%s says %q, want %q", name, got, message)
		}
	}
}

// A run is in the trace of its caller, and hands it on with the attempt as the parent.
func TestCallersTrace(t *testing.T) {
	const trace, span = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	for _, tt := range []struct {
		name, flags string
		change      func(*telemetry.Config)
		spans       int
		handedOn    string // flags
		other       bool   // the trace is another one
	}{
		{"recorded", "01", nil, 3, "01", false},
		{"recorded, random", "03", nil, 3, "03", false},
		{"not recorded", "00", nil, 0, "00", false},
		{"not recorded, but all are", "00", func(c *telemetry.Config) { c.Sampler = telemetry.Always }, 3, "01", false},
		{"recorded, but none is", "01", func(c *telemetry.Config) { c.Sampler = telemetry.Never }, 0, "00", false},
		{"kept to itself", "01", func(c *telemetry.Config) { c.NoPropagation = true }, 3, "", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, s := newCollector(t), &service{}
			sent, flush := sending(t, c, tt.change)
			caller := report.Caller{Kind: "http", Trace: connector.Trace{Parent: "00-" + trace + "-" + span + "-" + tt.flags, State: "a=b"}}
			flow := s.flow(t, "flow: t\nsteps: [{id: x, call: svc.do, with: {name: x}}]\n")
			if _, err := flow.Run(t.Context(), nil, flows.WithCaller(caller), flows.WithObserver(sent.Observer())); err != nil {
				t.Fatal(err)
			}
			flush()
			spans := c.taken()
			if len(spans) != tt.spans {
				t.Fatalf("%d spans:\n%s", len(spans), tree(spans))
			}
			if len(spans) > 0 {
				root := named(t, spans, "run t")
				if got := hex.EncodeToString(root.GetTraceId()) != trace; got != tt.other {
					t.Errorf("the trace is another one: %t", got)
				}
				if !tt.other && (hex.EncodeToString(root.GetParentSpanId()) != span || root.GetFlags()&0x300 != 0x300 || root.GetTraceState() != "a=b") {
					t.Error("the parent is not the caller:", root)
				}
			}
			want := ""
			if tt.handedOn != "" {
				want = "00-" + trace + "-" + strings.Repeat("?", 16) + "-" + tt.handedOn
				if len(spans) > 0 {
					want = strings.Replace(want, strings.Repeat("?", 16), hex.EncodeToString(named(t, spans, "svc.do").GetSpanId()), 1)
				}
			}
			got := s.trace[0].Parent
			if len(spans) == 0 && len(got) > 52 {
				got = got[:36] + strings.Repeat("?", 16) + got[52:]
			}
			if got != want {
				t.Errorf("handed on is %s, want %s", got, want)
			}
		})
	}
}

// Log lines have the places of their spans.
func TestLines(t *testing.T) {
	c, s := newCollector(t), &service{meets: failing(map[string]int{"x": 1}, "Broken", connector.ClassConflict)}
	sent, flush := sending(t, c, nil)
	flow := s.flow(t, "flow: t\nsteps: [{id: x, call: svc.do, with: {name: x}}]\n")
	log := zerolog.New(sent.Lines()).With().Timestamp().Logger()
	_, err := flow.Run(t.Context(), nil, flows.WithRunID("r"), flows.WithObserver(sent.Observer()), flows.WithListener(flows.LogEvents(log)))
	if err == nil {
		t.Fatal("the run is done")
	}
	log.Info().Floats64("list", []float64{1, 2}).Float64("part", .5).Bool("yes", true).Msg("a \"line\" \u00fc")
	flush()
	step := named(t, c.taken(), "/x")
	var said []string
	for _, r := range c.lines {
		said = append(said, r.GetSeverityText()+" "+r.GetBody().GetStringValue())
		if r.GetBody().GetStringValue() != "step failed" {
			continue
		}
		if hex.EncodeToString(r.GetSpanId()) != hex.EncodeToString(step.GetSpanId()) || hex.EncodeToString(r.GetTraceId()) != hex.EncodeToString(step.GetTraceId()) {
			t.Error("the line is at another span")
		}
		a := attrs(r.GetAttributes())
		delete(a, "duration_ms")
		want := map[string]string{
			"medlar.run.id": "r", "medlar.flow": "t", "medlar.step": "/x", "medlar.operation": "svc.do", "medlar.attempt": "1", "error.type": "Broken",
			"medlar.error.class": "conflict", "exception.message": "no x", "http.response.status_code": "429", "medlar.request.id": "req-1",
		}
		if diff := cmp.Diff(want, a); diff != "" {
			t.Errorf("the attributes differ (-want +got):\n%s", diff)
		}
	}
	if want := []string{"info flow started", "debug step started", "warn step failed", "error flow failed", "info a \"line\" \u00fc"}; !cmp.Equal(said, want) {
		t.Errorf("the lines are %q, want %q", said, want)
	}
	last := attrs(c.lines[len(c.lines)-1].GetAttributes())
	if want := (map[string]string{"list": "[1,2]", "part": "0.5", "yes": "true"}); !cmp.Equal(last, want) {
		t.Errorf("the attributes are %v, want %v", last, want)
	}
}
