package cli

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/schema"
)

func (a *app) deleteRunCommand(f *runsFlags) *cobra.Command {
	var unfinished bool
	c := &cobra.Command{
		Use:   "delete ID --journal FILE",
		Short: "Delete a run that has ended",
		Long: `Delete a run that has ended, with its records. A run that can be resumed stays,
unless --unfinished is there: then nobody goes on with it, and nothing of what
it did is undone. To have that undone, cancel it and resume it.`,
		Args: oneArg("run"),
		RunE: func(c *cobra.Command, args []string) error {
			j, err := a.deleting(f, unfinished)
			if err != nil {
				return err
			}
			defer j.Close() //nolint:errcheck // it is on disk
			err = j.Delete(c.Context(), args[0], unfinished)
			var running *journal.RunningError
			var state *journal.StateError
			switch {
			case errors.As(err, &running):
				return wrong("cancel it first: "+a.Name+" runs cancel "+args[0]+" --journal "+f.journal, "%w", err)
			case errors.As(err, &state):
				return wrong("resume it, or delete it with --unfinished: nothing of what it did is undone then", "run %s can be resumed", args[0])
			case err != nil:
				return a.journalProblem(err, nil, f.journal)
			}
			return a.printDeleted(f, 1)
		},
	}
	c.Flags().BoolVar(&unfinished, "unfinished", false, "also delete a run that could be resumed, and undo nothing")
	return c
}

// deleting opens a journal to delete a run: one that has not ended must become
// this process's first.
func (a *app) deleting(f *runsFlags, unfinished bool) (*journal.Journal, error) {
	j, err := a.inspectJournal(f.journal)
	if err != nil || !unfinished {
		return j, err
	}
	_ = j.Close()
	return a.openJournal(f.journal)
}

func (a *app) keepRunsCommand(f *runsFlags) *cobra.Command {
	var k journal.Keeping
	var state string
	var forget bool
	c := &cobra.Command{
		Use:   "keep DURATION --journal FILE",
		Short: "Say how long runs that have ended are kept",
		Long: `Say how long runs that have ended are kept, from now on: a duration such as 720h,
or forever. Of several that are said, the one for a run's flow and state counts,
then that for its flow, then that for its state, then that for all. Whoever runs
flows on the journal deletes what is kept no longer, every ten minutes and at its
end. stats lists what is said.`,
		Example: a.examples(
			"NAME runs keep 720h --journal runs.db",
			"NAME runs keep 24h --state done --flow heartbeat --journal runs.db",
			"NAME runs keep --forget --state done --flow heartbeat --journal runs.db",
		),
		Args: func(c *cobra.Command, args []string) error {
			if forget {
				return noArgs(c, args)
			}
			return oneArg("duration")(c, args)
		},
		RunE: func(c *cobra.Command, args []string) error {
			if err := checkState(state, endedStates()); err != nil {
				return err
			}
			k.State = journal.State(state)
			if !forget {
				var err error
				if k.For, err = keptAs(args[0]); err != nil {
					return err
				}
			}
			j, err := a.inspectJournal(f.journal)
			if err != nil {
				return err
			}
			defer j.Close() //nolint:errcheck // it is on disk
			if forget {
				err = j.ForgetKeeping(c.Context(), k.Flow, k.State)
			} else {
				err = j.Keep(c.Context(), k)
			}
			if err != nil {
				return failedBecause("%w", err)
			}
			said := map[string]any{"flow": k.Flow, "state": string(k.State), "for": nil}
			if !forget {
				said["for"] = keptText(k)
			}
			return a.printIfJSON(f, said)
		},
	}
	flags := c.Flags()
	flags.StringVar(&k.Flow, "flow", "", "for runs of the flow of this `name`")
	flags.StringVar(&state, "state", "", "for runs that ended in a `state`: "+strings.Join(endedStates(), ", "))
	flags.BoolVar(&forget, "forget", false, "take back what was said for this flow and state")
	complete(c, "state", endedStates()...)
	return c
}

func keptAs(text string) (time.Duration, error) {
	if text == "forever" {
		return journal.Forever, nil
	}
	age, err := schema.ParseDuration(text)
	if err != nil || age < 0 {
		return 0, wrong("give a time such as 30d or 720h, or forever", "runs cannot be kept %q", text)
	}
	return age, nil
}

func (a *app) statsCommand(f *runsFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "stats --journal FILE",
		Short: "Say how large a journal is, and how long runs are kept",
		Args:  noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			j, err := a.inspectJournal(f.journal)
			if err != nil {
				return err
			}
			defer j.Close() //nolint:errcheck // it was only read
			s, err := j.Stats(c.Context())
			if err != nil {
				return failedBecause("%w", err)
			}
			if f.asJSON {
				return a.printJSON(statsValue(s))
			}
			return a.printStats(s)
		},
	}
}

func statsValue(s *journal.Stats) map[string]any {
	runs := map[string]any{}
	for _, state := range journal.States() {
		runs[string(state)] = s.Runs[state]
	}
	keep := make([]any, len(s.Keepings))
	for i, k := range s.Keepings {
		keep[i] = map[string]any{"flow": k.Flow, "state": string(k.State), "for": keptText(k), "atLeast": k.Least}
	}
	v := map[string]any{
		"bytes": s.Size, "freeBytes": s.Free, "runs": runs, "programs": s.Programs, "processes": s.Processes, "keep": keep, "oldest": nil,
	}
	if !s.Oldest.IsZero() {
		v["oldest"] = s.Oldest
	}
	return v
}

func keptText(k journal.Keeping) string {
	if k.For > foreverFrom {
		return "forever"
	}
	return k.For.String()
}

// foreverFrom is the age from which on runs are kept without an end: a century.
const foreverFrom = 100 * 365 * 24 * time.Hour

func (a *app) printStats(s *journal.Stats) error {
	var b block
	b.row("size", fmt.Sprintf("%s, of which %s are free", sizeText(s.Size), sizeText(s.Free)))
	total := int64(0)
	for _, state := range journal.States() {
		total += s.Runs[state]
	}
	b.row("runs", strconv.FormatInt(total, 10))
	for _, state := range journal.States() {
		if n := s.Runs[state]; n > 0 {
			b.line("    " + string(state) + " " + strconv.FormatInt(n, 10))
		}
	}
	b.row("oldest", clock(s.Oldest))
	b.row("programs", strconv.FormatInt(s.Programs, 10))
	b.row("processes", strconv.FormatInt(s.Processes, 10))
	for _, k := range s.Keepings {
		b.row("kept", keptText(k)+keptOf(k))
	}
	if _, err := fmt.Fprint(a.Stdout, b.String()); err != nil {
		return failedBecause("printing: %w", err)
	}
	return nil
}

// keptOf says which runs are kept so long.
func keptOf(k journal.Keeping) string {
	text := ""
	if k.Least {
		text = " at least"
	}
	if k.State != "" {
		text += ", where they are " + string(k.State)
	}
	if k.Flow != "" {
		text += ", of flow " + printable(k.Flow)
	}
	return text
}

// sizeText returns a number of bytes as people read it.
func sizeText(n int64) string {
	const kib = 1 << 10
	if n < kib {
		return strconv.FormatInt(n, 10) + " bytes"
	}
	size, unit := float64(n)/kib, "KiB"
	for _, next := range []string{"MiB", "GiB", "TiB"} {
		if size < kib {
			break
		}
		size, unit = size/kib, next
	}
	return strconv.FormatFloat(size, 'f', 1, 64) + " " + unit
}
