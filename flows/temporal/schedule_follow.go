package temporal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
)

// Follow has the server follow schedules as its Schedules, and no others of the flows
// whose names are given: those of these flows, and those that were followed for the same
// place before and whose flows are not among the names, are deleted. What is followed
// already, as it is, stays as it is, so that two may call it at the same time. place tells
// who has it followed, such as the folder of the flows. told says what has changed, also
// where there is an error.
func (c *Client) Follow(ctx context.Context, place string, names []string, list []Scheduled, how StartOptions) (told []string, err error) {
	f := &followed{client: c, place: place, wanted: map[string]bool{}}
	var failures []error
	for _, one := range list {
		s, err := c.scheduled(ctx, one, how, time.Now())
		if err == nil {
			f.wanted[s.id] = true
			err = f.put(ctx, s)
		}
		if err != nil {
			failures = append(failures, fmt.Errorf("the schedule %q of flow %s: %w", one.Trigger.Name, one.Flow.Name(), err))
		}
	}
	if len(failures) == 0 { // else one may be taken for another's
		failures = append(failures, f.removeOthers(ctx, names))
	}
	err = errors.Join(failures...)
	if isUnreachable(err) {
		err = &UnreachableError{Address: c.options.Address, Err: err}
	}
	return f.told, err
}

// followed are the Schedules of the server that are brought up to date.
type followed struct {
	client *Client
	place  string
	wanted map[string]bool // by their names
	told   []string
}

func (f *followed) tell(format string, a ...any) { f.told = append(f.told, fmt.Sprintf(format, a...)) }

// put makes a Schedule what it is to be.
func (f *followed) put(ctx context.Context, s *scheduled) error {
	schedules := f.client.sdk.ScheduleClient()
	h := schedules.GetHandle(ctx, s.id)
	now := time.Now().UTC()
	mark := scheduleMark{Of: f.place, Digest: s.digest, Times: s.times, Since: now, Flow: s.plan.Flow}
	for range 3 {
		found, err := h.Describe(ctx)
		if isUnknown(err) {
			_, err = schedules.Create(ctx, client.ScheduleOptions{
				ID: s.id, Spec: s.spec, Action: f.client.action(s, mark), Overlap: policy.Overlap, CatchupWindow: policy.CatchupWindow,
				Memo: map[string]any{memoFlow: s.plan.Flow, memoTrigger: s.plan.Trigger},
			})
			if errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
				continue // another process was faster
			}
			if err == nil {
				f.tell("Temporal follows the schedule %q of flow %s from now on, as %s", s.plan.Trigger, s.plan.Flow, s.id)
			}
			return err //nolint:wrapcheck // the caller says of which
		}
		if err != nil {
			return err //nolint:wrapcheck // as above
		}
		before, ours := f.client.markOf(found)
		switch {
		case !ours:
			return fmt.Errorf("there is a Schedule %s that starts something else: delete it, or name the trigger otherwise", s.id)
		case before.Digest == mark.Digest && before.Of == mark.Of:
			return nil
		case before.Times == mark.Times:
			mark.Since = before.Since
		}
		return f.change(ctx, h, found, s, mark)
	}
	return fmt.Errorf("the Schedule %s comes and goes", s.id)
}

// change changes a Schedule, and has what it started, and waits, go on with the program
// as it is now. One that somebody paused stays so.
func (f *followed) change(ctx context.Context, h client.ScheduleHandle, found *client.ScheduleDescription, s *scheduled, mark scheduleMark) error {
	action := f.client.action(s, mark)
	err := h.Update(ctx, client.ScheduleUpdateOptions{DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
		next := in.Description.Schedule
		next.Spec, next.Action, next.Policy = &s.spec, action, &policy
		return &client.ScheduleUpdate{Schedule: &next}, nil
	}})
	if err != nil {
		return err //nolint:wrapcheck // the caller says of which
	}
	f.tell("Temporal follows the schedule %q of flow %s as it is now", s.plan.Trigger, s.plan.Flow)
	plan := s.plan
	plan.Since = mark.Since
	for _, w := range found.Info.RunningWorkflows {
		if err := f.client.sdk.SignalWorkflow(ctx, w.WorkflowID, "", programSignal, tickProgram{Text: s.text, Plan: plan}); err != nil && !isUnknown(err) {
			return err //nolint:wrapcheck // as above
		}
	}
	return nil
}

// markOf returns what a Schedule says of itself; ours is false for one that is not of
// this package. A mark that another key encrypted is empty.
func (c *Client) markOf(found *client.ScheduleDescription) (mark scheduleMark, ours bool) {
	action, ok := found.Schedule.Action.(*client.ScheduleWorkflowAction)
	if !ok || action.Workflow != scheduleWorkflow {
		return mark, false
	}
	if p, ok := action.Memo[memoMark].(*commonpb.Payload); ok {
		data, _ := c.options.Keys.Converters()
		if err := data.FromPayload(p, &mark); err != nil {
			return scheduleMark{}, true
		}
	}
	return mark, true
}

// removeOthers deletes the Schedules that are followed no more.
func (f *followed) removeOthers(ctx context.Context, names []string) error {
	schedules := f.client.sdk.ScheduleClient()
	all, err := schedules.List(ctx, client.ScheduleListOptions{})
	if err != nil {
		return fmt.Errorf("listing the Schedules: %w", err)
	}
	for all.HasNext() {
		one, err := all.Next()
		if err != nil {
			return fmt.Errorf("listing the Schedules: %w", err)
		}
		if !strings.HasPrefix(one.ID, f.client.scheduleFamily()) || f.wanted[one.ID] {
			continue
		}
		if err := f.remove(ctx, schedules.GetHandle(ctx, one.ID), names); err != nil && !isUnknown(err) {
			return fmt.Errorf("the Schedule %s: %w", one.ID, err)
		}
	}
	return nil
}

// remove deletes a Schedule, where it is of a flow that is served without it, or of this
// place and of a flow that is gone. What waits for a run begins nothing any more; runs
// go on.
func (f *followed) remove(ctx context.Context, h client.ScheduleHandle, names []string) error {
	found, err := h.Describe(ctx)
	if err != nil {
		return err //nolint:wrapcheck // the caller says of which
	}
	mark, ours := f.client.markOf(found)
	if !ours || !slices.Contains(names, mark.Flow) && mark.Of != f.place {
		return nil
	}
	if err := h.Delete(ctx); err != nil {
		return err //nolint:wrapcheck // as above
	}
	f.tell("Temporal does not follow %s any more: the flows have no such schedule", h.GetID())
	for _, w := range found.Info.RunningWorkflows {
		if err := f.client.sdk.TerminateWorkflow(ctx, w.WorkflowID, "", "the schedule is gone"); err != nil && !isUnknown(err) {
			return err //nolint:wrapcheck // as above
		}
	}
	return nil
}
