package cli

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/medlar-flow/medlar/flows/journal"
)

func (a *app) repairRunsCommand(f *runsFlags) *cobra.Command {
	var accept bool
	c := &cobra.Command{
		Use:   "repair --journal FILE",
		Short: "Go on with a journal of which what was written last is damaged",
		Long: `Say what is left of a journal of which what was written last cannot be read, and
which runs that concerns. With --accept-loss that is kept, and what cannot be read
is dropped: runs that have not ended and may have been in it are refused by resume
until its own --accept-loss, all others go on as they were.

Nobody else may use the journal. Copy it first: cp FILE FILE-wal FILE.witness FOLDER`,
		Example: a.examples(
			"NAME runs repair --journal runs.db",
			"NAME runs repair --journal runs.db --accept-loss",
		),
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if f.journal == "" {
				return wrong("name the file that was given to run", "--journal is missing")
			}
			found, err := journal.Repair(c.Context(), f.journal, accept)
			switch {
			case errors.Is(err, fs.ErrNotExist):
				return wrong("", "there is no journal %s", f.journal)
			case err != nil:
				return failedBecause("%w", err)
			}
			return a.repaired(f, found, accept)
		},
	}
	c.Flags().BoolVar(&accept, "accept-loss", false, "keep what can be read, and drop the rest")
	return c
}

// repaired tells what was found, and what became of it.
func (a *app) repaired(f *runsFlags, found *journal.Repaired, accept bool) error {
	damaged := len(found.Damage) > 0
	switch {
	case f.asJSON:
		if err := a.printJSON(map[string]any{
			"damage": listOf(found.Damage), "repaired": damaged && accept, "unsure": listOf(found.Unsure),
			"gaps": listOf(found.Gaps), "lost": listOf(found.Lost), "unnamed": found.Unnamed,
		}); err != nil {
			return err
		}
	case !damaged:
		fmt.Fprintln(a.Stdout, "nothing is damaged")
	default:
		a.printRepaired(found)
	}
	if !damaged || accept {
		return nil
	}
	a.complain("what was written last is damaged, and nothing was changed",
		"put back a copy from before, or copy the files and go on without that: "+a.Name+" runs repair --journal "+f.journal+" --accept-loss")
	return silently(exitFailed)
}

func (a *app) printRepaired(found *journal.Repaired) {
	for _, line := range found.Damage {
		fmt.Fprintf(a.Stdout, "damaged: %s\n", printable(line))
	}
	for _, list := range []struct {
		ids  []string
		text string
	}{
		{found.Unsure, "may have lost the last of its records; resume refuses it without --accept-loss"},
		{found.Gaps, "has ended, and records are missing"},
		{found.Lost, "has lost its beginning, and nothing of it is kept"},
	} {
		for _, id := range list.ids {
			fmt.Fprintf(a.Stdout, "run %s %s\n", printable(id), list.text)
		}
	}
	if found.Unnamed > 0 {
		fmt.Fprintf(a.Stdout, "%s more, whose names are not known, of which nothing is left\n", plural(found.Unnamed, "run"))
	}
	fmt.Fprintln(a.Stdout, "all other runs are as they were")
}

// listOf is a list for JSON, which is never null.
func listOf(texts []string) []string { return append([]string{}, texts...) }
