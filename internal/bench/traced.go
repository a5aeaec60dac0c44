//go:build !before

package main

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/bench/stub"
	"github.com/medlar-flow/medlar/telemetry"
)

// tracing sends the spans of runs; nil for nobody.
type tracing struct {
	sent        *telemetry.Telemetry
	first, last atomic.Pointer[string] // of what was told of lost spans
}

func newTracing(o *order) *tracing {
	if !o.Traced {
		return nil
	}
	t := &tracing{}
	t.sent = telemetry.New(telemetry.Config{
		Traces: &telemetry.Endpoint{URL: "http://" + o.Stub + stub.Traces},
		Notice: func(text string) {
			t.first.CompareAndSwap(nil, &text)
			t.last.Store(&text)
		},
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

// end sends what is left. It is an error that spans were lost, and lostSpans where
// nothing else went wrong than that more waited than the queue has room for.
func (t *tracing) end() error {
	if t == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	t.sent.Shutdown(ctx)
	return lossOf(t.first.Load(), t.last.Load())
}
