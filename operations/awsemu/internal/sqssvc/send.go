package sqssvc

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// dedupWindow is how long a deduplication id stands for what was sent with it.
const dedupWindow = 5 * time.Minute

type sendIn struct {
	QueueUrl                string //nolint:revive // the wire's spelling
	Id                      string //nolint:revive // the wire's spelling
	MessageBody             *string
	DelaySeconds            *int
	MessageAttributes       attributes
	MessageSystemAttributes attributes
	MessageGroupId          string //nolint:revive // the wire's spelling
	MessageDeduplicationId  string //nolint:revive // the wire's spelling
}

type sendOut struct {
	Id                           string `json:",omitempty" xml:",omitempty"` //nolint:revive // the wire's spelling
	MessageId                    string //nolint:revive // the wire's spelling
	MD5OfMessageBody             string
	MD5OfMessageAttributes       string `json:",omitempty" xml:",omitempty"`
	MD5OfMessageSystemAttributes string `json:",omitempty" xml:",omitempty"`
	SequenceNumber               string `json:",omitempty" xml:",omitempty"`
}

func (a *API) sendMessage(c *service.Call, in *sendIn) (any, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	q, err := a.find(c, in.QueueUrl)
	if err != nil {
		return nil, err
	}
	out, err := a.send(c, q, in)
	if err != nil {
		return nil, err
	}
	return *out, nil
}

// send puts one message into a queue. a.mu is held.
func (a *API) send(c *service.Call, q *queue, in *sendIn) (*sendOut, *service.APIError) {
	delay, err := q.check(in)
	if err != nil {
		return nil, err
	}
	now := a.now()
	m := &message{
		body: *in.MessageBody, attributes: in.MessageAttributes, group: in.MessageGroupId, sender: c.Caller.UserID,
		sent: now, visible: now.Add(delay),
	}
	if trace, ok := in.MessageSystemAttributes["AWSTraceHeader"]; ok && trace.StringValue != nil {
		m.trace = *trace.StringValue
	}
	out := &sendOut{
		Id: in.Id, MD5OfMessageBody: digest(m.body), MD5OfMessageAttributes: m.attributes.digest(),
		MD5OfMessageSystemAttributes: in.MessageSystemAttributes.digest(),
	}
	key := ""
	if q.fifo {
		if m.dedup, key = q.dedup(in); m.dedup == "" {
			return nil, invalid("The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly")
		}
		if known, ok := q.sent[key]; ok && now.Sub(known.at) < dedupWindow {
			out.MessageId, out.SequenceNumber = known.id, known.sequence
			return out, nil
		}
	}
	if a.kept+m.bytes() > maxKept {
		return nil, service.Failure("OverLimit", 403, "awsemu keeps at most %d MiB of messages: receive and delete some", maxKept>>20)
	}
	id, wrong := a.entropy.UUID()
	if wrong != nil {
		return nil, service.AsAPIError(wrong)
	}
	a.serial++
	m.id, m.serial, out.MessageId = id, a.serial, id
	if q.fifo {
		m.sequence = sequenceOf(m.serial)
		if _, again := q.sent[key]; !again {
			a.kept += overhead
		}
		out.SequenceNumber, q.sent[key] = m.sequence, duplicate{id, m.sequence, now}
	}
	a.add(q, m)
	return out, nil
}

// sequenceOf is a number of twenty digits, as AWS's are.
func sequenceOf(serial int64) string { return fmt.Sprintf("18850%015d", serial) }

// check refuses what no message of the queue can be, and returns its delay.
func (q *queue) check(in *sendIn) (time.Duration, *service.APIError) {
	switch {
	case in.MessageBody == nil || *in.MessageBody == "":
		return 0, absent("MessageBody")
	case q.fifo && in.MessageGroupId == "":
		return 0, absent("MessageGroupId")
	case !isToken(in.MessageGroupId):
		return 0, badToken(in.MessageGroupId, "MessageGroupId")
	case !isToken(in.MessageDeduplicationId):
		return 0, badToken(in.MessageDeduplicationId, "MessageDeduplicationId")
	case !q.fifo && in.MessageDeduplicationId != "":
		return 0, invalid("Value %s for parameter MessageDeduplicationId is invalid. Reason: The request include parameter that is not valid for this queue type.", in.MessageDeduplicationId)
	case q.fifo && in.DelaySeconds != nil && *in.DelaySeconds != 0:
		return 0, invalid("Value %d for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type.", *in.DelaySeconds)
	}
	if err := checkText(*in.MessageBody); err != nil {
		return 0, err
	}
	if err := in.MessageAttributes.check(); err != nil {
		return 0, err
	}
	for name := range in.MessageSystemAttributes {
		if name != "AWSTraceHeader" {
			return 0, invalid("Message system attribute name '%s' is invalid. You can only set AWSTraceHeader.", shortened(name))
		}
	}
	if err := in.MessageSystemAttributes.check(); err != nil {
		return 0, err
	}
	m := message{body: *in.MessageBody, attributes: in.MessageAttributes}
	if most := q.number("MaximumMessageSize"); m.size() > most {
		return 0, invalid("One or more parameters are invalid. Reason: Message must be shorter than %d bytes.", most)
	}
	delay := q.number("DelaySeconds")
	if in.DelaySeconds != nil && !q.fifo {
		if delay = *in.DelaySeconds; delay < 0 || delay > 900 {
			return 0, invalid("Value %d for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.", delay)
		}
	}
	return time.Duration(delay) * time.Second, nil
}

const maxToken = 128

// isToken reports whether a text can be the id of a group or for deduplication;
// an empty one is not given.
func isToken(text string) bool {
	return len(text) <= maxToken && !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}

func badToken(text, parameter string) *service.APIError {
	return invalid("Value %s for parameter %s is invalid. Reason: %s can only include alphanumeric and punctuation characters. 1 to %d in length.", shortened(text), parameter, parameter, maxToken)
}

// dedup returns by what a message is told from another one, and within what: the
// queue, or its group. The first is empty where nothing says it.
func (q *queue) dedup(in *sendIn) (id, key string) {
	id = in.MessageDeduplicationId
	if id == "" && q.settings["ContentBasedDeduplication"] == "true" {
		sum := sha256.Sum256([]byte(*in.MessageBody))
		id = hex.EncodeToString(sum[:])
	}
	key = id
	if q.settings["DeduplicationScope"] == "messageGroup" {
		key = in.MessageGroupId + " " + id
	}
	return id, key
}
