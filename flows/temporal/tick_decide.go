package temporal

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/activity"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/event"
	"github.com/medlar-flow/medlar/internal/tick"
	"github.com/medlar-flow/medlar/internal/value"
)

// tickAsk is what is to be decided.
type tickAsk struct {
	program tickProgram
	state   *tickState
	planned *time.Time
	waited  bool
	now     time.Time
}

// tickTold is what was decided.
type tickTold struct {
	State *tickState `json:"state"`
	// Start is the run that begins now; nil for none.
	Start *tickStart `json:"start,omitempty"`
	Busy  bool       `json:"busy,omitempty"` // the next tick waits for a run
}

// tickStart is the run of a tick.
type tickStart struct {
	ID      string `json:"id"`
	Text    []byte `json:"text"` // that it begins with
	Flow    string `json:"flow"`
	Version string `json:"version"`
	Digest  []byte `json:"digest"`
	Overlap string `json:"overlap"`
	At      int64  `json:"at"`
}

// decideTicks decides. It is a local activity, whose arguments stay in the process.
func (e *engine) decideTicks(ctx context.Context, ask *tickAsk) (*tickTold, error) {
	s, err := readStart(ask.program.Text)
	if err != nil {
		return nil, err
	}
	flow, err := e.load(s)
	if err != nil {
		return nil, err
	}
	d := &deciding{engine: e, ask: ask, start: s, flow: flow}
	for _, t := range flow.Triggers() {
		if t.Name == ask.program.Plan.Trigger && t.Schedule != "" {
			d.trigger = t
		}
	}
	if d.trigger == nil {
		return nil, fmt.Errorf("flow %s has no schedule %q", flow.Name(), ask.program.Plan.Trigger)
	}
	if d.rules, err = tick.NewRules(d.trigger.Schedule, d.trigger.Zone, d.trigger.Overlap, d.trigger.Missed); err != nil {
		return nil, err //nolint:wrapcheck // it says all
	}
	return d.decide(ctx)
}

// deciding decides on ticks.
type deciding struct {
	engine  *engine
	ask     *tickAsk
	start   *start // with the program
	flow    *flows.Flow
	trigger *flows.Trigger
	rules   *tick.Rules
	state   tickState
}

// wakeYears is for how many years the changes of a zone are looked at.
const wakeYears = 30

func (d *deciding) decide(ctx context.Context) (*tickTold, error) {
	d.state = *d.ask.state
	d.state.Due, d.state.Runs = slices.Clone(d.state.Due), slices.Clone(d.state.Runs)
	if since := d.ask.program.Plan.Since; d.state.Times != d.rules.Times || d.state.Seen.Before(since) {
		d.state.Times, d.state.Seen, d.state.From, d.state.Due = d.rules.Times, since, since, nil
	}
	if at := d.ask.planned; at != nil && d.byHand(*at) {
		d.state.Due = append([]time.Time{*at}, d.state.Due...)
	}
	if err := d.news(ctx); err != nil {
		return nil, err
	}
	for len(d.state.Due) > 0 {
		if d.trigger.Overlap != tick.Allow {
			busy, err := d.goes(ctx)
			if err != nil || busy {
				return &tickTold{State: &d.state, Busy: true}, err
			}
		}
		at := d.state.Due[0]
		d.state.Due = d.state.Due[1:]
		run, err := d.begin(at)
		if err != nil {
			d.say(ctx, "The tick begins no run.", "Tick", value.FormatTime(at), "Reason", err.Error())
		}
		if run != nil {
			return &tickTold{State: &d.state, Start: run}, nil
		}
	}
	return &tickTold{State: &d.state}, nil
}

// byHand reports whether somebody asked for the time by hand: at a moment at which the
// schedule starts nothing, or for a tick that was decided on long ago, or that has not come.
func (d *deciding) byHand(at time.Time) bool {
	wakes := d.rules.Schedule.Wakes(d.ask.program.Plan.Since, wakeYears)
	if !wakes.Match(at) {
		return true
	}
	next, ok := d.rules.Schedule.Next(at.Add(-time.Second))
	return ok && next.Equal(at) && (!at.After(d.state.From) || at.After(d.ask.now))
}

// news decides on the ticks that have come.
func (d *deciding) news(ctx context.Context) error {
	kept := tick.Kept{Times: d.state.Times, Seen: d.state.Seen, Due: d.state.Due}
	var n *tick.News
	if d.ask.waited {
		n = d.rules.During(kept, d.ask.now)
	} else {
		n = d.rules.News(kept, d.ask.now)
	}
	if d.ask.planned != nil {
		d.state.From = d.state.Seen
	}
	if n == nil {
		return nil
	}
	busy := d.ask.waited
	if !busy && d.rules.Overlap == tick.Skip && len(n.Fresh) > 0 {
		var err error
		if busy, err = d.goes(ctx); err != nil {
			return err
		}
	}
	to := d.rules.Settle(n, kept, busy)
	d.state.Seen, d.state.Due = to.Seen, to.Due
	d.state.Out += int64(n.Missed + n.Skipped + n.Full)
	d.tell(ctx, n)
	return nil
}

// tell says what became of ticks that begin no run.
func (d *deciding) tell(ctx context.Context, n *tick.News) {
	if n.Back > 0 {
		d.say(ctx, "The clock was set back: ticks go on from the new time.", "By", n.Back.String())
	}
	if n.Cut {
		d.say(ctx, "More ticks passed than are looked at: those before the last 100 begin no run.")
	}
	if n.Missed > 0 {
		d.say(ctx, "Ticks that passed while nobody served begin no run.", "Ticks", n.Missed, "Missed", d.trigger.Missed)
	}
	if n.Full > 0 {
		d.say(ctx, "Ticks begin no run, since 100 wait for theirs already.", "Ticks", n.Full)
	}
	if n.Skipped > 0 {
		d.say(ctx, "Ticks begin no run, since the one before goes.", "Ticks", n.Skipped, "Overlap", d.trigger.Overlap)
	}
}

func (d *deciding) say(ctx context.Context, text string, more ...any) {
	activity.GetLogger(ctx).Warn(text, append([]any{"Flow", d.flow.Name(), "Trigger", d.trigger.Name}, more...)...)
}

// goes reports whether one of the latest runs, or what it was restarted as, has not
// ended.
func (d *deciding) goes(ctx context.Context) (bool, error) {
	server := activity.GetClient(ctx)
	for _, run := range slices.Backward(d.state.Runs) {
		name := run
		for n := 2; ; n++ {
			found, err := server.DescribeWorkflowExecution(ctx, name, "")
			if isUnknown(err) {
				break
			}
			if err != nil {
				return false, fmt.Errorf("asking for run %s: %w", name, err)
			}
			switch found.GetWorkflowExecutionInfo().GetStatus() {
			case enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING:
				return true, nil
			case enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED:
			default:
				name = run + "." + strconv.Itoa(n)
				continue
			}
			break
		}
	}
	return false, nil
}

// begin makes the run of a tick; nil for none.
func (d *deciding) begin(at time.Time) (*tickStart, error) {
	asked, err := event.Tick(d.flow, d.trigger, at, d.ask.now)
	if err != nil || asked == nil {
		return nil, err //nolint:wrapcheck // it names the place
	}
	s := &tickStart{ID: asked.Run, Flow: d.flow.Name(), Version: d.flow.Version(), Digest: asked.Digest, Overlap: d.trigger.Overlap, At: d.ask.now.UnixNano()}
	options := []flows.RunOption{
		flows.WithEnv(func(string) (string, bool) { return "", false }), runtime.WithPinnedEnv(d.start.env), runtime.WithConnections(d.start.connections),
		flows.WithTimeout(d.start.timeout), flows.WithOrigin(d.start.origin), flows.WithRunID(s.ID), flows.WithTrigger(d.trigger.Name, s.Digest),
		flows.WithCaller(report.Caller{Kind: "schedule"}),
		runtime.Remotely(func(e runtime.Execution) error {
			own := newStart(e, s.Flow, d.start.local)
			own.at, own.files, own.attributes, own.version = s.At, d.start.files, d.start.attributes, s.Version
			var err error
			s.Text, err = own.write(e, d.engine.keyed)
			return err
		}),
	}
	if _, err := d.flow.Run(context.Background(), asked.Inputs, options...); err != nil {
		return nil, err //nolint:wrapcheck // it says all
	}
	d.state.Runs = append(d.state.Runs, s.ID)
	keep := 1
	if d.trigger.Overlap == tick.Allow {
		keep = maxTicks
	}
	d.state.Runs = d.state.Runs[max(0, len(d.state.Runs)-keep):]
	return s, nil
}
