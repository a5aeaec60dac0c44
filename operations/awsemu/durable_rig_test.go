package awsemu_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/medlar-flow/medlar/operations/awsemu"
)

// turn is one invocation of a durable function whose answer the test gives.
type turn struct {
	Arn       string          `json:"DurableExecutionArn"`
	Token     string          `json:"CheckpointToken"`
	State     durableState    `json:"InitialExecutionState"`
	Updated   []string        `json:"UpdatedOperationIds"`
	Raw       json.RawMessage `json:"-"`
	answer    chan string
	answerErr chan error
}

type durableState struct {
	Operations []struct {
		ID, Type, Status string
		StartTimestamp   json.Number
		StepDetails      *struct {
			Attempt              int
			Result               *string
			NextAttemptTimestamp json.Number
		}
		ExecutionDetails *struct{ InputPayload string }
	}
	NextMarker string
}

// durableRig is an emulator with the durable functions f, g and h, whose
// invocations go to the test.
type durableRig struct {
	*rig
	turns  chan *turn
	client *lambda.Client
}

const durableFunctions = `
functions:
  f: {timeout: 900, durable: {executionTimeout: 600}}
  g: {timeout: 900, durable: {executionTimeout: 600}}
  long: {durable: {executionTimeout: 86400}}
  brief: {timeout: 900, durable: {executionTimeout: 1}}
  quick: {timeout: 1, durable: {executionTimeout: 60}}
  plain: {reply: {got: "${event}"}}
  broken: {error: {errorType: Broken, errorMessage: it breaks}}
`

func startDurable(t *testing.T, more string, change func(*awsemu.Options)) *durableRig {
	t.Helper()
	d := &durableRig{turns: make(chan *turn)}
	handler := func(ctx context.Context, payload []byte) ([]byte, error) {
		one := &turn{Raw: payload, answer: make(chan string), answerErr: make(chan error, 1)}
		if err := json.Unmarshal(payload, one); err != nil {
			return nil, err
		}
		select {
		case d.turns <- one:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		select {
		case text := <-one.answer:
			return []byte(text), nil
		case err := <-one.answerErr:
			return nil, err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	d.rig = startWith(t, durableFunctions+more, func(o *awsemu.Options) {
		o.Handlers = map[string]awsemu.Handler{}
		for _, name := range []string{"f", "g", "long", "brief", "quick"} {
			o.Handlers[name] = handler
		}
		if change != nil {
			change(o)
		}
	})
	d.client = d.lambda(t)
	return d
}

// begin starts an execution of a function that nobody waits for.
func (d *durableRig) begin(t *testing.T, function, input string) string {
	t.Helper()
	out := ok(d.client.Invoke(t.Context(), &lambda.InvokeInput{
		FunctionName: &function, Qualifier: aws.String("$LATEST"), InvocationType: types.InvocationTypeEvent, Payload: []byte(input),
	}))(t)
	same(t, int32(202), out.StatusCode)
	return aws.ToString(out.DurableExecutionArn)
}

// next is the next invocation.
func (d *durableRig) next(t *testing.T) *turn {
	t.Helper()
	select {
	case one := <-d.turns:
		return one
	case <-time.After(20 * time.Second):
		t.Fatal("the function is not invoked")
		return nil
	}
}

// none makes sure that nothing is invoked for a while.
func (d *durableRig) none(t *testing.T, wait time.Duration) {
	t.Helper()
	select {
	case one := <-d.turns:
		t.Fatalf("invoked: %s", one.Raw)
	case <-time.After(wait):
	}
}

func (d *durableRig) checkpoint(t *testing.T, one *turn, updates ...types.OperationUpdate) (*lambda.CheckpointDurableExecutionOutput, error) {
	t.Helper()
	out, err := d.client.CheckpointDurableExecution(t.Context(), &lambda.CheckpointDurableExecutionInput{
		DurableExecutionArn: &one.Arn, CheckpointToken: &one.Token, Updates: updates,
	})
	if err == nil {
		one.Token = aws.ToString(out.CheckpointToken)
	}
	return out, err
}

func (d *durableRig) get(t *testing.T, arn string) *lambda.GetDurableExecutionOutput {
	t.Helper()
	return ok(d.client.GetDurableExecution(t.Context(), &lambda.GetDurableExecutionInput{DurableExecutionArn: &arn}))(t)
}

// awaitStatus waits until an execution has that status.
func (d *durableRig) awaitStatus(t *testing.T, arn string, want types.ExecutionStatus) *lambda.GetDurableExecutionOutput {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		out := d.get(t, arn)
		if out.Status == want {
			return out
		}
		if time.Now().After(end) {
			t.Fatalf("the execution is %s, want %s", out.Status, want)
		}
	}
}

func (d *durableRig) kinds(t *testing.T, arn string) string {
	t.Helper()
	out := ok(d.client.GetDurableExecutionHistory(t.Context(), &lambda.GetDurableExecutionHistoryInput{DurableExecutionArn: &arn}))(t)
	var list []string
	for i, e := range out.Events {
		if int(*e.EventId) != i+1 {
			t.Errorf("event %d has the id %d", i, *e.EventId)
		}
		list = append(list, string(e.EventType))
	}
	return strings.Join(list, " ")
}

func op(id string, kind types.OperationType, action types.OperationAction, change ...func(*types.OperationUpdate)) types.OperationUpdate {
	u := types.OperationUpdate{Id: &id, Type: kind, Action: action}
	for _, c := range change {
		c(&u)
	}
	return u
}

func payload(text string) func(*types.OperationUpdate) {
	return func(u *types.OperationUpdate) { u.Payload = &text }
}

func broken(kind string) func(*types.OperationUpdate) {
	return func(u *types.OperationUpdate) { u.Error = &types.ErrorObject{ErrorType: &kind} }
}

func after(seconds int32) func(*types.OperationUpdate) {
	return func(u *types.OperationUpdate) {
		u.StepOptions = &types.StepOptions{NextAttemptDelaySeconds: &seconds}
	}
}

func waitFor(seconds int32) func(*types.OperationUpdate) {
	return func(u *types.OperationUpdate) { u.WaitOptions = &types.WaitOptions{WaitSeconds: &seconds} }
}

func under(parent string) func(*types.OperationUpdate) {
	return func(u *types.OperationUpdate) { u.ParentId = &parent }
}

func named(name string) func(*types.OperationUpdate) {
	return func(u *types.OperationUpdate) { u.Name = &name }
}

func sub(kind string) func(*types.OperationUpdate) {
	return func(u *types.OperationUpdate) { u.SubType = &kind }
}

func target(name string) func(*types.OperationUpdate) {
	return func(u *types.OperationUpdate) {
		u.ChainedInvokeOptions = &types.ChainedInvokeOptions{FunctionName: &name}
	}
}

const (
	stepT     = types.OperationTypeStep
	waitT     = types.OperationTypeWait
	contextT  = types.OperationTypeContext
	callbackT = types.OperationTypeCallback
	chainedT  = types.OperationTypeChainedInvoke
	rootT     = types.OperationTypeExecution
	startA    = types.OperationActionStart
	succeedA  = types.OperationActionSucceed
	failA     = types.OperationActionFail
	retryA    = types.OperationActionRetry
	cancelA   = types.OperationActionCancel
)
