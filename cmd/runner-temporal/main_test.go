package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/cli"
	"github.com/medlar-flow/medlar/cli/temporal"
	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/devserver"
	"github.com/medlar-flow/medlar/internal/testenv"
	"github.com/medlar-flow/medlar/operations"
	"github.com/medlar-flow/medlar/operations/sources"
	"github.com/medlar-flow/medlar/schema"
)

// commandVariable makes this test program the command; callsVariable names the
// file in which the operations write down their calls.
const (
	commandVariable = "MEDLAR_TEST_COMMAND"
	callsVariable   = "MEDLAR_TEST_CALLS"
)

func TestMain(m *testing.M) {
	if os.Getenv(commandVariable) == "" {
		testenv.Clean()
		os.Exit(m.Run())
	}
	command := cli.Command{Connectors: append(operations.All(), probe()), EventSources: sources.All(), Remote: temporal.New()}
	os.Exit(command.Main(context.Background(), os.Args))
}

type stepIn struct {
	Name  string        `param:"name"`
	For   time.Duration `param:"for"`
	Fail  bool          `param:"fail"`
	Value any           `param:"value"`
	After []string      `param:"after"` // it ends when these were called
}

type loginIn struct {
	Password schema.Secret `param:"password"`
}

type loginOut struct {
	Token schema.Secret `param:"token"`
	User  string        `param:"user"`
}

// probe is a connector whose operations write a line for each call: the name
// and the process.
func probe() *connector.Connector {
	step := func(ctx context.Context, in stepIn) (any, error) {
		if err := note(in.Name); err != nil {
			return nil, err
		}
		select {
		case <-time.After(in.For):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if err := behind(ctx, in.After); err != nil {
			return nil, err
		}
		if in.Fail {
			return nil, &connector.Error{Code: "Broken", Class: connector.ClassConflict, Message: "as asked"}
		}
		return in.Value, nil
	}
	login := func(_ context.Context, in loginIn) (loginOut, error) {
		return loginOut{Token: schema.Secret("token-of-" + in.Password.Reveal()), User: "ada"}, nil
	}
	return &connector.Connector{Name: "probe", Operations: []*connector.Operation{
		connector.Op("probe.step", "Write a line.", step),
		connector.Op("probe.read", "Read.", step, connector.WithEffect(connector.EffectReadOnly)),
		connector.Op("probe.login", "Log in.", login),
	}}
}

// behind waits until some names were called.
func behind(ctx context.Context, names []string) error {
	for {
		called := calledIn(os.Getenv(callsVariable))
		missing := slices.ContainsFunc(names, func(name string) bool { return !slices.Contains(called, name) })
		if !missing || ctx.Err() != nil {
			return ctx.Err()
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func note(name string) error { return noteIn(os.Getenv(callsVariable), name) }

func noteIn(path, name string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = fmt.Fprintf(f, "%s %d\n", name, os.Getpid())
	return err
}

// bench is a server with what the commands of a test need.
type bench struct {
	t      *testing.T
	server *devserver.Server
	folder string
	env    []string
	queue  []string // the flag for a task queue of its own; empty for the usual one
}

func newBench(t *testing.T, server *devserver.Server, env ...string) *bench {
	t.Helper()
	folder := t.TempDir()
	return &bench{t: t, server: server, folder: folder, env: append([]string{
		commandVariable + "=1", callsVariable + "=" + filepath.Join(folder, "calls"), "TEMPORAL_ADDRESS=" + server.Address,
		"AWS_EC2_METADATA_DISABLED=true",
	}, env...)}
}

// parallel has a test that mostly waits do so beside others, with workers of its own.
func (b *bench) parallel() *bench {
	b.queue = []string{"--task-queue", b.t.Name()}
	b.t.Parallel()
	return b
}

func testKey(first byte) string {
	return base64.StdEncoding.EncodeToString(append([]byte{first}, make([]byte, 31)...))
}

func keyed() string { return "MEDLAR_TEMPORAL_KEY=" + testKey(1) }

// child is a process of the command.
// patience is how long tests wait for what comes: for ever, on a machine that is not stuck.
const patience = 5 * time.Minute

type child struct {
	*exec.Cmd
	out, err bytes.Buffer
	done     chan struct{}
	failed   error
}

func (b *bench) start(args ...string) *child {
	b.t.Helper()
	c := &child{Cmd: exec.Command(os.Args[0], args...), done: make(chan struct{})}
	c.Dir = b.folder
	c.Env = append(os.Environ(), b.env...)
	c.Stdout, c.Stderr = &c.out, &c.err
	if err := c.Start(); err != nil {
		b.t.Fatal(err)
	}
	go func() {
		defer close(c.done)
		c.failed = c.Wait()
	}()
	b.t.Cleanup(func() {
		_ = c.Process.Kill()
		<-c.done
	})
	return c
}

// code waits for the end of the process and gives its exit code.
func (c *child) code(t *testing.T) int {
	t.Helper()
	select {
	case <-c.done:
	case <-time.After(patience):
		t.Fatalf("%v does not end:\n%s", c.Args[1:], c.err.String())
	}
	var exit *exec.ExitError
	if errors.As(c.failed, &exit) {
		return exit.ExitCode()
	}
	return 0
}

func (b *bench) worker(args ...string) *child {
	return b.start(slices.Concat([]string{"worker"}, b.queue, args)...)
}

// flow writes a flow and gives its path.
func (b *bench) flow(text string) string {
	b.t.Helper()
	path := filepath.Join(b.folder, "flow.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
	return path
}

func (b *bench) run(path string, args ...string) *child {
	return b.start(slices.Concat([]string{"run", path, "--temporal", b.server.Address}, b.queue, args)...)
}

// must runs a flow that succeeds, and gives its result.
func (b *bench) must(path string, args ...string) string {
	b.t.Helper()
	c := b.run(path, args...)
	if code := c.code(b.t); code != 0 {
		b.t.Fatalf("exit code %d:\n%s", code, c.err.String())
	}
	return c.out.String()
}

// calls returns the names that were called.
func (b *bench) calls() []string { return calledIn(filepath.Join(b.folder, "calls")) }

func calledIn(path string) []string {
	text, _ := os.ReadFile(path)
	var names []string
	for line := range strings.Lines(string(text)) {
		name, _, _ := strings.Cut(line, " ")
		names = append(names, name)
	}
	return names
}

// called writes down calls as if operations had made them.
func (b *bench) called(names ...string) {
	b.t.Helper()
	for _, name := range names {
		if err := noteIn(filepath.Join(b.folder, "calls"), name); err != nil {
			b.t.Fatal(err)
		}
	}
}

// await waits until a step was called.
func (b *bench) await(name string) {
	b.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		for _, called := range b.calls() {
			if called == name {
				return
			}
		}
	}
	b.t.Fatalf("%s was not called: %v", name, b.calls())
}

func interrupt(t *testing.T, c *child) {
	t.Helper()
	if err := c.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
}
