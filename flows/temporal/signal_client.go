package temporal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/medlar-flow/medlar/flows/internal/wire"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// secretsQuery asks a workflow which values of its signals are secret.
const secretsQuery = "medlar.secret-signals"

// tellSecrets lets a client without a key know what it must not send.
func (r *run) tellSecrets(ctx workflow.Context) error {
	return workflow.SetQueryHandler(ctx, secretsQuery, func(signal string) ([]string, error) { //nolint:wrapcheck // a mistake here
		var names []string
		for _, s := range r.flow.Signals() {
			if s.Name != signal {
				continue
			}
			for _, f := range s.Accepts.Fields() {
				if f.HasSecret() {
					names = append(names, append([]string{f.Name}, f.Aliases...)...)
				}
			}
		}
		return names, nil
	})
}

// Signal gives the run a value that a wait of it is for, as Client.Signal does.
func (h *Handle) Signal(ctx context.Context, name, key string, values map[string]any) error {
	return h.client.Signal(ctx, h.id, name, key, values)
}

// Signal gives a run a value that a wait of it is for, also before it waits. A
// worker holds the values against the program that the run began with, so one
// has to be there; when Signal returns, the server has it. key is empty for a
// signal without one. The same values again change nothing while the run goes.
// The error is a *report.SignalError where the run does not take them, an
// *UnknownRunError or an *UnreachableError.
func (c *Client) Signal(ctx context.Context, id, name, key string, values map[string]any) error {
	text, err := value.EncodeJSON(map[string]any{"signal": name, "key": key, "with": values})
	if err != nil {
		return fmt.Errorf("writing the signal: %w", err)
	}
	if err := c.maySend(ctx, id, name, key, values); err != nil {
		return err
	}
	update, err := c.sdk.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: id, UpdateName: SignalName, Args: []any{json.RawMessage(text)}, WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err == nil {
		err = update.Get(ctx, nil)
	}
	if err == nil {
		return nil
	}
	err = ReadSignalError(id, name, key, err)
	refused := &report.SignalError{RunID: id, Name: name, Key: key}
	var failed *temporal.ApplicationError
	switch {
	case errors.As(err, &refused):
		return refused
	case isUnknown(err) || errors.As(err, &failed): // it has ended, at the latest when the update was to be done
		return c.whyEnded(ctx, refused, err)
	case isUnreachable(err):
		return &UnreachableError{Address: c.options.Address, RunID: id, Err: err}
	default:
		return fmt.Errorf("giving run %s a signal: %w", id, err)
	}
}

// maySend refuses to send a secret in the clear.
func (c *Client) maySend(ctx context.Context, id, name, key string, values map[string]any) error {
	if !c.options.Keys.none() || len(values) == 0 {
		return nil
	}
	var secrets []string
	err := c.query(ctx, id, &secrets, secretsQuery, name)
	var failed *serviceerror.QueryFailed
	switch {
	case isUnknown(err):
		return &UnknownRunError{RunID: id}
	case isUnreachable(err):
		return &UnreachableError{Address: c.options.Address, RunID: id, Err: err}
	case errors.As(err, &failed):
		return nil // a flow that takes no signals says so in answer to one
	case err != nil:
		return fmt.Errorf("asking run %s which values of the signal are secret: %w", id, err)
	}
	for given, v := range values {
		if v != nil && slices.Contains(secrets, given) {
			return &report.SignalError{RunID: id, Name: name, Key: key, Reason: report.SignalNeedsKey, Detail: ErrNeedsKey.Error()}
		}
	}
	return nil
}

// askAgain is how long a query waits that found no worker, before it asks again.
const askAgain = time.Second

// query asks the workflow of a run. Where there is no worker it asks again until
// ctx ends: what has not been answered may not be guessed.
func (c *Client) query(ctx context.Context, id string, to any, name string, args ...any) error {
	for {
		answer, err := c.sdk.QueryWorkflow(ctx, id, "", name, args...)
		var unserved *serviceerror.FailedPrecondition
		switch {
		case err == nil:
			return answer.Get(to) //nolint:wrapcheck // the caller does
		case !errors.As(err, &unserved):
			return err //nolint:wrapcheck // the caller does
		}
		select {
		case <-time.After(askAgain):
		case <-ctx.Done():
			return err //nolint:wrapcheck // the caller does
		}
	}
}

// ReadSignalError returns what Client.Signal gives from the error of an update, or
// the error itself where no run has refused a signal.
func ReadSignalError(id, name, key string, err error) error {
	refused := &report.SignalError{RunID: id, Name: name, Key: key}
	var failed *temporal.ApplicationError
	if errors.As(err, &failed) && failed.Type() == typeUntaken && readUntaken(failed, refused) {
		return refused
	}
	return err
}

// readUntaken reads what untaken wrote.
func readUntaken(failed *temporal.ApplicationError, refused *report.SignalError) bool {
	var text []byte
	if failed.Details(&text) != nil {
		return false
	}
	v, err := wire.Decode(text)
	list, ok := v.([]any)
	if err != nil || !ok || len(list) != 3 {
		return false
	}
	reason, _ := list[0].(string)
	refused.Reason = report.SignalReason(reason)
	refused.Detail, _ = list[1].(string)
	mistakes, _ := list[2].([]any)
	for _, item := range mistakes {
		f, _ := item.([]any)
		if len(f) != 4 {
			return false
		}
		var e schema.FieldError
		for i, to := range []*string{&e.Path, &e.Rule, &e.Message, &e.Help} {
			*to, _ = f[i].(string)
		}
		refused.Errors = append(refused.Errors, e)
	}
	return true
}

// endStates are how runs end, in our words.
var endStates = map[enumspb.WorkflowExecutionStatus]string{
	enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED: "done", enumspb.WORKFLOW_EXECUTION_STATUS_FAILED: "failed",
	enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED: "canceled", enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED: "terminated",
	enumspb.WORKFLOW_EXECUTION_STATUS_TIMED_OUT: "timed out",
}

// whyEnded tells a run that has ended from one that is not known.
func (c *Client) whyEnded(ctx context.Context, refused *report.SignalError, err error) error {
	found, wrong := c.sdk.DescribeWorkflowExecution(ctx, refused.RunID, "")
	switch {
	case isUnknown(wrong):
		return &UnknownRunError{RunID: refused.RunID}
	case wrong != nil:
		return fmt.Errorf("giving run %s a signal: %w", refused.RunID, err)
	}
	state, ended := endStates[found.GetWorkflowExecutionInfo().GetStatus()]
	if !ended {
		return fmt.Errorf("giving run %s a signal: %w", refused.RunID, err)
	}
	refused.Reason, refused.Detail = report.SignalEnded, state
	return refused
}
