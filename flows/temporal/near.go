package temporal

import (
	"context"
	"sync"
	"time"

	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
)

// nearPatience is how long nothing may be heard of a run that this process carries
// before who waits for its end asks the server.
const nearPatience = time.Second

// nearLimit bounds a wait that the server is not asked for. A request for the end of
// a run has some 65 seconds, of which it needs 20 at the server.
const nearLimit = 10 * time.Second

// near watches what a client says to the server, for the ends of runs that it started
// and that this process carries: when the server has accepted that a run has ended,
// who waits for it here is told what was said, and need not ask. Of runs that others
// carry on it knows nothing for long.
type near struct {
	patience time.Duration

	mu    sync.Mutex
	runs  map[string]*nearRun // by the server's name of the run
	tasks map[string]*nearRun // by the token of the task under way
}

// nearRun is a run that is carried here, as far as one knows.
type nearRun struct {
	id, token string
	forget    *time.Timer
	over      chan struct{} // closed with the end of the run, or when it is forgotten
	end       *historypb.HistoryEvent
}

func newNear(patience time.Duration) *near {
	return &near{patience: patience, runs: map[string]*nearRun{}, tasks: map[string]*nearRun{}}
}

// intercept is a [grpc.UnaryClientInterceptor].
func (n *near) intercept(ctx context.Context, method string, request, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
	if asked, ok := request.(*workflowservice.GetWorkflowExecutionHistoryRequest); ok && isForEnd(asked) {
		if end := n.await(ctx, asked.GetExecution().GetRunId()); end != nil {
			proto.Merge(reply.(*workflowservice.GetWorkflowExecutionHistoryResponse), &workflowservice.GetWorkflowExecutionHistoryResponse{ //nolint:forcetypeassert // of this request
				History: &historypb.History{Events: []*historypb.HistoryEvent{end}},
			})
			return nil
		}
	}
	var carried *nearRun
	said, isSaid := request.(*workflowservice.RespondWorkflowTaskCompletedRequest)
	if isSaid {
		carried = n.take(string(said.GetTaskToken()))
	}
	if err := invoke(ctx, method, request, reply, conn, options...); err != nil {
		return err //nolint:wrapcheck // the SDK reads it
	}
	switch answer := reply.(type) {
	case *workflowservice.StartWorkflowExecutionResponse:
		if started, ok := request.(*workflowservice.StartWorkflowExecutionRequest); ok && started.GetCronSchedule() == "" && started.GetRetryPolicy() == nil {
			n.began(answer.GetRunId(), string(answer.GetEagerWorkflowTask().GetTaskToken()))
		}
	case *workflowservice.PollWorkflowTaskQueueResponse:
		n.seen(answer.GetWorkflowExecution(), answer.GetTaskToken())
	case *workflowservice.RespondWorkflowTaskCompletedResponse:
		if isSaid && carried != nil {
			n.ended(carried, endOf(said.GetCommands()))
		}
		n.seen(answer.GetWorkflowTask().GetWorkflowExecution(), answer.GetWorkflowTask().GetTaskToken())
	}
	return nil
}

// isForEnd reports whether a request waits for the end of a run, from the beginning.
func isForEnd(r *workflowservice.GetWorkflowExecutionHistoryRequest) bool {
	return r.GetWaitNewEvent() && r.GetHistoryEventFilterType() == enumspb.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT && len(r.GetNextPageToken()) == 0
}

// began notes a run whose first task came with the answer to its start.
func (n *near) began(id, token string) {
	if token == "" {
		return
	}
	run := &nearRun{id: id, token: token, over: make(chan struct{})}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.runs[id], n.tasks[token] = run, run
	run.forget = time.AfterFunc(n.patience, func() { n.drop(run) })
}

// seen notes a task of a run, if it is one of those here.
func (n *near) seen(of *commonpb.WorkflowExecution, token []byte) {
	n.mu.Lock()
	defer n.mu.Unlock()
	run := n.runs[of.GetRunId()]
	if run == nil || run.end != nil {
		return
	}
	delete(n.tasks, run.token)
	run.token = string(token)
	n.tasks[run.token] = run
	run.forget.Reset(n.patience)
}

// take returns the run of a task that was done; nil for one that is not here.
func (n *near) take(token string) *nearRun {
	n.mu.Lock()
	defer n.mu.Unlock()
	run := n.tasks[token]
	delete(n.tasks, token)
	return run
}

// ended notes what the server accepted of a run: its end, or nil while it goes on. The
// end is kept for a moment, for who is about to wait for it.
func (n *near) ended(run *nearRun, end *historypb.HistoryEvent) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.runs[run.id] != run {
		return // it was forgotten
	}
	run.forget.Reset(n.patience)
	if end != nil {
		run.end = end
		close(run.over)
	}
}

// drop forgets a run: it is carried elsewhere, waits, or has ended a while ago.
func (n *near) drop(run *nearRun) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.runs[run.id] != run {
		return
	}
	delete(n.runs, run.id)
	delete(n.tasks, run.token)
	if run.end == nil {
		close(run.over)
	}
}

// await waits for the end of a run; it is nil where the server is to be asked.
func (n *near) await(ctx context.Context, id string) *historypb.HistoryEvent {
	n.mu.Lock()
	run := n.runs[id]
	n.mu.Unlock()
	if run == nil {
		return nil
	}
	late := time.NewTimer(nearLimit)
	defer late.Stop()
	select {
	case <-run.over:
	case <-late.C:
		return nil
	case <-ctx.Done():
		return nil
	}
	if run.end == nil {
		return nil
	}
	return proto.CloneOf(run.end) // the SDK changes what it gets
}

// endOf returns the event by which a run ends, of what the server was asked to do; nil
// where it goes on, by itself or as another one.
func endOf(commands []*commandpb.Command) *historypb.HistoryEvent {
	for _, c := range commands {
		switch said := c.GetAttributes().(type) {
		case *commandpb.Command_CompleteWorkflowExecutionCommandAttributes:
			return &historypb.HistoryEvent{
				EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED,
				Attributes: &historypb.HistoryEvent_WorkflowExecutionCompletedEventAttributes{WorkflowExecutionCompletedEventAttributes: &historypb.WorkflowExecutionCompletedEventAttributes{
					Result: said.CompleteWorkflowExecutionCommandAttributes.GetResult(),
				}},
			}
		case *commandpb.Command_FailWorkflowExecutionCommandAttributes:
			return &historypb.HistoryEvent{
				EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED,
				Attributes: &historypb.HistoryEvent_WorkflowExecutionFailedEventAttributes{WorkflowExecutionFailedEventAttributes: &historypb.WorkflowExecutionFailedEventAttributes{
					Failure: said.FailWorkflowExecutionCommandAttributes.GetFailure(),
				}},
			}
		case *commandpb.Command_CancelWorkflowExecutionCommandAttributes:
			return &historypb.HistoryEvent{
				EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED,
				Attributes: &historypb.HistoryEvent_WorkflowExecutionCanceledEventAttributes{WorkflowExecutionCanceledEventAttributes: &historypb.WorkflowExecutionCanceledEventAttributes{
					Details: said.CancelWorkflowExecutionCommandAttributes.GetDetails(),
				}},
			}
		}
	}
	return nil
}
