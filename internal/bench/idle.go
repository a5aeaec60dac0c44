package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/internal/bench/figures"
	"github.com/medlar-flow/medlar/internal/bench/load"
)

// rowServe is the row of the section about servers that wait.
const rowServe = "serve"

// servedFlow has one route and one call.
const servedFlow = "flow: served\ninputs: {name: {type: string, required: true}}\ntriggers:\n  - {http: \"POST /orders/{name}\", auth: none}\nsteps:\n" +
	"  - {id: answer, call: lambda.invoke, with: {functionName: small, payload: {name: \"${ctx.name}\"}}}\n"

// settled is how long a server has been idle when it is looked at: long enough that it
// has what it needs for waiting again after it gave back its pages.
const settled = 30 * time.Second

// measureIdle starts a server on a journal of its own, and gives its memory once
// it has waited for a while.
func (b *bench) measureIdle(ctx context.Context) (_ samples, err error) {
	if err := b.built(ctx); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(b.dir, "idle")
	if err != nil {
		return nil, fmt.Errorf("making a folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	flow := filepath.Join(dir, "served.yaml")
	if err := os.WriteFile(flow, []byte(servedFlow), 0o600); err != nil {
		return nil, fmt.Errorf("writing a flow: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, childLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, b.program(commandRunner), "serve", flow, "--journal", filepath.Join(dir, "runs.db"), "--listen", "127.0.0.1:0") //nolint:gosec // what built gave
	cmd.Env = b.environment("AWS_ENDPOINT_URL=http://" + b.stub)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return nil, fmt.Errorf("starting a server: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting a server: %w", err)
	}
	defer func() {
		cancel()
		_ = cmd.Wait() // it is killed
	}()
	for lines := bufio.NewScanner(stderr); ; {
		if !lines.Scan() {
			return nil, fmt.Errorf("the server does not listen: %w", errors.Join(lines.Err(), ctx.Err()))
		}
		if strings.Contains(lines.Text(), "listening on http") {
			break
		}
	}
	select {
	case <-time.After(settled):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	s := figures.Sample{}
	if all, anonymous, ok := load.ResidentOf(cmd.Process.Pid); ok {
		s["rss_mb"], s["anonymous_mb"] = all/1e6, anonymous/1e6
	}
	return samples{rowServe: s}, nil
}
