package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/internal/bench/figures"
	"github.com/medlar-flow/medlar/internal/bench/load"
	"github.com/medlar-flow/medlar/internal/bench/stub"
)

// The rows of the section about cold starts.
const (
	rowRunner  = "runner"
	rowOneshot = "oneshot"
	rowCheck   = "check"
)

// endDelay is how long the starter may take to end after its program.
const endDelay = 5 * time.Second

// coldFlow writes a flow of 50 steps with one call of a function.
func coldFlow() string {
	var b strings.Builder
	b.WriteString("flow: cold\ninputs: {name: {type: string, default: orders}, count: {type: integer, default: 3}}\nsteps:\n")
	for i := range 49 {
		fmt.Fprintf(&b, "  - if: \"${ctx.count > 2 && ctx.name != 'x%d'}\"\n    set: {label: \"step %d of ${ctx.name}\", n: %d}\n", i, i, i)
	}
	b.WriteString("  - id: answer\n    call: lambda.invoke\n    with: {functionName: " + stub.Small +
		", payload: {label: \"${ctx.label}\"}}\noutput: \"${steps.answer.Payload.orderId}\"\n")
	return b.String()
}

// checkedFlow is what runner checks: one step.
const checkedFlow = "flow: small\ninputs: {name: {type: string, required: true}}\nsteps:\n" +
	"  - {id: answer, call: lambda.invoke, with: {functionName: " + stub.Small + ", payload: {name: \"${ctx.name}\"}}}\n"

// programs are the programs that start cold.
type programs map[string]program

type program struct {
	argv   []string
	prints string // is in what it prints
}

// coldPrograms builds the programs, and writes the flows.
func (b *bench) coldPrograms(ctx context.Context) (programs, error) {
	for _, folder := range []string{commandRunner, oneshotProgram, starterProgram} {
		if _, err := b.build(ctx, folder); err != nil {
			return nil, err
		}
	}
	flow, small := filepath.Join(b.dir, "cold.yaml"), filepath.Join(b.dir, "small.yaml")
	for path, text := range map[string]string{flow: coldFlow(), small: checkedFlow} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil { //nolint:gosec // a folder of our own
			return nil, fmt.Errorf("writing a flow: %w", err)
		}
	}
	return programs{
		rowRunner:  {argv: []string{b.program(commandRunner), "run", flow}, prints: "o-1700"},
		rowOneshot: {argv: []string{b.program(oneshotProgram), stub.Small}, prints: "o-1700"},
		rowCheck:   {argv: []string{b.program(commandRunner), "check", small}},
	}, nil
}

// measureCold starts the programs in turns, and gives medians.
func (b *bench) measureCold(ctx context.Context) (samples, error) {
	if err := b.built(ctx); err != nil {
		return nil, err
	}
	return b.starts(ctx, b.pace.starts)
}

// built builds the programs where that has not been done.
func (b *bench) built(ctx context.Context) error {
	if b.programs != nil {
		return nil
	}
	built, err := b.coldPrograms(ctx)
	if err != nil {
		return err
	}
	b.programs = built
	_, err = b.starts(ctx, 1) // the files are in memory then
	return err
}

func (b *bench) starts(ctx context.Context, n int) (samples, error) {
	all := map[string]map[string][]float64{rowRunner: {}, rowOneshot: {}, rowCheck: {}}
	for range n {
		for _, row := range []string{rowRunner, rowOneshot, rowCheck} {
			s, err := b.startOnce(ctx, b.programs[row])
			if err != nil {
				return nil, err
			}
			for metric, v := range s {
				all[row][metric] = append(all[row][metric], v)
			}
		}
	}
	got := samples{}
	for row, metrics := range all {
		got[row] = figures.Sample{}
		for metric, values := range metrics {
			got[row][metric] = figures.StatOf(values).Median
		}
		if rss, ok := metrics["rss_mb"]; ok {
			got[row]["rss_mb"] = figures.StatOf(rss).Max
		}
	}
	return got, nil
}

// startOnce runs a program, which can call the stub. The starter does: the memory of
// this process is no measure of theirs.
func (b *bench) startOnce(ctx context.Context, p program) (figures.Sample, error) {
	ctx, cancel := context.WithTimeout(ctx, childLimit)
	defer cancel()
	name := filepath.Base(p.argv[0])
	cmd := exec.CommandContext(ctx, b.program(starterProgram), p.argv...) //nolint:gosec // what build gave
	cmd.Env = b.environment("AWS_ENDPOINT_URL=http://" + b.stub)
	stdin, err := cmd.StdinPipe() // it stays open until the starter has answered
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	defer stdin.Close()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.Cancel = stdin.Close // it ends the program and then itself
	cmd.WaitDelay = endDelay
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("starting %s: %w: %s", name, err, bytes.TrimSpace(stderr.Bytes()))
	}
	var took load.Start
	if err := json.Unmarshal(stdout.Bytes(), &took); err != nil {
		return nil, fmt.Errorf("starting %s: reading what it took: %w", name, err)
	}
	if took.Error == "" && !strings.Contains(took.Stdout, p.prints) {
		took.Error = fmt.Sprintf("it printed %q", took.Stdout)
	}
	if took.Error != "" {
		return nil, fmt.Errorf("starting %s: %s: %s", name, took.Error, strings.TrimSpace(took.Stderr))
	}
	s := figures.Sample{"wall_ms": took.Wall.Seconds() * 1000, "cpu_ms": took.CPU.Seconds() * 1000}
	if took.Peak > 0 {
		s["rss_mb"] = took.Peak / 1e6
	}
	return s, nil
}
