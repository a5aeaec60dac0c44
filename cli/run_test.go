package cli

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/connector"
)

// slow is a connector whose operations say that they began and wait: one until
// it is stopped, the other until it is told to end.
func slow(started chan struct{}) *connector.Connector {
	wait := connector.Op("slow.wait", "Wait until stopped.", func(ctx context.Context, _ struct{}) (struct{}, error) {
		started <- struct{}{}
		<-ctx.Done()
		return struct{}{}, ctx.Err()
	}, connector.WithEffect(connector.EffectReadOnly))
	deaf := connector.Op("slow.deaf", "Wait and do not listen.", func(context.Context, struct{}) (struct{}, error) {
		started <- struct{}{}
		<-started
		return struct{}{}, errors.New("released")
	}, connector.WithEffect(connector.EffectReadOnly))
	return &connector.Connector{Name: "slow", Operations: []*connector.Operation{wait, deaf}}
}

func writeFlow(t *testing.T, steps string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.yaml")
	if err := os.WriteFile(path, []byte("flow: test\nsteps:\n"+steps), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// onTerminal runs the command with a terminal of 80 by 24 on standard error.
func onTerminal(t *testing.T, env map[string]string, args ...string) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	c := Command{
		Connectors: []*connector.Connector{pay()}, Stdout: &stdout, Stderr: &stderr,
		Env:      func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		Terminal: func() (int, int, bool) { return 80, 24, true },
	}
	code := c.Run(t.Context(), args)
	return outcome{code, stdout.String(), stderr.String()}
}

func TestTreeOnTerminal(t *testing.T) {
	path := writeFlow(t, "  - id: list\n    call: pay.list\n")
	const color, mark = "\x1b[32m", "✓"
	tests := []struct {
		name        string
		env         map[string]string
		args        []string
		tree, color bool
	}{
		{"a terminal", nil, nil, true, true},
		{"no color", map[string]string{"NO_COLOR": "1"}, nil, true, false},
		{"a terminal that cannot", map[string]string{"TERM": "dumb"}, nil, false, false},
		{"lines wanted", nil, []string{"--log-format", "json"}, false, false},
		{"a level wanted", nil, []string{"--log-level", "debug"}, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := onTerminal(t, tt.env, append([]string{"run", path}, tt.args...)...)
			if got.Code != 0 || got.Stdout != "null\n" {
				t.Errorf("got %+v", got)
			}
			if tree := strings.Contains(got.Stderr, mark); tree != tt.tree {
				t.Errorf("tree: %v, want %v: %q", tree, tt.tree, got.Stderr)
			}
			if color := strings.Contains(got.Stderr, color); color != tt.color {
				t.Errorf("color: %v, want %v: %q", color, tt.color, got.Stderr)
			}
		})
	}
}

func TestSecondSignalDoesNotWait(t *testing.T) {
	path := writeFlow(t, "  - id: a\n    call: slow.deaf\n")
	started, signals := make(chan struct{}), make(chan os.Signal, 2)
	var stderr bytes.Buffer
	c := Command{Connectors: []*connector.Connector{slow(started)}, Stderr: &stderr, Signals: signals}
	code := make(chan int)
	go func() { code <- c.Run(context.Background(), []string{"run", path, "--log-level", "off"}) }()
	<-started
	for range 3 { // the second waits a little for what is under way, the third does not
		signals <- os.Interrupt
	}
	if got := <-code; got != exitInterrupted {
		t.Errorf("exit code %d, want %d: %s", got, exitInterrupted, stderr.String())
	}
	if !strings.Contains(stderr.String(), "the second signal ended the run") {
		t.Errorf("got %q", stderr.String())
	}
	started <- struct{}{} // so that the run left behind ends
}

func TestCanceledContextFails(t *testing.T) {
	path := writeFlow(t, "  - id: a\n    call: slow.wait\n")
	started := make(chan struct{}, 1)
	ctx, cancel := context.WithCancel(t.Context())
	c := Command{Connectors: []*connector.Connector{slow(started)}}
	code := make(chan int)
	go func() { code <- c.Run(ctx, []string{"run", path}) }()
	<-started
	cancel()
	if got := <-code; got != exitFailed {
		t.Errorf("exit code %d, want %d", got, exitFailed)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestResultThatCannotBeWritten(t *testing.T) {
	path := writeFlow(t, "  - id: list\n    call: pay.list\n")
	var stderr bytes.Buffer
	c := Command{Connectors: []*connector.Connector{pay()}, Stdout: brokenWriter{}, Stderr: &stderr}
	code := c.Run(t.Context(), []string{"run", path, "--log-level", "off"})
	if want := "error: the run is done, but its result cannot be printed: no space left\n"; code != exitFailed || stderr.String() != want {
		t.Errorf("exit code %d, got %q", code, stderr.String())
	}
}

func TestConnectorsThatDoNotFit(t *testing.T) {
	var stderr bytes.Buffer
	c := Command{Connectors: []*connector.Connector{pay(), pay()}, Stderr: &stderr}
	if code := c.Run(t.Context(), []string{"ops"}); code != exitFailed || !strings.Contains(stderr.String(), `two connectors are named "pay"`) {
		t.Errorf("exit code %d, got %q", code, stderr.String())
	}
}
