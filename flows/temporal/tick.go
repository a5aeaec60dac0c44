package temporal

import (
	"errors"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/medlar-flow/medlar/internal/tick"
)

// scheduleWorkflow is the type of what a Schedule starts at each of its times. It
// decides by our own rules which ticks have come and what becomes of them, begins
// their runs, and ends, unless ticks wait for a run: how far the schedule has come is
// its result, which the server gives to the next one.
const scheduleWorkflow = "medlar.schedule"

// decideActivity decides on ticks.
const decideActivity = "medlar.ticks"

// programSignal brings the program to one that waits, after it has changed.
const programSignal = "medlar.program"

// tickPlan says which trigger of a program ticks.
type tickPlan struct {
	Flow    string    `json:"flow"`
	Trigger string    `json:"trigger"`
	Since   time.Time `json:"since"` // when a server began to have these times followed: those before are not missed
}

// tickProgram is what programSignal brings.
type tickProgram struct {
	Text []byte   `json:"text"`
	Plan tickPlan `json:"plan"`
}

// tickState is how far a schedule has come.
type tickState struct {
	Times string      `json:"times"` // the schedule and its zone, in one spelling
	Seen  time.Time   `json:"seen"`  // ticks up to it are decided on
	From  time.Time   `json:"from"`  // as far as they were before that
	Due   []time.Time `json:"due,omitempty"`
	Runs  []string    `json:"runs,omitempty"` // the latest
	Out   int64       `json:"out,omitempty"`  // ticks that began no run, as the trigger says
}

// maxTicks bounds the runs that one workflow of a schedule begins before another one
// continues it.
const maxTicks = 100

// following is a workflow of a schedule.
type following struct {
	engine  *engine
	program tickProgram
	state   *tickState
	planned *time.Time // why it was started, until that is decided on
	waited  bool       // for a run, since the schedule was looked at
	pause   time.Duration
}

// ticks is the workflow of a schedule.
func (e *engine) ticks(ctx workflow.Context, rawText, rawPlan, rawState converter.RawValue) (*tickState, error) {
	f := &following{engine: e, state: &tickState{}}
	for _, err := range []error{
		e.data.FromPayload(rawText.Payload(), &f.program.Text), e.data.FromPayload(rawPlan.Payload(), &f.program.Plan),
		e.data.FromPayload(rawState.Payload(), &f.state),
	} {
		if err != nil {
			panic(err) // another worker may be able to read it
		}
	}
	if f.state == nil { // it was started by the schedule, and not by one that it continues
		f.state, f.planned = &tickState{}, plannedTime(ctx)
		if workflow.HasLastCompletionResult(ctx) {
			if err := workflow.GetLastCompletionResult(ctx, f.state); err != nil {
				panic(err) // as above
			}
		}
	}
	for range maxTicks {
		again, err := f.step(ctx)
		if err != nil {
			return nil, err
		}
		if !again {
			return f.state, nil
		}
	}
	return nil, workflow.NewContinueAsNewError(ctx, scheduleWorkflow, f.program.Text, f.program.Plan, f.state)
}

// plannedTime is the time of the schedule that the workflow was started for; nil where
// it was started otherwise.
func plannedTime(ctx workflow.Context) *time.Time {
	at, ok := workflow.GetTypedSearchAttributes(ctx).GetTime(plannedAttribute)
	if !ok {
		return nil
	}
	at = at.UTC()
	return &at
}

var plannedAttribute = temporal.NewSearchAttributeKeyTime("TemporalScheduledStartTime")

// step does the next that is to be done, and reports whether there may be more.
func (f *following) step(ctx workflow.Context) (again bool, err error) {
	signals := workflow.GetSignalChannel(ctx, programSignal)
	for signals.ReceiveAsync(&f.program) { //nolint:revive // the last one counts
	}
	told, err := f.decide(ctx)
	if err != nil { // another worker may be able to, or this one later
		workflow.GetLogger(ctx).Error("What becomes of the ticks of a schedule cannot be decided; it is tried again.", "Reason", err.Error())
		return true, f.rest(ctx)
	}
	f.state, f.planned, f.waited = told.State, nil, told.Busy
	switch {
	case told.Busy:
		return true, f.rest(ctx)
	case told.Start == nil:
		return false, nil
	}
	f.pause = 0
	return true, f.begin(ctx, told)
}

// decide asks what becomes of the ticks. The answer is recorded, so that it is the same
// when the workflow is replayed, whatever has become of zones and programs.
func (f *following) decide(ctx workflow.Context) (*tickTold, error) {
	ask := &tickAsk{program: f.program, state: f.state, planned: f.planned, waited: f.waited, now: workflow.Now(ctx)}
	ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		ScheduleToCloseTimeout: time.Minute, RetryPolicy: &temporal.RetryPolicy{MaximumAttempts: 1},
	})
	told := &tickTold{}
	err := workflow.ExecuteLocalActivity(ctx, decideActivity, ask).Get(ctx, told)
	return told, err //nolint:wrapcheck // it says all
}

// rest waits a little, each time longer.
func (f *following) rest(ctx workflow.Context) error {
	f.pause = min(max(2*f.pause, time.Second), 30*time.Second)
	return workflow.NewTimer(ctx, f.pause).Get(ctx, nil) //nolint:wrapcheck // somebody ends it
}

// begin starts the run of a tick, and waits for its end where ticks wait for that.
func (f *following) begin(ctx workflow.Context, told *tickTold) error {
	s := told.Start
	free, _ := workflow.NewDisconnectedContext(ctx)
	p := &Prepared{Flow: s.Flow, version: s.Version}
	p.event.Trigger, p.event.Digest, p.start = f.program.Plan.Trigger, s.Digest, &start{at: s.At}
	free = workflow.WithChildOptions(free, workflow.ChildWorkflowOptions{
		WorkflowID: s.ID, StaticSummary: s.Flow, Memo: p.began(map[string]any{memoFlow: s.Flow}),
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		ParentClosePolicy:     enumspb.PARENT_CLOSE_POLICY_ABANDON,
	})
	run := workflow.ExecuteChildWorkflow(free, flowWorkflow, s.Text, []byte(nil))
	err := run.GetChildWorkflowExecution().Get(free, nil)
	var exists *temporal.ChildWorkflowExecutionAlreadyStartedError
	if errors.As(err, &exists) {
		return nil // the tick has begun its run before
	}
	if err != nil {
		return err //nolint:wrapcheck // the server shows it
	}
	if s.Overlap == tick.Allow || s.Overlap == tick.Skip && len(f.state.Due) == 0 {
		return nil
	}
	f.waited = true
	ended := workflow.NewSelector(ctx)
	ended.AddFuture(run, func(workflow.Future) {})
	ended.AddReceive(ctx.Done(), func(workflow.ReceiveChannel, bool) {})
	ended.Select(ctx)
	return ctx.Err() //nolint:wrapcheck // somebody ends it
}
