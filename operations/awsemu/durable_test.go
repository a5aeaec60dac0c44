package awsemu_test

import (
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
