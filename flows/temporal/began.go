package temporal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/internal/wire"
	"github.com/medlar-flow/medlar/flows/report"
)

// What the memo of a workflow holds of the event that began its run.
const (
	memoFlow    = "flow"
	memoTrigger = "trigger"
	memoEvent   = "event"
	memoVersion = "version"
	memoAt      = "at"
)

// began adds to a memo what began the run, where it was a trigger.
func (p *Prepared) began(memo map[string]any) map[string]any {
	if p.event.Trigger != "" {
		memo[memoTrigger], memo[memoEvent], memo[memoVersion], memo[memoAt] = p.event.Trigger, p.event.Digest, p.version, p.start.at
	}
	return memo
}

// Began says how a run began, and how it stands.
type Began struct {
	ID      string // of the run
	Flow    string // the name of its flow
	Trigger string // the name of the trigger that began it; empty for none
	Event   []byte // tells the event from another one with its identity
	Version string // of the flow that it began with
	// State is "running" until it ends, and then "done", "failed", "canceled",
	// "terminated" or "timed out".
	State   string
	Started time.Time
	Ended   time.Time        // zero before that
	Failure *report.RunError // of a run that failed or was canceled; nil in a list
}

// Began returns how a run began, and how it stands. The error is an *UnknownRunError
// or an *UnreachableError.
func (c *Client) Began(ctx context.Context, id string) (*Began, error) {
	found, err := c.sdk.DescribeWorkflowExecution(ctx, id, "")
	if err != nil {
		return nil, c.notDone(id, "asking for", err)
	}
	info := found.GetWorkflowExecutionInfo()
	if info.GetType().GetName() != flowWorkflow {
		return nil, &UnknownRunError{RunID: id}
	}
	b, err := c.beganOf(info)
	if err != nil || b.State != "failed" && b.State != "canceled" {
		return b, err
	}
	_, failed := c.Attach(id, b.Flow).Wait(ctx)
	errors.As(failed, &b.Failure)
	return b, nil
}

// beganOf reads what the server says of a workflow.
func (c *Client) beganOf(info *workflowpb.WorkflowExecutionInfo) (*Began, error) {
	b := &Began{ID: info.GetExecution().GetWorkflowId(), State: endStates[info.GetStatus()], Started: info.GetStartTime().AsTime()}
	if b.State == "" {
		b.State = stateRunning
	}
	if info.GetCloseTime() != nil {
		b.Ended = info.GetCloseTime().AsTime()
	}
	var at int64
	fields := info.GetMemo().GetFields()
	data, _ := c.options.Keys.Converters()
	for name, to := range map[string]any{memoFlow: &b.Flow, memoTrigger: &b.Trigger, memoEvent: &b.Event, memoVersion: &b.Version, memoAt: &at} {
		if payload := fields[name]; payload != nil {
			if err := data.FromPayload(payload, to); err != nil {
				return nil, fmt.Errorf("what run %s began with: %w", b.ID, err)
			}
		}
	}
	if at != 0 {
		b.Started = time.Unix(0, at).UTC() // of the first of several workflows
	}
	return b, nil
}

// CodeEndedFromOutside is the code of a run that somebody, or the server, ended from
// outside.
const CodeEndedFromOutside = "EndedFromOutside"

// Answer returns what the caller is told of the end of a run that a trigger began, as
// the flow that it began with says; nil for a run that has not ended. It is made of what the server keeps, so that it is the same
// each time. options say where the secrets of the flow are.
func (c *Client) Answer(ctx context.Context, id string, registry *connector.Registry, options ...flows.RunOption) (*flows.Answer, error) {
	b, err := c.Began(ctx, id)
	if err != nil || b.Ended.IsZero() || b.Trigger == "" {
		return nil, err
	}
	result, failed := c.Attach(id, b.Flow).Wait(ctx)
	var failure *report.RunError
	if failed != nil && !errors.As(failed, &failure) {
		var refused *report.InputError
		var outside *EndedError
		switch {
		case errors.As(failed, &refused):
			failure = &report.RunError{Failure: connector.Error{Code: "Refused", Class: connector.ClassInternal, Message: refused.Error()}}
		case errors.As(failed, &outside):
			failure = &report.RunError{Failure: connector.Error{Code: CodeEndedFromOutside, Class: connector.ClassFailed, Message: outside.Error()}}
		default:
			return nil, failed
		}
	}
	s, err := c.readStart(ctx, id)
	if err != nil {
		return nil, err
	}
	flow, err := flows.LoadForResume(wire.Files(s.files), s.file, registry)
	if err != nil {
		return nil, fmt.Errorf("the program of run %s is not accepted: %w", id, err)
	}
	var output any
	if result != nil {
		output = result.Output
	}
	var answer *flows.Answer
	_, err = flow.Run(ctx, s.inputs, append(slices.Clip(options), flows.WithRunID(id), flows.WithTrigger(b.Trigger, b.Event), runtime.WithPinnedEnv(s.env), runtime.WithStartedAt(time.Unix(0, s.at).UTC()),
		runtime.Remotely(func(e runtime.Execution) error {
			answer = e.Answer(output, failure, b.Ended)
			return nil
		}))...)
	if err != nil {
		return nil, fmt.Errorf("the answer of run %s cannot be made: %w", id, err)
	}
	return answer, nil
}

// List lists runs that the server knows, the latest first: of a state as Began has it,
// empty for all. after is what the page before returned, empty for the first; next is
// empty where there are no more.
func (c *Client) List(ctx context.Context, state string, most int, after string) (list []*Began, next string, err error) {
	query := "WorkflowType = '" + flowWorkflow + "'"
	if state != "" {
		status, ok := listStates[state]
		if !ok {
			return nil, "", nil
		}
		query += " AND ExecutionStatus = '" + status + "'"
	}
	found, err := c.sdk.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{PageSize: int32(most), NextPageToken: []byte(after), Query: query}) //nolint:gosec // a page
	switch {
	case isUnreachable(err):
		return nil, "", &UnreachableError{Address: c.options.Address, Err: err}
	case err != nil:
		return nil, "", fmt.Errorf("listing runs: %w", err)
	}
	for _, info := range found.GetExecutions() {
		b, err := c.beganOf(info)
		if err != nil {
			b = &Began{ID: info.GetExecution().GetWorkflowId(), State: stateRunning, Started: info.GetStartTime().AsTime()} // another key encrypts it
		}
		list = append(list, b)
	}
	return list, string(found.GetNextPageToken()), nil
}

// listStates are the server's words for ours.
var listStates = func() map[string]string {
	words := map[string]string{stateRunning: enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING.String()}
	for status, state := range endStates {
		words[state] = strings.ReplaceAll(status.String(), " ", "")
	}
	return words
}()

// UnknownNamespaceError says that the server has no such namespace.
type UnknownNamespaceError struct{ Namespace string }

// Error names the namespace.
func (e *UnknownNamespaceError) Error() string {
	return fmt.Sprintf("the Temporal server has no namespace %q", e.Namespace)
}

// CheckNamespace returns an *UnknownNamespaceError where the server has not the
// namespace of the client. It is nil also where nobody is told that.
func (c *Client) CheckNamespace(ctx context.Context) error {
	for range 4 { // a server that has just begun may not know all of them yet
		_, err := c.sdk.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: c.options.Namespace})
		var missing *serviceerror.NamespaceNotFound
		if !errors.As(err, &missing) && !isUnknown(err) {
			return nil
		}
		select {
		case <-ctx.Done():
		case <-time.After(500 * time.Millisecond):
		}
	}
	return &UnknownNamespaceError{Namespace: c.options.Namespace}
}

// Ready reports whether the server answers.
func (c *Client) Ready(ctx context.Context) error {
	if _, err := c.sdk.WorkflowService().GetSystemInfo(ctx, &workflowservice.GetSystemInfoRequest{}); err != nil {
		return &UnreachableError{Address: c.options.Address, Err: err}
	}
	return nil
}
