package sources

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// How the messages of a queue are taken.
const (
	// hiddenFor is how long a message is ours after it was received or extended: a
	// process that dies keeps it from others no longer.
	hiddenFor = 30 * time.Second
	// extendEvery leaves time for one that fails.
	extendEvery = 10 * time.Second
	waitFor     = 20 // seconds of a poll, the most that SQS takes
	atOnce      = 10 // messages of a poll, the most that SQS gives
)

// SQS returns the source of the messages of a queue: sqs: {queue: orders}. It calls
// sqs.getQueueUrl, receiveMessage, deleteMessage and changeMessageVisibility, and, where
// it may, getQueueAttributes: once for the redrive policy, and when somebody asks how much
// waits.
func SQS() *connector.EventSource {
	text := &schema.Field{Type: schema.String}
	return &connector.EventSource{
		Name: "sqs", Summary: "Messages of a queue of Amazon SQS.", Event: "message", Inputs: "body", Connector: "sqs", Main: "queue",
		Params: schema.MustNew(&schema.Field{
			Name: "queue", Type: schema.String, Required: true, Description: "The name, the URL or the ARN of the queue.", Example: "orders",
		}),
		Value: schema.MustNew(
			&schema.Field{Name: "id", Type: schema.String, Description: "The message's id, which a redelivery has, too."},
			&schema.Field{Name: "body", Nullable: true, Description: "Its body: the value where it is JSON, else text."},
			&schema.Field{Name: "attributes", Type: schema.Map, Elem: text, Description: "Its attributes by name; binary ones in base64."},
			&schema.Field{Name: "group", Type: schema.String, Nullable: true, Description: "Its message group."},
			&schema.Field{Name: "receiveCount", Type: schema.Integer, Description: "How often it was received, from 1 on."},
		),
		Check: checkQueue, Open: openQueue,
	}
}

// checkQueue looks at a queue that is known before a run.
func checkQueue(given connector.Given) []connector.Mistake {
	name, ok := given.Params["queue"].(string)
	if !ok || strings.Contains(name, "://") || strings.HasPrefix(name, "arn:") {
		return nil
	}
	base := strings.TrimSuffix(name, ".fifo")
	bad := strings.ContainsFunc(base, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-'
	})
	if base != "" && len(name) <= 80 && !bad {
		return nil
	}
	return []connector.Mistake{{
		Param: "queue", Rule: "bad-queue", Message: fmt.Sprintf("%q is not the name of a queue", name),
		Help: "write its name (letters, digits, - and _, and .fifo at the end of a FIFO queue), its URL or its ARN",
	}}
}

// queue is one that is listened to.
type queue struct {
	connector.SourceRequest

	name string
	fifo bool
	// looked is true once it was looked at what becomes of messages that fail. Only Next
	// has it.
	looked bool

	mu   sync.Mutex
	url  string // once it is known
	dead string // the URL of its dead-letter queue, once that is known
}

var _ connector.Backlogged = (*queue)(nil)

func openQueue(_ context.Context, req connector.SourceRequest) (connector.Events, error) {
	name, _ := req.Params["queue"].(string)
	return &queue{SourceRequest: req, name: name, fifo: strings.HasSuffix(name, ".fifo")}, nil
}

// Close has nothing to end.
func (q *queue) Close() error { return nil }

// address returns the queue's URL. It is asked for when it is first needed, so that a
// server starts without the queue.
func (q *queue) address(ctx context.Context) (string, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.url != "" {
		return q.url, nil
	}
	if strings.Contains(q.name, "://") {
		q.url = q.name
		return q.url, nil
	}
	url, err := q.urlOf(ctx, q.name)
	if err != nil {
		return "", err
	}
	q.url = url
	return url, nil
}

// urlOf asks for the URL of a queue by its name or its ARN.
func (q *queue) urlOf(ctx context.Context, name string) (string, error) {
	params := map[string]any{"queueName": name}
	if parts := strings.Split(name, ":"); len(parts) == 6 && parts[0] == "arn" {
		params = map[string]any{"queueName": parts[5], "queueOwnerAWSAccountId": parts[4]}
	}
	out, err := q.Call(ctx, "sqs.getQueueUrl", params)
	if err != nil {
		return "", fmt.Errorf("asking for the URL of queue %s: %w", name, err)
	}
	url := textAt(out, "QueueUrl")
	if url == "" {
		return "", fmt.Errorf("queue %s has no URL", name)
	}
	return url, nil
}

// Next receives messages. Of a FIFO queue it is one at a time: the queue gives no
// other of its group before that is settled, so that order is the queue's own.
func (q *queue) Next(ctx context.Context, most int) ([]connector.Event, error) {
	url, err := q.address(ctx)
	if err != nil {
		return nil, err
	}
	if !q.looked {
		q.looked = true
		q.look(ctx, url)
	}
	if most = min(most, atOnce); q.fifo {
		most = 1
	}
	for {
		out, err := q.Call(ctx, "sqs.receiveMessage", map[string]any{
			"queueUrl": url, "maxNumberOfMessages": int64(most), "waitTimeSeconds": int64(waitFor), "visibilityTimeout": int64(hiddenFor / time.Second),
			"messageSystemAttributeNames": []any{"All"}, "messageAttributeNames": []any{"All"},
		})
		if err != nil {
			return nil, fmt.Errorf("receiving from queue %s: %w", q.name, err)
		}
		answer, _ := value.Plain(out).(map[string]any)
		list, _ := answer["Messages"].([]any)
		var events []connector.Event
		for _, one := range list {
			if m, ok := one.(map[string]any); ok {
				events = append(events, q.event(url, m))
			}
		}
		if len(events) > 0 {
			return events, nil
		}
		if err := ctx.Err(); err != nil {
			return nil, err //nolint:wrapcheck // the caller knows its context
		}
	}
}

// event is a message as an event.
func (q *queue) event(url string, m map[string]any) connector.Event {
	body, id, handle := textAt(m, "Body"), textAt(m, "MessageId"), textAt(m, "ReceiptHandle")
	system, _ := m["Attributes"].(map[string]any)
	count, err := strconv.Atoi(textAt(system, "ApproximateReceiveCount"))
	if err != nil {
		count = 1
	}
	attributes := attributesOf(m)
	content, wrong := contentOf([]byte(body), "the body of the message")
	v := map[string]any{
		"id": id, "body": content, "attributes": attributes, "group": nil, "receiveCount": int64(count),
	}
	if group := textAt(system, "MessageGroupId"); group != "" {
		v["group"] = group
	}
	hide := func(ctx context.Context, d time.Duration) error {
		_, err := q.Call(ctx, "sqs.changeMessageVisibility", map[string]any{
			"queueUrl": url, "receiptHandle": handle, "visibilityTimeout": int64((d + time.Second - 1) / time.Second),
		})
		return err
	}
	remove := func(ctx context.Context) error {
		_, err := q.Call(ctx, "sqs.deleteMessage", map[string]any{"queueUrl": url, "receiptHandle": handle})
		return err
	}
	return connector.Event{
		Identity: id, Digest: digestOf(body, attributes), Value: v, Wrong: wrong, Attempt: count, ExtendEvery: extendEvery, Accepted: remove,
		Extended: func(ctx context.Context) error { return hide(ctx, hiddenFor) },
		Settled: func(ctx context.Context, s connector.Settlement) error {
			if s.Fate == connector.EventDone {
				return remove(ctx)
			}
			return hide(ctx, s.After)
		},
	}
}

func attributesOf(m map[string]any) map[string]any {
	given, _ := m["MessageAttributes"].(map[string]any)
	out := make(map[string]any, len(given))
	for name, v := range given {
		one, _ := v.(map[string]any)
		if raw, ok := one["BinaryValue"].([]byte); ok {
			out[name] = base64.StdEncoding.EncodeToString(raw)
			continue
		}
		out[name] = textAt(one, "StringValue") + textAt(one, "BinaryValue")
	}
	return out
}

// digestOf tells a message from others.
func digestOf(body string, attributes map[string]any) []byte {
	text, err := value.EncodeJSON(attributes)
	if err != nil { // of texts, which have always a form
		text = nil
	}
	sum := sha256.Sum256(append([]byte(body+"\x00"), text...))
	return sum[:]
}

// textAt returns a member that is text; empty for none.
func textAt(v any, name string) string {
	m, _ := value.Plain(v).(map[string]any)
	text, _ := m[name].(string)
	return text
}
