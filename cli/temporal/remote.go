package temporal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/medlar-flow/medlar/cli"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/flows/temporal"
	"github.com/medlar-flow/medlar/flows/temporal/restart"
	"github.com/medlar-flow/medlar/serve"
	served "github.com/medlar-flow/medlar/serve/temporal"
)

// Start starts a run, or finds the one that has its name. With --detach there is
// nothing to wait for.
func (t *Temporal) Start(ctx context.Context, r cli.RemoteRun) (cli.Handle, error) {
	c, err := t.connect(ctx, r.Env, r.Sandbox)
	if err != nil {
		return nil, err
	}
	options := r.Options
	if t.id != "" {
		options = append(options, flows.WithRunID(t.id))
	}
	h, err := c.Start(ctx, r.Flow, r.Inputs, temporal.StartOptions{Sandbox: r.Sandbox, Attributes: t.attributes}, options...)
	if err != nil {
		c.Close()
		return nil, problem(err)
	}
	switch {
	case h.Attached:
		r.Note("run " + h.ID() + " was there already: this waits for it, with the flow and the inputs that it began with")
	case h.Unregistered:
		r.Note("the server does not know the search attributes, so the run has none: " +
			"temporal operator search-attribute create --name MedlarFlow --type Keyword --name MedlarState --type Keyword")
	}
	if !t.detach && !h.Attached {
		r.Note("run " + h.ID())
	}
	return &handle{Handle: h, client: c, detached: t.detach}, nil
}

// Attach finds a run that was started before.
func (t *Temporal) Attach(ctx context.Context, r cli.RemoteRun) (cli.Handle, error) {
	c, err := t.connect(ctx, r.Env, false)
	if err != nil {
		return nil, err
	}
	return &handle{Handle: c.Attach(r.ID, ""), client: c}, nil
}

// signalPatience is how long a signal may wait for a worker that takes it.
const signalPatience = time.Minute

// Signal gives a run a signal, typed by the program in its history.
func (t *Temporal) Signal(ctx context.Context, s cli.RemoteSignal) error {
	c, err := t.connect(ctx, s.Env, false)
	if err != nil {
		return err
	}
	defer c.Close()
	flow, err := c.Program(ctx, s.RunID, s.Registry)
	if err != nil {
		return problem(err)
	}
	values, err := s.Values(flow)
	if err != nil {
		return err //nolint:wrapcheck // it says all
	}
	// What no run of the flow takes is refused also where there is no worker.
	if _, _, err := flow.CheckSignal(s.Name, s.Key, values); err != nil {
		var refused *report.SignalError
		if errors.As(err, &refused) {
			refused.RunID = s.RunID
		}
		return err //nolint:wrapcheck // it says all
	}
	asking, done := context.WithTimeout(ctx, signalPatience)
	defer done()
	err = c.Signal(asking, s.RunID, s.Name, s.Key, values)
	if err != nil && asking.Err() != nil {
		return cli.Failed(fmt.Errorf("no worker answered for run %s, which may have taken the signal or not: %w", s.RunID, err),
			"start a worker, and give the signal again: the same values change nothing")
	}
	return problem(err)
}

// Restart begins a run anew, from what a worker reads of its history.
func (t *Temporal) Restart(ctx context.Context, r cli.RemoteRestart) (cli.Handle, error) {
	c, err := t.connect(ctx, r.Env, r.Sandbox)
	if err != nil {
		return nil, err
	}
	h, err := t.restart(ctx, c, r)
	if err != nil {
		c.Close()
		return nil, problem(err)
	}
	return &handle{Handle: h, client: c}, nil
}

func (t *Temporal) restart(ctx context.Context, c *temporal.Client, r cli.RemoteRestart) (*temporal.Handle, error) {
	asking, done := context.WithTimeout(ctx, signalPatience)
	defer done()
	ended, err := c.Ended(asking, r.RunID)
	switch {
	case err != nil && asking.Err() != nil && ctx.Err() == nil:
		return nil, cli.Failed(fmt.Errorf("no worker told what run %s did: %w", r.RunID, err), "start a worker; nothing ran")
	case err != nil:
		return nil, err //nolint:wrapcheck // problem does
	case ended.Local() && !r.Sandbox:
		return nil, cli.Wrong(fmt.Errorf("run %s began in a sandbox and goes on only in one", r.RunID), "add --local")
	case r.Sandbox && !ended.Local():
		return nil, cli.Wrong(fmt.Errorf("run %s did not begin in a sandbox and does not go on in one", r.RunID), "leave --local out")
	}
	how, options, err := r.How(func() (*flows.Flow, error) { return ended.Load(r.Registry) }, ended.Origin())
	if err != nil {
		return nil, err //nolint:wrapcheck // it says all
	}
	prepare := temporal.PrepareOptions{Encrypted: c.Encrypted(), Sandbox: ended.Local(), Attributes: t.attributes}
	plan, err := restart.FromEnded(ctx, c, ended, r.Registry, how, prepare, append(r.Options, options...)...)
	if err != nil {
		return nil, err //nolint:wrapcheck // problem does
	}
	r.Planned(plan.RestartPlan)
	return plan.Start(ctx) //nolint:wrapcheck // problem does
}

// handle is a run that the command waits for, once: its connection ends with
// that.
type handle struct {
	*temporal.Handle
	client   *temporal.Client
	detached bool // nobody waits for its end
}

// Wait waits for the run, and says how to go on where it does not end.
func (h *handle) Wait(ctx context.Context) (*flows.Result, error) {
	defer h.client.Close()
	if h.detached {
		started := map[string]any{"run": h.ID()}
		return &flows.Result{RunID: h.ID(), Output: started, Shown: started}, nil
	}
	result, err := h.Handle.Wait(ctx)
	return result, problem(err)
}

// Serve has the runs of a server carried by workers.
func (t *Temporal) Serve(ctx context.Context, s cli.RemoteServe) (serve.Carrier, func(), error) {
	c, err := t.connect(ctx, s.Env, s.Sandbox)
	if err != nil {
		return nil, nil, err
	}
	if err := c.CheckNamespace(ctx); err != nil {
		c.Close()
		return nil, nil, cli.Wrong(err, "name one that it has with --namespace: temporal operator namespace list")
	}
	return served.New(c, served.Options{Registry: s.Registry, Start: temporal.StartOptions{Sandbox: s.Sandbox}, Place: s.Place, Runs: s.Options}), c.Close, nil
}

// Work is a worker until ctx ends.
func (t *Temporal) Work(ctx context.Context, w cli.RemoteWork) error {
	o, err := t.options(w.Env, w.Sandbox != nil)
	if err != nil {
		return err
	}
	o.Logger = slog.New(slog.NewJSONHandler(w.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	c, err := temporal.Connect(ctx, o)
	if err != nil {
		return problem(err)
	}
	defer c.Close()
	options := []temporal.Option{temporal.WithEnv(w.Env), temporal.WithListener(w.Listener)}
	if w.Observer != nil {
		options = append(options, temporal.WithObserver(w.Observer))
	}
	if w.Ended != nil {
		options = append(options, temporal.WithEnded(w.Ended))
	}
	if w.Secrets != nil {
		options = append(options, temporal.WithSecrets(w.Secrets))
	}
	if w.Sandbox != nil {
		options = append(options, temporal.WithSandbox(*w.Sandbox))
	}
	how := temporal.WorkOptions{BuildID: w.Version, AtOnce: t.atOnce, Drain: t.drain}
	ready := func() { w.Note("the worker is ready") }
	if err := c.Work(ctx, w.Registry, how, ready, options...); err != nil {
		return cli.Failed(err, "")
	}
	return nil
}

func (t *Temporal) connect(ctx context.Context, env lookup, local bool) (*temporal.Client, error) {
	o, err := t.options(env, local)
	if err != nil {
		return nil, err
	}
	c, err := temporal.Connect(ctx, o)
	return c, problem(err)
}

// problem says how to go on after an error that is none of the flow.
func problem(err error) error {
	var (
		failure     *report.RunError
		inputs      *report.InputError
		unreachable *temporal.UnreachableError
		detached    *temporal.DetachedError
		signal      *report.SignalError
		unknown     *temporal.UnknownRunError
	)
	var said *journal.RestartError
	var restarted *journal.RestartedError
	var standing *temporal.NotEndedError
	switch {
	case errors.As(err, &standing):
		return cli.Wrong(err, "")
	case cli.Says(err), errors.As(err, &said), errors.As(err, &restarted):
		return err
	case err == nil, errors.As(err, &inputs), errors.As(err, &signal):
		return err
	case errors.As(err, &unreachable) && unreachable.RunID == "":
		return cli.Failed(err, "is it running? is --temporal its address, and --tls right?")
	case errors.As(err, &unreachable):
		return cli.Failed(err, "wait for it again with: attach "+unreachable.RunID)
	case errors.As(err, &detached):
		return cli.Failed(err, "wait for it again with: attach "+detached.RunID)
	case errors.As(err, &unknown):
		return cli.Wrong(err, "name the server and the namespace that it was started with; what has ended is kept for the retention of the namespace")
	case errors.Is(err, temporal.ErrNeedsKey):
		return cli.Wrong(err, "")
	case errors.As(err, &failure):
		return err
	default:
		return cli.Failed(fmt.Errorf("on Temporal: %w", err), "")
	}
}
