package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/internal/value"
)

func (a *app) cancelRunCommand(f *runsFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "cancel ID --journal FILE",
		Short: "Cancel a run: it stops and undoes what it did",
		Long: `Cancel a run. The process that runs it stops it and undoes what it did; a run
that was interrupted does so when it is resumed.`,
		Args:              oneArg("run"),
		ValidArgsFunction: a.completeRuns(journal.Running, journal.Interrupted),
		RunE: func(c *cobra.Command, args []string) error {
			j, err := a.inspectJournal(f.journal)
			if err != nil {
				return err
			}
			defer j.Close() //nolint:errcheck // the request is on disk
			if err := j.Cancel(c.Context(), args[0]); err != nil {
				return a.journalProblem(err, nil, f.journal)
			}
			return a.printIfJSON(f, map[string]any{"run": args[0]})
		},
	}
}

func (a *app) verifyRunsCommand(f *runsFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "verify --journal FILE",
		Short: "Read everything in a journal and say what is damaged",
		Args:  noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			j, err := a.inspectJournal(f.journal)
			if err != nil {
				return err
			}
			defer j.Close() //nolint:errcheck // it was only read
			problems, n, err := j.Verify(c.Context())
			if f.asJSON && err == nil {
				err = a.printVerified(problems, n)
			}
			for _, problem := range problems {
				a.complain(problem.Error(), "")
			}
			switch {
			case err != nil:
				return failedBecause("%w", err)
			case len(problems) > 0:
				return silently(exitFailed)
			case f.asJSON:
				return nil
			}
			fmt.Fprintf(a.Stdout, "%s, nothing is damaged\n", plural(n, "run"))
			return nil
		},
	}
}

// printVerified prints how many runs were read, and what of them is damaged.
func (a *app) printVerified(problems []error, runs int) error {
	damage := []string{}
	for _, problem := range problems {
		damage = append(damage, problem.Error())
	}
	return a.printJSON(map[string]any{"runs": runs, "damage": damage})
}

// printIfJSON prints what --json asks for of a command that says nothing else.
func (a *app) printIfJSON(f *runsFlags, v map[string]any) error {
	if !f.asJSON {
		return nil
	}
	return a.printJSON(v)
}

// keptFor is how long runs that ended are kept, unless prune is told otherwise.
const keptFor = 30 * 24 * time.Hour

func (a *app) pruneRunsCommand(f *runsFlags) *cobra.Command {
	var age time.Duration
	var flow, state string
	c := &cobra.Command{
		Use:   "prune --journal FILE",
		Short: "Delete runs that ended long ago",
		Long: `Delete the runs that ended longer ago than --older-than. Runs that can be
resumed stay. The file does not shrink: what is free is used again. To have it
done from now on, see keep.`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if age < 0 {
				return wrong("give a time such as 720h", "--older-than cannot be %s", age)
			}
			if err := checkState(state, endedStates()); err != nil {
				return err
			}
			j, err := a.inspectJournal(f.journal)
			if err != nil {
				return err
			}
			defer j.Close() //nolint:errcheck // it is on disk
			which := journal.Pruning{Before: a.Now().Add(-age), Flow: flow, State: journal.State(state)}
			n, err := j.PruneSome(c.Context(), which)
			if err != nil {
				return failedBecause("%w", err)
			}
			if err := a.printDeleted(f, n); err != nil {
				return err
			}
			return a.noteHeld(c.Context(), j, which)
		},
	}
	flags := c.Flags()
	durationFlag(flags, &age, "older-than", keptFor, "delete what ended before this `duration`")
	flags.StringVar(&flow, "flow", "", "only runs of the flow of this `name`")
	flags.StringVar(&state, "state", "", "only runs that ended in a `state`: "+strings.Join(endedStates(), ", "))
	complete(c, "state", endedStates()...)
	return c
}

// printDeleted says how many runs were deleted.
func (a *app) printDeleted(f *runsFlags, n int64) error {
	if f.asJSON {
		return a.printJSON(map[string]any{"deleted": n})
	}
	if _, err := fmt.Fprintf(a.Stdout, "deleted %s\n", plural(int(n), "run")); err != nil {
		return failedBecause("printing: %w", err)
	}
	return nil
}

// noteHeld says which runs prune has left, and why.
func (a *app) noteHeld(ctx context.Context, j *journal.Journal, which journal.Pruning) error {
	held, err := j.Held(ctx, which)
	if err != nil {
		return failedBecause("%w", err)
	}
	for _, flow := range value.SortedKeys(held) {
		a.note(fmt.Sprintf("kept %s of the flow %s: it is served, and their names are the keys of requests that may come again; runs stats says how long, runs delete deletes one all the same",
			plural(int(held[flow]), "run"), flow))
	}
	return nil
}

func endedStates() []string {
	return []string{string(journal.Done), string(journal.Failed), string(journal.Canceled)}
}
