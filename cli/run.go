package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
)

// runFlags are the flags of `run`.
type runFlags struct {
	inputs    inputFlags
	local     bool
	functions string
	runID     string
	timeout   time.Duration
	region    string
	profile   string
	endpoint  string
	root      string
	secrets   string
	journal   string
	// acceptLoss is resume's.
	acceptLoss bool
	reveal     bool
	strict     bool
	output     *choice
	logFormat  *choice
	logLevel   *choice
	// lines is true where a log was asked for, so that no tree is drawn;
	// jsonOnly where whoever reads it wants nothing but JSON.
	lines, jsonOnly bool
}

func (a *app) runCommand() *cobra.Command {
	f := newRunFlags()
	c := &cobra.Command{
		Use:   "run FLOW",
		Short: "Check a flow and run it",
		Long: `Check a flow and run it. Nothing runs where the check finds a mistake. The flow
- is read from standard input.

The result goes to standard output, everything else to standard error: on a
terminal a tree of the steps, otherwise log lines. Ctrl-C ends the run and
undoes what it did; a second Ctrl-C does not wait for that, and lists what is
still to be undone.

With --journal every result is on disk before the next step starts. A run that
the end of the process interrupts, also by a request to terminate, goes on with
resume.`,
		Example: a.examples(
			"NAME run release.yaml -i functionName=orders -i version=3",
			"NAME run release.yaml --input inputs.json -i notes=@notes.txt",
			"NAME run release.yaml --local | jq .alias",
			"NAME run release.yaml --journal runs.db",
		),
		Args: oneArg("flow"),
		RunE: func(c *cobra.Command, args []string) error {
			f.logged(c)
			if err := f.check(c); err != nil {
				return err
			}
			if err := a.checkRemote(f); err != nil {
				return err
			}
			return a.runFlow(c.Context(), args[0], f)
		},
		ValidArgsFunction: completeFlows,
	}
	f.register(c)
	completeFlag(c, "set", a.completeInputs)
	completeFlag(c, "journal", completeJournals)
	a.remoteFlags(c)
	return c
}

func newRunFlags() *runFlags {
	return &runFlags{
		output:    newChoice("json", "json", "yaml", "raw", "none"),
		logFormat: newChoice("json", "json", "console"),
		logLevel:  newChoice("info", "debug", "info", "warn", "error", "off"),
	}
}

// logged notes whether a log was asked for.
func (f *runFlags) logged(c *cobra.Command) {
	f.jsonOnly = c.Flags().Changed("log-format") && f.logFormat.value == "json" && f.logLevel.value != "off"
	f.lines = c.Flags().Changed("log-format") || c.Flags().Changed("log-level")
}

func (f *runFlags) register(c *cobra.Command) {
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringArrayVarP(&f.inputs.set, "set", "i", nil, "give an input: `name=value`, or name=@file; may be repeated")
	flags.StringVar(&f.inputs.file, "input", "", "read inputs from a `file`, a map in YAML or JSON; - is standard input")
	f.registerLocal(c)
	flags.StringVar(&f.region, "region", "", "AWS `region` of connections that name none")
	flags.StringVar(&f.profile, "profile", "", "AWS `profile` of connections that name none")
	flags.StringVar(&f.endpoint, "endpoint", "", "AWS endpoint `URL` of connections that name none")
	durationFlag(flags, &f.timeout, "timeout", 0, "end the run after this `duration`, such as 90s or 10m")
	flags.StringVar(&f.runID, "run-id", "", "`name` of the run (default a random one)")
	flags.StringVar(&f.root, "root", "", "`folder` that the flow may read files from (default the folder of the flow)")
	f.registerSecrets(c)
	flags.StringVar(&f.journal, "journal", "", "write the run down in a `file`, so that it survives the end of the process")
	flags.BoolVar(&f.strict, "strict", false, "take warnings of the check for errors")
	f.registerResult(c)
}

func (f *runFlags) registerLocal(c *cobra.Command) {
	flags := c.Flags()
	flags.BoolVar(&f.local, "local", false, "use an AWS emulator on this machine instead of AWS")
	flags.StringVar(&f.functions, "functions", "",
		"`file` with the emulator's functions (default FLOW.functions.yaml, else functions.yaml beside the flow)")
}

func (f *runFlags) registerSecrets(c *cobra.Command) {
	c.Flags().StringVar(&f.secrets, "secrets-file", "", "read the flow's secrets from a `file`, a map in YAML or JSON")
}

// registerRoot is for commands that read many flows.
func (f *runFlags) registerRoot(c *cobra.Command) {
	c.Flags().StringVar(&f.root, "root", "", "`folder` that the flows may read files from (default the folder of each)")
}

// registerLog is for commands that log, and do nothing else on standard error.
func (f *runFlags) registerLog(c *cobra.Command) {
	c.Flags().Var(f.logFormat, "log-format", "format of the log lines on standard error")
	c.Flags().Var(f.logLevel, "log-level", "level down to which lines are logged")
	complete(c, "log-format", f.logFormat.of...)
	complete(c, "log-level", f.logLevel.of...)
}

func (f *runFlags) registerResult(c *cobra.Command) {
	flags := c.Flags()
	flags.Var(f.output, "output", "how the result is printed; raw is text and bytes as they are, all else as JSON")
	flags.BoolVar(&f.reveal, "reveal", false, "print secrets in the result as they are")
	flags.Var(f.logFormat, "log-format", "log lines instead of the tree, in this format")
	flags.Var(f.logLevel, "log-level", "log lines instead of the tree, down to this level")
	for name, values := range map[string]*choice{"output": f.output, "log-format": f.logFormat, "log-level": f.logLevel} {
		complete(c, name, values.of...)
	}
}

// check finds flags that do not go together.
func (f *runFlags) check(c *cobra.Command) error {
	switch {
	case c.Flags().Changed("journal") && f.journal == "":
		return wrong("name a file, or leave --journal out for a run that ends with the process", "--journal is empty")
	case c.Flags().Changed("timeout") && f.timeout <= 0:
		return wrong("give a time such as 90s or 10m", "--timeout cannot be %s", f.timeout)
	case f.functions != "" && !f.local:
		return wrong("add --local to use the emulator", "--functions is about the emulator's functions")
	case f.local && f.endpoint != "":
		return wrong("leave one out", "--local and --endpoint exclude each other")
	case f.inputs.file == "-" && c.Flags().Arg(0) == "-":
		return wrong("give one of them a file", "the flow and --input are both to come from standard input")
	case f.local && f.profile != "":
		return wrong("leave one out", "--local and --profile exclude each other: the emulator has credentials of its own")
	}
	return nil
}

// runFlow is the command: check, read the inputs, run, print.
func (a *app) runFlow(ctx context.Context, path string, f *runFlags) error {
	reg, err := a.registry()
	if err != nil {
		return err
	}
	file, err := a.openFlow(ctx, path, f.root)
	if err != nil {
		return err
	}
	defer file.close() //nolint:errcheck // it was only read
	flow, err := a.checked(ctx, file, reg, f.strict)
	if err != nil {
		return err
	}
	inputs, err := a.inputs(ctx, flow, f.inputs)
	if err != nil {
		return err
	}
	options, err := f.options(a, reg)
	if err != nil {
		return err
	}
	secrets, err := a.secretsFile(ctx, flow, f.secrets)
	if err != nil {
		return err
	}
	options = append(options, secrets...)
	if a.isRemote() {
		r := &reporter{app: a, registry: reg, flags: f, file: file, far: true}
		return a.runRemotely(ctx, flow, inputs, options, r)
	}
	if f.local {
		sandbox, err := a.startSandbox(ctx, path, f)
		if err != nil {
			return err
		}
		defer sandbox.close()
		options = append(options, flows.WithSandbox(sandbox.Sandbox))
	}
	r := &reporter{app: a, registry: reg, flags: f, file: file}
	if f.journal != "" {
		return a.runDurably(ctx, flow, inputs, options, r)
	}
	if len(flow.Signals()) > 0 {
		a.note("the flow waits for signals, and nothing can give this run one: with --journal FILE, runs signal does")
	}
	return a.carry(ctx, options, r, func(ctx context.Context, options ...flows.RunOption) (Handle, error) {
		return begun(flow.Start(ctx, inputs, options...))
	})
}

// checked loads a flow and prints what the check has to say.
func (a *app) checked(ctx context.Context, file *flowFile, reg *connector.Registry, strict bool) (*flows.Flow, error) {
	flow, found, err := a.load(ctx, file, reg)
	if err != nil {
		return nil, err
	}
	if found == nil {
		found = flow.Warnings()
	}
	if found == nil {
		return flow, nil
	}
	if err := file.print(a.Stderr, found); err != nil {
		return nil, failedBecause("%w", err)
	}
	switch {
	case flow == nil:
		return nil, silently(exitWrong)
	case strict:
		return nil, wrong("silence a warning with # medlar:ignore and its rule on the line", "--strict takes warnings for errors: nothing ran")
	}
	return flow, nil
}

func (f *runFlags) options(a *app, reg *connector.Registry) ([]flows.RunOption, error) {
	options := []flows.RunOption{flows.WithEnv(a.Env), flows.WithTimeout(f.timeout)}
	if f.runID != "" {
		options = append(options, flows.WithRunID(f.runID))
	}
	params := map[string]any{}
	for name, value := range map[string]string{"region": f.region, "profile": f.profile, "endpoint": f.endpoint} {
		if value == "" {
			continue
		}
		if err := checkConnectionParam(reg, name, value); err != nil {
			return nil, err
		}
		params[name] = value
	}
	if len(params) > 0 {
		options = append(options, flows.WithConnectionDefaults(awsFamily, params))
	}
	return options, nil
}

// awsFamily is the connection that every AWS connector falls back to.
const awsFamily = "aws"

// checkConnectionParam lets the connectors say whether a value is possible
// before anything runs.
func checkConnectionParam(reg *connector.Registry, name, value string) error {
	for _, c := range reg.Connectors() {
		field := c.Connection.Field(name)
		if c.Family != awsFamily || field == nil {
			continue
		}
		if _, err := field.Convert(value); err != nil {
			return wrong(field.Description, "--%s: %w", name, err)
		}
	}
	return nil
}

// carry starts a run, waits for it while a reporter shows it, and prints how it
// ended.
func (a *app) carry(
	ctx context.Context, options []flows.RunOption, r *reporter,
	start func(ctx context.Context, options ...flows.RunOption) (Handle, error),
) error {
	if !r.far {
		r.sent = a.telemetry(a.note)
		defer r.sent.end()
		options = append(options, r.sent.options()...)
	}
	r.start()
	options = append(options, flows.WithListener(r.listener()), flows.WithGoroutines(a.goroutines.run))
	var runs stopper
	if r.far { // the end of ctx is not the run's
		defer context.AfterFunc(ctx, func() { runs.signal(Handle.Cancel) })()
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := func(s os.Signal) {
		switch {
		case r.far:
			cancel() // the request to start it, which is all that is here
			runs.signal(stopDurably(s))
		case r.flags.journal != "":
			runs.signal(stopDurably(s))
		default:
			cancel()
		}
	}
	var result *flows.Result
	var h Handle
	var err error
	twice := false
	s, ended := a.watch(stop, func() { twice = true; runs.signal(Handle.Interrupt) }, func() {
		if h, err = start(ctx, options...); err == nil {
			result, err = runs.wait(h)
		}
	})
	r.stop()
	switch {
	case !ended:
		return a.left(runs.owed(), s, r)
	case err != nil && twice:
		return a.failedTwice(err, owedBy(h), s, r)
	case err != nil:
		return a.failed(err, s, r)
	}
	return a.printResult(result, r.flags)
}

// left says what a second signal left undone of a run that did not end in time.
func (a *app) left(owed []string, s os.Signal, r *reporter) error {
	if r.far {
		a.complain("the second signal ended the waiting: the run goes on without it, and undoes what it did", "attach waits for it again")
		return silently(signalCode(s))
	}
	help := ""
	if r.flags.journal != "" {
		help = a.Name + " resume --all --journal " + r.flags.journal + " goes on with it"
	}
	a.complain("the second signal ended the run before it could undo what it did", help)
	return a.listOwed(owed, s)
}

// failedTwice is failed for a run that a second signal ended: also one that can
// be resumed says what it would undo then.
func (a *app) failedTwice(err error, owed []string, s os.Signal, r *reporter) error {
	failure := a.failed(err, s, r)
	var interrupted *journal.InterruptedError
	if !errors.As(err, &interrupted) {
		return failure
	}
	return a.listOwed(owed, s)
}

// listOwed prints what is still to be undone and chooses the exit code.
func (a *app) listOwed(owed []string, s os.Signal) error {
	if len(owed) == 0 {
		return silently(signalCode(s))
	}
	var b block
	b.list("not undone", owed)
	fmt.Fprint(a.Stderr, b.String())
	return silently(exitNotUndone)
}

// failed prints why a run failed and chooses the exit code.
func (a *app) failed(err error, s os.Signal, r *reporter) error {
	var inputs *report.InputError
	if errors.As(err, &inputs) {
		return a.wrongInputs(inputs)
	}
	var problem *exitError
	if errors.As(err, &problem) {
		if s != nil && problem.code == exitFailed {
			a.complain(problem.Error(), problem.help)
			return silently(signalCode(s))
		}
		return err
	}
	if r.flags.journal != "" {
		if problem := a.journalProblem(err, s, r.flags.journal); problem != nil {
			return problem
		}
	}
	e := report.AsRunError(err)
	e.Place = r.file.shown(e.Place)
	r.failure(e)
	return silently(codeOf(e, s))
}

// codeOf is the exit code of a run that failed, or that a signal ended; nil of one
// that is done.
func codeOf(e *report.RunError, s os.Signal) int {
	switch {
	case e == nil:
		return exitDone
	case len(e.NotUndone) > 0 || len(e.UndoErrors) > 0:
		return exitNotUndone
	case s != nil:
		return signalCode(s)
	default:
		return exitFailed
	}
}

func (a *app) printResult(result *flows.Result, f *runFlags) error {
	value := result.Shown
	if f.reveal {
		value = result.Output
	}
	text, err := encodeResult(value, f.output.value)
	if err != nil {
		return failedBecause("the run is done, but its result cannot be printed: %w", err)
	}
	if _, err := fmt.Fprint(a.Stdout, text); err != nil {
		return failedBecause("the run is done, but its result cannot be printed: %w", err)
	}
	return nil
}
