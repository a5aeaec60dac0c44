package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing/fstest"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/internal/bench/figures"
	"github.com/medlar-flow/medlar/internal/bench/load"
	"github.com/medlar-flow/medlar/operations"
)

// flowText writes a flow of n steps: by turns a call with three parameters, a
// guarded set that refers to the call, and a set of a text and a number.
func flowText(n int) []byte {
	var b strings.Builder
	b.WriteString("flow: large\ninputs:\n  name: {type: string, default: orders}\n  count: {type: integer, default: 3}\nsteps:\n")
	for i := range n {
		switch i % 3 {
		case 0:
			fmt.Fprintf(&b, "  - id: s%d\n    call: lambda.updateAlias\n    with:\n      functionName: \"${ctx.name}\"\n      name: live\n      description: step %d\n", i, i)
		case 1:
			fmt.Fprintf(&b, "  - if: \"${ctx.count > %d && steps.s%d.Name != 'old'}\"\n    set: {found: \"${steps.s%d.AliasArn}\"}\n", i, i-1, i-1)
		default:
			fmt.Fprintf(&b, "  - set: {label: \"step %d of ${ctx.name}\", n: %d}\n", i, i)
		}
	}
	return []byte(b.String())
}

// oneLine writes a flow as JSON in one line, as programs write flows.
func oneLine(text []byte) ([]byte, error) {
	var v any
	if err := yaml.Unmarshal(text, &v); err != nil {
		return nil, fmt.Errorf("reading the flow: %w", err)
	}
	out, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("writing the flow: %w", err)
	}
	return out, nil
}

// yamlRows begins the names of rows of yaml.v3 alone.
const yamlRows = "yaml-"

func yamlRow(steps int) string { return fmt.Sprintf("%s%d", yamlRows, steps) }
func flowRow(steps int) string { return fmt.Sprintf("flow-%d", steps) }

// inLine names a row of a flow in one line.
const inLine = "-line"

// loadTexts returns flows of so many steps, in many lines and in one, under what
// is added to their rows' names.
func loadTexts(n int) (map[string][]byte, error) {
	text := flowText(n)
	line, err := oneLine(text)
	return map[string][]byte{"": text, inLine: line}, err
}

// measureLoading loads flows of o.Steps steps, in turns with yaml.v3 that
// reads the same text into nodes.
func measureLoading(ctx context.Context, o *order) (samples, error) {
	registry, err := connector.NewRegistry(operations.All()...)
	if err != nil {
		return nil, fmt.Errorf("making the registry: %w", err)
	}
	got := samples{}
	for _, n := range o.Steps {
		texts, err := loadTexts(n)
		if err != nil {
			return nil, err
		}
		for form, text := range texts {
			files := fstest.MapFS{"large.yaml": {Data: text}}
			works := map[string]func() error{
				yamlRow(n) + form: func() error { return yaml.Unmarshal(text, &yaml.Node{}) },
				flowRow(n) + form: func() error {
					_, err := flows.Load(files, "large.yaml", registry)
					return err //nolint:wrapcheck // the measurement fails with it
				},
			}
			if err := inTurns(ctx, works, max(1, 2000/n), o.For, got); err != nil {
				return nil, err
			}
		}
	}
	return got, nil
}

// inTurns does works in turns, each at least three times and as long as the time
// allows, and notes the median of each.
func inTurns(ctx context.Context, works map[string]func() error, times int, window time.Duration, got samples) error {
	rows := slices.Sorted(maps.Keys(works))
	took := map[string][]float64{}
	for until, round := time.Now().Add(window), 0; round < 3 || time.Now().Before(until); round++ {
		for _, row := range rows {
			if got[row] == nil {
				got[row] = figures.Sample{}
			}
			ms, err := timed(ctx, works[row], times, got[row])
			if err != nil {
				return err
			}
			took[row] = append(took[row], ms)
		}
	}
	for row, all := range took {
		got[row]["ms"] = figures.StatOf(all).Median
	}
	return nil
}

// timed does work n times, and gives the milliseconds of one. Garbage of what
// ran before is not charged to it.
func timed(ctx context.Context, work func() error, n int, use figures.Sample) (float64, error) {
	runtime.GC()
	before := load.Read(0)
	for range n {
		if err := ctx.Err(); err != nil {
			return 0, err //nolint:wrapcheck // the parent has gone
		}
		if err := work(); err != nil {
			return 0, err
		}
	}
	after := load.Read(0)
	after.AddUse(use, before, float64(n))
	if cpu, ok := use["cpu_us"]; ok {
		use["cpu_ms"] = cpu / 1000
	}
	return after.Since(before).Seconds() * 1000 / float64(n), nil
}
