package awsemu_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/medlar-flow/medlar/operations/awsemu"
	"github.com/medlar-flow/medlar/operations/awsemu/awsemutest"
)

const ordersARN = "arn:aws:sqs:us-east-1:000000000000:orders"

// taker is a function that takes messages.
type taker struct {
	mu     sync.Mutex
	bodies []string
	sizes  []int
	answer func(ids map[string]string) (string, error) // by the bodies
}

func (f *taker) handle(_ context.Context, payload []byte) ([]byte, error) {
	var event struct {
		Records []struct {
			MessageID, ReceiptHandle, Body, EventSource, EventSourceARN, AWSRegion, MD5OfBody string
			Attributes                                                                        map[string]string
			MessageAttributes                                                                 map[string]struct{ StringValue, DataType string }
		}
	}
	if err := json.Unmarshal(payload, &event); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	ids := map[string]string{}
	for _, r := range event.Records {
		if r.EventSource != "aws:sqs" || r.EventSourceARN != ordersARN || r.AWSRegion != "us-east-1" || r.ReceiptHandle == "" || r.MD5OfBody == "" || r.Attributes["ApproximateReceiveCount"] == "" ||
			r.MessageAttributes["kind"].StringValue != "new" {
			return nil, fmt.Errorf("the record is %+v", r)
		}
		ids[r.Body] = r.MessageID
		f.bodies = append(f.bodies, r.Body)
	}
	f.sizes = append(f.sizes, len(event.Records))
	if f.answer == nil {
		return []byte("null"), nil
	}
	text, err := f.answer(ids)
	return []byte(text), err
}

func (f *taker) took() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Sorted(slices.Values(f.bodies))
}

// mapped is an emulator with a function and a queue, on a clock that is faster.
func mapped(t *testing.T, f *taker) (*awsemutest.Emulator, *lambda.Client, func(operation, body string) string) {
	t.Helper()
	begun := time.Now()
	return mappedOn(t, f, func() time.Time { return begun.Add(time.Since(begun) * 60) })
}

// mappedOn is mapped on a clock.
func mappedOn(t *testing.T, f *taker, clock func() time.Time) (*awsemutest.Emulator, *lambda.Client, func(operation, body string) string) {
	t.Helper()
	e := awsemutest.Start(t, awsemu.Options{
		Fixture:  awsemutest.Fixture(t, "queues: {orders: {visibilityTimeout: 30}, short: {visibilityTimeout: 1}, line.fifo: {}}\n"),
		Handlers: map[string]awsemu.Handler{"take": f.handle},
		Clock:    clock,
	})
	return e, lambda.NewFromConfig(e.Config()), func(operation, body string) string {
		t.Helper()
		w := httptest.NewRecorder()
		e.ServeHTTP(w, signed(t, http.MethodPost, e.URL()+"/", body, "sqs", func(r *http.Request) { r.Header.Set("X-Amz-Target", "AmazonSQS."+operation) }))
		if w.Code != http.StatusOK {
			t.Fatalf("%s: %d %s", operation, w.Code, w.Body)
		}
		return w.Body.String()
	}
}

func sendOrder(call func(operation, body string) string, body string) {
	text, _ := json.Marshal(body) // a text always encodes
	call("SendMessage", `{"QueueUrl":"http://h/000000000000/orders","MessageBody":`+string(text)+`,"MessageAttributes":{"kind":{"DataType":"String","StringValue":"new"}}}`)
}

// untilTaken waits until a condition holds.
func untilTaken(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Minute); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it did not come to: %s", what)
		}
	}
}

func isEmpty(call func(operation, body string) string) func() bool { return isHidden(call, 0) }

// isHidden finds out whether nothing can be taken of a queue, and so many are taken.
func isHidden(call func(operation, body string) string, n int) func() bool {
	return func() bool {
		text := call("GetQueueAttributes", `{"QueueUrl":"http://h/000000000000/orders","AttributeNames":["All"]}`)
		return strings.Contains(text, `"ApproximateNumberOfMessages":"0"`) && strings.Contains(text, fmt.Sprintf(`"ApproximateNumberOfMessagesNotVisible":"%d"`, n))
	}
}

// A function takes the messages of a queue in batches; what it fails with comes again,
// and what no filter lets through is dropped.
func TestMappingsTakeMessages(t *testing.T) {
	const a, b, other = `{"kind":"order","n":1}`, `{"kind":"order","n":2}`, `{"kind":"other"}`
	reports := []types.FunctionResponseType{types.FunctionResponseTypeReportBatchItemFailures}
	once := func(answer func(ids map[string]string) (string, error)) func(map[string]string) (string, error) {
		failed := false
		return func(ids map[string]string) (string, error) {
			if failed || ids[a] == "" {
				return `{"batchItemFailures":[]}`, nil
			}
			failed = true
			return answer(ids)
		}
	}
	for _, row := range []struct {
		name    string
		reports []types.FunctionResponseType
		answer  func(ids map[string]string) (string, error)
		want    []string // in the order of their texts
	}{
		{"all are done", nil, nil, []string{a, b}},
		{"it fails", nil, once(func(map[string]string) (string, error) { return "", errors.New("no") }), []string{a, a, b, b}},
		{"one fails", reports, once(func(ids map[string]string) (string, error) {
			return `{"batchItemFailures":[{"itemIdentifier":"` + ids[a] + `"}]}`, nil
		}), []string{a, a, b}},
		{"one fails, and nobody asked", nil, once(func(ids map[string]string) (string, error) {
			return `{"batchItemFailures":[{"itemIdentifier":"` + ids[a] + `"}]}`, nil
		}), []string{a, b}},
		{"one fails that is none", reports, once(func(map[string]string) (string, error) {
			return `{"batchItemFailures":[{"itemIdentifier":"x"}]}`, nil
		}), []string{a, a, b, b}},
		{"the answer is none", reports, once(func(map[string]string) (string, error) { return `"done"`, nil }), []string{a, a, b, b}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			f := &taker{answer: row.answer}
			// The clock stands but for what has to come again: however slow the machine
			// is, no message comes again that is being taken.
			begun, passed := time.Now(), atomic.Int64{}
			_, client, call := mappedOn(t, f, func() time.Time { return begun.Add(time.Duration(passed.Load())) })
			for _, body := range []string{a, other, "no JSON", b} {
				sendOrder(call, body)
			}
			ok(client.CreateEventSourceMapping(t.Context(), &lambda.CreateEventSourceMappingInput{
				EventSourceArn: aws.String(ordersARN), FunctionName: aws.String("take"), FunctionResponseTypes: row.reports,
				FilterCriteria: &types.FilterCriteria{Filters: []types.Filter{{Pattern: aws.String(`{"body":{"kind":["order"]}}`)}}},
			}))(t)
			untilTaken(t, "they were taken, and what failed is left", func() bool { return len(f.took()) > 0 && isHidden(call, len(row.want)-2)() })
			passed.Add(int64(31 * time.Second))
			untilTaken(t, "all are taken", func() bool { return slices.Equal(f.took(), row.want) })
			untilTaken(t, "the queue is empty", isEmpty(call))
			same(t, row.want, f.took())
		})
	}
}

// A batch waits for its window, or until it is full.
func TestMappingsWaitForBatches(t *testing.T) {
	f := &taker{}
	_, client, call := mapped(t, f)
	for n := range 12 {
		sendOrder(call, fmt.Sprint(n))
	}
	ok(client.CreateEventSourceMapping(t.Context(), &lambda.CreateEventSourceMappingInput{
		EventSourceArn: aws.String(ordersARN), FunctionName: aws.String("take"), BatchSize: aws.Int32(12), MaximumBatchingWindowInSeconds: aws.Int32(300),
		ScalingConfig: &types.ScalingConfig{MaximumConcurrency: aws.Int32(2)},
	}))(t)
	// Two poll, of which one may have ten of them and the other two.
	sent := 12
	untilTaken(t, "a batch is full", func() bool {
		sendOrder(call, fmt.Sprint(sent))
		sent++
		return len(f.took()) > 0
	})
	f.mu.Lock()
	defer f.mu.Unlock()
	same(t, 12, f.sizes[0])
}

func TestMappingsAreKept(t *testing.T) {
	f := &taker{}
	_, client, call := mapped(t, f)
	ctx := t.Context()
	made := ok(client.CreateEventSourceMapping(ctx, &lambda.CreateEventSourceMappingInput{
		EventSourceArn: aws.String(ordersARN), FunctionName: aws.String("take"), Enabled: aws.Bool(false),
	}))(t)
	same(t, "Creating", *made.State)
	same(t, "arn:aws:lambda:us-east-1:000000000000:event-source-mapping:"+*made.UUID, *made.EventSourceMappingArn)
	id := made.UUID
	got := ok(client.GetEventSourceMapping(ctx, &lambda.GetEventSourceMappingInput{UUID: id}))(t)
	same(t, "Disabled", *got.State)
	same(t, int32(10), *got.BatchSize)
	same(t, "arn:aws:lambda:us-east-1:000000000000:function:take", *got.FunctionArn)
	sendOrder(call, "a")
	time.Sleep(20 * time.Millisecond)
	same(t, 0, len(f.took()))
	ok(client.UpdateEventSourceMapping(ctx, &lambda.UpdateEventSourceMappingInput{UUID: id, Enabled: aws.Bool(true), BatchSize: aws.Int32(5)}))(t)
	untilTaken(t, "it is taken", func() bool { return len(f.took()) == 1 })
	for _, in := range []*lambda.ListEventSourceMappingsInput{{}, {FunctionName: aws.String("take")}, {EventSourceArn: aws.String(ordersARN)}} {
		list := ok(client.ListEventSourceMappings(ctx, in))(t).EventSourceMappings
		if len(list) != 1 || *list[0].UUID != *id || *list[0].State != "Enabled" || *list[0].BatchSize != 5 {
			t.Errorf("the list is %+v", list)
		}
	}
	same(t, 0, len(ok(client.ListEventSourceMappings(ctx, &lambda.ListEventSourceMappingsInput{FunctionName: aws.String("other")}))(t).EventSourceMappings))
	_, err := client.CreateEventSourceMapping(ctx, &lambda.CreateEventSourceMappingInput{EventSourceArn: aws.String(ordersARN), FunctionName: aws.String("take")})
	fails(t, err, "ResourceConflictException", 409)
	same(t, "Deleting", *ok(client.DeleteEventSourceMapping(ctx, &lambda.DeleteEventSourceMappingInput{UUID: id}))(t).State)
	_, err = client.GetEventSourceMapping(ctx, &lambda.GetEventSourceMappingInput{UUID: id})
	fails(t, err, "ResourceNotFoundException", 404)
}

func TestMappingsAreRefused(t *testing.T) {
	_, client, _ := mapped(t, &taker{})
	arn := func(name string) *string { return aws.String("arn:aws:sqs:us-east-1:000000000000:" + name) }
	filter := func(pattern string) *types.FilterCriteria {
		return &types.FilterCriteria{Filters: []types.Filter{{Pattern: &pattern}}}
	}
	for _, row := range []struct {
		name   string
		in     lambda.CreateEventSourceMappingInput
		code   string
		status int
	}{
		{"no queue", lambda.CreateEventSourceMappingInput{EventSourceArn: arn("none")}, "InvalidParameterValueException", 400},
		{"no function", lambda.CreateEventSourceMappingInput{EventSourceArn: arn("orders"), FunctionName: aws.String("none")}, "ResourceNotFoundException", 404},
		{"a stream", lambda.CreateEventSourceMappingInput{EventSourceArn: aws.String("arn:aws:kinesis:us-east-1:000000000000:stream/s")}, "NotImplementedException", 501},
		{"hidden for less than the function's time", lambda.CreateEventSourceMappingInput{EventSourceArn: arn("short")}, "InvalidParameterValueException", 400},
		{"many at once without a window", lambda.CreateEventSourceMappingInput{EventSourceArn: arn("orders"), BatchSize: aws.Int32(11)}, "InvalidParameterValueException", 400},
		{"no batch", lambda.CreateEventSourceMappingInput{EventSourceArn: arn("orders"), BatchSize: aws.Int32(0)}, "InvalidParameterValueException", 400},
		{"a window in order", lambda.CreateEventSourceMappingInput{EventSourceArn: arn("line.fifo"), MaximumBatchingWindowInSeconds: aws.Int32(1)}, "InvalidParameterValueException", 400},
		{"a long window", lambda.CreateEventSourceMappingInput{EventSourceArn: arn("orders"), MaximumBatchingWindowInSeconds: aws.Int32(301)}, "InvalidParameterValueException", 400},
		{"one at a time", lambda.CreateEventSourceMappingInput{EventSourceArn: arn("orders"), ScalingConfig: &types.ScalingConfig{MaximumConcurrency: aws.Int32(1)}}, "InvalidParameterValueException", 400},
		{"another report", lambda.CreateEventSourceMappingInput{EventSourceArn: arn("orders"), FunctionResponseTypes: []types.FunctionResponseType{"All"}}, "InvalidParameterValueException", 400},
		{"no pattern", lambda.CreateEventSourceMappingInput{EventSourceArn: arn("orders"), FilterCriteria: filter("body")}, "InvalidParameterValueException", 400},
		{"a rule that is none", lambda.CreateEventSourceMappingInput{EventSourceArn: arn("orders"), FilterCriteria: filter(`{"body":[{"regex":"x"}]}`)}, "InvalidParameterValueException", 400},
	} {
		if row.in.FunctionName == nil {
			row.in.FunctionName = aws.String("take")
		}
		t.Run(row.name, func(t *testing.T) {
			_, err := client.CreateEventSourceMapping(t.Context(), &row.in)
			fails(t, err, row.code, row.status)
		})
	}
}
