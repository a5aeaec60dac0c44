package sources_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/operations/awsemu"
	"github.com/medlar-flow/medlar/operations/awsemu/awsemutest"
	"github.com/medlar-flow/medlar/operations/sources"
)

// What a queue is asked for: a message is never hidden by more than 30 s while its
// run is under way, and as long as the server says when it is given back.
func TestQueueCalls(t *testing.T) {
	var calls []string
	for _, row := range []struct {
		queue string
		url   string
		most  int
	}{
		{"orders", "asked {'queueName': 'orders'}", 3},
		{"arn:aws:sqs:eu-west-1:000000000000:orders", "asked {'queueName': 'orders', 'queueOwnerAWSAccountId': '000000000000'}", 3},
		{"https://sqs.eu-west-1.amazonaws.com/000000000000/orders", "", 3},
		{"orders.fifo", "asked {'queueName': 'orders.fifo'}", 1},
	} {
		calls = nil
		events, err := sources.SQS().Open(t.Context(), connector.SourceRequest{
			Params: map[string]any{"queue": row.queue},
			Call: func(_ context.Context, name string, params map[string]any) (any, error) {
				switch name {
				case "sqs.getQueueAttributes":
					return nil, errors.New("denied")
				case "sqs.getQueueUrl":
					keys := make([]string, 0, len(params))
					for key, v := range params {
						keys = append(keys, fmt.Sprintf("'%s': '%v'", key, v))
					}
					slices.Sort(keys)
					calls = append(calls, "asked {"+strings.Join(keys, ", ")+"}")
					return map[string]any{"QueueUrl": "u"}, nil
				case "sqs.receiveMessage":
					calls = append(calls, fmt.Sprintf("receive %v for %vs", params["maxNumberOfMessages"], params["visibilityTimeout"]))
					return map[string]any{"Messages": []any{map[string]any{"MessageId": "m", "ReceiptHandle": "r", "Body": "{", "Attributes": map[string]any{"ApproximateReceiveCount": "4"}}}}, nil
				case "sqs.deleteMessage":
					calls = append(calls, fmt.Sprintf("delete %v", params["receiptHandle"]))
				case "sqs.changeMessageVisibility":
					calls = append(calls, fmt.Sprintf("hide %v for %vs", params["receiptHandle"], params["visibilityTimeout"]))
				}
				return map[string]any{}, nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		given, err := events.Next(t.Context(), 3)
		if err != nil || len(given) != 1 {
			t.Fatal(given, err)
		}
		e := given[0]
		if e.Identity != "m" || e.Attempt != 4 || e.Value["body"] != "{" || e.ExtendEvery <= 0 || e.ExtendEvery > 15*time.Second {
			t.Errorf("the event is %+v", e)
		}
		settle := func(s connector.Settlement) error { return e.Settled(t.Context(), s) }
		if err := errors.Join(
			e.Extended(t.Context()), e.Accepted(t.Context()), settle(connector.Settlement{}),
			settle(connector.Settlement{Fate: connector.EventAgain, After: 1500 * time.Millisecond}), settle(connector.Settlement{Fate: connector.EventAgain}),
			settle(connector.Settlement{Fate: connector.EventStays, After: 5 * time.Minute}), events.Close(),
		); err != nil {
			t.Fatal(err)
		}
		want := []string{fmt.Sprintf("receive %d for 30s", row.most), "hide r for 30s", "delete r", "delete r", "hide r for 2s", "hide r for 0s", "hide r for 300s"}
		if row.url != "" {
			want = append([]string{row.url}, want...)
		}
		if d := cmp.Diff(want, calls); d != "" {
			t.Errorf("%s (-want +got) %s", row.queue, d)
		}
	}
}

// set is a clock that a test sets.
type set struct {
	mu sync.Mutex
	by time.Duration
}

func (s *set) now() time.Time { s.mu.Lock(); defer s.mu.Unlock(); return time.Now().Add(s.by) }

func (s *set) forth(d time.Duration) { s.mu.Lock(); defer s.mu.Unlock(); s.by += d }

// A message whose run goes on is received again, be it that the process stood still or
// that the 12 hours are over for which a queue hides one: it finds its run.
func TestMessageThatComesAgainFindsItsRun(t *testing.T) {
	clock, s := &set{}, &shop{gate: make(chan struct{})}
	var receives atomic.Int64
	e := awsemutest.Start(t, awsemu.Options{Fixture: awsemutest.Fixture(t, "queues:\n  orders: {deadLetters: failed, maxReceives: 9}\n  failed: {}\n"), Clock: clock.now, OnRequest: func(r awsemu.Request) {
		if r.Operation == "ReceiveMessage" {
			receives.Add(1)
		}
	}})
	n := served(t, s, strings.Replace(orderFlow, "sqs: orders", "sqs: {queue: orders, concurrency: 2}", 1), sandbox(e))
	send(t, e, "orders", `{"order":"o-1"}`, "")
	eventually(t, "it is under way", func() bool { return len(s.orders()) == 1 })
	clock.forth(31 * time.Second)
	eventually(t, "it is received again", func() bool { return receives.Load() == 2 })
	close(s.gate)
	eventually(t, "it is deleted", func() bool { return numbers(t, e, "orders") == "0+0" })
	if d := cmp.Diff([]string{"o-1"}, s.orders()); d != "" {
		t.Errorf("taken (-want +got) %s", d)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.list) != 0 {
		t.Errorf("told are %v", n.list)
	}
}

// That a message cannot be hidden any longer, as 12 hours after it was received, is
// told as what is the message's own: the server lets it go.
func TestQueueRefusesToHide(t *testing.T) {
	e := awsemutest.Start(t, awsemu.Options{Fixture: awsemutest.Fixture(t, "queues:\n  orders: {}\n")})
	send(t, e, "orders", `{"order":"o-1"}`, "")
	flow, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte(orderFlow)}}, "flow.yaml", registry(t, &shop{}))
	if err != nil {
		t.Fatal(err)
	}
	l, err := flow.Triggers()[0].Listen(t.Context(), func(string, error) {}, time.Now, sandbox(e))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // nothing is lost by it
	given, err := l.Next(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := given[0].Extended(t.Context()); err != nil {
		t.Error(err)
	}
	hide := func(d time.Duration) error {
		return given[0].Settled(t.Context(), connector.Settlement{Fate: connector.EventStays, After: d})
	}
	var wrong *connector.Error
	if err := hide(12*time.Hour + time.Second); !errors.As(err, &wrong) || wrong.Code != "InvalidParameterValue" || wrong.Class != connector.ClassInvalid {
		t.Errorf("beyond 12 hours: %v", err)
	}
	if err := hide(0); err != nil {
		t.Error(err)
	}
	if err := given[0].Extended(t.Context()); !errors.As(err, &wrong) || wrong.Class == connector.ClassUnavailable {
		t.Errorf("a message that others may have: %v, class %s", err, wrong.Class)
	}
}
