package temporal

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
)

// talk says things to a server through near. What the server answers to a start, a
// poll and a task that was done has the next token of the run, where there is one.
type talk struct {
	t     *testing.T
	near  *near
	token string // of the answer; empty for none
	fails error
	asked int // how often the server was asked for an end
}

func (x *talk) say(request, reply any) error {
	return x.near.intercept(x.t.Context(), "", request, reply, nil, func(_ context.Context, _ string, _, reply any, _ *grpc.ClientConn, _ ...grpc.CallOption) error {
		task := &workflowservice.PollWorkflowTaskQueueResponse{TaskToken: []byte(x.token), WorkflowExecution: &commonpb.WorkflowExecution{RunId: "r"}}
		if x.token == "" {
			task = nil
		}
		switch answer := reply.(type) {
		case *workflowservice.StartWorkflowExecutionResponse:
			answer.RunId, answer.EagerWorkflowTask = "r", task
		case *workflowservice.PollWorkflowTaskQueueResponse:
			answer.TaskToken, answer.WorkflowExecution = task.GetTaskToken(), task.GetWorkflowExecution()
		case *workflowservice.RespondWorkflowTaskCompletedResponse:
			answer.WorkflowTask = task
		case *workflowservice.GetWorkflowExecutionHistoryResponse:
			x.asked++
			answer.History = &historypb.History{Events: []*historypb.HistoryEvent{{EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED}}}
		}
		return x.fails
	})
}

func (x *talk) start(request *workflowservice.StartWorkflowExecutionRequest, token string) {
	x.token = token
	_ = x.say(request, &workflowservice.StartWorkflowExecutionResponse{})
}

func (x *talk) poll(token string) {
	x.token = token
	_ = x.say(&workflowservice.PollWorkflowTaskQueueRequest{}, &workflowservice.PollWorkflowTaskQueueResponse{})
}

// done says that the task of a token is done, and gets the next one with the answer.
func (x *talk) done(token, next string, commands ...*commandpb.Command) {
	x.token = next
	_ = x.say(&workflowservice.RespondWorkflowTaskCompletedRequest{TaskToken: []byte(token), Commands: commands}, &workflowservice.RespondWorkflowTaskCompletedResponse{})
}

// end waits for the end of the run and gives what kind of end it is told.
func (x *talk) end() *historypb.HistoryEvent {
	x.t.Helper()
	reply := &workflowservice.GetWorkflowExecutionHistoryResponse{}
	if err := x.say(&workflowservice.GetWorkflowExecutionHistoryRequest{
		Execution: &commonpb.WorkflowExecution{RunId: "r"}, WaitNewEvent: true, HistoryEventFilterType: enumspb.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT,
	}, reply); err != nil {
		x.t.Fatal(err)
	}
	return reply.GetHistory().GetEvents()[0]
}

// knowsNothing fails where something is still known of a run.
func (x *talk) knowsNothing() {
	x.near.mu.Lock()
	defer x.near.mu.Unlock()
	if runs, tasks := len(x.near.runs), len(x.near.tasks); runs+tasks > 0 {
		x.t.Errorf("%d runs and %d tasks are still known", runs, tasks)
	}
}

var (
	goesOn    = &commandpb.Command{Attributes: &commandpb.Command_StartTimerCommandAttributes{}}
	asAnother = &commandpb.Command{Attributes: &commandpb.Command_ContinueAsNewWorkflowExecutionCommandAttributes{}}
	completes = &commandpb.Command{Attributes: &commandpb.Command_CompleteWorkflowExecutionCommandAttributes{
		CompleteWorkflowExecutionCommandAttributes: &commandpb.CompleteWorkflowExecutionCommandAttributes{Result: &commonpb.Payloads{Payloads: []*commonpb.Payload{{Data: []byte("result")}}}},
	}}
	fails = &commandpb.Command{Attributes: &commandpb.Command_FailWorkflowExecutionCommandAttributes{
		FailWorkflowExecutionCommandAttributes: &commandpb.FailWorkflowExecutionCommandAttributes{Failure: &failurepb.Failure{Message: "broken"}},
	}}
	cancels = &commandpb.Command{Attributes: &commandpb.Command_CancelWorkflowExecutionCommandAttributes{
		CancelWorkflowExecutionCommandAttributes: &commandpb.CancelWorkflowExecutionCommandAttributes{Details: &commonpb.Payloads{Payloads: []*commonpb.Payload{{Data: []byte("why")}}}},
	}}
	startRequest = &workflowservice.StartWorkflowExecutionRequest{}
)

// Who waits for a run that is carried here is told its end as soon as the server has
// it, and asks the server wherever that is not so.
func TestNear(t *testing.T) {
	for name, test := range map[string]struct {
		do    func(x *talk) // from a second goroutine, while the end is waited for
		asked int           // of the server
		after time.Duration // the end is known, from the start on
	}{
		"one task":                     {func(x *talk) { x.done("1", "", completes) }, 0, 0},
		"two tasks, the second polled": {func(x *talk) { x.done("1", "", goesOn); x.poll("2"); x.done("2", "", completes) }, 0, 0},
		"two tasks, the second with the answer to the first": {func(x *talk) { x.done("1", "2", goesOn); x.done("2", "", completes) }, 0, 0},
		"a task every moment": {func(x *talk) {
			for _, token := range []string{"2", "3", "4"} {
				time.Sleep(900 * time.Millisecond)
				x.poll(token)
			}
			x.done("4", "", completes)
		}, 0, 2700 * time.Millisecond},
		"tasks without an end": {func(x *talk) {
			for range 100 {
				time.Sleep(900 * time.Millisecond)
				x.poll("2")
			}
		}, 1, nearLimit},
		"nothing is heard":                     {func(*talk) {}, 1, time.Second},
		"nothing more is heard":                {func(x *talk) { time.Sleep(time.Second / 2); x.done("1", "", goesOn) }, 1, 1500 * time.Millisecond},
		"it continues as another one":          {func(x *talk) { x.done("1", "", asAnother) }, 1, time.Second},
		"a task of another run":                {func(x *talk) { x.done("9", "", completes) }, 1, time.Second},
		"a task that had another one after it": {func(x *talk) { x.poll("2"); x.done("1", "", completes) }, 1, time.Second},
		"the server does not accept the end":   {func(x *talk) { x.fails = errors.New("no"); x.done("1", "", completes); x.fails = nil }, 1, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				x := &talk{t: t, near: newNear(nearPatience)}
				x.start(startRequest, "1")
				began := time.Now()
				var doing sync.WaitGroup
				doing.Go(func() { test.do(x) })
				waits := &talk{t: t, near: x.near}
				waits.end()
				if took := time.Since(began); waits.asked != test.asked || took != test.after {
					t.Errorf("known after %s, asked %d times; want %s and %d", took, waits.asked, test.after, test.asked)
				}
				doing.Wait()
				time.Sleep(time.Minute)
				x.knowsNothing()
			})
		})
	}
}

// What is not carried here, or could go on after its end, is asked for at once.
func TestNotNear(t *testing.T) {
	for name, start := range map[string]func(x *talk){
		"of somebody else":     func(*talk) {},
		"without a first task": func(x *talk) { x.start(startRequest, "") },
		"on a schedule":        func(x *talk) { x.start(&workflowservice.StartWorkflowExecutionRequest{CronSchedule: "@daily"}, "1") },
		"that is retried": func(x *talk) {
			x.start(&workflowservice.StartWorkflowExecutionRequest{RetryPolicy: &commonpb.RetryPolicy{}}, "1")
		},
		"that ended a while ago": func(x *talk) { x.start(startRequest, "1"); x.done("1", "", completes); time.Sleep(2 * time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				x := &talk{t: t, near: newNear(nearPatience)}
				start(x)
				began := time.Now()
				if x.end(); x.asked != 1 || time.Since(began) != 0 {
					t.Errorf("asked %d times, after %s", x.asked, time.Since(began))
				}
				time.Sleep(time.Minute)
				x.knowsNothing()
			})
		})
	}
}

// Each end is told as the server would tell it, to everybody, also who comes a moment
// later; nothing is known any more after that.
func TestEndsAreTold(t *testing.T) {
	for name, test := range map[string]struct {
		command *commandpb.Command
		want    func(e *historypb.HistoryEvent) string
		is      string
	}{
		"completed": {completes, func(e *historypb.HistoryEvent) string {
			return string(e.GetWorkflowExecutionCompletedEventAttributes().GetResult().GetPayloads()[0].GetData())
		}, "WorkflowExecutionCompleted result"},
		"failed": {fails, func(e *historypb.HistoryEvent) string {
			return e.GetWorkflowExecutionFailedEventAttributes().GetFailure().GetMessage()
		}, "WorkflowExecutionFailed broken"},
		"canceled": {cancels, func(e *historypb.HistoryEvent) string {
			return string(e.GetWorkflowExecutionCanceledEventAttributes().GetDetails().GetPayloads()[0].GetData())
		}, "WorkflowExecutionCanceled why"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				x := &talk{t: t, near: newNear(nearPatience)}
				x.start(startRequest, "1")
				x.done("1", "", goesOn, test.command)
				first, second := x.end(), x.end()
				if got := first.GetEventType().String() + " " + test.want(first); got != test.is || first == second || x.asked > 0 {
					t.Errorf("told %s, the same twice: %v, asked %d times", got, first == second, x.asked)
				}
				time.Sleep(time.Minute)
				x.knowsNothing()
			})
		})
	}
}
