package cli

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/internal/schedule"
)

// runsFlags are the flags of `runs` and the commands below it.
type runsFlags struct {
	journal string
	asJSON  bool
	find    journal.Filter
	state   string
	labels  []string
	since   string
	until   string
}

func (a *app) runsCommand() *cobra.Command {
	f := &runsFlags{}
	c := &cobra.Command{
		Use:   "runs --journal FILE",
		Short: "The durable runs of a journal",
		Long: `List the durable runs of a journal, the latest first. A run has to meet all that
the flags ask for. Flow, state, time, labels, code and class are looked up in
indexes; a step and a text are looked for in the runs that these leave.

The commands below show a run, give it a signal, restart it, cancel it, delete it, check the
journal, say how long runs are kept and how large it is. All of them but repair work while
other processes run the runs.`,
		Example: a.examples(
			"NAME runs --journal runs.db --state failed --flow release --since 24h",
			"NAME runs --journal runs.db --label customer=c-17 --code Timeout",
			"NAME runs show 8d0f2c4e-… --journal runs.db",
			"NAME runs signal 8d0f2c4e-… approval -i approved=true --journal runs.db",
			"NAME runs restart 8d0f2c4e-… --from publish --journal runs.db",
			"NAME runs prune --older-than 720h --state done --journal runs.db",
		),
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.listRuns(c, f) },
	}
	c.PersistentFlags().StringVar(&f.journal, "journal", "", "`file` of the journal")
	c.PersistentFlags().BoolVar(&f.asJSON, "json", false, "print JSON")
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.state, "state", "", "only those in a `state`: "+strings.Join(stateNames(), ", "))
	flags.StringVar(&f.find.Flow, "flow", "", "only those of the flow of this `name`")
	f.registerFind(flags, "only those")
	flags.IntVar(&f.find.Limit, "limit", 50, "show at most this `number`; 0 for all")
	flags.StringVar(&f.find.After, "after", "", "go on behind the run with this `key`, as the page before said")
	complete(c, "state", stateNames()...)
	completeFlag(c, "journal", completeJournals)
	c.AddCommand(a.showRunCommand(f), a.signalRunCommand(f), a.restartRunCommand(f), a.cancelRunCommand(f), a.deleteRunCommand(f), a.verifyRunsCommand(f),
		a.repairRunsCommand(f), a.pruneRunsCommand(f), a.keepRunsCommand(f), a.statsCommand(f))
	return c
}

// registerFind adds the flags that choose runs, but for state and flow.
func (f *runsFlags) registerFind(flags *pflag.FlagSet, only string) {
	flags.StringArrayVar(&f.labels, "label", nil, only+" with a label: `name=value`; may be repeated")
	flags.StringVar(&f.since, "since", "", only+" that began since a `time`: 24h ago, 2026-11-28 or 2026-11-28T08:00:00Z")
	flags.StringVar(&f.until, "until", "", only+" that began before a `time`")
	flags.StringVar(&f.find.Code, "code", "", only+" that failed with this `code`, such as Timeout")
	flags.StringVar(&f.find.Class, "class", "", only+" that failed with this `class`, such as unavailable")
	flags.StringVar(&f.find.Step, "step", "", only+" that failed at a `step`: its name or path, or that of one around it")
	flags.StringVar(&f.find.Text, "text", "", only+" whose failure says this `text`, in upper or lower case")
}

func stateNames() []string {
	var names []string
	for _, s := range journal.States() {
		names = append(names, string(s))
	}
	return names
}

// checkState finds out whether a flag names a state.
func checkState(name string, known []string) error {
	for _, s := range known {
		if name == "" || s == name {
			return nil
		}
	}
	return wrong(diag.Suggest(name, known, "the states are"), "--state cannot be %q", name)
}

// filter reads what the flags ask for.
func (f *runsFlags) filter(now time.Time) (journal.Filter, error) {
	find := f.find
	find.State = journal.State(f.state)
	if err := checkState(f.state, stateNames()); err != nil {
		return find, err
	}
	for _, label := range f.labels {
		name, text, ok := strings.Cut(label, "=")
		if !ok || name == "" {
			return find, wrong("write --label name=value", "--label cannot be %q", label)
		}
		if find.Labels == nil {
			find.Labels = map[string]string{}
		}
		find.Labels[name] = text
	}
	if find.Limit < 0 {
		return find, wrong("0 shows all", "--limit cannot be %d", find.Limit)
	}
	var err error
	if find.Since, err = moment("since", f.since, now); err == nil {
		find.Until, err = moment("until", f.until, now)
	}
	return find, err
}

// moment reads a time as a flag gives it: how long ago, a day or a point in time.
func moment(flag, text string, now time.Time) (time.Time, error) {
	t, ok := schedule.Moment(text, now)
	if !ok {
		return t, wrong(schedule.HelpMoment, "--%s cannot be %q", flag, text)
	}
	return t, nil
}

func (a *app) listRuns(c *cobra.Command, f *runsFlags) error {
	filter, err := f.filter(a.Now())
	if err != nil {
		return err
	}
	j, err := a.lookInto(c.Context(), f.journal)
	if err != nil {
		return err
	}
	defer j.Close() //nolint:errcheck // it was only read
	list, err := j.Runs(c.Context(), filter)
	if errors.Is(err, journal.ErrNoKey) {
		return wrong("take the key that the page before said", "--after cannot be %q", filter.After)
	}
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
	fmt.Fprintln(w, "ID\tSTATE\tFLOW\tSTARTED\tTOOK\tERROR")
	for _, r := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n",
			printable(r.ID), printable(string(r.State)), printable(r.Flow), clock(r.Started), took(r.Started, r.Ended), shortFailure(r.Failure))
	}
	if err := w.Flush(); err != nil {
		return failedBecause("printing runs: %w", err)
	}
	if n := len(list); n > 0 && n == filter.Limit {
		a.note("there may be more: --after " + list[n-1].Key)
	}
	return nil
}

// shortFailure returns how a run failed, in a word.
func shortFailure(f journal.Failure) string {
	switch {
	case f.Code == "":
		return "-"
	case f.Step == "":
		return printable(f.Code)
	default:
		return printable(f.Code + " at " + f.Step)
	}
}

func runValue(r journal.Run) map[string]any {
	v := map[string]any{
		"id": r.ID, "flow": r.Flow, "state": string(r.State), "startedAt": r.Started, "endedAt": nil,
		"labels": map[string]any{}, "code": nil, "class": nil, "step": nil,
	}
	if !r.Ended.IsZero() {
		v["endedAt"] = r.Ended
	}
	if r.Key != "" {
		v["key"] = r.Key
	}
	for name, text := range r.Labels {
		v["labels"].(map[string]any)[name] = text
	}
	if r.Next != "" {
		v["next"] = r.Next
	}
	if r.Code != "" {
		v["code"], v["class"], v["step"] = r.Code, r.Class, r.Step
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
