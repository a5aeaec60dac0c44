package cli

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/testenv"
	"github.com/medlar-flow/medlar/operations/awsapi"
	"github.com/medlar-flow/medlar/schema"
)

func TestMain(m *testing.M) {
	testenv.Clean()
	goleak.VerifyTestMain(m)
}

type chargeIn struct {
	OrderID string        `param:"orderId,required" doc:"Order to charge." example:"o-17" alias:"order"`
	Amount  int64         `param:"amount,required" min:"1" max:"100000" doc:"Amount in the currency's minor unit."`
	Token   schema.Secret `param:"token,required" doc:"Payment token."`
	Note    string        `param:"note" maxLen:"20" default:"none"`
	Kind    string        `param:"kind" enum:"card,cash"`
}

type chargeOut struct {
	Receipt string `param:"receipt" doc:"Receipt number."`
}

func pay() *connector.Connector {
	charge := connector.Op("pay.charge", "Charge an order once.",
		func(context.Context, chargeIn) (chargeOut, error) { return chargeOut{"r-1"}, nil },
		connector.WithAliases("chargeOrder"), connector.WithErrors(connector.ErrorCode{Code: "CardDeclined", Class: connector.ClassDenied}))
	charge.Annotations, charge.URL = connector.Annotations{awsapi.IAM("pay:Charge")}, "https://pay.example/charge"
	list := connector.Op("pay.list", "List charges.",
		func(context.Context, struct{}) ([]string, error) { return nil, nil }, connector.WithEffect(connector.EffectReadOnly))
	return &connector.Connector{Name: "pay", Operations: []*connector.Operation{charge, list}}
}

// outcome is what one run of the command gave.
type outcome struct {
	Code           int
	Stdout, Stderr string
}

func runner(t *testing.T, args ...string) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	c := Command{Connectors: []*connector.Connector{pay()}, Stdout: &stdout, Stderr: &stderr}
	code := c.Run(t.Context(), args)
	return outcome{code, stdout.String(), stderr.String()}
}

// full is an output on which there is no room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no room") }

// What cannot be printed is said so, also by commands that are cobra's.
func TestOutputWithoutRoom(t *testing.T) {
	for _, args := range [][]string{{"version"}, {"completion", "zsh"}, {"functions"}, {"docs"}} {
		var stderr strings.Builder
		c := Command{Connectors: []*connector.Connector{pay()}, Stdout: full{}, Stderr: &stderr}
		if code := c.Run(t.Context(), args); code != 1 || !strings.Contains(stderr.String(), "error: printing") || !strings.Contains(stderr.String(), "no room") {
			t.Errorf("%q: exit code %d, %s", args, code, stderr.String())
		}
	}
}

func TestCommandLineMistakes(t *testing.T) {
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"unknown command", []string{"chek", "x.yaml"}, "error: unknown command \"chek\"\n  help: did you mean \"check\"? the commands are: check, completion, console, docs, doctor, functions, graph, local, mcp, openapi, ops, resume, run, runs, schema, serve, test, version\n"},
		{"unknown command with flags", []string{"--json", "chek"}, "error: unknown flag --json\n  help: runner --help lists the flags\n"},
		{"help of an unknown command", []string{"help", "runn"}, "error: unknown command \"runn\"\n  help: did you mean \"run\"? the commands are: check, completion, console, docs, doctor, functions, graph, local, mcp, openapi, ops, resume, run, runs, schema, serve, test, version\n"},
		{"unknown flag", []string{"run", "x.yaml", "--locla"}, "error: unknown flag --locla\n  help: did you mean \"--local\"?\n"},
		{"unknown short flag", []string{"run", "x.yaml", "-z"}, "error: unknown flag -z\n  help: usage: runner run FLOW [flags]; more with --help\n"},
		{"flag without value", []string{"run", "x.yaml", "--input"}, "error: the flag --input needs a value\n  help: --input file: read inputs from a file, a map in YAML or JSON; - is standard input\n"},
		{"wrong word", []string{"run", "x.yaml", "--output", "xml"}, "error: --output cannot be \"xml\": choose json, yaml, raw or none\n  help: --output json|yaml|raw|none: how the result is printed; raw is text and bytes as they are, all else as JSON\n"},
		{"wrong duration", []string{"run", "x.yaml", "--timeout", "0s"}, "error: --timeout cannot be 0s\n  help: give a time such as 90s or 10m\n"},
		{"no duration", []string{"run", "x.yaml", "--timeout", "1w"}, "error: --timeout cannot be \"1w\": the text is not a duration such as 1m30s or 90d\n  help: --timeout duration: end the run after this duration, such as 90s or 10m\n"},
		{"no shell", []string{"completion", "bsh"}, "error: there are no completions for \"bsh\"\n  help: did you mean \"bash\"? the shells are: bash, fish, powershell, zsh\n"},
		{"no flow", []string{"run"}, "error: which flow?\n  help: usage: runner run FLOW [flags]; more with --help\n"},
		{"two flows", []string{"run", "a", "b"}, "error: one flow at a time, found \"b\" besides\n  help: usage: runner run FLOW [flags]; more with --help\n"},
		{"no flows", []string{"check"}, "error: which flows?\n  help: usage: runner check PATH... [flags]; more with --help\n"},
		{"functions without local", []string{"run", "a", "--functions", "f"}, "error: --functions is about the emulator's functions\n  help: add --local to use the emulator\n"},
		{"local and endpoint", []string{"run", "a", "--local", "--endpoint", "http://x"}, "error: --local and --endpoint exclude each other\n  help: leave one out\n"},
		{"flow outside of the root", []string{"run", "/a/b.yaml", "--root", "/c"}, "error: the flow /a/b.yaml is not below --root /c\n  help: name a folder that holds the flow\n"},
		{"glob without matches", []string{"check", "nothing/*.yaml"}, "error: no flow matches \"nothing/*.yaml\"\n"},
		{"bad glob", []string{"check", "[a"}, "error: the pattern \"[a\" is wrong: syntax error in pattern\n  help: * stands for any characters, ? for one, [ab] for one of these\n"},
		{"unknown operation", []string{"ops", "pay.chrage"}, "error: there is no operation \"pay.chrage\"\n  help: did you mean \"pay.charge\"?\n"},
		{"operation without its connector", []string{"ops", "chargeorder"}, "error: there is no operation \"chargeorder\"\n  help: did you mean \"pay.charge\"?\n"},
		{"unknown connector", []string{"ops", "zzz"}, "error: there is no operation \"zzz\"\n  help: the connectors are: pay\n"},
		{"arguments of version", []string{"version", "x"}, "error: version takes no argument, found \"x\"\n  help: usage: runner version [flags]; more with --help\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(outcome{Code: 2, Stderr: tt.want}, runner(t, tt.args...)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{{}, {"--help"}, {"help", "run"}, {"run", "--help"}, {"ops", "-h"}, {"completion", "bash"}} {
		got := runner(t, args...)
		if got.Code != 0 || got.Stdout == "" || got.Stderr != "" {
			t.Errorf("%v: %+v", args, got)
		}
	}
}

func TestOps(t *testing.T) {
	table := "pay.charge  mutating   Charge an order once.\npay.list    read-only  List charges.\n"
	for _, args := range [][]string{{"ops"}, {"ops", "pay"}, {"ops", "pay."}, {"ops", "PA"}} {
		if diff := cmp.Diff(outcome{Stdout: table}, runner(t, args...)); diff != "" {
			t.Errorf("%v (-want +got)\n%s", args, diff)
		}
	}
	golden(t, "ops-charge.txt", runner(t, "ops", "pay.chargeOrder").Stdout)
	golden(t, "ops.json", runner(t, "ops", "--json").Stdout)
}

func TestCompletion(t *testing.T) {
	got := runner(t, "__complete", "ops", "pay.c")
	if !strings.HasPrefix(got.Stdout, "pay.charge\tCharge an order once.\n") {
		t.Errorf("got %q", got.Stdout)
	}
}

// golden compares with a file of testdata; UPDATE=1 writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got)\n%s", name, diff)
	}
}

func TestExports(t *testing.T) {
	got := exports([]string{"A=http://127.0.0.1:1", "B=it's", "C="})
	if want := "export A=http://127.0.0.1:1\nexport B='it'\\''s'\nexport C=''\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestExpand(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, name := range []string{"a.yaml", "b.yaml", "a.functions.yaml", "functions.yaml", "a.test.yaml", "odd[1].yaml"} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir("folder.yaml", 0o700); err != nil {
		t.Fatal(err)
	}
	got, err := expand([]string{"*.yaml", "a.yaml", "functions.yaml", "missing.yaml"})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"a.yaml", "b.yaml", "odd[1].yaml", "missing.yaml"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	// One that is asked for alone is checked, whatever its name.
	if got, err := expand([]string{"functions.yaml"}); err != nil || len(got) != 1 {
		t.Errorf("got %v, %v", got, err)
	}
}

// Nothing runs before the signals are listened to, which are then those that
// end a run.
func TestListening(t *testing.T) {
	signals := make(chan os.Signal, 2)
	listening := listen(signals)
	defer func() {
		<-listening
		signal.Stop(signals)
	}()
	a := &app{Command: Command{Signals: signals, listening: listening}}
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	last, ended := a.interruptible(t.Context(), func(ctx context.Context) {
		if err = self.Signal(os.Interrupt); err == nil {
			<-ctx.Done()
		}
	})
	if err != nil {
		t.Skip("a process cannot interrupt itself here:", err)
	}
	if last != os.Interrupt || !ended {
		t.Errorf("got %v, %v", last, ended)
	}
}

// heeded fails where something is told before signals are listened to.
type heeded struct {
	t         *testing.T
	listening <-chan struct{}
	cancel    context.CancelFunc
}

func (h heeded) Write(p []byte) (int, error) {
	select {
	case <-h.listening:
	default:
		h.t.Errorf("told before signals are listened to: %s", p)
	}
	h.cancel()
	return len(p), nil
}

// What waits for signals says that it is ready when it listens to them: a shell has
// commands in the background ignore SIGINT until then.
func TestReadyWhenListening(t *testing.T) {
	path := filepath.Join(t.TempDir(), "runs.db")
	for _, args := range [][]string{
		{"local", "--listen", "127.0.0.1:0"},
		{"console", "--listen", "127.0.0.1:0", "--journal", path},
		{"serve", "--listen", "127.0.0.1:0", "--journal", path, writeFlow(t, "  - set: {a: 1}\ntriggers: [{http: GET /x, auth: none}]\n")},
	} {
		t.Run(args[0], func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			signals, listening := make(chan os.Signal, 2), make(chan struct{})
			go func() {
				time.Sleep(100 * time.Millisecond) // in which a command that does not wait says something
				close(listening)
				<-ctx.Done()
				signals <- os.Interrupt
			}()
			out := heeded{t, listening, cancel}
			c := Command{Stdout: out, Stderr: out, Signals: signals, listening: listening}
			c.Run(context.WithoutCancel(ctx), args)
			if ctx.Err() == nil {
				t.Error("it said nothing")
			}
		})
	}
}

func TestInterruptible(t *testing.T) {
	signals := make(chan os.Signal, 2)
	a := &app{Command: Command{Signals: signals}}
	signals <- syscall.SIGTERM
	last, ended := a.interruptible(t.Context(), func(ctx context.Context) { <-ctx.Done() })
	if last != syscall.SIGTERM || !ended || signalCode(last) != 143 {
		t.Errorf("got %v, %v", last, ended)
	}
	release, released := make(chan struct{}), make(chan struct{})
	signals <- syscall.SIGTERM
	signals <- os.Interrupt
	last, ended = a.interruptible(t.Context(), func(context.Context) {
		defer close(released)
		<-release
	})
	if last != os.Interrupt || ended || signalCode(last) != 130 {
		t.Errorf("second signal: got %v, %v", last, ended)
	}
	close(release)
	<-released
}

// A check that takes long ends with the first signal, or with the context: nothing
// is to be undone.
func TestChecksEndWithASignal(t *testing.T) {
	path := writeFlow(t, "  - call: slow.described\n")
	for _, args := range [][]string{{"check", path}, {"run", path}, {"doctor", path}} {
		for name, code := range map[string]int{"SIGINT": exitInterrupted, "SIGTERM": exitTerminated, "the context": exitInterrupted} {
			t.Run(args[0]+" "+name, func(t *testing.T) {
				asked, release := make(chan struct{}), make(chan struct{})
				defer close(release)
				described := &connector.Operation{Name: "slow.described", Describe: func() connector.Shape {
					close(asked)
					<-release
					return connector.Shape{}
				}, Run: func(context.Context, *connector.Call) (any, error) { return nil, nil }}
				signals := make(chan os.Signal, 2)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				go func() {
					<-asked
					switch name {
					case "SIGINT":
						signals <- os.Interrupt
					case "SIGTERM":
						signals <- syscall.SIGTERM
					default:
						cancel()
					}
				}()
				c := Command{Signals: signals, Connectors: []*connector.Connector{{Name: "slow", Operations: []*connector.Operation{described}}}}
				if got := c.Run(ctx, args); got != code {
					t.Errorf("exit code %d, want %d", got, code)
				}
			})
		}
	}
}
