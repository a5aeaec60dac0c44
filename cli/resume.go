package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
)

func (a *app) resumeCommand() *cobra.Command {
	f := newRunFlags()
	var all bool
	c := &cobra.Command{
		Use:   "resume [ID] --journal FILE",
		Short: "Go on with a durable run that was interrupted",
		Long: `Go on with a run of a journal that was interrupted, or with --all of them. A
step whose result is recorded does not run again; one that was in flight does.
The run keeps the flow files, the inputs and the environment that it began
with; secrets are read again.

A run that another process runs is waited for, and goes on here if that process
ends before it does. --all leaves such runs out.

Ctrl-C cancels the one run, which undoes what it did. With --all it interrupts
them, as a request to terminate does: what was done stays, and each can be
resumed again.`,
		Example: a.examples(
			"NAME resume 8d0f2c4e-… --journal runs.db",
			"NAME resume --all --journal runs.db",
		),
		Args: func(c *cobra.Command, args []string) error {
			switch {
			case all && len(args) > 0:
				return wrong("leave one out", "--all and a run exclude each other")
			case all:
				return nil
			}
			return oneArg("run")(c, args)
		},
		RunE: func(c *cobra.Command, args []string) error {
			f.logged(c)
			if all {
				return a.resumeAll(c.Context(), f)
			}
			return a.resumeOne(c.Context(), args[0], f)
		},
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.journal, "journal", "", "`file` of the journal")
	flags.BoolVar(&f.acceptLoss, "accept-loss", false, "go on also where the journal has lost the last records of a run: what they held is done again")
	flags.BoolVar(&all, "all", false, "go on with every run that was interrupted, 20 at a time, those that wait beside them; the log tells how each ends")
	f.registerLocal(c)
	f.registerSecrets(c)
	f.registerResult(c)
	completeFlag(c, "journal", completeJournals)
	c.ValidArgsFunction = a.completeRuns(journal.Interrupted)
	return c
}

func (a *app) resumeOne(ctx context.Context, id string, f *runFlags) error {
	j, reg, err := a.resuming(f)
	if err != nil {
		return err
	}
	defer j.Close() //nolint:errcheck // everything is on disk
	d, err := j.Show(ctx, id)
	if err != nil {
		return a.journalProblem(err, nil, f.journal)
	}
	a.noteChanges(d)
	r := &reporter{app: a, registry: reg, flags: f, file: &flowFile{folder: d.Origin}}
	follow := &follower{id: id, j: j, note: a.note}
	defer follow.finish()
	return a.carry(ctx, nil, r, func(ctx context.Context, listen ...flows.RunOption) (Handle, error) {
		follow.resume = func() (*journal.Handle, error) {
			options, done, err := a.resumeOptions(ctx, d, reg, f)
			if err != nil {
				return nil, err
			}
			follow.done = done
			return j.StartResume(ctx, id, reg, append(options, listen...)...)
		}
		return follow, follow.next(ctx)
	})
}

func (a *app) resuming(f *runFlags) (*journal.Journal, *connector.Registry, error) {
	if f.journal == "" {
		return nil, nil, wrong("name the file that was given to run", "--journal is missing")
	}
	if _, err := os.Stat(f.journal); errors.Is(err, fs.ErrNotExist) {
		return nil, nil, wrong("", "there is no journal %s", f.journal)
	}
	reg, err := a.registry()
	if err != nil {
		return nil, nil, err
	}
	var options []journal.Option
	if f.acceptLoss {
		options = append(options, journal.WithAcceptedLoss())
	}
	j, err := a.openJournal(f.journal, options...)
	return j, reg, err
}

// noteChanges says where the files have changed since the run began.
func (a *app) noteChanges(d *journal.Details) {
	if d.Origin == "" {
		return
	}
	changed := d.Changed(func(name string) ([]byte, error) {
		return os.ReadFile(filepath.Join(d.Origin, filepath.FromSlash(name)))
	})
	if len(changed) > 0 {
		fmt.Fprintf(a.Stderr, "note: run %s goes on with the files that it began with; changed since: %s\n",
			d.ID, printable(strings.Join(changed, ", ")))
	}
}

// resumeOptions are the options of a run that the journal does not keep.
func (a *app) resumeOptions(ctx context.Context, d *journal.Details, reg *connector.Registry, f *runFlags) ([]flows.RunOption, func(), error) {
	options := []flows.RunOption{flows.WithEnv(a.Env)}
	done := func() {}
	if f.secrets != "" {
		flow, err := d.Load(reg)
		if err != nil {
			return nil, nil, failedBecause("the program of run %s is not accepted: %w", d.ID, err)
		}
		secrets, err := a.secretsFile(ctx, flow, f.secrets)
		if err != nil {
			return nil, nil, err
		}
		options = append(options, secrets...)
	}
	if f.local {
		sandbox, err := a.startSandbox(ctx, filepath.Join(d.Origin, d.File), f)
		if err != nil {
			return nil, nil, err
		}
		done = sandbox.close
		options = append(options, flows.WithSandbox(sandbox.Sandbox))
	}
	return options, done, nil
}

// atOnce bounds the runs that resume --all has under way.
const atOnce = 20

// resumeAll goes on with every run, and gives the worst exit code.
func (a *app) resumeAll(ctx context.Context, f *runFlags) error {
	j, reg, err := a.resuming(f)
	if err != nil {
		return err
	}
	defer j.Close() //nolint:errcheck // everything is on disk
	for _, state := range []journal.State{journal.Running, journal.Waiting} {
		others, err := j.Runs(ctx, journal.Filter{State: state})
		if err != nil {
			return failedBecause("%w", err)
		}
		for _, r := range others {
			a.leftOut(r.ID)
		}
	}
	list, err := j.Runs(ctx, journal.Filter{State: journal.Interrupted})
	if err != nil {
		return failedBecause("%w", err)
	}
	slices.Reverse(list) // the oldest first, but those that wait behind the others
	slices.SortStableFunc(list, func(a, b journal.Run) int { return cmp.Compare(waits(a), waits(b)) })
	f.lines = true
	r := &reporter{app: a, registry: reg, flags: f, file: &flowFile{folder: "."}}
	r.sent = a.telemetry(a.note)
	defer r.sent.end()
	r.start()
	all := &resumption{app: a, j: j, reg: reg, flags: f, listen: flows.LogEvents(r.log), sent: r.sent}
	// They began elsewhere, and may be thousands: no key press undoes what they did.
	interrupt := func(os.Signal) { all.runs.signal(Handle.Interrupt) }
	s, ended := a.watch(interrupt, func() {}, func() { all.run(ctx, list) })
	switch {
	case !ended || s != nil:
		all.left(f.journal)
		return silently(signalCode(s))
	case all.code != exitDone:
		return silently(all.code)
	}
	return nil
}

// waits is 1 for a run that has only waited when it was interrupted.
func waits(r journal.Run) int {
	if r.Waits {
		return 1
	}
	return 0
}

// leftOut says that resume --all does nothing about a run.
func (a *app) leftOut(id string) {
	a.note("run " + id + " is under way in another process: left out")
}

// resumption is a resume --all under way.
type resumption struct {
	app    *app
	j      *journal.Journal
	reg    *connector.Registry
	flags  *runFlags
	listen report.Listener
	sent   watching
	runs   stopper

	mu          sync.Mutex
	code        int
	interrupted int // by a signal
}

// run goes on with the runs. Those that wait have no place among the atOnce that are
// under way, nor a goroutine: the journal puts them down.
func (all *resumption) run(ctx context.Context, list []journal.Run) {
	places := make(chan struct{}, atOnce)
	var runs sync.WaitGroup
	for _, run := range list {
		places <- struct{}{}
		if ctx.Err() != nil || all.runs.stopped() {
			break
		}
		runs.Add(1)
		go all.one(ctx, run, sync.OnceFunc(func() { <-places }), runs.Done)
	}
	runs.Wait()
}

// one goes on with a run. It calls leave when another one can have its place, and
// ended at its end.
func (all *resumption) one(ctx context.Context, run journal.Run, leave, ended func()) {
	end := func(err error) {
		all.came(run, err)
		leave()
		ended()
	}
	d, err := all.j.Show(ctx, run.ID)
	if err == nil {
		err = all.resume(ctx, d, leave, end)
	}
	if err != nil {
		end(err)
	}
}

// came tells what became of a run.
func (all *resumption) came(run journal.Run, err error) {
	if err == nil {
		return
	}
	all.mu.Lock()
	defer all.mu.Unlock()
	var running *journal.RunningError
	switch {
	case errors.As(err, &running):
		all.app.leftOut(run.ID)
		return
	case all.runs.stopped() && errors.Is(err, journal.ErrInterrupted):
		all.interrupted++
		return
	}
	all.app.complain(fmt.Sprintf("run %s: %v", run.ID, err), "")
	all.code = max(all.code, codeOf(report.AsRunError(err), nil))
}

// left says how many runs a signal interrupted.
func (all *resumption) left(path string) {
	all.mu.Lock()
	defer all.mu.Unlock()
	if all.interrupted > 0 {
		all.app.note(fmt.Sprintf("the signal interrupted %s and undid nothing: %s resume --all --journal %s goes on",
			plural(all.interrupted, "run"), all.app.Name, path))
	}
}

// resume begins to go on with a run. end is called with what became of it, unless
// there is an error.
func (all *resumption) resume(ctx context.Context, d *journal.Details, leave func(), end func(error)) error {
	all.mu.Lock()
	all.app.noteChanges(d)
	all.mu.Unlock()
	options, done, err := all.app.resumeOptions(ctx, d, all.reg, all.flags)
	if err != nil {
		return err
	}
	options = append(options, all.sent.options()...)
	if !all.flags.local { // each has a sandbox of its own as long as it goes
		options = append(options, flows.WithRested(leave))
	}
	var h *journal.Handle
	known := make(chan struct{})
	var release func()
	ended := func() {
		go func() { // who interrupts a run that waits ends it, and is waited for
			<-known
			release()
			done()
			_, err := h.Wait(context.WithoutCancel(ctx)) // it has ended
			end(err)
		}()
	}
	h, err = all.j.StartResume(ctx, d.ID, all.reg, append(options, flows.WithListener(all.listen), flows.WithEnded(ended))...)
	if err != nil {
		done()
		return err //nolint:wrapcheck // the run is named by the caller
	}
	release = all.runs.keep(h)
	close(known)
	return nil
}
