package temporal

import (
	"context"
	"errors"
	"testing"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/internal/wire"
	"github.com/medlar-flow/medlar/flows/report"
)

// retained is a server that has a run that failed, and forgets it before it answers a
// question.
type retained struct {
	client.Client
	begun   *historypb.HistoryEvent
	forgets string
	asked   []string
}

func (s *retained) answer(question string) error {
	s.asked = append(s.asked, question)
	if s.forgets == question {
		return serviceerror.NewNotFound("workflow execution not found")
	}
	return nil
}

func (s *retained) GetWorkflowHistory(context.Context, string, string, bool, enumspb.HistoryEventFilterType) client.HistoryEventIterator {
	return s
}

func (s *retained) HasNext() bool { return true }

func (s *retained) Next() (*historypb.HistoryEvent, error) { return s.begun, s.answer("history") }

func (s *retained) DescribeWorkflowExecution(context.Context, string, string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	return &workflowservice.DescribeWorkflowExecutionResponse{
		WorkflowExecutionInfo: &workflowpb.WorkflowExecutionInfo{Status: enumspb.WORKFLOW_EXECUTION_STATUS_FAILED},
	}, s.answer("standing")
}

func (s *retained) GetWorkflow(context.Context, string, string) client.WorkflowRun {
	return &failedRun{server: s}
}

func (s *retained) QueryWorkflow(context.Context, string, string, string, ...any) (converter.EncodedValue, error) {
	return client.NewValue(payloads([]byte("records"))), s.answer("records")
}

type failedRun struct {
	client.WorkflowRun
	server *retained
}

func (r *failedRun) Get(context.Context, any) error {
	if err := r.server.answer("result"); err != nil {
		return err
	}
	text, err := wire.Encode(wire.Failure(&report.RunError{Failure: report.Failure{Code: "Broken", Class: connector.ClassFailed, Message: "it broke"}, Step: "/a"}))
	if err != nil {
		return err
	}
	return errors.Join(&temporal.WorkflowExecutionError{}, temporal.NewApplicationErrorWithOptions("it broke", typeFailed, temporal.ApplicationErrorOptions{Details: []any{text}}))
}

// payloads are a text as the SDK sends it.
func payloads(v any) *commonpb.Payloads {
	p, _ := converter.GetDefaultDataConverter().ToPayloads(v) // bytes can be sent
	return p
}

// A run that the server has forgotten, whenever it does, is not known any more. Where
// it went on as several workflows, the last of them is enough: those before it, which
// are forgotten first, are not asked for.
func TestEndedPastRetention(t *testing.T) {
	_, _, flow := testClient(t)
	p, err := Prepare(t.Context(), flow, nil, PrepareOptions{}, flows.WithRunID("r"))
	if err != nil {
		t.Fatal(err)
	}
	begun := &historypb.WorkflowExecutionStartedEventAttributes{
		WorkflowType: &commonpb.WorkflowType{Name: p.Workflow}, Input: payloads(p.Args[0]), ContinuedExecutionRunId: "one that is forgotten", FirstExecutionRunId: "another",
	}
	event := &historypb.HistoryEvent{Attributes: &historypb.HistoryEvent_WorkflowExecutionStartedEventAttributes{WorkflowExecutionStartedEventAttributes: begun}}
	questions := []string{"history", "standing", "result", "records"}
	for i, question := range append(questions, "") {
		t.Run("forgets before "+question, func(t *testing.T) {
			s := &retained{begun: event, forgets: question}
			c := &Client{sdk: s, options: Options{Address: "a server"}}
			ended, err := c.Ended(t.Context(), "r")
			var unknown *UnknownRunError
			switch {
			case question == "" && (err != nil || string(ended.records) != "records" || ended.failure.Step != "/a"):
				t.Errorf("%+v, %v", ended, err)
			case question != "" && (!errors.As(err, &unknown) || unknown.RunID != "r" || len(s.asked) != i+1):
				t.Errorf("%v, asked for %v", err, s.asked)
			}
		})
	}
}
