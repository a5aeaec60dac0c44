package lambdasvc

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/plainjson"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

const (
	reportFailures = "ReportBatchItemFailures"
	// mostPollers is how many poll a queue at a time, as AWS begins.
	mostPollers = 5
	pollTime    = 20 * time.Second
	takenAtOnce = 10 // as SQS gives
	batchBytes  = payloadLimit - 64<<10
)

// pollers is how many poll the queue at a time.
func (m *mapping) pollers() int {
	if s := m.shown.ScalingConfig; s != nil && s.MaximumConcurrency != nil {
		return min(mostPollers, *s.MaximumConcurrency)
	}
	return mostPollers
}

// poll has the function take messages until the mapping is changed or the emulator
// closes.
func (l *API) poll(m *mapping) {
	for {
		batch, ok := l.collect(m)
		if len(batch) > 0 {
			l.deliver(m, batch)
		}
		select {
		case <-m.stop:
			return
		case <-l.tasks.Closing:
			return
		default:
		}
		if !ok && !l.tasks.Pause(time.Second) { // the queue is gone, or refuses
			return
		}
	}
}

// collect returns the messages of a batch: as many as it has at most, or as have come
// when its window is over. Those that no filter lets through are deleted.
func (l *API) collect(m *mapping) (batch []service.QueueMessage, ok bool) {
	var end time.Time
	size := 0
	for wait := pollTime; len(batch) < m.shown.BatchSize && size < batchBytes/4; wait = time.Until(end) {
		if len(batch) > 0 && wait <= 0 {
			break
		}
		list, ok := l.mappings.queues.Take(m.stop, m.shown.EventSourceArn, min(takenAtOnce, m.shown.BatchSize-len(batch)), wait)
		for _, one := range list {
			if !m.filter.let(one) {
				l.mappings.queues.Remove(m.shown.EventSourceArn, one.Handle)
				continue
			}
			batch = append(batch, one)
			size += len(one.Body)
		}
		if !ok || len(list) == 0 {
			return batch, ok
		}
		if end.IsZero() {
			end = time.Now().Add(time.Duration(m.shown.MaximumBatchingWindowInSeconds) * time.Second)
		}
		if len(batch) == 0 {
			return nil, true
		}
	}
	return batch, true
}

// deliver has the function take a batch, and deletes what it has dealt with. The rest
// is seen again when the queue's time is over.
func (l *API) deliver(m *mapping, batch []service.QueueMessage) {
	payload, err := plainjson.Encode(object{"Records": m.records(batch)})
	if err != nil {
		return // of texts, which always encode
	}
	id, err := l.store.entropy.UUID()
	if err != nil {
		return
	}
	p, err := l.begin(m.ref, invokeInput{kind: "RequestResponse", payload: payload}, id)
	if err != nil {
		return // there is no such function any more, or no room
	}
	out, err := l.run(p)
	if err != nil || out.functionError != "" {
		return
	}
	failed, ok := map[string]bool{}, true
	if len(m.shown.FunctionResponseTypes) > 0 {
		failed, ok = failures(out.payload, batch)
	}
	for _, one := range batch {
		if ok && !failed[one.ID] {
			l.mappings.queues.Remove(m.shown.EventSourceArn, one.Handle)
		}
	}
}

// failures reads which messages of a batch have failed. An answer that names others,
// or cannot be read, is a failure of all: ok is false.
func failures(payload []byte, batch []service.QueueMessage) (failed map[string]bool, ok bool) {
	failed = map[string]bool{}
	if text := bytes.TrimSpace(payload); len(text) == 0 || string(text) == "null" {
		return failed, true
	}
	var answer struct {
		BatchItemFailures []struct {
			ItemIdentifier *string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	if err := json.Unmarshal(payload, &answer); err != nil {
		return nil, false
	}
	known := map[string]bool{}
	for _, one := range batch {
		known[one.ID] = true
	}
	for _, one := range answer.BatchItemFailures {
		if one.ItemIdentifier == nil || !known[*one.ItemIdentifier] {
			return nil, false
		}
		failed[*one.ItemIdentifier] = true
	}
	return failed, true
}

// records are messages as a function sees them.
func (m *mapping) records(batch []service.QueueMessage) []object {
	list := make([]object, len(batch))
	for i, one := range batch {
		list[i] = object{
			"messageId": one.ID, "receiptHandle": one.Handle, "body": one.Body, "md5OfBody": one.Digest,
			"attributes": one.System, "messageAttributes": shownAttributes(one),
			"eventSource": "aws:sqs", "eventSourceARN": m.shown.EventSourceArn, "awsRegion": m.place.Region,
		}
	}
	return list
}

func shownAttributes(one service.QueueMessage) object {
	out := object{}
	for name, a := range one.Attributes {
		shown := object{"dataType": a.Type, "stringListValues": []any{}, "binaryListValues": []any{}}
		if a.Text != nil {
			shown["stringValue"] = *a.Text
		} else {
			shown["binaryValue"] = a.Binary
		}
		out[name] = shown
	}
	return out
}
