package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/medlar-flow/medlar/internal/bench/figures"
)

// childVariable in the environment makes this program a child: it reads an
// order from its standard input, does it, and answers on its standard output.
const childVariable = "MEDLAR_BENCH_CHILD"

// order says what a child is to do.
type order struct {
	Role     string        `json:"role"`
	Client   string        `json:"client,omitempty"`
	Work     string        `json:"work,omitempty"`
	AtOnce   int           `json:"atOnce,omitempty"`
	Warm     time.Duration `json:"warm,omitempty"`
	For      time.Duration `json:"for,omitempty"`
	Steps    []int         `json:"steps,omitempty"` // sizes of flows
	Stub     string        `json:"stub,omitempty"`  // address
	StubPID  int           `json:"stubPid,omitempty"`
	Dir      string        `json:"dir,omitempty"`     // for files; the parent removes it
	Profile  string        `json:"profile,omitempty"` // file for a CPU profile; empty for none
	Traced   bool          `json:"traced,omitempty"`  // spans are sent to the stub
	Settings []string      `json:"-"`                 // more environment, such as GOGC=off
}

// samples are what was measured by row.
type samples map[string]figures.Sample

// childLimit ends a child that hangs.
const childLimit = 3 * time.Minute

// environment is the same for every child: nothing of the caller's, so that
// neither its AWS settings nor its garbage collector's change what is measured.
func (b *bench) environment(more ...string) []string {
	env := []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + b.dir, "TMPDIR=" + b.dir, "AWS_EC2_METADATA_DISABLED=true",
	}
	for _, name := range []string{"SYSTEMROOT", "GOCOVERDIR"} { // Windows needs the first, a test that counts coverage the second
		if v := os.Getenv(name); v != "" {
			env = append(env, name+"="+v)
		}
	}
	return append(append(env, keys()...), more...)
}

// child is a process that was given an order. The pipe to its standard input
// stays open: when this process ends, however, the pipe closes and the child
// ends too.
type child struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *bufio.Reader
	stderr bytes.Buffer
}

func (b *bench) start(ctx context.Context, o order) (*child, error) {
	return b.startProgram(ctx, b.exe, o)
}

// startProgram starts this program, or another that does such orders.
func (b *bench) startProgram(ctx context.Context, exe string, o order) (*child, error) {
	c := &child{cmd: exec.CommandContext(ctx, exe)} //nolint:gosec // it is this program itself, or one that it built
	c.cmd.Env = b.environment(append(o.Settings, childVariable+"=1")...)
	c.cmd.Stderr = &c.stderr
	text, err := json.Marshal(o)
	if err != nil {
		return nil, fmt.Errorf("writing an order: %w", err)
	}
	if c.stdin, err = c.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("starting a child: %w", err)
	}
	stdout, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("starting a child: %w", err)
	}
	c.stdout = bufio.NewReader(stdout)
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting a child: %w", err)
	}
	if _, err := c.stdin.Write(append(text, '\n')); err != nil {
		return nil, errors.Join(fmt.Errorf("giving a child its order: %w", err), c.end())
	}
	return c, nil
}

// answer reads one line of JSON.
func (c *child) answer(into any) error {
	line, err := c.stdout.ReadBytes('\n')
	if err != nil {
		return errors.New("it gave no answer")
	}
	return json.Unmarshal(line, into) //nolint:wrapcheck // the caller does
}

// end tells the child to end and waits for it.
func (c *child) end() error {
	_ = c.stdin.Close()
	if err := c.cmd.Wait(); err != nil {
		return fmt.Errorf("%w: %s", err, bytes.TrimSpace(c.stderr.Bytes()))
	}
	return nil
}

// ask starts a child, waits for its answer and its end.
func (b *bench) ask(ctx context.Context, o order) (samples, error) {
	return b.askProgram(ctx, b.exe, o)
}

// askProgram asks this program, or another that does such orders.
func (b *bench) askProgram(ctx context.Context, exe string, o order) (samples, error) {
	ctx, cancel := context.WithTimeout(ctx, childLimit)
	defer cancel()
	if o.Stub == "" {
		o.Stub, o.StubPID = b.stub, b.stubPID
	}
	dir, err := os.MkdirTemp(b.dir, "child")
	if err != nil {
		return nil, fmt.Errorf("making a folder: %w", err)
	}
	defer os.RemoveAll(dir)
	o.Dir = dir
	c, err := b.startProgram(ctx, exe, o)
	if err != nil {
		return nil, err
	}
	var got samples
	err = c.answer(&got)
	if ended := c.end(); ended != nil {
		err = ended // says why there is no answer
	}
	if err != nil {
		return nil, fmt.Errorf("measuring %s %s: %w", o.Role, o.Client, err)
	}
	return got, nil
}

// listening is the stub's answer.
type listening struct{ Address string }

// startStub starts the stub as a process of its own. end ends it.
func (b *bench) startStub(ctx context.Context) (end func() error, err error) {
	c, err := b.start(ctx, order{Role: roleStub})
	if err != nil {
		return nil, err
	}
	var at listening
	if err := c.answer(&at); err != nil {
		return nil, errors.Join(fmt.Errorf("starting the stub: %w", err), c.end())
	}
	b.stub, b.stubPID = at.Address, c.cmd.Process.Pid
	return c.end, nil
}
