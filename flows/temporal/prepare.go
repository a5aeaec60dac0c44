package temporal

import (
	"context"
	"errors"
	"fmt"
	"slices"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/internal/wire"
)

// Prepared is a run that is ready to be started, by Client.Start or with a
// client of the SDK: ExecuteWorkflow(ctx, Options(queue), Workflow, Args...).
type Prepared struct {
	ID       string // of the workflow and the run
	Flow     string // the name of the flow
	Workflow string // the name of the workflow's type
	Args     []any  // of the workflow

	start   *start
	event   runtime.Event // what began the run, where it was a trigger
	version string        // of the flow
}

// Options returns what the workflow is started with on a task queue. What
// people can look for is in the clear, so it holds no values of the run.
func (p *Prepared) Options(taskQueue string) client.StartWorkflowOptions {
	options := client.StartWorkflowOptions{
		ID: p.ID, TaskQueue: taskQueue, StaticSummary: p.Flow, Memo: p.began(map[string]any{memoFlow: p.Flow}),
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE, WorkflowExecutionErrorWhenAlreadyStarted: true,
	}
	if p.start.attributes {
		options.TypedSearchAttributes = temporal.NewSearchAttributes(flowAttribute.ValueSet(p.Flow), stateAttribute.ValueSet(stateRunning))
	}
	return options
}

// PrepareOptions say how a run is prepared.
type PrepareOptions struct {
	// Encrypted is true where all payloads are encrypted on their way.
	Encrypted bool
	// Sandbox is true for a run that is for workers with a sandbox.
	Sandbox bool
	// Attributes is true where the server knows the search attributes
	// MedlarFlow and MedlarState.
	Attributes bool
}

// Prepare checks the inputs and pins the program. The error is a
// *report.InputError, or ErrNeedsKey where a secret would reach the server.
// Secrets that the flow declares need not be there: the workers read them.
func Prepare(
	ctx context.Context, flow *flows.Flow, inputs map[string]any, how PrepareOptions, options ...flows.RunOption,
) (*Prepared, error) {
	prepared := &Prepared{Flow: flow.Name(), Workflow: flowWorkflow}
	_, err := flow.Run(ctx, inputs, append(slices.Clip(options), runtime.Remotely(func(e runtime.Execution) error {
		if err := refuseOfProcess(e); err != nil {
			return err
		}
		s := newStart(e, flow.Name(), how.Sandbox)
		s.attributes, s.version = how.Attributes, flow.Version()
		text, err := s.write(e, how.Encrypted)
		prepared.ID, prepared.Args, prepared.start = e.ID(), []any{text, []byte(nil)}, s
		prepared.event, prepared.version = e.Began(), flow.Version()
		return err
	}))...)
	if err != nil {
		return nil, err //nolint:wrapcheck // it says all
	}
	return prepared, nil
}

// refuseOfProcess refuses what a connection has that holds within one process.
func refuseOfProcess(e runtime.Execution) error {
	if at, what := e.OfProcess(); at != "" {
		return fmt.Errorf("%s: the connection has %s, which holds within one process, and on Temporal a run is in several: take it out, or run the flow without Temporal", at, what)
	}
	return nil
}

// ReadResult returns what Run gives from what the workflow of a run gave: its
// result, or its error. A declared secret in the result is masked.
func ReadResult(id, flow string, text []byte, err error) (*flows.Result, error) {
	if err != nil {
		return nil, readFailure(id, flow, err)
	}
	v, err := open(text, func(runtime.SecretRef) (string, error) { return masked, nil })
	m, ok := v.(map[string]any)
	if err != nil || !ok {
		return nil, fmt.Errorf("the result of run %s cannot be read: %w", id, errors.Join(err, errStart))
	}
	result := &flows.Result{RunID: id, Output: m["output"], Shown: m["output"]}
	if shown, apart := m["shown"]; apart {
		result.Shown = shown
	}
	return result, nil
}

const masked = "***"

// EndedError says that somebody, or the server, ended a run from outside:
// nothing was undone.
type EndedError struct {
	RunID string // of the run that had ended
	Err   error  // how the run ended
}

// Error says how.
func (e *EndedError) Error() string {
	return fmt.Sprintf("run %s was ended from outside, and undid nothing: %v", e.RunID, e.Err)
}

// Unwrap returns the reason.
func (e *EndedError) Unwrap() error { return e.Err }

// readFailure returns the failure of a flow, or why it did not get that far.
func readFailure(id, flow string, err error) error {
	var (
		failed     *temporal.ApplicationError
		canceled   *temporal.CanceledError
		terminated *temporal.TerminatedError
		timeout    *temporal.TimeoutError
		details    []byte
	)
	switch {
	case errors.As(err, &failed) && failed.Type() == typeRefused && failed.Details(&details) == nil:
		return readRefusal(details, flow)
	case errors.As(err, &failed) && failed.Type() == typeFailed && failed.Details(&details) == nil:
		return failureOf(details, err)
	case errors.As(err, &canceled) && canceled.HasDetails() && canceled.Details(&details) == nil:
		return failureOf(details, err)
	case errors.As(err, &canceled):
		return runtime.StoppedError(runtime.ByUser)
	case errors.As(err, &terminated), errors.As(err, &timeout), errors.As(err, &failed):
		return &EndedError{RunID: id, Err: err}
	default:
		return err
	}
}

func failureOf(text []byte, err error) error {
	v, wrong := wire.Decode(text)
	if wrong != nil {
		return &connector.Error{Code: "Internal", Class: connector.ClassInternal, Message: "the error of the run cannot be read: " + wrong.Error(), Err: err}
	}
	return wire.FailureOf(v)
}
