package cli

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows/journal"
)

// runsFlags are the flags of `runs` and the commands below it.
type runsFlags struct {
	journal string
	state   string
	flow    string
	limit   int
	asJSON  bool
}

func (a *app) runsCommand() *cobra.Command {
	f := &runsFlags{}
	c := &cobra.Command{
		Use:   "runs --journal FILE",
		Short: "The durable runs of a journal",
		Long: `List the durable runs of a journal, the latest first. The commands below show
one, give it a signal, cancel it, check the journal and delete old runs. All of them work while
another process runs the runs.`,
		Example: a.examples(
			"NAME runs --journal runs.db --state failed",
			"NAME runs show 8d0f2c4e-… --journal runs.db",
			"NAME runs signal 8d0f2c4e-… approval -i approved=true --journal runs.db",
			"NAME runs prune --older-than 720h --journal runs.db",
		),
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.listRuns(c, f) },
	}
	c.PersistentFlags().StringVar(&f.journal, "journal", "", "`file` of the journal")
	c.PersistentFlags().BoolVar(&f.asJSON, "json", false, "print JSON")
	flags := c.Flags()
	flags.StringVar(&f.state, "state", "", "only those in a `state`: "+strings.Join(stateNames(), ", "))
	flags.StringVar(&f.flow, "flow", "", "only those of the flow of this `name`")
	flags.IntVar(&f.limit, "limit", 50, "show at most this `number`; 0 for all")
	complete(c, "state", stateNames()...)
	c.AddCommand(a.showRunCommand(f), a.signalRunCommand(f), a.cancelRunCommand(f), a.verifyRunsCommand(f), a.pruneRunsCommand(f))
	return c
}

func stateNames() []string {
	var names []string
	for _, s := range journal.States() {
		names = append(names, string(s))
	}
	return names
}

func (a *app) listRuns(c *cobra.Command, f *runsFlags) error {
	if f.state != "" && !isState(f.state) {
		return wrong(diag.Suggest(f.state, stateNames(), "the states are"), "--state cannot be %q", f.state)
	}
	j, err := a.inspectJournal(f.journal)
	if err != nil {
		return err
	}
	defer j.Close() //nolint:errcheck // it was only read
	list, err := j.Runs(c.Context(), journal.Filter{State: journal.State(f.state), Flow: f.flow, Limit: f.limit})
	if err != nil {
		return failedBecause("%w", err)
	}
	if f.asJSON {
		out := make([]any, len(list))
		for i, r := range list {
			out[i] = runValue(r)
		}
		return a.printJSON(out)
	}
	w := tabwriter.NewWriter(a.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tSTATE\tFLOW\tSTARTED\tTOOK")
	for _, r := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", printable(r.ID), printable(string(r.State)), printable(r.Flow), clock(r.Started), took(r.Started, r.Ended))
	}
	if err := w.Flush(); err != nil {
		return failedBecause("printing runs: %w", err)
	}
	return nil
}

func isState(name string) bool {
	for _, s := range journal.States() {
		if string(s) == name {
			return true
		}
	}
	return false
}

func runValue(r journal.Run) map[string]any {
	v := map[string]any{"id": r.ID, "flow": r.Flow, "state": string(r.State), "startedAt": r.Started, "endedAt": nil}
	if !r.Ended.IsZero() {
		v["endedAt"] = r.Ended
	}
	return v
}

func (a *app) printJSON(v any) error {
	text, err := encodeJSON(v)
	if err == nil {
		_, err = fmt.Fprint(a.Stdout, text)
	}
	if err != nil {
		return failedBecause("printing: %w", err)
	}
	return nil
}

// clock returns a time as lists show it.
func clock(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}

// took returns the time between two moments; "-" where one is not known.
func took(from, to time.Time) string {
	if from.IsZero() || to.IsZero() {
		return "-"
	}
	return to.Sub(from).Round(time.Millisecond).String()
}
