//go:build !before

package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/bench/stub"
	"github.com/medlar-flow/medlar/telemetry"
)

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
