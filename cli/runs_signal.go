package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/schema"
)

func (a *app) signalRunCommand(f *runsFlags) *cobra.Command {
	var key string
	var set []string
	c := &cobra.Command{
		Use:   "signal ID NAME --journal FILE",
		Short: "Give a run a signal that it waits for, or will wait for",
		Long: `Give a run a signal: the value that a wait of its flow is for. The values are
held against what the wait accepts. When the command ends the signal is on disk:
the process that runs the run goes on with it, and a run that nobody runs finds
it when it is resumed. A run takes a signal once: the same values again change
nothing, others are refused.` + a.elsewhere(`
Without --journal it is a run that a server has, and a worker of its has to be
there to take the signal.`),
		Example: a.examples(
			"NAME runs signal 8d0f2c4e-… approval -i approved=true --journal runs.db",
			"NAME runs signal 8d0f2c4e-… /review/approval --key o-17 -i approved=false --journal runs.db",
		) + a.elsewhere("\n"+a.examples("NAME runs signal 8d0f2c4e-… approval -i approved=true")),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return wrong("", "name the run and the signal: runs signal RUN NAME")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.signalRun(c.Context(), f, args[0], args[1], key, set); err != nil {
				return err
			}
			return a.printIfJSON(f, map[string]any{"run": args[0], "signal": args[1]})
		},
	}
	c.Flags().SortFlags = false
	c.Flags().StringVar(&key, "key", "", "the `key` of the signal, where its wait has one")
	c.Flags().StringArrayVarP(&set, "set", "i", nil, "give a value: `name=value`, or name=@file; may be repeated")
	if a.Remote != nil {
		addFlags(c, a.Remote.Flags)
	}
	return c
}

// elsewhere returns a text that is for commands with runs elsewhere alone.
func (a *app) elsewhere(text string) string {
	if a.Remote == nil {
		return ""
	}
	return text
}

// signalRemotely is signalRun for a run elsewhere.
func (a *app) signalRemotely(ctx context.Context, s RemoteSignal, set []string) error {
	s.Env = a.Env
	s.Values = func(flow *flows.Flow) (map[string]any, error) { return a.signalValues(ctx, flow, s.Name, set) }
	return a.signalProblem(a.Remote.Signal(ctx, s), "")
}

func (a *app) signalRun(ctx context.Context, f *runsFlags, run, name, key string, set []string) error {
	reg, err := a.registry()
	if err != nil {
		return err
	}
	switch {
	case f.journal == "" && a.Remote != nil:
		return a.signalRemotely(ctx, RemoteSignal{RunID: run, Name: name, Key: key, Registry: reg}, set)
	case a.isRemote():
		return wrong("leave one out", "--journal is for runs of this machine, and the other flags name a server")
	}
	j, err := a.inspectJournal(f.journal)
	if err != nil {
		return err
	}
	defer j.Close() //nolint:errcheck // the signal is on disk
	flow, err := j.Load(ctx, run, reg)
	if err != nil {
		return a.journalProblem(err, nil, f.journal)
	}
	values, err := a.signalValues(ctx, flow, name, set)
	if err == nil {
		err = j.Signal(ctx, run, reg, name, key, values)
	}
	return a.signalProblem(err, f.journal)
}

// signalValues reads what the command line gives with a signal.
func (a *app) signalValues(ctx context.Context, flow *flows.Flow, signal string, set []string) (map[string]any, error) {
	known := schema.MustNew()
	for _, s := range flow.Signals() {
		if s.Name == signal {
			known = s.Accepts
		}
	}
	values := map[string]any{}
	for _, assignment := range set {
		name, text, err := a.assignment(ctx, known, assignment)
		if err != nil {
			return nil, err
		}
		if values[name], err = flow.ParseSignal(signal, name, text); err != nil {
			return nil, err //nolint:wrapcheck // it says all
		}
	}
	return values, nil
}

// signalProblem says why a run did not take a signal. A signal that no run of the
// flow would take is a mistake of the command line.
func (a *app) signalProblem(err error, journal string) error {
	var refused *report.SignalError
	var said *exitError
	switch {
	case err == nil, errors.As(err, &said):
		return err
	case !errors.As(err, &refused) && journal == "":
		return err
	case !errors.As(err, &refused):
		return a.journalProblem(err, nil, journal)
	case refused.Reason == report.SignalUnknown, refused.Reason == report.SignalInvalid, refused.Reason == report.SignalNeedsKey:
		return wrong("", "%w", refused)
	default:
		return failedBecause("%w", refused)
	}
}
