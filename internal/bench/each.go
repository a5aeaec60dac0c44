package main

import (
	"context"
	"fmt"
	"testing/fstest"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/internal/bench/figures"
	"github.com/medlar-flow/medlar/internal/bench/load"
)

// The rows of the section about loops.
const (
	rowOneByOne = "one-by-one"
	rowAtOnce   = "at-once"
	rowEnded    = "may-end" // one by one, and the context may end
)

// eachTexts are loops over so many items, each of which calls what does nothing.
func eachTexts(items int) map[string]string {
	loop := func(more string) string {
		return fmt.Sprintf("flow: each\nsteps:\n  - forEach: \"${1..%d}\"\n%s    do: [{call: bench.nothing}]\n", items, more)
	}
	return map[string]string{rowOneByOne: loop(""), rowAtOnce: loop("    concurrency: 16\n"), rowEnded: loop("")}
}

func eachSection() *section {
	s := &section{Section: figures.Section{
		Name: "each", Title: "A loop over a million items that do nothing",
		Columns: []figures.Column{{Metric: "ns", Header: "ns an item"}, {Metric: "cpu_ns", Header: "CPU ns"}, {Metric: "allocs", Header: "allocations"}},
		Rows: []figures.Row{
			{Name: rowOneByOne, Label: "one by one"},
			{Name: rowAtOnce, Label: "16 at once"},
			{Name: rowEnded, Label: "one by one, whose context may end"},
		},
	}}
	s.probes = []probe{func(ctx context.Context, b *bench, _ int) (samples, error) {
		return b.ask(ctx, order{Role: roleEach, Steps: []int{1_000_000}})
	}}
	for _, row := range []string{rowOneByOne, rowAtOnce} {
		s.against("time", "ns", row, figures.Goal{AtMost: 0.5, Number: goalEach})
	}
	// A call that a context may end, of an operation that does not say that it ends in
	// time, is made in a goroutine of its own; 5237d1e4 waited for it instead.
	s.against("time", "ns", rowEnded, figures.Goal{})
	return s
}

// measureEach runs each loop over o.Steps[0] items once.
func measureEach(ctx context.Context, o *order) (samples, error) {
	registry, err := connector.NewRegistry(local())
	if err != nil {
		return nil, fmt.Errorf("making the registry: %w", err)
	}
	got := samples{}
	for row, text := range eachTexts(o.Steps[0]) {
		flow, err := flows.Load(fstest.MapFS{"each.yaml": {Data: []byte(text)}}, "each.yaml", registry)
		if err != nil {
			return nil, fmt.Errorf("loading a loop: %w", err)
		}
		during := context.WithoutCancel(ctx)
		if row == rowEnded {
			during = ctx
		}
		before, began := load.Read(0), time.Now()
		if _, err := flow.Run(during, nil); err != nil {
			return nil, fmt.Errorf("running a loop: %w", err)
		}
		took := time.Since(began)
		s := figures.Sample{"ns": float64(took) / float64(o.Steps[0])}
		load.Read(0).AddUse(s, before, float64(o.Steps[0]))
		if cpu, ok := s["cpu_us"]; ok {
			s["cpu_ns"] = cpu * 1000
		}
		got[row] = s
	}
	return got, nil
}
