// Package temporal has the runs of a server carried by the workers of a Temporal
// server: give what [New] returns to serve.Config as Carrier. Runs, what became of
// them and the identities of their events are then the server's, and package serve
// answers as it does with a journal.
package temporal

import (
	"context"
	"encoding/base64"
	"errors"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/flows/temporal"
	"github.com/medlar-flow/medlar/serve"
)

// Options say how runs are started.
type Options struct {
	// Registry has the operations that flows are checked against.
	Registry *connector.Registry
	// Start says how each run is started.
	Start temporal.StartOptions
	// Place tells who has the schedules of flows followed, such as the paths of the
	// flows: what was followed for it before, and is not served any more, is removed.
	Place string
	// Runs are options by which answers are made, such as flows.WithSecrets.
	Runs []flows.RunOption
}

// New returns a carrier of a client, which must not be closed before the server has
// ended.
func New(c *temporal.Client, o Options) serve.Carrier { return &carrier{client: c, options: o} }

type carrier struct {
	client  *temporal.Client
	options Options
}

// Start begins a run.
func (c *carrier) Start(ctx context.Context, flow *flows.Flow, inputs map[string]any, options ...flows.RunOption) (serve.Carried, error) {
	h, err := c.client.Start(ctx, flow, inputs, c.options.Start, options...)
	switch {
	case err != nil:
		return nil, err //nolint:wrapcheck // it says all
	case h.Attached:
		return nil, &journal.ExistsError{RunID: h.ID()}
	}
	return &run{Handle: h, client: c.client}, nil
}

// CheckSchedule says why a schedule cannot be followed.
func (c *carrier) CheckSchedule(ctx context.Context, s serve.Scheduled) error {
	return c.client.CheckSchedule(ctx, temporal.Scheduled(s), c.options.Start) //nolint:wrapcheck // it says all
}

// FollowSchedules has the server follow schedules, as its own.
func (c *carrier) FollowSchedules(ctx context.Context, flows []string, list []serve.Scheduled) ([]string, error) {
	wanted := make([]temporal.Scheduled, len(list))
	for i, s := range list {
		wanted[i] = temporal.Scheduled(s)
	}
	return c.client.Follow(ctx, c.options.Place, flows, wanted, c.options.Start) //nolint:wrapcheck // it says all
}

// ScheduleState tells how a schedule stands.
func (c *carrier) ScheduleState(ctx context.Context, s serve.Scheduled) (*serve.ScheduleState, error) {
	told, err := c.client.ScheduleState(ctx, s.Flow.Name(), s.Trigger.Name)
	return (*serve.ScheduleState)(told), err //nolint:wrapcheck // it says all
}

// Attach returns a run that was begun before.
func (c *carrier) Attach(_ context.Context, id string) (serve.Carried, error) {
	return &run{Handle: c.client.Attach(id, ""), client: c.client}, nil
}

// Beginning says how a run began.
func (c *carrier) Beginning(ctx context.Context, id string) (*journal.Beginning, error) {
	b, err := c.client.Began(ctx, id)
	if err != nil {
		return nil, unknown(err)
	}
	return &journal.Beginning{Run: rowOf(b), Trigger: b.Trigger, Event: b.Event, Version: b.Version}, nil
}

func unknown(err error) error {
	var missing *temporal.UnknownRunError
	if errors.As(err, &missing) {
		return &journal.UnknownRunError{RunID: missing.RunID}
	}
	return err
}

// rowOf is a run as journals list it. One that was ended from outside failed.
func rowOf(b *temporal.Began) journal.Run {
	r := journal.Run{ID: b.ID, Flow: b.Flow, State: journal.State(b.State), Started: b.Started, Ended: b.Ended}
	switch r.State {
	case journal.Running, journal.Done, journal.Failed, journal.Canceled:
	default:
		r.State, r.Code, r.Class = journal.Failed, temporal.CodeEndedFromOutside, string(connector.ClassFailed)
	}
	if f := b.Failure; f != nil {
		r.Code, r.Class, r.Step = f.Code, string(f.Class), f.Step
	}
	return r
}

// Answer returns what the caller of the route is told.
func (c *carrier) Answer(ctx context.Context, id string) (*flows.Answer, error) {
	a, err := c.client.Answer(ctx, id, c.options.Registry, c.options.Runs...)
	return a, unknown(err)
}

// Signal gives a run a signal.
func (c *carrier) Signal(ctx context.Context, id, name, key string, values map[string]any) error {
	ctx, cancel := context.WithTimeout(ctx, signalTime)
	defer cancel()
	return unknown(c.client.Signal(ctx, id, name, key, values))
}

// signalTime is how long a signal may wait for a worker that takes it.
const signalTime = 20 * time.Second

// Cancel has a run stop.
func (c *carrier) Cancel(ctx context.Context, id string) error {
	err := c.client.Cancel(ctx, id)
	var missing *temporal.UnknownRunError
	if !errors.As(err, &missing) {
		return err //nolint:wrapcheck // it says all
	}
	b, err := c.Beginning(ctx, id)
	if err != nil {
		return err
	}
	return &journal.StateError{RunID: id, State: b.State, Want: "cancel"}
}

// Runs lists runs. Those of a flow are looked for in the page that the server gives.
func (c *carrier) Runs(ctx context.Context, filter journal.Filter) ([]journal.Run, error) {
	most := filter.Limit
	if most <= 0 {
		most = 1000
	}
	list := []journal.Run{}
	token, err := base64.RawURLEncoding.DecodeString(filter.After)
	if err != nil {
		return list, nil // no list has such a key
	}
	after := string(token)
	for {
		page, next, err := c.client.List(ctx, string(filter.State), most, after)
		if err != nil {
			return nil, err //nolint:wrapcheck // it says all
		}
		for _, b := range page {
			if filter.Flow == "" || b.Flow == filter.Flow {
				list = append(list, rowOf(b))
			}
		}
		if after = next; next == "" || len(list) > 0 {
			break
		}
	}
	if len(list) > 0 {
		list[len(list)-1].Key = base64.RawURLEncoding.EncodeToString([]byte(after))
	}
	return list, nil
}

// Ready reports whether the server answers.
func (c *carrier) Ready(ctx context.Context) error { return c.client.Ready(ctx) } //nolint:wrapcheck // it says all

// Encrypts reports whether there is a key.
func (c *carrier) Encrypts() bool { return c.client.Encrypted() }

// run is a run that workers carry.
type run struct {
	*temporal.Handle

	client *temporal.Client
}

// Wait waits until it has ended. A server that does not answer for a while is asked
// again: the run goes on.
func (r *run) Wait(ctx context.Context) (*flows.Result, error) {
	result, err := r.Handle.Wait(ctx)
	var detached *temporal.DetachedError
	var unreachable *temporal.UnreachableError
	if errors.As(err, &detached) || errors.As(err, &unreachable) {
		return nil, &journal.InterruptedError{RunID: r.ID(), Err: err}
	}
	var outside *temporal.EndedError
	if errors.As(err, &outside) {
		return nil, &report.RunError{Failure: connector.Error{Code: temporal.CodeEndedFromOutside, Class: connector.ClassFailed, Message: "the run was ended from outside", Err: err}}
	}
	return result, err //nolint:wrapcheck // it is the run's
}

// Signal gives it a signal.
func (r *run) Signal(ctx context.Context, name, key string, values map[string]any) error {
	return unknown(r.client.Signal(ctx, r.ID(), name, key, values))
}
