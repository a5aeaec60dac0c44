package awsemu_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/medlar-flow/medlar/operations/awsemu"
)

func (r *rig) event(t testing.TB, function, payload string) {
	t.Helper()
	out := ok(r.lambda(t).Invoke(t.Context(), &lambda.InvokeInput{
		FunctionName: &function, Payload: []byte(payload), InvocationType: types.InvocationTypeEvent,
	}))(t)
	same(t, int32(202), out.StatusCode)
}

// eventually waits until a condition holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within 5 s", what)
		}
	}
}

// failing is a handler that fails so many times.
func failing(times int32, calls *atomic.Int32) awsemu.Handler {
	return func(context.Context, []byte) ([]byte, error) {
		if calls.Add(1) <= times {
			return nil, errors.New("not now")
		}
		return []byte(`"done"`), nil
	}
}

func TestEventsAreTriedAgain(t *testing.T) {
	var twice, always, once atomic.Int32
	r := startWith(t, "", func(o *awsemu.Options) {
		o.Handlers = map[string]awsemu.Handler{"twice": failing(2, &twice), "always": failing(100, &always), "once": failing(100, &once)}
	})
	ok(r.lambda(t).PutFunctionEventInvokeConfig(t.Context(), &lambda.PutFunctionEventInvokeConfigInput{FunctionName: aws.String("once"), MaximumRetryAttempts: aws.Int32(0)}))(t)
	r.event(t, "twice", `{}`)
	r.event(t, "always", `{"order":"o-17"}`)
	r.event(t, "once", `{}`)
	eventually(t, "the dead letters", func() bool { return len(r.DeadLetters()) == 2 && twice.Load() == 3 })
	same(t, int32(3), always.Load())
	same(t, int32(1), once.Load())
	letters := map[string]awsemu.DeadLetter{}
	for _, l := range r.DeadLetters() {
		letters[l.FunctionArn] = l
	}
	got := letters["arn:aws:lambda:us-east-1:000000000000:function:always:$LATEST"]
	if got.RequestID == "" || got.Time.IsZero() {
		t.Errorf("got %+v", got)
	}
	got.RequestID, got.Time = "", time.Time{}
	same(t, awsemu.DeadLetter{
		FunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:always:$LATEST", Condition: "RetriesExhausted", Attempts: 3,
		FunctionError: "Unhandled", Request: `{"order":"o-17"}`, Response: `{"errorType":"errorString","errorMessage":"not now"}`,
	}, got)
	var overHTTP []awsemu.DeadLetter
	if err := json.Unmarshal(fetch(t, r.URL()+"/_awsemu/dead-letters"), &overHTTP); err != nil || len(overHTTP) != 2 {
		t.Errorf("%d letters over HTTP (%v)", len(overHTTP), err)
	}
}

func TestCloseDropsEventsThatWait(t *testing.T) {
	var calls atomic.Int32
	r := startWith(t, "", func(o *awsemu.Options) {
		o.Handlers = map[string]awsemu.Handler{"f": failing(100, &calls)}
		o.EventDelays = awsemu.AWSEventDelays()
	})
	r.event(t, "f", `{}`)
	eventually(t, "the first attempt", func() bool { return calls.Load() == 1 })
	started := time.Now()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(started); took > 30*time.Second { // the next attempt comes after a minute
		t.Errorf("Close took %s", took)
	}
}

func TestReservedConcurrency(t *testing.T) {
	open := make(chan struct{})
	var entered sync.WaitGroup
	entered.Add(2)
	r := startWith(t, "", func(o *awsemu.Options) {
		o.Handlers = map[string]awsemu.Handler{"f": func(context.Context, []byte) ([]byte, error) {
			entered.Done()
			<-open
			return []byte("1"), nil
		}, "other": func(context.Context, []byte) ([]byte, error) { return []byte("2"), nil }}
	})
	client := r.lambda(t)
	reserve := func(n int32) {
		ok(client.PutFunctionConcurrency(t.Context(), &lambda.PutFunctionConcurrencyInput{FunctionName: aws.String("f"), ReservedConcurrentExecutions: &n}))(t)
	}
	reserve(2)
	usage := ok(client.GetAccountSettings(t.Context(), &lambda.GetAccountSettingsInput{}))(t)
	same(t, int32(998), *usage.AccountLimit.UnreservedConcurrentExecutions)
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() { r.call(t, "f", `{}`) })
	}
	entered.Wait()
	_, err := client.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String("f")})
	fails(t, err, "TooManyRequestsException", 429)
	if refusal, found := errors.AsType[*types.TooManyRequestsException](err); !found || refusal.Reason != types.ThrottleReasonReservedFunctionConcurrentInvocationLimitExceeded {
		t.Errorf("got %v", err)
	}
	same(t, "2", string(r.call(t, "other", `{}`).Payload))
	close(open)
	all.Wait()
	reserve(0)
	_, err = client.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String("f")})
	fails(t, err, "TooManyRequestsException", 429)
}

func TestInvocationsWaitForAProcess(t *testing.T) {
	r := startWith(t, goFixture(t, ""), func(o *awsemu.Options) { o.Processes, o.QueueLimit = 1, 50*time.Millisecond })
	r.call(t, "go", `{}`)
	done := make(chan called)
	go func() { done <- r.call(t, "go", `{"Sleep":3000}`) }()
	eventually(t, "the first call", func() bool {
		_, err := r.lambda(t).Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String("go")})
		return err != nil
	})
	_, err := r.lambda(t).Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String("go")})
	fails(t, err, "ServiceException", 503)
	same(t, "", (<-done).failure)
}

func TestHandlers(t *testing.T) {
	r := startWith(t, "", func(o *awsemu.Options) {
		o.Handlers = map[string]awsemu.Handler{
			"echo":  func(_ context.Context, payload []byte) ([]byte, error) { return payload, nil },
			"fail":  func(context.Context, []byte) ([]byte, error) { return nil, fmt.Errorf("wrapped: %w", errors.New("no")) },
			"panic": func(context.Context, []byte) ([]byte, error) { panic("told to") },
		}
	})
	same(t, `{"a":1}`, string(r.call(t, "echo", `{"a":1}`).Payload))
	same(t, any("wrapError"), r.call(t, "fail", `{}`).body["errorType"])
	same(t, any("told to"), r.call(t, "panic", `{}`).body["errorMessage"])
}

func TestHandlerTimesOut(t *testing.T) {
	ended := make(chan struct{})
	r := startWith(t, "", func(o *awsemu.Options) {
		o.Handlers = map[string]awsemu.Handler{"slow": func(ctx context.Context, _ []byte) ([]byte, error) {
			defer close(ended)
			<-ctx.Done()
			time.Sleep(20 * time.Millisecond)
			return nil, ctx.Err()
		}}
	})
	ok(r.lambda(t).UpdateFunctionConfiguration(t.Context(), &lambda.UpdateFunctionConfigurationInput{FunctionName: aws.String("slow"), Timeout: aws.Int32(1)}))(t)
	out := r.call(t, "slow", `{}`)
	same(t, any("Sandbox.Timedout"), out.body["errorType"])
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	<-ended
}

func TestCloseWaitsForEvents(t *testing.T) {
	entered, open := make(chan struct{}), make(chan struct{})
	var ended atomic.Bool
	r := startWith(t, "", func(o *awsemu.Options) {
		o.Handlers = map[string]awsemu.Handler{"f": func(context.Context, []byte) ([]byte, error) {
			close(entered)
			<-open
			ended.Store(true)
			return []byte("null"), nil
		}}
	})
	ok(r.lambda(t).Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String("f"), InvocationType: types.InvocationTypeEvent}))(t)
	<-entered
	time.AfterFunc(20*time.Millisecond, func() { close(open) })
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if !ended.Load() {
		t.Error("Close returned before the event had run")
	}
}
