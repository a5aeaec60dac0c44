package cli

import (
	"context"
	"errors"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
)

// restartFlags are the flags of `runs restart` beside those of `resume`.
type restartFlags struct {
	*runFlags
	from, flow     string
	again, results []string

	all    bool
	with   string // the file, with --all, where --flow names a flow
	dryRun bool
	which  runsFlags
}

func (a *app) restartRunCommand(all *runsFlags) *cobra.Command {
	f := &restartFlags{runFlags: newRunFlags()}
	c := &cobra.Command{
		Use:   "restart [ID] --journal FILE",
		Short: "Begin a run anew that failed or was canceled, from a step",
		Long: `Begin a run that ended failed or canceled anew from a step, as a new run: ID.2.
What the run did before that step is read from its records and kept, and nothing
of it is called; from the step on all runs. Beside it, in other branches and items,
what ended well is kept, the rest runs. Without --from it is the step that failed.

A step that happened, or may have, and was not undone has the idempotency key that
it had, and is not made with other parameters. Where something cannot be kept the
command says what, why, and from which step the run can begin, and ends with exit
code 2: nothing ran.

With --all every run begins anew that failed and that the flags find, as those of
runs do, 20 at a time; without such a flag nothing is begun. Those that were
restarted already are left out, those that are refused are listed, and the exit
code is the worst of all. --dry-run shows what would become of each.` + a.elsewhere(`

Without --journal it is a run that a server has, and a worker of its has to be
there, to read what the run did from its history.`),
		Example: a.examples(
			"NAME runs restart 8d0f2c4e-… --journal runs.db",
			"NAME runs restart 8d0f2c4e-… --from /items[17]/answer --journal runs.db",
			"NAME runs restart 8d0f2c4e-… --flow release.yaml -i version=4 --journal runs.db",
			"NAME runs restart 8d0f2c4e-… --result charge=@answer.json --journal runs.db",
			"NAME runs restart --all --flow release --code Timeout --since 24h --dry-run --journal runs.db",
		),
		Args: func(c *cobra.Command, args []string) error {
			if err := f.checkAll(c, args); err != nil || f.all {
				return err
			}
			return oneArg("run")(c, args)
		},
		ValidArgsFunction: a.completeRuns(journal.Failed, journal.Canceled),
		RunE: func(c *cobra.Command, args []string) error {
			f.journal = all.journal
			f.logged(c)
			switch {
			case f.all:
				f.which.journal, f.which.asJSON = all.journal, all.asJSON
				return a.restartAll(c.Context(), f)
			case all.asJSON:
				return wrong("leave it out: a run that begins anew prints its output, as --output says; --json is for --all", "--json is not for a single run")
			case f.journal == "" && a.Remote != nil:
				return a.restartRemotely(c.Context(), args[0], f)
			case a.isRemote():
				return wrong("leave one out", "--journal is for runs of this machine, and the other flags name a server")
			}
			return a.restartRun(c.Context(), args[0], f)
		},
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.from, "from", "", "the `step` from which on all runs: its path, or its id where that is one place")
	flags.StringVar(&f.flow, "flow", "", "go on with this flow `file` in place of the one that the run began with; with --all the name of the flow whose runs begin anew")
	flags.StringArrayVarP(&f.inputs.set, "set", "i", nil, "give an input another value: `name=value`, or name=@file; may be repeated")
	flags.StringArrayVar(&f.again, "again", nil, "make this `step` with atMostOnce once more, though it happened or may have; may be repeated")
	flags.StringArrayVar(&f.results, "result", nil, "what a step gave, which then does not run again: `step=@file` or step=value, in JSON; may be repeated")
	f.registerAll(c)
	f.registerLocal(c)
	f.registerSecrets(c)
	f.registerResult(c)
	if a.Remote != nil {
		addFlags(c, a.Remote.Flags)
	}
	return c
}

// restartRemotely is restartRun for a run elsewhere.
func (a *app) restartRemotely(ctx context.Context, id string, f *restartFlags) error {
	if f.functions != "" {
		return wrong("give it to the workers", "--functions is for runs of this process: workers start the emulators of runs elsewhere")
	}
	reg, err := a.registry()
	if err != nil {
		return err
	}
	r := &reporter{app: a, registry: reg, flags: f.runFlags, file: &flowFile{folder: "."}, far: true}
	defer func() {
		if r.file.close != nil {
			_ = r.file.close() // it was only read
		}
	}()
	secrets, err := a.allSecrets(ctx, f.secrets)
	if err != nil {
		return err
	}
	restart := RemoteRestart{RunID: id, Registry: reg, Sandbox: f.local, Planned: a.noteRestart, Env: a.Env, Options: []flows.RunOption{flows.WithEnv(a.Env)}}
	if secrets != nil {
		restart.Options = append(restart.Options, flows.WithSecrets(secrets))
	}
	restart.How = func(load func() (*flows.Flow, error), origin string) (journal.Restart, []flows.RunOption, error) {
		r.file = &flowFile{folder: origin}
		return a.restartHow(ctx, load, reg, f, r)
	}
	return a.carry(ctx, nil, r, func(ctx context.Context, _ ...flows.RunOption) (Handle, error) {
		h, err := a.Remote.Restart(ctx, restart)
		if err != nil {
			return nil, a.restartProblem(err, "")
		}
		return h, nil
	})
}

func (a *app) restartRun(ctx context.Context, id string, f *restartFlags) error {
	j, reg, err := a.resuming(f.runFlags)
	if err != nil {
		return err
	}
	defer j.Close() //nolint:errcheck // everything is on disk
	d, err := j.Show(ctx, id)
	if err != nil {
		return a.journalProblem(err, nil, f.journal)
	}
	r := &reporter{app: a, registry: reg, flags: f.runFlags, file: &flowFile{folder: d.Origin}}
	defer func() {
		if r.file.close != nil {
			_ = r.file.close() // it was only read
		}
	}()
	load := func() (*flows.Flow, error) { return d.Load(reg) }
	how, origin, err := a.restartHow(ctx, load, reg, f, r)
	if err != nil {
		return err
	}
	options, done, err := a.resumeOptions(ctx, d, reg, f.runFlags)
	if err != nil {
		return err
	}
	defer done()
	plan, err := j.PlanRestart(ctx, id, reg, how, append(options, origin...)...)
	if err != nil {
		return a.restartProblem(err, f.journal)
	}
	a.noteRestart(plan)
	return a.carry(ctx, nil, r, func(ctx context.Context, listen ...flows.RunOption) (Handle, error) {
		return begun(plan.Start(ctx, listen...))
	})
}

// noteRestart says what becomes of the run that is restarted.
func (a *app) noteRestart(plan *journal.RestartPlan) {
	from := "where it was stopped"
	if plan.From != "" {
		from = plan.From
	}
	a.note("run " + plan.Of + " begins anew from " + from + ", as run " + plan.RunID)
	if len(plan.Owed) > 0 {
		a.note("it takes over what run " + plan.Of + " could not undo: " + strings.Join(plan.Owed, ", "))
	}
	if len(plan.Stays) > 0 {
		a.note("what the handler did stays: " + strings.Join(plan.Stays, ", "))
	}
}

// restartHow reads what the command line asks for.
func (a *app) restartHow(
	ctx context.Context, load func() (*flows.Flow, error), reg *connector.Registry, f *restartFlags, r *reporter,
) (how journal.Restart, options []flows.RunOption, err error) {
	how = journal.Restart{From: f.from, Again: f.again}
	var flow *flows.Flow
	switch {
	case f.flow != "":
		file, err := a.openFlow(ctx, f.flow, "")
		if err != nil {
			return how, nil, err
		}
		r.file = file // restartRun closes it
		if flow, err = a.checked(ctx, file, reg, false); err != nil {
			return how, nil, err
		}
		how.Flow = flow
		if folder, err := filepath.Abs(file.folder); err == nil {
			options = append(options, flows.WithOrigin(folder))
		}
	case len(f.inputs.set) > 0:
		if flow, err = load(); err != nil {
			return how, nil, failedBecause("the program of the run is not accepted: %w", err)
		}
	}
	if len(f.inputs.set) > 0 {
		if how.Inputs, err = a.inputs(ctx, flow, f.inputs); err != nil {
			return how, nil, err
		}
	}
	how.Results, err = a.stepResults(ctx, f.results)
	return how, options, err
}

// stepResults reads what steps gave.
func (a *app) stepResults(ctx context.Context, list []string) (map[string]any, error) {
	results := map[string]any{}
	for _, assignment := range list {
		step, text, found := strings.Cut(assignment, "=")
		if !found || step == "" {
			return nil, wrong("write --result step=@file, or --result step=value", "--result is no assignment")
		}
		text, err := a.assigned(ctx, "--result "+step, text)
		if err != nil {
			return nil, err
		}
		v, err := value.DecodeOnce([]byte(text))
		var twice *value.TwiceError
		if errors.As(err, &twice) {
			return nil, wrong("", "--result %s: %w", step, err)
		}
		if err != nil {
			return nil, wrong("text stands in quotes", "--result %s is no JSON: %w", step, err)
		}
		results[step] = v
	}
	return results, nil
}

// restartProblem says why a run is not restarted: nothing ran.
func (a *app) restartProblem(err error, path string) error {
	var (
		refused   *journal.RestartError
		restarted *journal.RestartedError
		diverged  *journal.DivergedError
		inputs    *report.InputError
		state     *journal.StateError
	)
	switch {
	case errors.As(err, &refused):
		help := refused.Help
		if refused.Latest != "" {
			help = "the latest step from which it can begin: --from " + refused.Latest
		}
		return wrong(help, "%w", refused)
	case errors.As(err, &restarted) && path == "":
		return wrong(a.Name+" runs restart "+restarted.Next, "%w", restarted)
	case errors.As(err, &restarted):
		return wrong(a.Name+" runs restart "+restarted.Next+" --journal "+path, "%w", restarted)
	case errors.As(err, &diverged):
		return wrong("begin a new run", "%w", diverged)
	case errors.As(err, &inputs):
		return a.wrongInputs(inputs)
	case errors.As(err, &state) && state.State == journal.Interrupted:
		return wrong("go on with it: "+a.Name+" resume "+state.RunID+" --journal "+path, "%w", state)
	}
	if path == "" {
		return err
	}
	return a.journalProblem(err, nil, path)
}
