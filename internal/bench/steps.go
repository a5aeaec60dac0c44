package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing/fstest"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/internal/bench/figures"
	"github.com/medlar-flow/medlar/internal/bench/load"
)

// The rows of the section about steps.
const (
	rowPure     = "pure"
	rowConstant = "constant"
	rowNothing  = "nothing"
)

// stepTexts are steps that touch nothing outside.
func stepTexts() map[string]string {
	return map[string]string{
		rowPure:     `{if: "${ctx.count > 2 && ctx.name != 'y'}", set: {order: {id: "${ctx.name}", n: "${ctx.count}"}}}`,
		rowConstant: `{set: {n: 1}}`,
		rowNothing:  `{call: bench.nothing}`,
	}
}

// repeated loads a flow that has a step n times.
func repeated(step string, n int) (*flows.Flow, error) {
	text := "flow: steps\ninputs: {name: {type: string, default: x}, count: {type: integer, default: 3}}\nsteps:\n" +
		strings.Repeat("  - "+step+"\n", n)
	registry, err := connector.NewRegistry(local())
	if err != nil {
		return nil, fmt.Errorf("making the registry: %w", err)
	}
	flow, err := flows.Load(fstest.MapFS{"steps.yaml": {Data: []byte(text)}}, "steps.yaml", registry)
	if err != nil {
		return nil, fmt.Errorf("loading the steps: %w", err)
	}
	return flow, nil
}

// measureSteps returns what a step costs: runs of flows of o.Steps[0] steps,
// divided by their number.
func measureSteps(ctx context.Context, o *order) (samples, error) {
	got := samples{}
	for row, text := range stepTexts() {
		flow, err := repeated(text, o.Steps[0])
		if err != nil {
			return nil, err
		}
		if _, _, err := runsOf(ctx, flow, o.Warm); err != nil {
			return nil, err
		}
		before := load.Read(0)
		took, runs, err := runsOf(ctx, flow, o.For)
		if err != nil {
			return nil, err
		}
		n := float64(runs * o.Steps[0])
		s := figures.Sample{
			// The median run is one that nobody interrupted.
			"ns": float64(took) / float64(o.Steps[0]), "steps_s": float64(time.Second) * float64(o.Steps[0]) / float64(took),
		}
		load.Read(0).AddUse(s, before, n)
		if cpu, ok := s["cpu_us"]; ok {
			s["cpu_ns"] = cpu * 1000
		}
		got[row] = s
	}
	return got, nil
}

// runsOf runs a flow for a while, and gives the median time and how many runs
// there were.
func runsOf(ctx context.Context, flow *flows.Flow, during time.Duration) (time.Duration, int, error) {
	var times []time.Duration
	for until := time.Now().Add(during); time.Now().Before(until) || len(times) == 0; {
		began := time.Now()
		if _, err := flow.Run(ctx, nil); err != nil {
			return 0, 0, fmt.Errorf("running the steps: %w", err)
		}
		times = append(times, time.Since(began))
	}
	slices.Sort(times)
	return load.Percentile(times, 0.5), len(times), nil
}
