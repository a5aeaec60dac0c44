// Package restart begins runs on Temporal anew that failed or were canceled, from
// a step: by the rules by which package journal restarts its runs.
package restart

import (
	"context"
	"fmt"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/temporal"
)

// Plan is a restart that can begin. Nothing of it has run, and nothing was sent.
type Plan struct {
	// RestartPlan says what becomes of the run. Its own Start is for runs of a
	// journal: use that of the plan.
	*journal.RestartPlan

	client   *temporal.Client
	prepared *temporal.Prepared
}

// FromEnded finds out whether a run, of which Client.Ended told, can begin anew as
// how says. What it did before that step is kept; nothing of it is called. options
// say where the secrets of the flow are, which records refer to; with another flow,
// where its files are. c may be nil, for a plan whose Prepared is started otherwise.
//
// The error is a *journal.RestartError where something keeps the run from that
// step, and temporal.ErrNeedsKey where a secret would reach the server.
func FromEnded(
	ctx context.Context, c *temporal.Client, ended *temporal.Ended, registry *connector.Registry, how journal.Restart,
	prepare temporal.PrepareOptions, options ...flows.RunOption,
) (*Plan, error) {
	was, err := ended.Past(ctx, registry, options...)
	if err != nil {
		return nil, err //nolint:wrapcheck // it says all
	}
	plan, next, err := journal.PlanElsewhere(ctx, was, registry, how, options...)
	if err != nil {
		return nil, err //nolint:wrapcheck // it says all
	}
	p := &Plan{RestartPlan: plan, client: c}
	if p.prepared, err = temporal.PrepareNext(next, prepare); err != nil {
		return nil, fmt.Errorf("what run %s goes on with: %w", was.ID, err)
	}
	return p, nil
}

// Prepared is what the run goes on as, for a client of the SDK to start.
func (p *Plan) Prepared() *temporal.Prepared { return p.prepared }

// Start begins the run. It is one workflow of a name that the server has once, so
// of two that restart a run at the same time one does; the error of the other is a
// *journal.RestartedError.
func (p *Plan) Start(ctx context.Context) (*temporal.Handle, error) {
	h, err := p.client.StartNext(ctx, p.prepared)
	switch {
	case err != nil:
		return nil, err //nolint:wrapcheck // it says all
	case h.Attached:
		return nil, &journal.RestartedError{RunID: p.Of, Next: p.RunID}
	}
	return h, nil
}
