package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/bench/figures"
	"github.com/medlar-flow/medlar/internal/bench/stub"
	"github.com/medlar-flow/medlar/telemetry"
)

// The rows of sections about traces. The first two do the same, so that what they
// differ by is the measurement's own.
const (
	rowUntraced = "untraced"
	rowAgain    = "again"
	rowTraced   = "traced"
)

// tracedSection measures what it costs that spans of runs are sent, by the settings
// that the variables of OpenTelemetry have when only the collector is said.
func tracedSection(name, title, work string, atOnce int) *section {
	s := callSection(name, title, atOnce)
	s.addClient(rowUntraced, "no spans", order{Client: clientFlow, Work: work})
	s.addClient(rowTraced, "spans sent by OTLP", order{Client: clientFlow, Work: work, Traced: true})
	s.addClient(rowAgain, "no spans, again", order{Client: clientFlow, Work: work})
	s.ratio("CPU", "cpu_us", rowAgain, rowUntraced, figures.Goal{})
	s.ratio("CPU", "cpu_us", rowTraced, rowUntraced, figures.Goal{AtMost: 1.1})
	return s
}

// tracing sends the spans of runs; nil for nobody.
type tracing struct {
	sent *telemetry.Telemetry
	lost atomic.Pointer[string]
}

func newTracing(o *order) *tracing {
	if !o.Traced {
		return nil
	}
	t := &tracing{}
	t.sent = telemetry.New(telemetry.Config{
		Traces: &telemetry.Endpoint{URL: "http://" + o.Stub + stub.Traces},
		Notice: func(text string) { t.lost.Store(&text) },
	})
	return t
}

// observer watches runs; nil for nobody.
func (t *tracing) observer() report.Observer {
	if t == nil {
		return nil
	}
	return t.sent.Observer()
}

// options are those of runs that are watched.
func (t *tracing) options() []flows.RunOption {
	if t == nil {
		return nil
	}
	return []flows.RunOption{flows.WithObserver(t.observer())}
}

// end sends what is left. Spans that were lost are an error: what was measured is less
// than was to be done.
func (t *tracing) end() error {
	if t == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	t.sent.Shutdown(ctx)
	if text := t.lost.Load(); text != nil {
		return fmt.Errorf("measuring traces: %w", errors.New(*text))
	}
	return nil
}
