package sqssvc

import (
	"container/heap"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// handlePrefix begins every receipt handle, as those of AWS begin.
const handlePrefix = "AQEB"

// handleOf returns the receipt handle of what was received just now.
func handleOf(q *queue, m *message) string {
	return handlePrefix + base64.StdEncoding.EncodeToString([]byte(q.token+"|"+m.id+"|"+strconv.Itoa(m.received)))
}

// handled finds the message of a receipt handle; nil for one that is no more. last
// reports whether it was not received again since.
func (q *queue) handled(handle string) (m *message, last bool, err *service.APIError) {
	if handle == "" {
		return nil, false, absent("ReceiptHandle")
	}
	text, ok := strings.CutPrefix(handle, handlePrefix)
	plain, wrong := base64.StdEncoding.DecodeString(text)
	parts := strings.Split(string(plain), "|")
	if !ok || wrong != nil || len(parts) != 3 || parts[0] != q.token {
		return nil, false, badHandle(handle)
	}
	m = q.byID[parts[1]]
	return m, m != nil && strconv.Itoa(m.received) == parts[2], nil
}

type deleteIn struct {
	QueueUrl      string //nolint:revive // the wire's spelling
	Id            string //nolint:revive // the wire's spelling
	ReceiptHandle string
}

func (a *API) deleteMessage(c *service.Call, in *deleteIn) (any, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	q, err := a.find(c, in.QueueUrl)
	if err != nil {
		return nil, err
	}
	if err := a.remove(q, in.ReceiptHandle); err != nil {
		return nil, err
	}
	return nil, nil
}

// remove deletes a message. One that was received again since stays, which AWS
// tells of a FIFO queue alone.
func (a *API) remove(q *queue, handle string) *service.APIError {
	m, last, err := q.handled(handle)
	switch {
	case err != nil:
		return err
	case m == nil:
		return nil
	case q.fifo && (!last || !m.visible.After(a.now())):
		return invalid("Value %s for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.", shortened(handle))
	case !last:
		return nil
	}
	a.drop(q, m)
	return nil
}

type changeIn struct {
	QueueUrl          string //nolint:revive // the wire's spelling
	Id                string //nolint:revive // the wire's spelling
	ReceiptHandle     string
	VisibilityTimeout *int
}

// maxHidden is how long a message is hidden at most, from its receive on.
const maxHidden = 12 * time.Hour

func (a *API) changeMessageVisibility(c *service.Call, in *changeIn) (any, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	q, err := a.find(c, in.QueueUrl)
	if err != nil {
		return nil, err
	}
	if in.VisibilityTimeout == nil {
		return nil, absent("VisibilityTimeout")
	}
	if err := a.hide(q, in); err != nil {
		return nil, err
	}
	return nil, nil
}

// hide changes until when a message is hidden.
func (a *API) hide(q *queue, in *changeIn) *service.APIError {
	seconds, err := bounded(in.VisibilityTimeout, "VisibilityTimeout", 0, 43200, 0)
	if err != nil {
		return err
	}
	m, last, err := q.handled(in.ReceiptHandle)
	now := a.now()
	switch {
	case err != nil:
		return err
	case m == nil || !last && q.fifo:
		return invalid("Value %s for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.", shortened(in.ReceiptHandle))
	case !m.visible.After(now) || !m.inFlight:
		return failure("MessageNotInflight", "The message referred to isn't in flight.")
	case !last:
		return nil
	}
	until := now.Add(time.Duration(seconds) * time.Second)
	if until.Sub(m.taken) > maxHidden {
		return invalid("Value %d for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds].", seconds)
	}
	m.visible = until
	if !q.fifo {
		heap.Fix(&q.ready, m.heapIndex)
	}
	q.stir()
	return nil
}
