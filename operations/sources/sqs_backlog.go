package sources

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/value"
)

// What a queue says of how much it has. The numbers are approximate, as SQS says.
const (
	waitingMessages = "ApproximateNumberOfMessages"
	takenMessages   = "ApproximateNumberOfMessagesNotVisible"
	delayedMessages = "ApproximateNumberOfMessagesDelayed"
	redrivePolicy   = "RedrivePolicy"
	queueARN        = "QueueArn" // every queue has one
)

// Backlog counts the messages of the queue, and those of its dead-letter queue where
// it has one that it may be asked about.
func (q *queue) Backlog(ctx context.Context) (map[connector.BacklogState]int64, error) {
	url, err := q.address(ctx)
	if err != nil {
		return nil, err
	}
	is, err := q.attributes(ctx, url, waitingMessages, takenMessages, delayedMessages, redrivePolicy)
	if err != nil {
		return nil, fmt.Errorf("asking how much queue %s has: %w", q.name, err)
	}
	all := map[connector.BacklogState]int64{
		connector.BacklogReady: numberAt(is, waitingMessages), connector.BacklogHidden: numberAt(is, takenMessages) + numberAt(is, delayedMessages),
	}
	if n, ok := q.deadLetters(ctx, textAt(is, redrivePolicy)); ok {
		all[connector.BacklogDead] = n
	}
	return all, nil
}

// deadLetters counts the messages of the queue that a redrive policy names; ok is false
// where there is none, or this process may not ask.
func (q *queue) deadLetters(ctx context.Context, policy string) (n int64, ok bool) {
	var to struct {
		ARN string `json:"deadLetterTargetArn"`
	}
	if json.Unmarshal([]byte(policy), &to) != nil || to.ARN == "" {
		return 0, false
	}
	q.mu.Lock()
	url := q.dead
	q.mu.Unlock()
	if url == "" {
		var err error
		if url, err = q.urlOf(ctx, to.ARN); err != nil {
			return 0, false
		}
	}
	is, err := q.attributes(ctx, url, waitingMessages)
	q.mu.Lock()
	defer q.mu.Unlock()
	if err != nil {
		q.dead = "" // the policy may name another one by now
		return 0, false
	}
	q.dead = url
	return numberAt(is, waitingMessages), true
}

// look tells operators where nobody takes away what fails for good. A queue that may not be
// asked is one of which nothing is told.
func (q *queue) look(ctx context.Context, url string) {
	is, err := q.attributes(ctx, url, queueARN, redrivePolicy)
	if err != nil || textAt(is, queueARN) == "" || textAt(is, redrivePolicy) != "" {
		return
	}
	also := ""
	if q.fifo {
		also = ", and its group waits behind it"
	}
	q.Notice("queue "+q.name+" has no redrive policy: a message of which no run may begin, or whose run fails each time, comes back until the queue drops it"+also+
		"; give the queue a dead-letter queue (RedrivePolicy: deadLetterTargetArn and maxReceiveCount)", nil)
}

// attributes asks a queue for attributes.
func (q *queue) attributes(ctx context.Context, url string, names ...any) (map[string]any, error) {
	out, err := q.Call(ctx, "sqs.getQueueAttributes", map[string]any{"queueUrl": url, "attributeNames": names})
	if err != nil {
		return nil, err
	}
	answer, _ := value.Plain(out).(map[string]any)
	is, _ := answer["Attributes"].(map[string]any)
	return is, nil
}

// numberAt returns a member that is a number as text; 0 for none.
func numberAt(m map[string]any, name string) int64 {
	n, err := strconv.ParseInt(textAt(m, name), 10, 64)
	if err != nil {
		return 0
	}
	return n
}
