package sqssvc

import (
	"strings"
	"time"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// at finds a queue by its ARN, also in an account that nobody has asked for yet; nil
// for none. a.mu is held.
func (a *API) at(arn string) *queue {
	parts := strings.Split(arn, ":")
	if len(parts) != 6 || parts[2] != "sqs" {
		return nil
	}
	return a.realm(service.Place{Account: parts[4], Region: parts[3]}).queues[parts[5]]
}

// Queue returns how long a queue hides what was received; ok is false where there is
// none.
func (a *API) Queue(arn string) (hidden time.Duration, fifo, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	q := a.at(arn)
	if q == nil {
		return 0, false, false
	}
	return q.seconds("VisibilityTimeout"), q.fifo, true
}

// Take receives messages as ReceiveMessage does.
func (a *API) Take(done <-chan struct{}, arn string, most int, wait time.Duration) (list []service.QueueMessage, ok bool) {
	end := time.Now().Add(wait)
	a.mu.Lock()
	defer a.mu.Unlock()
	q := a.at(arn)
	if q == nil {
		return nil, false
	}
	for {
		found, err := a.take(q, most, q.seconds("VisibilityTimeout"))
		if err != nil || q.gone {
			return nil, false
		}
		for _, m := range found {
			list = append(list, q.taken(m))
		}
		if len(list) > 0 || !a.await(done, q, end) {
			return list, true
		}
	}
}

// taken is a message for Lambda.
func (q *queue) taken(m *message) service.QueueMessage {
	out := service.QueueMessage{
		ID: m.id, Handle: handleOf(q, m), Body: m.body, Digest: digest(m.body),
		System: m.system([]string{"All"}), Attributes: map[string]service.QueueAttribute{},
	}
	for name, one := range m.attributes {
		out.Attributes[name] = service.QueueAttribute{Type: one.DataType, Text: one.StringValue, Binary: one.BinaryValue}
	}
	return out
}

// Remove deletes a message as DeleteMessage does.
func (a *API) Remove(arn, handle string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if q := a.at(arn); q != nil {
		_ = a.remove(q, handle) // a message that was received again stays
	}
}
