package temporaltest

import (
	"context"
	"fmt"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	failurepb "go.temporal.io/api/failure/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
	sdk "go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/proto"

	"github.com/medlar-flow/medlar/flows/temporal"
)

// History takes what a server would get of a run: what it keeps in histories
// and shows to those who look into them.
type History struct {
	Keys temporal.Keys // encrypt, as those of temporal.Options do
	// Tell takes each part, as it would be sent; what is what it is: "payload"
	// for inputs, results, signals and details, "failure", or the field that is
	// sent as it is, such as "workflow id". Several goroutines may call it at the
	// same time. It may be nil.
	Tell func(what string, sent []byte)
}

func (h History) tell(what string, sent ...any) {
	if h.Tell != nil {
		h.Tell(what, []byte(fmt.Sprint(sent...)))
	}
}

func (h History) message(what string, m proto.Message) {
	if h.Tell == nil {
		return
	}
	text, err := proto.Marshal(m)
	if err != nil {
		panic(err) // the SDK would not send it
	}
	h.Tell(what, text)
}

// started tells what a run is started with beside its arguments.
func (h History) started(p *temporal.Prepared) {
	options := p.Options("medlar")
	h.tell("workflow id", options.ID)
	h.tell("workflow type", p.Workflow)
	h.tell("summary", options.StaticSummary, options.StaticDetails)
	h.tell("memo", options.Memo)
	h.tell("search attributes", options.TypedSearchAttributes.GetUntypedValues())
}

// converters are those of a worker, and tell what they send.
func (h History) converters() (converter.DataConverter, converter.FailureConverter) {
	data, failures := h.Keys.Converters()
	return tellingData{data, h}, tellingFailures{failures, h}
}

type tellingData struct {
	converter.DataConverter
	history History
}

// ToPayload tells what it gives.
func (d tellingData) ToPayload(v any) (*commonpb.Payload, error) {
	p, err := d.DataConverter.ToPayload(v)
	d.history.message("payload", p)
	return p, err //nolint:wrapcheck // the converter's
}

// ToPayloads tells what it gives.
func (d tellingData) ToPayloads(v ...any) (*commonpb.Payloads, error) {
	p, err := d.DataConverter.ToPayloads(v...)
	d.history.message("payload", p)
	return p, err //nolint:wrapcheck // the converter's
}

type tellingFailures struct {
	converter.FailureConverter
	history History
}

// ErrorToFailure tells what it gives.
func (f tellingFailures) ErrorToFailure(err error) *failurepb.Failure {
	failure := f.FailureConverter.ErrorToFailure(err)
	f.history.message("failure", failure)
	return failure
}

// witness tells what is sent without a converter, and how workflows and
// activities end, which the environment does not convert in each case.
type witness struct {
	interceptor.WorkerInterceptorBase
	history History
}

func (w *witness) ended(err error) {
	if err != nil {
		_, failures := w.history.converters()
		failures.ErrorToFailure(err)
	}
}

// InterceptWorkflow is called by the environment.
func (w *witness) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return &witnessIn{interceptor.WorkflowInboundInterceptorBase{Next: next}, w}
}

// InterceptActivity is called by the environment.
func (w *witness) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &witnessActivity{interceptor.ActivityInboundInterceptorBase{Next: next}, w}
}

type witnessIn struct {
	interceptor.WorkflowInboundInterceptorBase
	w *witness
}

func (i *witnessIn) Init(out interceptor.WorkflowOutboundInterceptor) error {
	return i.Next.Init(&witnessOut{interceptor.WorkflowOutboundInterceptorBase{Next: out}, i.w.history}) //nolint:wrapcheck // the environment's
}

// ExecuteWorkflow tells how a workflow ends.
func (i *witnessIn) ExecuteWorkflow(ctx workflow.Context, in *interceptor.ExecuteWorkflowInput) (any, error) {
	v, err := i.Next.ExecuteWorkflow(ctx, in)
	i.w.ended(err)
	return v, err //nolint:wrapcheck // the workflow's
}

// ExecuteUpdate tells how an update ends.
func (i *witnessIn) ExecuteUpdate(ctx workflow.Context, in *interceptor.UpdateInput) (any, error) {
	v, err := i.Next.ExecuteUpdate(ctx, in)
	i.w.ended(err)
	return v, err //nolint:wrapcheck // the workflow's
}

// ValidateUpdate tells why an update is refused.
func (i *witnessIn) ValidateUpdate(ctx workflow.Context, in *interceptor.UpdateInput) error {
	err := i.Next.ValidateUpdate(ctx, in)
	i.w.ended(err)
	return err //nolint:wrapcheck // the workflow's
}

type witnessOut struct {
	interceptor.WorkflowOutboundInterceptorBase
	history History
}

// ExecuteActivity tells what an activity is named.
func (o *witnessOut) ExecuteActivity(ctx workflow.Context, name string, args ...any) workflow.Future {
	options := workflow.GetActivityOptions(ctx)
	o.history.tell("activity", name, " ", options.ActivityID, " ", options.Summary, " ", options.TaskQueue)
	return o.Next.ExecuteActivity(ctx, name, args...)
}

// ExecuteChildWorkflow tells what a child is named.
func (o *witnessOut) ExecuteChildWorkflow(ctx workflow.Context, name string, args ...any) workflow.ChildWorkflowFuture {
	options := workflow.GetChildWorkflowOptions(ctx)
	o.history.tell("child workflow", name, " ", options.WorkflowID, " ", options.StaticSummary, " ", options.StaticDetails, " ", options.Memo,
		" ", options.TypedSearchAttributes.GetUntypedValues())
	return o.Next.ExecuteChildWorkflow(ctx, name, args...)
}

// NewTimerWithOptions tells what a timer is named.
func (o *witnessOut) NewTimerWithOptions(ctx workflow.Context, d time.Duration, options workflow.TimerOptions) workflow.Future {
	o.history.tell("timer", options.Summary)
	return o.Next.NewTimerWithOptions(ctx, d, options)
}

// UpsertTypedSearchAttributes tells what people can look for.
func (o *witnessOut) UpsertTypedSearchAttributes(ctx workflow.Context, changes ...sdk.SearchAttributeUpdate) error {
	o.history.tell("search attributes", sdk.NewSearchAttributes(changes...).GetUntypedValues())
	return o.Next.UpsertTypedSearchAttributes(ctx, changes...) //nolint:wrapcheck // the environment's
}

// UpsertMemo tells what people read.
func (o *witnessOut) UpsertMemo(ctx workflow.Context, memo map[string]any) error {
	o.history.tell("memo", memo)
	return o.Next.UpsertMemo(ctx, memo) //nolint:wrapcheck // the environment's
}

type witnessActivity struct {
	interceptor.ActivityInboundInterceptorBase
	w *witness
}

// ExecuteActivity tells how an activity ends.
func (a *witnessActivity) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	v, err := a.Next.ExecuteActivity(ctx, in)
	a.w.ended(err)
	return v, err //nolint:wrapcheck // the activity's
}
