package awsemu_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
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
