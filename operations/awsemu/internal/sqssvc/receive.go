package sqssvc

import (
	"container/heap"
	"slices"
	"strconv"
	"time"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

type receiveIn struct {
	QueueUrl                    string //nolint:revive // the wire's spelling
	AttributeNames              []string
	MessageSystemAttributeNames []string
	MessageAttributeNames       []string
	MaxNumberOfMessages         *int
	VisibilityTimeout           *int
	WaitTimeSeconds             *int
}

type received struct {
	MessageId              string //nolint:revive // the wire's spelling
	ReceiptHandle          string
	MD5OfBody              string
	Body                   string
	Attributes             texts      `json:",omitempty" xml:"Attribute,omitempty"`
	MD5OfMessageAttributes string     `json:",omitempty" xml:",omitempty"`
	MessageAttributes      attributes `json:",omitempty" xml:"MessageAttribute,omitempty"`
}

type receiveOut struct {
	Messages []received `json:",omitempty" xml:"Message"`
}

// inFlightLimit is how many messages of a standard queue can be received and not
// deleted.
const inFlightLimit = 120_000

func (a *API) receiveMessage(c *service.Call, in *receiveIn) (any, error) {
	most, err := bounded(in.MaxNumberOfMessages, "MaxNumberOfMessages", 1, 10, 1)
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	q, err := a.find(c, in.QueueUrl)
	if err != nil {
		return nil, err
	}
	wait, err := bounded(in.WaitTimeSeconds, "WaitTimeSeconds", 0, 20, q.number("ReceiveMessageWaitTimeSeconds"))
	if err != nil {
		return nil, err
	}
	hidden, err := bounded(in.VisibilityTimeout, "VisibilityTimeout", 0, 43200, q.number("VisibilityTimeout"))
	if err != nil {
		return nil, err
	}
	end := time.Now().Add(time.Duration(wait) * time.Second)
	for {
		found, err := a.take(q, most, time.Duration(hidden)*time.Second)
		if err != nil {
			return nil, err
		}
		if len(found) > 0 {
			return receiveOut{a.shown(in, found, q)}, nil
		}
		if !a.await(c.HTTP.Context().Done(), q, end) {
			return receiveOut{}, nil
		}
		if q.gone {
			return nil, noQueue()
		}
	}
}

// bounded returns a number that was given, within its bounds.
func bounded(given *int, name string, least, most, otherwise int) (int, *service.APIError) {
	if given == nil {
		return otherwise, nil
	}
	if *given < least || *given > most {
		return 0, invalid("Value %d for parameter %s is invalid. Reason: Must be between %d and %d, if provided.", *given, name, least, most)
	}
	return *given, nil
}

// glance is how often a poll looks at the clock while something is hidden: it need
// not be the system's.
const glance = 100 * time.Millisecond

// await waits until something can have become visible; it returns false where the
// wait is over. a.mu is held, and not while it waits.
func (a *API) await(done <-chan struct{}, q *queue, end time.Time) bool {
	left := time.Until(end)
	if left <= 0 {
		return false
	}
	if next := q.next(a.now()); next > 0 {
		left = min(left, next, glance)
	}
	wake := q.wake
	a.mu.Unlock()
	defer a.mu.Lock()
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case <-wake:
	case <-timer.C:
	case <-a.closing:
		return false
	case <-done:
		return false
	}
	return true
}

// next returns when the next message becomes visible; 0 for none.
func (q *queue) next(now time.Time) time.Duration {
	if !q.fifo {
		if len(q.ready) == 0 {
			return 0
		}
		return max(time.Millisecond, q.ready[0].visible.Sub(now))
	}
	var least time.Duration
	for _, g := range q.groups {
		for _, m := range g.messages {
			if d := m.visible.Sub(now); d > 0 && (least == 0 || d < least) {
				least = max(time.Millisecond, d)
			}
		}
	}
	return least
}

// take receives messages, and hides them. What was received too often goes to the
// dead-letter queue in its place. a.mu is held.
func (a *API) take(q *queue, most int, hidden time.Duration) ([]*message, *service.APIError) {
	now := a.now()
	if q.fifo {
		return a.takeInOrder(q, most, hidden, now), nil
	}
	var found []*message
	for len(found) < most && len(q.ready) > 0 && !q.ready[0].visible.After(now) {
		m := q.ready[0]
		if q.expired(m, now) {
			a.drop(q, m)
			continue
		}
		if a.redrive(q, m, now) {
			continue
		}
		if len(found) == 0 && len(q.byID) > inFlightLimit {
			if _, inFlight, _ := q.counts(now); inFlight >= inFlightLimit {
				return nil, service.Failure("OverLimit", 403, "Too many messages are in flight: delete some")
			}
		}
		heap.Pop(&q.ready) // so that it is not found again at once where it is not hidden
		m.receive(now, hidden)
		found = append(found, m)
	}
	for _, m := range found {
		heap.Push(&q.ready, m)
	}
	return found, nil
}

// receive notes that a message was received.
func (m *message) receive(now time.Time, hidden time.Duration) {
	if m.received++; m.first.IsZero() {
		m.first = now
	}
	m.taken, m.visible, m.inFlight = now, now.Add(hidden), true
}

// takeInOrder receives messages of a FIFO queue: of groups that have none in
// flight, in their order.
func (a *API) takeInOrder(q *queue, most int, hidden time.Duration, now time.Time) []*message {
	var found []*message
	groups := slices.Clone(q.groups)
	var served []*group
	for _, g := range groups {
		if len(found) == most {
			break
		}
		if g.blocked(now) {
			continue
		}
		before := len(found)
		for _, m := range slices.Clone(g.messages) {
			if len(found) == most || m.visible.After(now) {
				break
			}
			if q.expired(m, now) {
				a.drop(q, m)
				continue
			}
			if a.redrive(q, m, now) {
				continue
			}
			m.receive(now, hidden)
			found = append(found, m)
		}
		if len(found) > before {
			served = append(served, g)
		}
	}
	q.tidy()
	for _, g := range served { // the others come first the next time
		if i := slices.Index(q.groups, g); i >= 0 {
			q.groups = append(slices.Delete(q.groups, i, i+1), g)
		}
	}
	return found
}

// blocked reports whether a message of the group is in flight.
func (g *group) blocked(now time.Time) bool {
	for _, m := range g.messages {
		if m.inFlight && m.visible.After(now) {
			return true
		}
		if m.received == 0 {
			break // those behind it were never received
		}
	}
	return false
}

// redrive moves a message that was received as often as the queue allows. a.mu is
// held.
func (a *API) redrive(q *queue, m *message, now time.Time) bool {
	p, ok := readRedrive(q.settings["RedrivePolicy"])
	if !ok || m.received < p.Most {
		return false
	}
	dead := a.byARN(p.Target)
	if dead == nil || dead == q {
		return false
	}
	a.drop(q, m)
	moved := *m
	moved.gone, moved.inFlight, moved.visible, moved.source = false, false, now, q.arn()
	if dead.fifo { // retention begins anew in a FIFO queue
		moved.sent = now
		a.serial++
		moved.serial, moved.sequence = a.serial, sequenceOf(a.serial)
	}
	a.add(dead, &moved)
	return true
}

// shown writes messages down as they were asked for.
func (a *API) shown(in *receiveIn, found []*message, q *queue) []received {
	var list []received
	names := slices.Concat(in.AttributeNames, in.MessageSystemAttributeNames)
	for _, m := range found {
		chosen := m.attributes.chosen(in.MessageAttributeNames)
		list = append(list, received{
			MessageId: m.id, ReceiptHandle: handleOf(q, m), MD5OfBody: digest(m.body), Body: m.body,
			Attributes: m.system(names), MD5OfMessageAttributes: chosen.digest(), MessageAttributes: chosen,
		})
	}
	return list
}

// system returns what the queue itself says of a message.
func (m *message) system(names []string) texts {
	all := texts{
		"SenderId": m.sender, "SentTimestamp": millis(m.sent), "ApproximateReceiveCount": strconv.Itoa(m.received),
		"ApproximateFirstReceiveTimestamp": millis(m.first), "AWSTraceHeader": m.trace, "MessageGroupId": m.group,
		"MessageDeduplicationId": m.dedup, "SequenceNumber": m.sequence, "DeadLetterQueueSourceArn": m.source,
	}
	out := texts{}
	for name, text := range all {
		if text != "" && (slices.Contains(names, name) || slices.Contains(names, "All")) {
			out[name] = text
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

func millis(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }
