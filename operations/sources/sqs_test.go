package sources_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/operations/awsemu/awsemutest"
	"github.com/medlar-flow/medlar/operations/sources"
	"github.com/medlar-flow/medlar/serve"
)

const orderFlow = `flow: take-order
inputs: {order: {type: string, required: true}}
triggers:
  - sqs: orders
steps:
  - {call: shop.take, with: {order: "${ctx.order}"}}
`

// run runs steps on the emulator, and returns their output.
func run(t *testing.T, e *awsemutest.Emulator, steps string) any {
	t.Helper()
	flow, err := flows.Load(fstest.MapFS{"f.yaml": {Data: []byte("flow: f\nsteps:\n" + steps)}}, "f.yaml", registry(t, &shop{}))
	if err != nil {
		t.Fatal(err)
	}
	result, err := flow.Run(context.WithoutCancel(t.Context()), nil, sandbox(e))
	if err != nil {
		t.Fatal(err)
	}
	return result.Output
}

func send(t *testing.T, e *awsemutest.Emulator, queue, body, more string) {
	t.Helper()
	run(t, e, `  - {call: sqs.sendMessage, with: {queueUrl: "http://h/000000000000/`+queue+`", messageBody: '`+body+`'`+more+`}}`+"\n")
}

func numbers(t *testing.T, e *awsemutest.Emulator, queue string) any {
	t.Helper()
	return run(t, e, `  - {id: a, call: sqs.getQueueAttributes, with: {queueUrl: "http://h/000000000000/`+queue+`", attributeNames: [ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible]}}`+"\n"+
		`output: "${steps.a.Attributes.ApproximateNumberOfMessages + '+' + steps.a.Attributes.ApproximateNumberOfMessagesNotVisible}"`)
}

func TestQueueBeginsRuns(t *testing.T) {
	e, s := emulator(t, "  orders: {}\n", 1), &shop{}
	served(t, s, orderFlow, sandbox(e))
	send(t, e, "orders", `{"order":"o-1"}`, "")
	eventually(t, "it is taken", func() bool { return slices.Equal(s.orders(), []string{"o-1"}) })
	eventually(t, "it is deleted", func() bool { return numbers(t, e, "orders") == "0+0" })
}

// What a message is, as expressions see it.
func TestMessageOfAQueue(t *testing.T) {
	e, s := emulator(t, "  orders.fifo: {}\n", 1), &shop{}
	served(t, s, strings.Replace(orderFlow, "sqs: orders", `sqs: {queue: "arn:aws:sqs:us-east-1:000000000000:orders.fifo"}
    with: {order: "${message.body + ' ' + message.attributes.kind + ' ' + message.group + ' ' + string(message.receiveCount) + ' ' + string(len(message.id))}"}`, 1), sandbox(e))
	send(t, e, "orders.fifo", `no JSON`, `, messageGroupId: g, messageDeduplicationId: d, messageAttributes: {kind: {DataType: String, StringValue: new}}`)
	eventually(t, "it is taken", func() bool { return len(s.orders()) == 1 })
	if d := cmp.Diff([]string{"no JSON new g 1 36"}, s.orders()); d != "" {
		t.Error(d)
	}
}

// A message that fails goes to the dead letters after its count, and one that cannot
// be read, too; those behind it are done.
func TestFailingMessagesAreDeadLetters(t *testing.T) {
	e, s := emulator(t, "  orders.fifo: {deadLetters: failed.fifo, maxReceives: 3, contentBasedDeduplication: true}\n  failed.fifo: {}\n", 60), &shop{bad: "bad"}
	n := served(t, s, strings.Replace(orderFlow, "sqs: orders", "sqs: orders.fifo", 1), sandbox(e))
	for _, body := range []string{`{"order":"bad"}`, `{"order":"good"}`, `nonsense`, `{"order":"one","order":"other"}`, `{"order":"last"}`} {
		send(t, e, "orders.fifo", body, ", messageGroupId: g")
	}
	eventually(t, "the dead letters are there", func() bool { return numbers(t, e, "failed.fifo") == "3+0" })
	eventually(t, "all others are done", func() bool { return numbers(t, e, "orders.fifo") == "0+0" })
	if d := cmp.Diff([]string{"bad", "bad", "bad", "good", "last"}, s.orders()); d != "" {
		t.Errorf("taken (-want +got) %s", d)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	said := slices.ContainsFunc(n.list, func(one serve.Notice) bool { return strings.Contains(one.Text, "begins no run, and stays") })
	if !said {
		t.Errorf("nothing is said of the message that cannot be read: %v", n.list)
	}
}

func TestQueuesThatAreNone(t *testing.T) {
	for _, name := range []string{"a b", "", strings.Repeat("q", 81), "orders.fifo.fifo"} {
		_, err := flows.Load(fstest.MapFS{"f.yaml": {Data: []byte(strings.Replace(orderFlow, "sqs: orders", "sqs: {queue: '"+name+"'}", 1))}}, "f.yaml", registry(t, &shop{}))
		if err == nil || !strings.Contains(err.Error(), "bad-queue") {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// A queue that nobody takes messages from which fail for good is told of when it is
// listened to, once.
func TestQueueWithoutARedrivePolicy(t *testing.T) {
	for name, c := range map[string]struct {
		answer any
		err    error
		told   string
	}{
		"none":      {answer: map[string]any{"Attributes": map[string]any{"QueueArn": "arn"}}, told: "queue orders.fifo has no redrive policy"},
		"one":       {answer: map[string]any{"Attributes": map[string]any{"QueueArn": "arn", "RedrivePolicy": "{}"}}},
		"no answer": {answer: map[string]any{}},
		"denied":    {err: errors.New("denied")},
	} {
		t.Run(name, func(t *testing.T) {
			var told []string
			events, err := sources.SQS().Open(t.Context(), connector.SourceRequest{
				Params: map[string]any{"queue": "orders.fifo"},
				Notice: func(text string, err error) { told = append(told, text) },
				Call: func(_ context.Context, name string, _ map[string]any) (any, error) {
					switch name {
					case "sqs.getQueueUrl":
						return map[string]any{"QueueUrl": "u"}, nil
					case "sqs.getQueueAttributes":
						return c.answer, c.err
					default:
						return map[string]any{"Messages": []any{map[string]any{"MessageId": "m", "ReceiptHandle": "r", "Body": "1"}}}, nil
					}
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if _, err := events.Next(t.Context(), 1); err != nil {
					t.Fatal(err)
				}
			}
			if text := strings.Join(told, "\n"); !strings.HasPrefix(text, c.told) || (c.told == "") != (text == "") || len(told) > 1 {
				t.Errorf("told %q, want %q", told, c.told)
			}
		})
	}
}
