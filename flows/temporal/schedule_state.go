package temporal

import (
	"context"
	"errors"
	"slices"
	"time"

	"go.temporal.io/sdk/client"
)

// ScheduleState is how a schedule stands that the server follows.
type ScheduleState struct {
	Paused   bool      // somebody paused it at the server
	Note     string    // what that one, or another, noted there
	Seen     time.Time // ticks up to it are decided on; zero before the first
	Due      int       // ticks that wait for their runs to begin
	LeftOut  int64     // ticks that began no run, as the trigger says
	LastRuns []string  // the latest runs of it, the oldest first
}

// ScheduleState asks the server how the schedule of a trigger stands; nil for one that it
// does not follow. What the workflow of a schedule that is under way has decided is known
// when it has ended, but for the runs that it has begun.
func (c *Client) ScheduleState(ctx context.Context, flow, trigger string) (*ScheduleState, error) {
	found, err := c.sdk.ScheduleClient().GetHandle(ctx, c.scheduleID(flow, trigger)).Describe(ctx)
	switch {
	case isUnknown(err):
		return nil, nil //nolint:nilnil // it is not there, and nothing went wrong
	case err != nil:
		return nil, &UnreachableError{Address: c.options.Address, Err: err}
	}
	s := &ScheduleState{}
	if state := found.Schedule.State; state != nil {
		s.Paused, s.Note = state.Paused, state.Note
	}
	under := map[string]bool{}
	for _, w := range found.Info.RunningWorkflows {
		under[w.WorkflowID] = true
	}
	if err := c.lastTicks(ctx, s, found.Info.RecentActions, under); err != nil {
		return nil, err
	}
	for _, w := range found.Info.RunningWorkflows {
		at, err := c.sdk.DescribeWorkflowExecution(ctx, w.WorkflowID, "")
		if err != nil {
			continue // it has ended meanwhile
		}
		for _, child := range at.GetPendingChildren() {
			if id := child.GetWorkflowId(); !slices.Contains(s.LastRuns, id) {
				s.LastRuns = append(s.LastRuns, id)
			}
		}
	}
	return s, nil
}

// lastTicks reads what the latest workflow that has ended says of the ticks.
func (c *Client) lastTicks(ctx context.Context, s *ScheduleState, actions []client.ScheduleActionResult, under map[string]bool) error {
	for _, action := range slices.Backward(actions) {
		w := action.StartWorkflowResult
		if w == nil || under[w.WorkflowID] {
			continue
		}
		var state tickState
		err := c.sdk.GetWorkflow(ctx, w.WorkflowID, w.FirstExecutionRunID).Get(ctx, &state)
		switch {
		case err == nil:
			s.Seen, s.Due, s.LeftOut, s.LastRuns = state.Seen, len(state.Due), state.Out, state.Runs
			return nil
		case ctx.Err() != nil:
			return &UnreachableError{Address: c.options.Address, Err: errors.Join(err, ctx.Err())}
		}
		// It was ended from outside, is forgotten, or another key encrypted it.
	}
	return nil
}
