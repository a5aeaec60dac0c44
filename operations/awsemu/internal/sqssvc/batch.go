package sqssvc

import (
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

type failed struct {
	Id          string //nolint:revive // the wire's spelling
	SenderFault bool
	Code        string
	Message     string
}

type done struct {
	Id string //nolint:revive // the wire's spelling
}

type sendBatchIn struct {
	QueueUrl string //nolint:revive // the wire's spelling
	Entries  []sendIn
}

type sendBatchOut struct {
	Successful []sendOut `xml:"SendMessageBatchResultEntry"`
	Failed     []failed  `json:",omitempty" xml:"BatchResultErrorEntry"`
}

type deleteBatchIn struct {
	QueueUrl string //nolint:revive // the wire's spelling
	Entries  []deleteIn
}

type deleteBatchOut struct {
	Successful []done   `xml:"DeleteMessageBatchResultEntry"`
	Failed     []failed `json:",omitempty" xml:"BatchResultErrorEntry"`
}

type changeBatchIn struct {
	QueueUrl string //nolint:revive // the wire's spelling
	Entries  []changeIn
}

type changeBatchOut struct {
	Successful []done   `xml:"ChangeMessageVisibilityBatchResultEntry"`
	Failed     []failed `json:",omitempty" xml:"BatchResultErrorEntry"`
}

const maxEntries = 10

// checkBatch refuses a batch as a whole.
func checkBatch[E any](entries []E, idOf func(E) string) *service.APIError {
	switch {
	case len(entries) == 0:
		return failure("EmptyBatchRequest", "There should be at least one entry in the request.")
	case len(entries) > maxEntries:
		return failure("TooManyEntriesInBatchRequest", "Maximum number of entries per request are %d. You have sent %d.", maxEntries, len(entries))
	}
	seen := map[string]bool{}
	for _, e := range entries {
		id := idOf(e)
		if !IsName(id) {
			return failure("InvalidBatchEntryId", "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.")
		}
		if seen[id] {
			return failure("BatchEntryIdsNotDistinct", "Id %s repeated.", id)
		}
		seen[id] = true
	}
	return nil
}

func failedEntry(id string, err *service.APIError) failed {
	return failed{Id: id, SenderFault: !err.Server(), Code: queryCode(err.Code), Message: err.Message}
}

func (a *API) sendMessageBatch(c *service.Call, in *sendBatchIn) (any, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	q, err := a.find(c, in.QueueUrl)
	if err != nil {
		return nil, err
	}
	if err := checkBatch(in.Entries, func(e sendIn) string { return e.Id }); err != nil {
		return nil, err
	}
	size := 0
	for _, e := range in.Entries {
		if e.MessageBody != nil {
			m := message{body: *e.MessageBody, attributes: e.MessageAttributes}
			size += m.size()
		}
	}
	if most := numbers.Get()["MaximumMessageSize"][1]; size > most {
		return nil, failure("BatchRequestTooLong", "Batch requests cannot be longer than %d bytes. You have sent %d bytes.", most, size)
	}
	out := sendBatchOut{Successful: []sendOut{}}
	for _, e := range in.Entries {
		sent, err := a.send(c, q, &e)
		if err != nil {
			out.Failed = append(out.Failed, failedEntry(e.Id, err))
			continue
		}
		out.Successful = append(out.Successful, *sent)
	}
	return out, nil
}

func (a *API) deleteMessageBatch(c *service.Call, in *deleteBatchIn) (any, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	q, err := a.find(c, in.QueueUrl)
	if err != nil {
		return nil, err
	}
	if err := checkBatch(in.Entries, func(e deleteIn) string { return e.Id }); err != nil {
		return nil, err
	}
	out := deleteBatchOut{Successful: []done{}}
	for _, e := range in.Entries {
		if err := a.remove(q, e.ReceiptHandle); err != nil {
			out.Failed = append(out.Failed, failedEntry(e.Id, err))
			continue
		}
		out.Successful = append(out.Successful, done{e.Id})
	}
	return out, nil
}

func (a *API) changeMessageVisibilityBatch(c *service.Call, in *changeBatchIn) (any, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	q, err := a.find(c, in.QueueUrl)
	if err != nil {
		return nil, err
	}
	if err := checkBatch(in.Entries, func(e changeIn) string { return e.Id }); err != nil {
		return nil, err
	}
	out := changeBatchOut{Successful: []done{}}
	for _, e := range in.Entries {
		if err := a.hide(q, &e); err != nil {
			out.Failed = append(out.Failed, failedEntry(e.Id, err))
			continue
		}
		out.Successful = append(out.Successful, done{e.Id})
	}
	return out, nil
}
