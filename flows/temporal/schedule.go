package temporal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/internal/tick"
)

// Scheduled is a schedule of a flow that a server of Temporal is to follow.
type Scheduled struct {
	Flow    *flows.Flow
	Trigger *flows.Trigger
	Options []flows.RunOption // of its runs
}

// scheduled is one that is ready to be followed.
type scheduled struct {
	id     string
	text   []byte // the program and what it begins with
	plan   tickPlan
	times  string
	spec   client.ScheduleSpec
	digest string // of all that a Schedule is made of
}

// catchup is how late a server that was away may start what it missed: that brings up
// the ticks, and what becomes of them is decided then.
const catchup = 10 * 365 * 24 * time.Hour

// scheduleID names the Schedule of a trigger. Files may move: it is known by its flow
// and its name, as the runs of the trigger are, and by the task queue of its workers.
func (c *Client) scheduleID(flow, trigger string) string {
	return c.scheduleFamily() + plainID(flow) + "/" + plainID(trigger)
}

// plainID is a name where it can stand in a header, as Temporal's clients send ids; else
// it is escaped.
func plainID(name string) string {
	if strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r > '~' || r == '%' }) {
		return url.PathEscape(name)
	}
	return name
}

func (c *Client) scheduleFamily() string {
	if c.options.TaskQueue == DefaultTaskQueue {
		return "medlar/"
	}
	return "medlar@" + c.options.TaskQueue + "/"
}

// CheckSchedule says why a schedule cannot be followed, such as ErrNeedsKey where a
// value of the environment that its runs begin with is secret; nil where it can.
func (c *Client) CheckSchedule(ctx context.Context, s Scheduled, how StartOptions) error {
	_, err := c.scheduled(ctx, s, how, time.Now())
	return err
}

func (c *Client) scheduled(ctx context.Context, s Scheduled, how StartOptions, now time.Time) (*scheduled, error) {
	t := s.Trigger
	rules, err := tick.NewRules(t.Schedule, t.Zone, t.Overlap, t.Missed)
	if err != nil {
		return nil, err //nolint:wrapcheck // it says all
	}
	out := &scheduled{id: c.scheduleID(s.Flow.Name(), t.Name), plan: tickPlan{Flow: s.Flow.Name(), Trigger: t.Name}, times: rules.Times}
	_, err = s.Flow.Run(ctx, nil, append(slices.Clip(s.Options), flows.WithRunID(out.id), runtime.WithoutInputs(), runtime.Remotely(func(e runtime.Execution) error {
		if err := refuseOfProcess(e); err != nil {
			return err
		}
		own := newStart(e, s.Flow.Name(), how.Sandbox)
		own.at = 0 // the same program is the same text
		var err error
		out.text, err = own.write(e, c.Encrypted())
		return err
	}))...)
	if err != nil {
		return nil, err //nolint:wrapcheck // it says all
	}
	if len(out.text) > maxPayload {
		return nil, &tooLargeError{"what the runs of the schedule begin with", len(out.text), maxPayload}
	}
	// The changes of a zone's clock are looked at from the same moment on until the next
	// year, so that servers agree on what a Schedule is.
	year := time.Date(now.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
	out.spec = specOf(rules.Schedule.Wakes(year, wakeYears))
	text, err := json.Marshal([]any{1, out.id, out.text, out.plan, out.times, out.spec, c.options.TaskQueue})
	if err != nil {
		return nil, fmt.Errorf("writing a schedule: %w", err)
	}
	sum := sha256.Sum256(text)
	out.digest = hex.EncodeToString(sum[:])
	return out, nil
}

// scheduleMark is what a Schedule says of itself, beside what it starts.
type scheduleMark struct {
	Of     string    `json:"of"`     // the place that it is served from
	Digest string    `json:"digest"` // of all that it is made of
	Times  string    `json:"times"`  // the schedule and its zone
	Since  time.Time `json:"since"`  // when these were first followed
	Flow   string    `json:"flow"`
}

// memoMark holds it.
const memoMark = "medlar"

// action returns what a Schedule starts.
func (c *Client) action(s *scheduled, mark scheduleMark) *client.ScheduleWorkflowAction {
	plan := s.plan
	plan.Since = mark.Since
	return &client.ScheduleWorkflowAction{
		ID: s.id, Workflow: scheduleWorkflow, TaskQueue: c.options.TaskQueue,
		Args: []any{s.text, plan, (*tickState)(nil)}, Memo: map[string]any{memoMark: mark}, StaticSummary: s.plan.Flow,
	}
}

// policy is the same for all: what a schedule starts decides itself what becomes of its
// ticks, and one more is started after it where there was a tick meanwhile.
var policy = client.SchedulePolicies{Overlap: enumspb.SCHEDULE_OVERLAP_POLICY_BUFFER_ONE, CatchupWindow: catchup}
