package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
)

// registerAll adds the flags of restart --all.
func (f *restartFlags) registerAll(c *cobra.Command) {
	flags := c.Flags()
	flags.BoolVar(&f.all, "all", false, "begin every run anew that failed and that the flags below find")
	flags.BoolVar(&f.dryRun, "dry-run", false, "with --all: show what would become of each run, and begin none")
	flags.StringVar(&f.with, "with", "", "with --all: go on with this flow `file` in place of those that the runs began with")
	flags.StringVar(&f.which.state, "state", "", "with --all: those that are canceled, in place of those that `failed`")
	f.which.registerFind(flags, "with --all: only those")
	complete(c, "state", string(journal.Failed), string(journal.Canceled))
}

// checkAll finds flags that do not go together.
func (f *restartFlags) checkAll(c *cobra.Command, args []string) error {
	var finds []string
	for _, name := range []string{"dry-run", "with", "state", "label", "since", "until", "code", "class", "step", "text"} {
		if c.Flags().Changed(name) {
			finds = append(finds, name)
		}
	}
	switch {
	case !f.all && len(finds) > 0:
		return wrong("add --all", "--%s is about every run that is found", finds[0])
	case !f.all:
		return nil
	case len(args) > 0:
		return wrong("leave one out", "--all and a run exclude each other")
	case f.flow == "" && f.with == "" && !slices.ContainsFunc(finds, func(name string) bool { return name != "dry-run" && name != "state" }):
		return wrong("say which: --flow, --code, --class, --step, --text, --label, --since or --until", "--all would begin every run of the journal anew that failed")
	case len(f.inputs.set) > 0, len(f.results) > 0:
		return wrong("give them to one run", "-i and --result are for a single run")
	}
	return checkState(f.which.state, []string{string(journal.Failed), string(journal.Canceled)})
}

// restartingAll is a restart --all under way.
type restartingAll struct {
	app    *app
	flags  *restartFlags
	runs   stopper
	told   []restartTold
	code   int
	refuse int // how many were refused
}

// restartTold is what is printed of a run.
type restartTold struct {
	began         time.Time
	run, flow     string
	next, from    string
	kept          int
	owed          []string
	state         string // refused, planned, done, failed, canceled or interrupted
	code          string
	refused, help string
}

// value is what stands in JSON.
func (t *restartTold) value() map[string]any {
	v := map[string]any{"run": t.run, "flow": t.flow, "state": t.state}
	for name, text := range map[string]string{"next": t.next, "from": t.from, "code": t.code, "refused": t.refused, "help": t.help} {
		if text != "" {
			v[name] = text
		}
	}
	if t.next != "" {
		owed := make([]any, len(t.owed))
		for i, path := range t.owed {
			owed[i] = path
		}
		v["kept"], v["owed"] = t.kept, owed
	}
	return v
}

// restartAll begins every run anew that is found, and gives the worst exit code.
func (a *app) restartAll(ctx context.Context, f *restartFlags) error {
	f.journal = f.which.journal
	j, reg, err := a.resuming(f.runFlags)
	if err != nil {
		return err
	}
	defer j.Close() //nolint:errcheck // everything is on disk
	f.which.find.Flow = f.flow
	which, err := f.which.filter(a.Now())
	if err != nil {
		return err
	}
	f.lines = true
	r := &reporter{app: a, registry: reg, flags: f.runFlags, file: &flowFile{folder: "."}}
	defer func() {
		if r.file.close != nil {
			_ = r.file.close() // it was only read
		}
	}()
	how, origin, err := a.restartAllHow(ctx, reg, f, r, &which)
	if err != nil {
		return err
	}
	r.sent = a.telemetry(a.note)
	defer r.sent.end()
	r.start()
	all := &restartingAll{app: a, flags: f}
	options := append(origin, flows.WithListener(flows.LogEvents(r.log)))
	options = append(options, r.sent.options()...)
	request := journal.RestartAll{
		Which: which, How: how, AtOnce: atOnce, DryRun: f.dryRun, Begun: all.begun, Each: all.ended,
		Options: func(ctx context.Context, d *journal.Details) ([]flows.RunOption, func(), error) {
			own, done, err := a.resumeOptions(ctx, d, reg, f.runFlags)
			return append(own, options...), done, err
		},
	}
	return all.run(ctx, j, reg, request)
}

// restartAllHow reads what the command line asks for.
func (a *app) restartAllHow(
	ctx context.Context, reg *connector.Registry, f *restartFlags, r *reporter, which *journal.Filter,
) (how journal.Restart, options []flows.RunOption, err error) {
	how = journal.Restart{From: f.from, Again: f.again}
	if f.with == "" {
		return how, nil, nil
	}
	if r.file, err = a.openFlow(ctx, f.with, ""); err != nil {
		return how, nil, err
	}
	if how.Flow, err = a.checked(ctx, r.file, reg, false); err != nil {
		return how, nil, err
	}
	switch name := how.Flow.Name(); which.Flow {
	case "", name:
		which.Flow = name
	default:
		return how, nil, wrong("leave --flow out", "%s is the flow %s, and --flow names another", f.with, name)
	}
	if folder, err := filepath.Abs(r.file.folder); err == nil {
		options = append(options, flows.WithOrigin(folder))
	}
	return how, options, nil
}

// run begins them, until all have ended or a signal comes.
func (all *restartingAll) run(ctx context.Context, j *journal.Journal, reg *connector.Registry, request journal.RestartAll) error {
	a := all.app
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var owed []string
	var failed error
	again := func() {
		owed = all.runs.owed()
		all.runs.signal(Handle.Interrupt)
	}
	stop := func(s os.Signal) {
		cancel()
		all.runs.signal(stopDurably(s))
	}
	s, ended := a.watch(stop, again, func() { failed = j.RestartAll(ctx, reg, request) })
	if owed == nil && ended && failed == nil {
		failed = all.tell()
	}
	switch {
	case owed != nil:
		a.complain("the second signal left undone what these steps did", a.Name+" resume --all --journal "+all.flags.journal+" goes on with it")
		return a.listOwed(owed, s)
	case !ended || s != nil:
		return silently(signalCode(s))
	case failed != nil:
		return failedBecause("%w", failed)
	case all.code != exitDone:
		return silently(all.code)
	}
	return nil
}

// begun says that a run has begun, and hands signals on to it.
func (all *restartingAll) begun(plan *journal.RestartPlan, h *journal.Handle) {
	all.app.noteRestart(plan)
	all.runs.add(h, new(sync.WaitGroup))
}

// ended takes what became of a run.
func (all *restartingAll) ended(o journal.RestartOutcome) {
	if o.Handle != nil {
		all.runs.remove(o.Handle)
	}
	told := restartTold{began: o.Run.Started, run: o.Run.ID, flow: o.Run.Flow, state: "planned"}
	if o.Plan != nil {
		told.next, told.from, told.kept, told.owed = o.Plan.RunID, o.Plan.From, len(o.Plan.Kept), o.Plan.Owed
	}
	var said *exitError
	switch {
	case o.Refused != nil && errors.Is(o.Refused, context.Canceled):
		return // a signal came
	case o.Refused != nil:
		all.refuse++
		told.state, told.refused = "refused", o.Refused.Error()
		if errors.As(all.app.restartProblem(o.Refused, all.flags.journal), &said) {
			told.help = said.help
			all.code = max(all.code, said.code)
		} else {
			all.code = max(all.code, exitWrong)
		}
	case o.Err != nil:
		failure := report.AsRunError(o.Err)
		told.state, told.code = string(journal.Failed), failure.Code
		var interrupted *journal.InterruptedError
		switch {
		case errors.As(o.Err, &interrupted):
			told.state = string(journal.Interrupted)
		case failure.Class == connector.ClassCanceled:
			told.state = string(journal.Canceled)
		}
		all.code = max(all.code, codeOf(failure, nil))
	case !all.flags.dryRun:
		told.state = string(journal.Done)
	}
	all.told = append(all.told, told)
}

// tell prints what became of the runs.
func (all *restartingAll) tell() error {
	a := all.app
	slices.SortFunc(all.told, func(x, y restartTold) int { return cmp.Or(x.began.Compare(y.began), cmp.Compare(x.run, y.run)) })
	if all.flags.which.asJSON {
		list := make([]any, len(all.told))
		for i := range all.told {
			list[i] = all.told[i].value()
		}
		return a.printJSON(list)
	}
	if len(all.told) > 0 {
		w := tabwriter.NewWriter(a.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "RUN\tFLOW\tSTATE\tAS\tFROM\tERROR")
		for _, one := range all.told {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", printable(one.run), printable(one.flow), one.state, dash(one.next), dash(one.from), dash(one.code+one.refused))
		}
		if err := w.Flush(); err != nil {
			return fmt.Errorf("printing runs: %w", err)
		}
	}
	switch n := len(all.told) - all.refuse; {
	case len(all.told) == 0:
		a.note("no run is found that failed and was not restarted yet")
	case all.flags.dryRun:
		a.note(fmt.Sprintf("%d would begin anew, %d are refused; nothing ran", n, all.refuse))
	default:
		a.note(fmt.Sprintf("%d began anew, %d were refused", n, all.refuse))
	}
	return nil
}

// dash returns a text as a cell of a table shows it.
func dash(text string) string {
	if text == "" {
		return "-"
	}
	return printable(text)
}
