package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/internal/bench/figures"
	"github.com/medlar-flow/medlar/internal/bench/load"
)

// temporalVariable names the program with Temporal's development server. Without it
// the sections about Temporal have no figures.
const temporalVariable = "MEDLAR_TEMPORAL"

// The rows of the sections about Temporal.
const (
	rowHand   = "hand"
	rowWorker = "worker"
)

// temporalSection measures runs of three activities, with those who start them and
// the worker in one process, beside a workflow of the same three that is written by
// hand.
func temporalSection(atOnce int) *section {
	s := callSection("temporal", "Three activities on Temporal", atOnce)
	for i, c := range s.Columns {
		switch c.Metric {
		case "calls_s":
			s.Columns[i].Header = "runs/s"
		case "stub_us":
			s.Columns[i].Header = "server CPU µs"
		}
	}
	s.addCaller(rowHand, "workflow by hand", order{Client: rowHand}, (*bench).askTemporal)
	s.addCaller(clientFlow, "flow", order{Client: clientFlow}, (*bench).askTemporal)
	atLeast := 1.3
	if atOnce == 1 {
		atLeast = 1
	}
	s.ratio("runs/s", "calls_s", clientFlow, rowHand, figures.Goal{AtLeast: atLeast, Number: goalTemporal})
	s.ratio("CPU", "cpu_us", clientFlow, rowHand, figures.Goal{})
	s.ratio("server CPU", "stub_us", clientFlow, rowHand, figures.Goal{})
	return s
}

// temporalWorkerSection measures the memory of a worker while runs that somebody
// else starts keep it busy.
func temporalWorkerSection() *section {
	s := &section{Section: figures.Section{
		Name: "temporal-worker", Title: "A worker on Temporal, 40 runs at once",
		Columns: []figures.Column{
			{Metric: "rss_mb", Header: "most resident MB"},
			{Metric: "anonymous_mb", Header: "of it not pages of files MB"},
			{Metric: "begin_mb", Header: "most in the first 15 seconds MB"},
		},
	}}
	s.add(rowWorker, "runner-temporal worker", func(ctx context.Context, b *bench, _ int) (samples, error) { return b.measureTemporalWorker(ctx) })
	s.add(rowHand, "worker by hand", func(ctx context.Context, b *bench, _ int) (samples, error) { return b.measureHandWorker(ctx) })
	s.value("most memory of a worker", "rss_mb", rowWorker, "MB", 35)
	s.toward(goalTemporal)
	s.value("most memory of a worker by hand", "rss_mb", rowHand, "MB", 0)
	s.value("most memory of a worker in its first 15 seconds", "begin_mb", rowWorker, "MB", 0)
	s.value("most memory of a worker by hand in its first 15 seconds", "begin_mb", rowHand, "MB", 0)
	s.value("of a worker's, what is not pages of files", "anonymous_mb", rowWorker, "MB", 0)
	s.value("of that by hand, what is not pages of files", "anonymous_mb", rowHand, "MB", 0)
	return s
}

// temporalServer is a server that runs for as long as the bench.
type temporalServer struct {
	address string
	pid     int
	stop    func() // nil until it runs
}

// end ends a server that runs.
func (t *temporalServer) end() {
	if t != nil && t.stop != nil {
		t.stop()
		t.stop = nil
	}
}

// longer is how many windows runs on Temporal are measured: one alone sees some
// twenty of them.
const longer = 3

// askTemporal measures runs on the server, by the program that has the client; nothing
// where there is no server.
func (b *bench) askTemporal(ctx context.Context, o order) (samples, error) {
	server, err := b.temporalServer(ctx)
	if server == nil {
		return nil, err
	}
	folder := temporalProgram
	if strings.HasPrefix(o.Client, rowHand) {
		folder = byHandProgram
	}
	exe, err := b.build(ctx, folder)
	if err != nil {
		return nil, err
	}
	o.Stub, o.StubPID, o.Warm, o.For = server.address, server.pid, longer*o.Warm, longer*o.For
	return b.askProgram(ctx, exe, o)
}

// temporalServer starts the server, once. It is nil where no program is named.
func (b *bench) temporalServer(ctx context.Context) (*temporalServer, error) {
	if b.temporal != nil && b.temporal.stop != nil {
		return b.temporal, nil
	}
	program := os.Getenv(temporalVariable)
	if program == "" {
		if !b.unable[temporalVariable] {
			b.unable[temporalVariable] = true
			fmt.Fprintf(b.notes, "nothing is measured on Temporal: set %s to the path of Temporal's command\n", temporalVariable)
		}
		return nil, nil
	}
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	ctx, cancel := context.WithCancel(ctx)
	// The development server looks for new tasks 20 times a second unless it is told
	// otherwise, and more often the more shards a real one has.
	cmd := exec.CommandContext(ctx, program, "server", "start-dev", "--headless", "--ip", "127.0.0.1", "--port", strconv.Itoa(port), //nolint:gosec // whom the user names
		"--log-level", "never", "--dynamic-config-value", "history.transferProcessorMaxPollRPS=1000",
		"--dynamic-config-value", "system.enableActivityEagerExecution=true")
	cmd.Env = b.environment("TEMPORAL_VERSION_CHECK_DISABLED=1")
	if err := cmd.Start(); err != nil {
		cancel()
		return nil, fmt.Errorf("starting a server of Temporal: %w", err)
	}
	b.temporal.address, b.temporal.pid, b.temporal.stop = address, cmd.Process.Pid, func() {
		cancel()
		_ = cmd.Wait() // it is killed
	}
	if err := b.awaitServer(ctx, program, address); err != nil {
		b.temporal.end()
		return nil, err
	}
	return b.temporal, nil
}

func freePort(ctx context.Context) (int, error) {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("looking for a free port: %w", err)
	}
	defer ln.Close() //nolint:errcheck // it only showed the port
	return ln.Addr().(*net.TCPAddr).Port, nil
}

// awaitServer waits until the server knows its namespace.
func (b *bench) awaitServer(ctx context.Context, program, address string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		cmd := exec.CommandContext(ctx, program, "operator", "namespace", "describe", "default", "--address", address) //nolint:gosec // as above
		cmd.Env = b.environment()
		err := cmd.Run()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the server of Temporal does not start: %w", errors.Join(ctx.Err(), err))
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// measureTemporalWorker gives the most memory that runner-temporal's worker has while
// runs keep it busy.
func (b *bench) measureTemporalWorker(ctx context.Context) (samples, error) {
	server, err := b.temporalServer(ctx)
	if server == nil {
		return nil, err
	}
	worker, err := b.build(ctx, commandTemporal)
	if err != nil {
		return nil, err
	}
	working, stop := context.WithCancel(ctx)
	cmd := exec.CommandContext(working, worker, "worker", "--temporal", server.address, "--task-queue", "away", "--log-level", "error") //nolint:gosec // what was built
	cmd.Env = b.environment()
	if err := cmd.Start(); err != nil {
		stop()
		return nil, fmt.Errorf("starting a worker: %w", err)
	}
	s, err := b.busy(ctx, cmd.Process.Pid, "flow-away")
	stop()
	_ = cmd.Wait() // it is killed
	return samples{rowWorker: s}, err
}

// measureHandWorker gives the same of a worker that somebody wrote by hand.
func (b *bench) measureHandWorker(ctx context.Context) (samples, error) {
	server, err := b.temporalServer(ctx)
	if server == nil {
		return nil, err
	}
	exe, err := b.build(ctx, byHandProgram)
	if err != nil {
		return nil, err
	}
	c, err := b.startProgram(ctx, exe, order{Client: "hand-worker", AtOnce: 1, Warm: childLimit, Stub: server.address})
	if err != nil {
		return nil, err
	}
	s, err := b.busy(ctx, c.cmd.Process.Pid, "hand-away")
	_ = c.end() // it says that it was ended
	return samples{rowHand: s}, err
}

// busy lets a client start runs that a worker carries, and gives the most memory that
// the worker has meanwhile.
func (b *bench) busy(ctx context.Context, worker int, client string) (figures.Sample, error) {
	s := figures.Sample{}
	watched := make(chan struct{})
	measured, done := context.WithCancel(ctx)
	go func() {
		defer close(watched)
		b.watchMemory(measured, worker, s)
	}()
	_, err := b.askTemporal(ctx, order{Client: client, Role: roleCalls, AtOnce: 40, Warm: b.pace.settle / longer, For: b.pace.window})
	done()
	<-watched
	return s, err
}

// watchMemory notes the most that a process has from when it has given back what it
// needed once, and before.
func (b *bench) watchMemory(ctx context.Context, pid int, s figures.Sample) {
	began := time.Now()
	pause := time.NewTicker(50 * time.Millisecond)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		}
		all, anonymous, ok := load.ResidentOf(pid)
		switch {
		case !ok:
		case time.Since(began) < b.pace.settle:
			s["begin_mb"] = max(s["begin_mb"], all/1e6)
		case all/1e6 > s["rss_mb"]:
			s["rss_mb"], s["anonymous_mb"] = all/1e6, anonymous/1e6
		}
	}
}
