package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/serve"
)

// Remote carries runs in other processes than the command's: what a program
// such as runner-temporal adds to it. Errors that are neither *report.RunError
// nor *flows.InputError should be made by Wrong or Failed.
type Remote interface {
	// Flags adds the flags that say where.
	Flags(flags *flag.FlagSet)
	// RunFlags adds those of run.
	RunFlags(flags *flag.FlagSet)
	// WorkerFlags adds those of worker.
	WorkerFlags(flags *flag.FlagSet)
	// Chosen reports whether the flags of run ask for a run elsewhere.
	Chosen() bool
	// Start begins a run of a flow; Wait of the handle is called once. The end
	// of ctx ends the request, and not the run.
	Start(ctx context.Context, r RemoteRun) (Handle, error)
	// Attach finds a run that was started before.
	Attach(ctx context.Context, r RemoteRun) (Handle, error)
	// Signal gives a run a signal of its flow, and returns when the run has it. The
	// error is a *report.SignalError where the run does not take it.
	Signal(ctx context.Context, s RemoteSignal) error
	// Restart begins a run anew that ended failed or was canceled. The error is a
	// *journal.RestartError or *journal.RestartedError where that cannot be.
	Restart(ctx context.Context, r RemoteRestart) (Handle, error)
	// Serve returns what has the runs of a server carried elsewhere; close is called
	// when the server has ended.
	Serve(ctx context.Context, s RemoteServe) (carrier serve.Carrier, close func(), err error)
	// Work carries runs until ctx ends.
	Work(ctx context.Context, w RemoteWork) error
}

// RemoteRun is a run that the command line asks for.
type RemoteRun struct {
	ID      string            // of the run to attach to
	Flow    *flows.Flow       // what to run; nil to attach
	Inputs  map[string]any    // as the command line gives them
	Options []flows.RunOption // what the flags say of the run
	// Sandbox is true for --local: the run is for workers with an emulator.
	Sandbox bool
	Env     func(name string) (value string, ok bool) // reads the environment
	Note    func(line string)                         // prints a line for people
}

// RemoteSignal is a signal that the command line gives to a run.
type RemoteSignal struct {
	RunID    string
	Name     string              // of the signal
	Key      string              // of the signal; empty for none
	Registry *connector.Registry // of the operations that the flow calls
	// Values reads the values, as the flow that the run began with types them.
	Values func(flow *flows.Flow) (map[string]any, error)
	Env    func(name string) (value string, ok bool) // reads the environment
}

// RemoteRestart is a restart that the command line asks for.
type RemoteRestart struct {
	RunID    string
	Registry *connector.Registry // of the operations that the flow calls
	// How reads what the command line asks for, with what the run has: its flow, and
	// where its files were; options say where those of another flow are.
	How func(load func() (*flows.Flow, error), origin string) (how journal.Restart, options []flows.RunOption, err error)
	// Options say where the secrets of the flow are.
	Options []flows.RunOption
	Sandbox bool                                      // --local is given
	Planned func(plan *journal.RestartPlan)           // is told what becomes of the run
	Env     func(name string) (value string, ok bool) // reads the environment
}

// RemoteServe is a server whose runs are carried elsewhere.
type RemoteServe struct {
	Registry *connector.Registry // of the operations that flows are checked against
	Sandbox  bool                // --local is given: the runs are for workers with an emulator
	Place    string              // where the flows are served from: their absolute paths
	// Options are those by which answers are made.
	Options []flows.RunOption
	Env     func(name string) (value string, ok bool) // reads the environment
}

// RemoteWork is a worker that the command line asks for.
type RemoteWork struct {
	Registry *connector.Registry   // of the operations that it carries
	Sandbox  *connector.Sandbox    // nil without --local
	Secrets  flows.SecretProvider  // of --secrets-file; nil without
	Listener report.Listener       // writes the log lines
	Observer report.RemoteObserver // of the runs; nil for nobody
	// Ended is told of runs that have ended; nil for nobody.
	Ended   func(run report.Remote, at time.Time, failure *report.RunError)
	Version string                                    // of this build
	Env     func(name string) (value string, ok bool) // reads the environment
	Note    func(line string)                         // prints a line for people
	Stderr  io.Writer                                 // for what is no log line
}

// Wrong is the error of a command line that is wrong: nothing ran. help says
// how to mend it; may be empty.
func Wrong(err error, help string) error { return wrong(help, "%w", err) }

// Says reports whether an error is one of Wrong or Failed, or of the command itself.
func Says(err error) bool {
	var said *exitError
	return errors.As(err, &said)
}

// Failed is an error outside of any flow.
func Failed(err error, help string) error {
	return &exitError{code: exitFailed, err: err, help: help}
}

func (a *app) note(line string) { fmt.Fprintf(a.Stderr, "note: %s\n", printable(line)) }

// remoteFlags adds the flags of run, where there is an elsewhere.
func (a *app) remoteFlags(c *cobra.Command) {
	if a.Remote != nil {
		addFlags(c, a.Remote.Flags, a.Remote.RunFlags)
	}
}

// addFlags adds what each of the functions declares, in its order.
func addFlags(c *cobra.Command, declare ...func(*flag.FlagSet)) {
	for _, add := range declare {
		set := flag.NewFlagSet("", flag.ContinueOnError)
		add(set)
		c.Flags().AddGoFlagSet(set)
	}
}

// isRemote reports whether a run is to be carried elsewhere.
func (a *app) isRemote() bool { return a.Remote != nil && a.Remote.Chosen() }

// checkRemote finds flags that are for runs in this process.
func (a *app) checkRemote(f *runFlags) error {
	switch {
	case !a.isRemote():
		return nil
	case f.journal != "":
		return wrong("leave one out", "--journal is for runs of this process, and this one runs elsewhere")
	case f.secrets != "":
		return wrong("give it to the workers", "--secrets-file is for runs of this process: workers read the secrets of runs elsewhere")
	case f.functions != "":
		return wrong("give it to the workers", "--functions is for runs of this process: workers start the emulators of runs elsewhere")
	}
	return nil
}

// runRemotely is runFlow elsewhere.
func (a *app) runRemotely(ctx context.Context, flow *flows.Flow, inputs map[string]any, options []flows.RunOption, r *reporter) error {
	if folder, err := filepath.Abs(r.file.folder); err == nil {
		options = append(options, flows.WithOrigin(folder))
	}
	return a.carry(ctx, options, r, func(ctx context.Context, options ...flows.RunOption) (Handle, error) {
		return a.Remote.Start(ctx, RemoteRun{
			Flow: flow, Inputs: inputs, Options: options, Sandbox: r.flags.local, Env: a.Env, Note: a.note,
		})
	})
}

func (a *app) attachCommand() *cobra.Command {
	f := newRunFlags()
	c := &cobra.Command{
		Use:   "attach RUN",
		Short: "Wait for a run that was started elsewhere",
		Long: `Wait for a run that run started elsewhere, and print its result. Ctrl-C cancels
the run, a request to terminate leaves it alone.`,
		Example: a.examples("NAME attach 8d0f2c4e-…"),
		Args:    oneArg("run"),
		RunE: func(c *cobra.Command, args []string) error {
			f.logged(c)
			reg, err := a.registry()
			if err != nil {
				return err
			}
			r := &reporter{app: a, registry: reg, flags: f, file: &flowFile{folder: "."}, far: true}
			return a.carry(c.Context(), nil, r, func(ctx context.Context, _ ...flows.RunOption) (Handle, error) {
				return a.Remote.Attach(ctx, RemoteRun{ID: args[0], Env: a.Env, Note: a.note})
			})
		},
	}
	c.Flags().SortFlags = false
	addFlags(c, a.Remote.Flags)
	f.registerResult(c)
	return c
}

func (a *app) workerCommand() *cobra.Command {
	f := newRunFlags()
	var address string
	c := &cobra.Command{
		Use:   "worker",
		Short: "Carry runs that are started elsewhere",
		Long: `Carry runs that run starts elsewhere: make this process a worker. A signal
ends it; operations under way come to their end first, and what does not in
time is started again by another worker.`,
		Example: a.examples("NAME worker --secrets-file secrets.yaml"),
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			f.logged(c)
			if f.functions != "" && !f.local {
				return wrong("add --local to use the emulator", "--functions is about the emulator's functions")
			}
			return a.work(c.Context(), f, address)
		},
	}
	flags := c.Flags()
	flags.SortFlags = false
	addFlags(c, a.Remote.Flags, a.Remote.WorkerFlags)
	f.registerLocal(c)
	f.registerSecrets(c)
	flags.StringVar(&address, "metrics", "", "`address` at which GET /metrics answers, for Prometheus; without a host this machine alone. Nothing listens unless it is given")
	flags.Var(f.logFormat, "log-format", "format of the log lines")
	flags.Var(f.logLevel, "log-level", "log lines down to this level")
	complete(c, "log-format", f.logFormat.of...)
	complete(c, "log-level", f.logLevel.of...)
	return c
}

// metrics answers with what a worker counts, until done is called.
func (a *app) metrics(ctx context.Context, address string, w *RemoteWork) (done func(), err error) {
	if address == "" {
		return func() {}, nil
	}
	l, err := listenOn(ctx, "--metrics", here(address))
	if err != nil {
		return nil, err
	}
	m := serve.NewRunMetrics()
	lines := w.Listener
	w.Listener, w.Ended = func(e report.Event) { lines(e); m.Listen(e) }, m.Ended
	server := &http.Server{Handler: m, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(l) })
	a.heed()
	a.note("metrics at http://" + l.Addr().String() + "/metrics")
	return func() { _ = server.Close(); serving.Wait() }, nil
}

func (a *app) work(ctx context.Context, f *runFlags, address string) error {
	a.heap.small()
	reg, err := a.registry()
	if err != nil {
		return err
	}
	f.lines = true
	r := &reporter{app: a, registry: reg, flags: f, file: &flowFile{folder: "."}}
	r.sent = a.telemetry(a.note)
	defer r.sent.end()
	r.start()
	w := RemoteWork{Registry: reg, Listener: flows.LogEvents(r.log), Observer: r.sent.Remote(), Version: buildVersion(), Env: a.Env, Note: a.note, Stderr: a.Stderr}
	if w.Secrets, err = a.allSecrets(ctx, f.secrets); err != nil {
		return err
	}
	if f.local {
		sandbox, err := a.startSandbox(ctx, "", f)
		if err != nil {
			return err
		}
		defer sandbox.close()
		w.Sandbox = &sandbox.Sandbox
	}
	done, err := a.metrics(ctx, address, &w)
	if err != nil {
		return err
	}
	defer done()
	s, ended := a.interruptible(ctx, func(ctx context.Context) { err = a.Remote.Work(ctx, w) })
	if !ended {
		a.complain("the second signal ended the worker before what was under way", "")
		return silently(signalCode(s))
	}
	return err
}
