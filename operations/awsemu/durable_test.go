package awsemu_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
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

// The requests that a function may make, in order: each row is one execution,
// its requests, and what the last of them is refused with ("" for nothing).
func TestDurableCheckpointRules(t *testing.T) {
	d := startDurable(t, "limits: {durableOperations: 8, durablePayloadBytes: 1000, durableBytes: 3000}", nil)
	type updates = []types.OperationUpdate
	large := payload(strings.Repeat("x", 1001))
	some := payload(strings.Repeat("x", 900))
	const invalid, invalidShape = "InvalidParameterValueException", "ValidationException"
	for _, row := range []struct {
		name     string
		requests []updates
		code     string
		says     string
	}{
		{"nothing", []updates{{}}, "", ""},
		{"step at once", []updates{{op("1", stepT, startA), op("1", stepT, succeedA)}}, "", ""},
		{"step without a start", []updates{{op("1", stepT, succeedA)}}, "", ""},
		{"step fails at once", []updates{{op("1", stepT, startA), op("1", stepT, retryA, broken("x"), after(1))}}, "", ""},
		{"step twice", []updates{{op("1", stepT, startA)}, {op("1", stepT, startA)}}, invalid, "Invalid current STEP state to start."},
		{"step after its end", []updates{{op("1", stepT, succeedA)}, {op("1", stepT, failA, broken("x"))}}, invalid, "Invalid current STEP state to close."},
		{"retry while it waits", []updates{{op("1", stepT, retryA, broken("x"), after(60))}, {op("1", stepT, retryA, broken("x"), after(1))}}, invalid, "Invalid current STEP state to retry."},
		{"start while it waits", []updates{{op("1", stepT, retryA, broken("x"), after(60))}, {op("1", stepT, startA)}}, invalid, "Invalid current STEP state to start."},
		{"retry without a delay", []updates{{op("1", stepT, retryA, broken("x"))}}, invalid, "Invalid Step Options."},
		{"retry with both", []updates{{op("1", stepT, retryA, broken("x"), payload("y"), after(1))}}, invalid, "Cannot provide both a Payload and an Error."},
		{"success with an error", []updates{{op("1", stepT, succeedA, broken("x"))}}, invalid, "Cannot provide an Error for SUCCEED action."},
		{"failure with a payload", []updates{{op("1", stepT, failA, payload("x"))}}, invalid, "Cannot provide a Payload for FAIL action."},
		{"three of one", []updates{{op("1", stepT, startA), op("1", stepT, retryA, broken("x"), after(1)), op("1", stepT, startA)}}, invalid, "Cannot update the same operation twice in a single request."},
		{"wait", []updates{{op("1", waitT, startA, waitFor(60))}}, "", ""},
		{"wait for nothing", []updates{{op("1", waitT, startA)}}, invalid, "Invalid Wait Options."},
		{"wait no time", []updates{{op("1", waitT, startA, waitFor(0))}}, invalidShape, "updates.1.member.waitOptions.waitSeconds"},
		{"wait over a year", []updates{{op("1", waitT, startA, waitFor(31622401))}}, invalidShape, "less than or equal to 31622400"},
		{"wait is cancelled", []updates{{op("1", waitT, startA, waitFor(60))}, {op("1", waitT, cancelA)}}, "", ""},
		{"wait succeeds by itself", []updates{{op("1", waitT, startA, waitFor(60))}, {op("1", waitT, succeedA)}}, invalid, "Invalid WAIT action SUCCEED."},
		{"cancelled twice", []updates{{op("1", waitT, startA, waitFor(60))}, {op("1", waitT, cancelA)}, {op("1", waitT, cancelA)}}, invalid, "Invalid current WAIT state to cancel."},
		{"callback cannot be cancelled", []updates{{op("1", callbackT, startA)}, {op("1", callbackT, cancelA)}}, invalid, "Invalid CALLBACK action CANCEL."},
		{"context", []updates{{op("c", contextT, startA), op("1", stepT, startA, under("c")), op("1", stepT, succeedA)}, {op("c", contextT, succeedA)}}, "", ""},
		{"context that nobody started", []updates{{op("c", contextT, succeedA)}}, invalid, "Invalid current CONTEXT state to close."},
		{"parent that is not there", []updates{{op("1", stepT, startA, under("c"))}}, invalid, "Invalid parent operation id."},
		{"parent that is no context", []updates{{op("1", stepT, startA), op("2", stepT, startA, under("1"))}}, invalid, "Invalid parent operation id."},
		{"another type", []updates{{op("1", stepT, startA)}, {op("1", contextT, succeedA)}}, invalid, "Inconsistent operation type."},
		{"another subtype", []updates{{op("1", stepT, startA, sub("A"))}, {op("1", stepT, succeedA, sub("B"))}}, invalid, "Inconsistent operation subtype."},
		{"another name", []updates{{op("1", stepT, startA, named("a"))}, {op("1", stepT, succeedA, named("b"))}}, invalid, "Inconsistent operation name."},
		{"another parent", []updates{{op("c", contextT, startA), op("1", stepT, startA)}, {op("1", stepT, succeedA, under("c"))}}, invalid, "Inconsistent parent operation id."},
		{"no name later", []updates{{op("1", stepT, startA, named("a"), sub("A"))}, {op("1", stepT, succeedA)}}, "", ""},
		{"chained invoke of nothing", []updates{{op("1", chainedT, startA)}}, invalid, "Invalid Chained Invoke Options."},
		{"the end", []updates{{op("1", stepT, succeedA), op("e", rootT, succeedA, payload("1"))}}, "", ""},
		{"the end in the middle", []updates{{op("e", rootT, succeedA), op("1", stepT, succeedA)}}, invalid, "EXECUTION checkpoint must be the last update."},
		{"the end begins", []updates{{op("e", rootT, startA)}}, invalid, "Invalid EXECUTION action START."},
		{"characters of an id", []updates{{op("a b", stepT, startA)}}, invalidShape, "Value 'a b' at 'updates.1.member.id'"},
		{"long name", []updates{{op("1", stepT, startA, named(strings.Repeat("n", 257)))}}, invalidShape, "less than or equal to 256"},
		{"two mistakes", []updates{{op("a b", stepT, startA), op("c d", stepT, startA)}}, invalidShape, "2 validation errors detected"},
		{"large payload", []updates{{op("1", stepT, succeedA, large)}}, invalid, "STEP output payload size must be less than or equal to 1000 bytes"},
		{"large input", []updates{{op("1", chainedT, startA, target("plain"), large)}}, invalid, "CHAINED_INVOKE input payload size must be less than or equal to 1000 bytes"},
		{"large error", []updates{{op("1", stepT, failA, broken(strings.Repeat("x", 1001)))}}, invalid, "STEP error size must be less than or equal to 1000 bytes"},
		{"too much data", []updates{{op("1", stepT, succeedA, some), op("2", stepT, succeedA, some)}, {op("3", stepT, succeedA, some), op("4", stepT, succeedA, some)}}, invalid, "limit of 3000 bytes"},
		{"too many operations", []updates{
			{op("1", stepT, succeedA), op("2", stepT, succeedA), op("3", stepT, succeedA), op("4", stepT, succeedA)},
			{op("5", stepT, succeedA), op("6", stepT, succeedA), op("7", stepT, succeedA), op("8", stepT, succeedA)},
		}, invalid, "limit of 8 operations"},
	} {
		t.Run(row.name, func(t *testing.T) {
			arn := d.begin(t, "f", `1`)
			one := d.next(t)
			before := ""
			for i, request := range row.requests {
				before = d.kinds(t, arn)
				_, err := d.checkpoint(t, one, request...)
				if i < len(row.requests)-1 || row.code == "" {
					if err != nil {
						t.Fatalf("request %d: %v", i+1, err)
					}
					continue
				}
				fails(t, err, row.code, 400)
				if !strings.Contains(err.Error(), row.says) {
					t.Errorf("got %v", err)
				}
				same(t, before, d.kinds(t, arn)) // all of it or nothing
				if _, err := d.checkpoint(t, one); err != nil {
					t.Errorf("a refused request has used up the token: %v", err)
				}
			}
			one.answer <- `{"Status":"SUCCEEDED"}`
			d.awaitStatus(t, arn, types.ExecutionStatusSucceeded)
		})
	}
}

func TestDurableTokens(t *testing.T) {
	d := startDurable(t, "", nil)
	stale := func(err error) {
		t.Helper()
		fails(t, err, "InvalidParameterValueException", 400)
		says(t, err, "Invalid checkpoint token")
	}
	arn := d.begin(t, "f", `{"a":1}`)
	one := d.next(t)
	same(t, arn, one.Arn)
	same(t, `{"a":1}`, one.State.Operations[0].ExecutionDetails.InputPayload)
	first := one.Token
	send := func(token, client string, updates ...types.OperationUpdate) (*lambda.CheckpointDurableExecutionOutput, error) {
		return d.client.CheckpointDurableExecution(t.Context(), &lambda.CheckpointDurableExecutionInput{
			DurableExecutionArn: &arn, CheckpointToken: &token, ClientToken: &client, Updates: updates,
		})
	}
	answer := ok(send(first, "c1", op("1", stepT, startA)))(t)
	again := ok(send(first, "c1", op("1", stepT, startA)))(t)
	same(t, *answer.CheckpointToken, *again.CheckpointToken)
	same(t, len(answer.NewExecutionState.Operations), len(again.NewExecutionState.Operations))
	_, err := send(first, "c2")
	stale(err)
	_, err = send("bm8gdG9rZW4=", "c3")
	stale(err)
	other := d.begin(t, "g", `2`)
	two := d.next(t)
	_, err = send(two.Token, "c4")
	fails(t, err, "InvalidParameterValueException", 400)
	says(t, err, "Checkpoint token is not valid for the durable execution ARN")
	_, err = d.client.GetDurableExecutionState(t.Context(), &lambda.GetDurableExecutionStateInput{DurableExecutionArn: &arn, CheckpointToken: &first})
	stale(err)
	state := ok(d.client.GetDurableExecutionState(t.Context(), &lambda.GetDurableExecutionStateInput{DurableExecutionArn: &arn, CheckpointToken: answer.CheckpointToken}))(t)
	same(t, 2, len(state.Operations))
	_, err = d.client.GetDurableExecutionState(t.Context(), &lambda.GetDurableExecutionStateInput{DurableExecutionArn: &arn, CheckpointToken: answer.CheckpointToken, MaxItems: 1001})
	fails(t, err, "ValidationException", 400)
	// A wait keeps the execution; between invocations no token is good.
	answer = ok(send(*answer.CheckpointToken, "c5", op("1", stepT, succeedA), op("2", waitT, startA, waitFor(2))))(t)
	one.answer <- `{"Status":"PENDING"}`
	for strings.Count(d.kinds(t, arn), "InvocationCompleted") == 0 {
		time.Sleep(time.Millisecond)
	}
	_, err = send(*answer.CheckpointToken, "c6")
	stale(err)
	three := d.next(t)
	same(t, []string{"2"}, three.Updated)
	_, err = send(*answer.CheckpointToken, "c7")
	stale(err)
	// With the end there is no token any more, and nothing after it.
	last := ok(send(three.Token, "c8", op("e", rootT, succeedA, payload(`"done"`))))(t)
	if last.CheckpointToken != nil {
		t.Error("the end of an execution gives a token")
	}
	_, err = send(three.Token, "c9")
	stale(err)
	three.answer <- `{"Status":"SUCCEEDED","Result":""}`
	same(t, `"done"`, *d.awaitStatus(t, arn, types.ExecutionStatusSucceeded).Result)
	two.answer <- `{"Status":"SUCCEEDED"}`
	d.awaitStatus(t, other, types.ExecutionStatusSucceeded)
}

// A function that did not answer in time may still be at it when it is invoked
// again: only the new invocation has a good token.
func TestDurableTwoInvocationsAtOnce(t *testing.T) {
	d := startDurable(t, "", nil)
	arn := d.begin(t, "quick", `1`)
	old := d.next(t)
	ok(d.checkpoint(t, old, op("1", stepT, startA)))(t)
	now := d.next(t) // after the timeout of a second
	_, err := d.checkpoint(t, old, op("1", stepT, succeedA))
	fails(t, err, "InvalidParameterValueException", 400)
	ok(d.checkpoint(t, now, op("1", stepT, succeedA)))(t)
	now.answer <- `{"Status":"SUCCEEDED"}`
	d.awaitStatus(t, arn, types.ExecutionStatusSucceeded)
	same(t, "ExecutionStarted StepStarted InvocationCompleted StepSucceeded InvocationCompleted ExecutionSucceeded", d.kinds(t, arn))
}

func TestDurableAnswers(t *testing.T) {
	for _, row := range []struct{ answer, kind, message string }{
		{`{}`, "InvalidParameterValueException", "Invalid Status in invocation output."},
		{`7`, "InvalidParameterValueException", "Invalid Status in invocation output."},
		{`{"Status":"PENDING"}`, "InvalidParameterValueException", "Cannot return PENDING status with no pending operations."},
		{`{"Status":"SUCCEEDED","Error":{}}`, "InvalidParameterValueException", "Cannot provide an Error for SUCCEEDED status."},
		{`{"Status":"FAILED","Result":"x"}`, "InvalidParameterValueException", "Cannot provide a Result for FAILED status."},
	} {
		t.Run(row.answer, func(t *testing.T) {
			d := startDurable(t, "", nil)
			arn := d.begin(t, "f", `1`)
			d.next(t).answer <- row.answer
			again := d.next(t) // a second later
			again.answer <- `{"Status":"FAILED","Error":{"ErrorType":"E","ErrorMessage":"m"}}`
			out := d.awaitStatus(t, arn, types.ExecutionStatusFailed)
			same(t, "E", *out.Error.ErrorType)
			history := ok(d.client.GetDurableExecutionHistory(t.Context(), &lambda.GetDurableExecutionHistoryInput{DurableExecutionArn: &arn}))(t)
			first := history.Events[1].InvocationCompletedDetails.Error.Payload
			same(t, row.kind, *first.ErrorType)
			same(t, row.message, *first.ErrorMessage)
		})
	}
}

func TestDurableRetriesAndWaits(t *testing.T) {
	d := startDurable(t, "", nil)
	arn := d.begin(t, "f", `1`)
	one := d.next(t)
	ok(d.checkpoint(t, one, op("1", stepT, startA), op("1", stepT, retryA, broken("x"), after(1)), op("2", callbackT, startA)))(t)
	one.answer <- `{"Status":"PENDING"}`
	two := d.next(t)
	same(t, "READY", two.State.Operations[1].Status)
	same(t, 1, two.State.Operations[1].StepDetails.Attempt)
	out := ok(d.checkpoint(t, two, op("1", stepT, startA), op("1", stepT, succeedA, payload("1"))))(t)
	same(t, int32(2), out.NewExecutionState.Operations[0].StepDetails.Attempt)
	two.answer <- `{"Status":"SUCCEEDED","Result":"7"}`
	same(t, "7", *d.awaitStatus(t, arn, types.ExecutionStatusSucceeded).Result)
	same(t, "ExecutionStarted StepStarted StepFailed CallbackStarted InvocationCompleted StepStarted StepSucceeded InvocationCompleted ExecutionSucceeded", d.kinds(t, arn))
}

func TestDurableCallbacks(t *testing.T) {
	ctx := t.Context()
	d := startDurable(t, "", nil)
	arn := d.begin(t, "f", `1`)
	one := d.next(t)
	out := ok(d.checkpoint(t, one, op("1", callbackT, startA)))(t)
	id := out.NewExecutionState.Operations[0].CallbackDetails.CallbackId
	// It is complete before the function suspends, so it goes on at once.
	ok(d.client.SendDurableExecutionCallbackSuccess(ctx, &lambda.SendDurableExecutionCallbackSuccessInput{CallbackId: id, Result: []byte("no JSON")}))(t)
	one.answer <- `{"Status":"PENDING"}`
	two := d.next(t)
	same(t, "SUCCEEDED", two.State.Operations[1].Status)
	_, err := d.client.SendDurableExecutionCallbackSuccess(ctx, &lambda.SendDurableExecutionCallbackSuccessInput{CallbackId: id})
	fails(t, err, "CallbackTimeoutException", 400)
	_, err = d.client.SendDurableExecutionCallbackHeartbeat(ctx, &lambda.SendDurableExecutionCallbackHeartbeatInput{CallbackId: id})
	fails(t, err, "CallbackTimeoutException", 400)
	_, err = d.client.SendDurableExecutionCallbackFailure(ctx, &lambda.SendDurableExecutionCallbackFailureInput{CallbackId: aws.String("eA==")})
	fails(t, err, "InvalidParameterValueException", 400)
	says(t, err, "Invalid callback id")
	two.answer <- `{"Status":"SUCCEEDED"}`
	d.awaitStatus(t, arn, types.ExecutionStatusSucceeded)
}

func TestDurableStop(t *testing.T) {
	ctx := t.Context()
	d := startDurable(t, "", nil)
	arn := d.begin(t, "f", `1`)
	one := d.next(t)
	ok(d.checkpoint(t, one, op("1", waitT, startA, waitFor(1))))(t)
	stopped := ok(d.client.StopDurableExecution(ctx, &lambda.StopDurableExecutionInput{DurableExecutionArn: &arn, Error: &types.ErrorObject{ErrorMessage: aws.String("enough")}}))(t)
	again := ok(d.client.StopDurableExecution(ctx, &lambda.StopDurableExecutionInput{DurableExecutionArn: &arn}))(t)
	same(t, *stopped.StopTimestamp, *again.StopTimestamp)
	_, err := d.checkpoint(t, one)
	fails(t, err, "InvalidParameterValueException", 400)
	one.answer <- `{"Status":"SUCCEEDED","Result":"late"}`
	d.none(t, 1500*time.Millisecond)
	out := d.get(t, arn)
	same(t, types.ExecutionStatusStopped, out.Status)
	same(t, "enough", *out.Error.ErrorMessage)
	same(t, "ExecutionStarted WaitStarted ExecutionStopped InvocationCompleted", d.kinds(t, arn))
	// An execution times out likewise.
	arn = d.begin(t, "brief", `1`)
	one = d.next(t)
	out = d.awaitStatus(t, arn, types.ExecutionStatusTimedOut)
	same(t, "Execution timed out after 1 seconds.", *out.Error.ErrorMessage)
	one.answer <- `{"Status":"SUCCEEDED"}`
	if letters := d.DeadLetters(); len(letters) != 2 || letters[1].Request != "1" {
		t.Errorf("dead letters: %v", letters)
	}
}

func TestDurableNames(t *testing.T) {
	ctx := t.Context()
	d := startDurable(t, "", nil)
	invoke := func(function, qualifier, name, input string, kind types.InvocationType) (*lambda.InvokeOutput, error) {
		in := &lambda.InvokeInput{FunctionName: &function, Payload: []byte(input), InvocationType: kind}
		if qualifier != "" {
			in.Qualifier = &qualifier
		}
		if name != "" {
			in.DurableExecutionName = &name
		}
		return d.client.Invoke(ctx, in)
	}
	const sync, event = types.InvocationTypeRequestResponse, types.InvocationTypeEvent
	_, err := invoke("f", "", "", `1`, sync)
	fails(t, err, "InvalidParameterValueException", 400)
	says(t, err, "You cannot invoke a durable function using an unqualified ARN.")
	_, err = invoke("long", "$LATEST", "", `1`, sync)
	fails(t, err, "InvalidParameterValueException", 400)
	_, err = invoke("plain", "", "name", `1`, sync)
	fails(t, err, "InvalidParameterValueException", 400)
	_, err = invoke("f", "$LATEST", "a b", `1`, event)
	fails(t, err, "ValidationException", 400)
	same(t, int32(204), ok(invoke("f", "$LATEST", "", `1`, types.InvocationTypeDryRun))(t).StatusCode)

	first := ok(invoke("f", "$LATEST", "mine", `{"a":1}`, event))(t)
	arn := *first.DurableExecutionArn
	if !strings.HasPrefix(arn, "arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST/durable-execution/mine/") {
		t.Errorf("the ARN is %s", arn)
	}
	one := d.next(t)
	var all sync2
	all.Go(func() { // a second caller waits for the same execution
		out, err := invoke("f", "$LATEST", "mine", `{"a":1}`, sync)
		if err != nil || string(out.Payload) != `{"b":2}` || *out.DurableExecutionArn != arn || out.FunctionError != nil {
			t.Errorf("got %v, %v", out, err)
		}
	})
	_, err = invoke("f", "$LATEST", "mine", `{"a":2}`, event)
	fails(t, err, "DurableExecutionAlreadyStartedException", 409)
	says(t, err, "Execution already started: "+arn)
	one.answer <- `{"Status":"SUCCEEDED","Result":"{\"b\":2}"}`
	all.Wait()
	out := ok(invoke("f", "$LATEST", "mine", `{"a":1}`, sync))(t) // and a third gets what it gave
	same(t, `{"b":2}`, string(out.Payload))

	all.Go(func() {
		d.next(t).answer <- `{"Status":"FAILED","Error":{"ErrorType":"E","ErrorMessage":"m","StackTrace":["at 1"]}}`
	})
	out = ok(invoke("g", "$LATEST", "", `1`, sync))(t)
	all.Wait()
	same(t, "Unhandled", *out.FunctionError)
	same(t, `{"errorType":"E","errorMessage":"m","stackTrace":["at 1"]}`, string(out.Payload))

	list := ok(d.client.ListDurableExecutionsByFunction(ctx, &lambda.ListDurableExecutionsByFunctionInput{FunctionName: aws.String("f")}))(t)
	same(t, 1, len(list.DurableExecutions))
	same(t, "mine", *list.DurableExecutions[0].DurableExecutionName)
	list = ok(d.client.ListDurableExecutionsByFunction(ctx, &lambda.ListDurableExecutionsByFunctionInput{
		FunctionName: aws.String("f"), Statuses: []types.ExecutionStatus{types.ExecutionStatusFailed}, StartedAfter: aws.Time(time.Now().Add(-time.Hour)),
	}))(t)
	same(t, 0, len(list.DurableExecutions))
	_, err = d.client.GetDurableExecution(ctx, &lambda.GetDurableExecutionInput{DurableExecutionArn: aws.String(arn[:len(arn)-1] + "z")})
	fails(t, err, "ResourceNotFoundException", 404)
}

type sync2 = sync.WaitGroup

func TestDurableChainedInvokes(t *testing.T) {
	d := startDurable(t, "", nil)
	arn := d.begin(t, "f", `1`)
	one := d.next(t)
	ok(d.checkpoint(t, one,
		op("1", chainedT, startA, target("plain"), payload(`5`)),
		op("2", chainedT, startA, target("broken"), payload(`5`)),
		op("3", chainedT, startA, target("g:$LATEST"), payload(`6`)),
		op("4", chainedT, startA, target("nobody")),
		op("5", chainedT, startA, target("g")),
	))(t)
	child := d.next(t)
	same(t, `6`, child.State.Operations[0].ExecutionDetails.InputPayload)
	one.answer <- `{"Status":"PENDING"}`
	child.answer <- `{"Status":"SUCCEEDED","Result":"\"g\""}`
	status := map[string]string{}
	for len(status) < 5 || strings.Contains(fmt.Sprint(status), "STARTED") {
		two := d.next(t)
		for _, o := range two.State.Operations[1:] {
			status[o.ID] = o.Status
		}
		if strings.Contains(fmt.Sprint(status), "STARTED") {
			two.answer <- `{"Status":"PENDING"}`
			continue
		}
		two.answer <- `{"Status":"SUCCEEDED"}`
	}
	same(t, map[string]string{"1": "SUCCEEDED", "2": "FAILED", "3": "SUCCEEDED", "4": "FAILED", "5": "FAILED"}, status)
	d.awaitStatus(t, arn, types.ExecutionStatusSucceeded)
	history := ok(d.client.GetDurableExecutionHistory(t.Context(), &lambda.GetDurableExecutionHistoryInput{DurableExecutionArn: &arn}))(t)
	for _, e := range history.Events {
		switch {
		case e.EventType == "ChainedInvokeStarted" && *e.Id == "3":
			if e.ChainedInvokeStartedDetails.DurableExecutionArn == nil || *e.ChainedInvokeStartedDetails.ExecutedVersion != "$LATEST" {
				t.Errorf("got %+v", e.ChainedInvokeStartedDetails)
			}
		case e.EventType == "ChainedInvokeSucceeded" && *e.Id == "1":
			same(t, `{"got":5}`, *e.ChainedInvokeSucceededDetails.Result.Payload)
		case e.EventType == "ChainedInvokeFailed":
			want := map[string]string{"2": "Broken", "4": "ResourceNotFoundException", "5": "InvalidParameterValueException"}[*e.Id]
			same(t, want, *e.ChainedInvokeFailedDetails.Error.Payload.ErrorType)
		}
	}
}

// A wait of a day takes no time where the clock jumps, and the function is told
// the time at which it would be over.
func TestDurableClockJumps(t *testing.T) {
	d := startDurable(t, "durableClock: jumping", nil)
	arn := d.begin(t, "long", `1`)
	one := d.next(t)
	out := ok(d.checkpoint(t, one, op("1", waitT, startA, waitFor(80000)), op("2", callbackT, startA)))(t)
	if end := out.NewExecutionState.Operations[0].WaitDetails.ScheduledEndTimestamp; time.Until(*end) < 22*time.Hour {
		t.Errorf("the wait is over at %s", end)
	}
	d.none(t, 100*time.Millisecond) // the function still runs
	one.answer <- `{"Status":"PENDING"}`
	two := d.next(t)
	same(t, "SUCCEEDED", two.State.Operations[1].Status)
	ok(d.checkpoint(t, two, op("3", callbackT, startA)))(t)
	two.answer <- `{"Status":"PENDING"}`
	d.none(t, 200*time.Millisecond) // somebody may still complete a callback
	same(t, types.ExecutionStatusRunning, d.get(t, arn).Status)
	ok(d.client.StopDurableExecution(t.Context(), &lambda.StopDurableExecutionInput{DurableExecutionArn: &arn}))(t)
}

// State comes in pages where there is much of it.
func TestDurablePages(t *testing.T) {
	d := startDurable(t, "", nil)
	arn := d.begin(t, "f", `1`)
	one := d.next(t)
	large := payload(strings.Repeat("x", 900<<10))
	for i := range 12 {
		ok(d.checkpoint(t, one, op(fmt.Sprint("s", i), stepT, succeedA, large)))(t)
	}
	ok(d.checkpoint(t, one, op("c", contextT, startA), op("in", stepT, succeedA, under("c")), op("w", waitT, startA, waitFor(1))))(t)
	ok(d.checkpoint(t, one, op("c", contextT, succeedA)))(t)
	one.answer <- `{"Status":"PENDING"}`
	two := d.next(t)
	if two.State.NextMarker == "" || len(two.Raw) > 6<<20 {
		t.Errorf("the first page has %d bytes", len(two.Raw))
	}
	seen := len(two.State.Operations)
	for marker := two.State.NextMarker; marker != ""; {
		page := ok(d.client.GetDurableExecutionState(t.Context(), &lambda.GetDurableExecutionStateInput{
			DurableExecutionArn: &arn, CheckpointToken: &two.Token, Marker: &marker, MaxItems: 1000,
		}))(t)
		seen += len(page.Operations)
		marker = aws.ToString(page.NextMarker)
	}
	same(t, 1+12+1+1, seen) // what is in the context that has ended is left out
	two.answer <- `{"Status":"SUCCEEDED"}`
	d.awaitStatus(t, arn, types.ExecutionStatusSucceeded)
	events := 0
	for marker := ""; ; {
		in := &lambda.GetDurableExecutionHistoryInput{DurableExecutionArn: &arn, MaxItems: 5, ReverseOrder: aws.Bool(true)}
		if marker != "" {
			in.Marker = &marker
		}
		page := ok(d.client.GetDurableExecutionHistory(t.Context(), in))(t)
		if events == 0 {
			same(t, types.EventType("ExecutionSucceeded"), page.Events[0].EventType)
		}
		events += len(page.Events)
		if marker = aws.ToString(page.NextMarker); marker == "" {
			break
		}
	}
	same(t, 1+12+4+1+1+1+1, events)
	bare := ok(d.client.GetDurableExecutionHistory(t.Context(), &lambda.GetDurableExecutionHistoryInput{DurableExecutionArn: &arn, IncludeExecutionData: aws.Bool(false)}))(t)
	if bare.Events[1].StepSucceededDetails.Result.Payload != nil {
		t.Error("the payload is told")
	}
}

func TestDurableConfig(t *testing.T) {
	ctx := t.Context()
	client := start(t, "").lambda(t)
	in := newFunction(t, "plain")
	ok(client.CreateFunction(ctx, in))(t)
	_, err := client.UpdateFunctionConfiguration(ctx, &lambda.UpdateFunctionConfigurationInput{
		FunctionName: aws.String("plain"), DurableConfig: &types.DurableConfig{ExecutionTimeout: aws.Int32(10)},
	})
	fails(t, err, "InvalidParameterValueException", 400)
	for name, config := range map[string]*types.DurableConfig{
		"no timeout": {}, "no time": {ExecutionTimeout: aws.Int32(0)}, "too long": {ExecutionTimeout: aws.Int32(31622401)},
		"retention": {ExecutionTimeout: aws.Int32(1), RetentionPeriodInDays: aws.Int32(91)},
	} {
		in := newFunction(t, "d")
		in.DurableConfig = config
		_, err := client.CreateFunction(ctx, in)
		t.Run(name, func(t *testing.T) { fails(t, err, "InvalidParameterValueException", 400) })
	}
	in = newFunction(t, "d")
	in.Runtime, in.Handler = types.RuntimeNodejs20x, aws.String("index.handler")
	in.DurableConfig = &types.DurableConfig{ExecutionTimeout: aws.Int32(10)}
	_, err = client.CreateFunction(ctx, in)
	fails(t, err, "InvalidParameterValueException", 400)
	in.Runtime = types.RuntimeNodejs22x
	made := ok(client.CreateFunction(ctx, in))(t)
	same(t, int32(14), *made.DurableConfig.RetentionPeriodInDays)
	changed := ok(client.UpdateFunctionConfiguration(ctx, &lambda.UpdateFunctionConfigurationInput{
		FunctionName: aws.String("d"), DurableConfig: &types.DurableConfig{RetentionPeriodInDays: aws.Int32(2)},
	}))(t)
	same(t, int32(10), *changed.DurableConfig.ExecutionTimeout)
	same(t, int32(2), *changed.DurableConfig.RetentionPeriodInDays)
}

// An execution goes on where it was when the emulator starts again.
func TestDurableStateInAFolder(t *testing.T) {
	dir := t.TempDir()
	keep := func(o *awsemu.Options) { o.Data = dir }
	d := startDurable(t, "", keep)
	arn := d.begin(t, "f", `{"a":1}`)
	one := d.next(t)
	ok(d.checkpoint(t, one, op("1", stepT, succeedA, payload("7")), op("2", callbackT, startA), op("3", waitT, startA, waitFor(1))))(t)
	id := ""
	for _, o := range ok(d.client.GetDurableExecutionState(t.Context(), &lambda.GetDurableExecutionStateInput{DurableExecutionArn: &arn, CheckpointToken: &one.Token}))(t).Operations {
		if o.CallbackDetails != nil {
			id = *o.CallbackDetails.CallbackId
		}
	}
	one.answer <- `{"Status":"PENDING"}`
	two := d.next(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}()
	<-done // the function is cut off
	_ = two

	d = startDurable(t, "", keep)
	again := d.next(t)
	same(t, arn, again.Arn)
	same(t, 4, len(again.State.Operations))
	same(t, "7", *again.State.Operations[1].StepDetails.Result)
	ok(d.client.SendDurableExecutionCallbackSuccess(t.Context(), &lambda.SendDurableExecutionCallbackSuccessInput{CallbackId: &id}))(t)
	again.answer <- `{"Status":"SUCCEEDED","Result":"8"}`
	same(t, "8", *d.awaitStatus(t, arn, types.ExecutionStatusSucceeded).Result)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	// What an end has left behind is no harm; what is in the middle is told.
	log := filepath.Join(dir, "durable.log")
	text := ok(os.ReadFile(log))(t)
	if err := os.WriteFile(log, append(text, `{"ID":"half`...), 0o600); err != nil {
		t.Fatal(err)
	}
	d = startDurable(t, "", keep)
	same(t, "8", *d.get(t, arn).Result)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(log, append([]byte("half\n"), text...), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := awsemu.New(awsemu.Options{Data: dir}); err == nil || !strings.Contains(err.Error(), "durable.log is damaged in line 1") {
		t.Errorf("got %v", err)
	}
}
