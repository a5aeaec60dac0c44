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

// rowResume is the row of the section about runs that were interrupted.
const rowResume = "resume"

// openRuns is how many runs a journal has that are to go on, and heldBytes what each
// of them holds.
const (
	openRuns  = 10_000
	heldBytes = 20 << 10
)

// resumedFor is how long runs go on before the memory is looked at.
const resumedFor = 2 * time.Second

// openFlow waits for a moment, which is over when the run goes on, and says so.
const openFlow = "flow: open\ninputs: {text: {type: string}}\nsteps:\n  - {set: {held: \"${ctx.text + '.'}\"}}\n  - {wait: 1s}\n" +
	"  - {call: log.info, with: {message: went on}}\n"

func resumeSection() *section {
	s := &section{Section: figures.Section{
		Name: "resume", Title: "Resuming 10,000 runs of 20 KiB each",
		Columns: []figures.Column{{Metric: "first_ms", Header: "ms until the first goes on"}, {Metric: "runs_s", Header: "runs/s"}, {Metric: "rss_mb", Header: "most memory MB"}},
		Rows:    []figures.Row{{Name: rowResume, Label: "runner resume --all"}},
	}}
	s.probes = []probe{func(ctx context.Context, b *bench, _ int) (samples, error) { return b.measureResume(ctx) }}
	s.value("time until the first of 10,000 runs goes on", "first_ms", rowResume, "ms", 2000)
	s.toward(goalResume)
	s.value("most memory of resuming them", "rss_mb", rowResume, "MB", 100)
	s.toward(goalResume)
	return s
}

// measureResume makes a journal with runs that are to go on, resumes them, and ends that
// after a while.
func (b *bench) measureResume(ctx context.Context) (_ samples, err error) {
	if err := b.built(ctx); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(b.dir, "resume")
	if err != nil {
		return nil, fmt.Errorf("making a folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "runs.db")
	if err := makeOpenRuns(ctx, path, openRuns, strings.Repeat("x", heldBytes)); err != nil {
		return nil, err
	}
	select {
	case <-time.After(time.Second): // their waits are over
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	ctx, cancel := context.WithTimeout(ctx, childLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, b.program(commandRunner), "resume", "--all", "--journal", path, "--log-format", "json") //nolint:gosec // what built gave
	cmd.Env = b.environment()
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return nil, fmt.Errorf("resuming: %w", err)
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("resuming: %w", err)
	}
	first, ended := resumedIn(bufio.NewScanner(stderr), began)
	most, known := load.PeakOf(cmd.Process.Pid) // of itself: what is known of it when it has ended counts this process, too
	cancel()
	_ = cmd.Wait() // it is killed
	if first == 0 {
		return nil, errors.New("resuming: no run has gone on")
	}
	s := figures.Sample{"first_ms": first.Seconds() * 1000, "runs_s": float64(ended) / resumedFor.Seconds()}
	if known {
		s["rss_mb"] = most / 1e6
	}
	return samples{rowResume: s}, nil
}

// resumedIn reads log lines: it gives the time until the first run went on, and how many
// have ended a while after that.
func resumedIn(lines *bufio.Scanner, began time.Time) (first time.Duration, ended int) {
	for lines.Scan() {
		switch text := lines.Text(); {
		case first == 0 && strings.Contains(text, `"went on"`):
			first = time.Since(began)
		case strings.Contains(text, `"flow finished"`):
			ended++
		}
		if first > 0 && time.Since(began) > first+resumedFor {
			return first, ended
		}
	}
	return first, ended
}
