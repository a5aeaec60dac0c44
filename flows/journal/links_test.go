package journal_test

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	traces "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/telemetry"
)

// receiver takes the spans that are sent by OTLP.
type receiver struct {
	t    *testing.T
	sent *telemetry.Telemetry

	mu    sync.Mutex
	spans []*traces.Span
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{t: t}
	web := httptest.NewServer(r)
	t.Cleanup(web.Close)
	r.sent = telemetry.New(telemetry.Config{Traces: &telemetry.Endpoint{URL: web.URL}})
	return r
}

// ServeHTTP takes a request.
func (r *receiver) ServeHTTP(_ http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	var data traces.TracesData
	if err = errors.Join(err, proto.Unmarshal(body, &data)); err != nil {
		r.t.Error(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, group := range data.GetResourceSpans() {
		for _, scoped := range group.GetScopeSpans() {
			r.spans = append(r.spans, scoped.GetSpans()...)
		}
	}
}

// option has a run watched.
func (r *receiver) option() flows.RunOption { return flows.WithObserver(r.sent.Observer()) }

// parts returns the spans of the parts of a run in their order, once all have been sent.
func (r *receiver) parts() []*traces.Span {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.t.Context()), time.Minute)
	defer cancel()
	r.sent.Shutdown(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	parts := slices.DeleteFunc(slices.Clone(r.spans), func(s *traces.Span) bool { return s.GetName() != "run t" })
	slices.SortFunc(parts, func(a, b *traces.Span) int { return cmp.Compare(a.GetStartTimeUnixNano(), b.GetStartTimeUnixNano()) })
	return parts
}

// outcomeOf is what a part of a run came to.
func outcomeOf(s *traces.Span) string {
	for _, a := range s.GetAttributes() {
		if a.GetKey() == "medlar.outcome" {
			return a.GetValue().GetStringValue()
		}
	}
	return ""
}

// Each way in which a run goes on has it in a trace of its own, linked to the part
// before.
func TestPartsAreLinked(t *testing.T) {
	const waits = "flow: t\nsteps: [{call: test.change, with: {name: a}}, {wait: %s}, {call: test.change, with: {name: b}}]"
	resting := func(t *testing.T, path string) *journal.Journal {
		j := open(t, path)
		journal.SetLinger(j, 10*time.Millisecond)
		return j
	}
	rested := func(t *testing.T, h *journal.Handle) {
		t.Helper()
		select {
		case <-h.Rested():
		case <-time.After(time.Minute):
			t.Fatal("the run is not put down")
		}
	}
	for _, tt := range []struct {
		name string
		runs func(t *testing.T, c *calls, watched flows.RunOption)
		want []string // outcomes
	}{
		{"woken by a timer", func(t *testing.T, c *calls, watched flows.RunOption) {
			j := resting(t, newPath(t))
			h, err := j.Start(t.Context(), load(t, c, fmt.Sprintf(waits, "500ms")), nil, flows.WithRunID("r"), watched)
			if err != nil {
				t.Fatal(err)
			}
			rested(t, h)
			if _, err := h.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
		}, []string{"interrupted", "done"}},
		{"woken by a signal", func(t *testing.T, c *calls, watched flows.RunOption) {
			j := resting(t, newPath(t))
			h, err := j.Start(t.Context(), load(t, c, fmt.Sprintf(waits, "{signal: go, timeout: 1h}")), nil, flows.WithRunID("r"), watched)
			if err != nil {
				t.Fatal(err)
			}
			rested(t, h)
			if err := h.Signal(t.Context(), "go", "", nil); err != nil {
				t.Fatal(err)
			}
			if _, err := h.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
		}, []string{"interrupted", "done"}},
		{"put down, and taken over by another process", func(t *testing.T, c *calls, watched flows.RunOption) {
			path := newPath(t)
			first := resting(t, path)
			h, err := first.Start(t.Context(), load(t, c, fmt.Sprintf(waits, "{signal: go, timeout: 1h}")), nil, flows.WithRunID("r"), watched)
			if err != nil {
				t.Fatal(err)
			}
			rested(t, h)
			if err := first.Close(); err != nil {
				t.Fatal(err)
			}
			second := open(t, path)
			if err := second.Signal(t.Context(), "r", c.registry(t), "go", "", nil); err != nil {
				t.Fatal(err)
			}
			if _, err := second.Resume(t.Context(), "r", c.registry(t), watched); err != nil {
				t.Fatal(err)
			}
		}, []string{"interrupted", "done"}},
		{"interrupted, as when a server ends", func(t *testing.T, c *calls, watched flows.RunOption) {
			j := open(t, newPath(t))
			h, err := j.Start(t.Context(), load(t, c, fmt.Sprintf(waits, "{signal: go, timeout: 1h}")), nil, flows.WithRunID("r"), watched)
			if err != nil {
				t.Fatal(err)
			}
			for len(c.noted()) == 0 { // before that it has no part
				if t.Context().Err() != nil {
					t.Fatal("the run does not begin")
				}
				time.Sleep(time.Millisecond)
			}
			h.Interrupt()
			if _, err := h.Wait(t.Context()); err == nil {
				t.Fatal("the run is done")
			}
			if err := j.Signal(t.Context(), "r", c.registry(t), "go", "", nil); err != nil {
				t.Fatal(err)
			}
			if _, err := j.Resume(t.Context(), "r", c.registry(t), watched); err != nil {
				t.Fatal(err)
			}
		}, []string{"interrupted", "done"}},
		{"restarted twice", func(t *testing.T, c *calls, watched flows.RunOption) {
			j := open(t, newPath(t))
			const fails = "flow: t\ninputs: {good: {type: boolean, default: false}}\nsteps:\n  - {call: test.change, with: {name: a}}\n  - {id: x, if: \"${!ctx.good}\", then: [{fail: {code: No, message: no}}]}"
			if _, err := j.Run(t.Context(), load(t, c, fails), nil, flows.WithRunID("r"), watched); err == nil {
				t.Fatal("the run is done")
			}
			if _, err := j.Restart(t.Context(), "r", c.registry(t), journal.Restart{}, watched); err == nil {
				t.Fatal("the run is done")
			}
			if _, err := j.Restart(t.Context(), "r.2", c.registry(t), journal.Restart{From: "x", Inputs: map[string]any{"good": true}}, watched); err != nil {
				t.Fatal(err)
			}
		}, []string{"failed", "failed", "done"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newReceiver(t)
			tt.runs(t, &calls{}, r.option())
			parts := r.parts()
			if len(parts) != len(tt.want) {
				t.Fatalf("%d parts, want %d: %v", len(parts), len(tt.want), parts)
			}
			for i, part := range parts {
				if got := outcomeOf(part); got != tt.want[i] {
					t.Errorf("part %d is %s, want %s", i+1, got, tt.want[i])
				}
				links := part.GetLinks()
				switch {
				case i == 0 && len(links) > 0:
					t.Error("the first part is linked to", links)
				case i == 0:
				case len(links) != 1:
					t.Errorf("part %d has %d links", i+1, len(links))
				case hex.EncodeToString(links[0].GetSpanId()) != hex.EncodeToString(parts[i-1].GetSpanId()), hex.EncodeToString(links[0].GetTraceId()) != hex.EncodeToString(parts[i-1].GetTraceId()):
					t.Errorf("part %d is linked to %v", i+1, links[0])
				case hex.EncodeToString(part.GetTraceId()) == hex.EncodeToString(parts[i-1].GetTraceId()):
					t.Errorf("part %d is in the trace of the one before", i+1)
				}
			}
		})
	}
}
