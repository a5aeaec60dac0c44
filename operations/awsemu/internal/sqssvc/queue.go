package sqssvc

import (
	"container/heap"
	"strconv"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// queue is one queue. The API's lock guards it.
type queue struct {
	name     string
	place    service.Place
	token    string // of this queue and of none that had its name before
	fifo     bool
	created  time.Time
	changed  time.Time
	settings map[string]string // as they were given, or AWS's defaults
	tags     map[string]string

	byID map[string]*message
	// ready are the messages of a standard queue, by when they can be seen.
	ready byVisible
	// groups are the groups of a FIFO queue with something in them, the one first
	// that was served least recently.
	groups []*group
	byName map[string]*group
	// sent are the deduplication ids of the last minutes.
	sent map[string]duplicate

	swept time.Time
	wake  chan struct{} // closed when something can have become visible
	gone  bool
}

// group are the messages of one group in their order.
type group struct {
	name     string
	messages []*message
}

// duplicate is what was sent before.
type duplicate struct {
	id, sequence string
	at           time.Time
}

// byVisible is a heap.
type byVisible []*message

func (h byVisible) Len() int { return len(h) }
func (h byVisible) Less(i, j int) bool {
	if h[i].visible.Equal(h[j].visible) {
		return h[i].serial < h[j].serial
	}
	return h[i].visible.Before(h[j].visible)
}

func (h byVisible) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].heapIndex, h[j].heapIndex = i, j
}

// Push adds a message.
func (h *byVisible) Push(x any) {
	m, _ := x.(*message)
	m.heapIndex = len(*h)
	*h = append(*h, m)
}

// Pop takes the last one.
func (h *byVisible) Pop() any {
	old := *h
	m := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return m
}

// newQueue returns an empty queue.
func newQueue(name string, place service.Place, settings map[string]string, now time.Time, token string) *queue {
	return &queue{
		name: name, place: place, token: token, fifo: isFIFO(name), created: now, changed: now, swept: now, settings: settings, tags: map[string]string{},
		byID: map[string]*message{}, byName: map[string]*group{}, sent: map[string]duplicate{}, wake: make(chan struct{}),
	}
}

func isFIFO(name string) bool { return strings.HasSuffix(name, ".fifo") }

// number returns a setting that is a number.
func (q *queue) number(name string) int {
	n, _ := strconv.Atoi(q.settings[name]) // it was checked when it was set
	return n
}

// seconds returns a setting as a time.
func (q *queue) seconds(name string) time.Duration {
	return time.Duration(q.number(name)) * time.Second
}

// add puts a message into the queue.
func (a *API) add(q *queue, m *message) {
	a.kept += m.bytes()
	q.byID[m.id] = m
	if !q.fifo {
		heap.Push(&q.ready, m)
	} else {
		g := q.byName[m.group]
		if g == nil {
			g = &group{name: m.group}
			q.byName[m.group], q.groups = g, append(q.groups, g)
		}
		g.messages = append(g.messages, m)
	}
	q.stir()
}

// drop takes a message out of the queue.
func (a *API) drop(q *queue, m *message) {
	if m.gone {
		return
	}
	m.gone = true
	a.kept -= m.bytes()
	delete(q.byID, m.id)
	if !q.fifo {
		heap.Remove(&q.ready, m.heapIndex)
		return
	}
	g := q.byName[m.group]
	for i, other := range g.messages {
		if other == m {
			g.messages = append(g.messages[:i], g.messages[i+1:]...)
			break
		}
	}
	q.stir() // the next of the group may be received now
}

// stir wakes those who wait for messages.
func (q *queue) stir() {
	close(q.wake)
	q.wake = make(chan struct{})
}

// sweepEvery is how often a queue is looked through for what is too old.
const sweepEvery = time.Minute

// sweep drops what is too old, every now and then.
func (a *API) sweep(q *queue, now time.Time) {
	if now.Sub(q.swept) < sweepEvery {
		return
	}
	q.swept = now
	for _, m := range q.byID {
		if q.expired(m, now) {
			a.drop(q, m)
		}
	}
	for id, one := range q.sent {
		if now.Sub(one.at) >= dedupWindow {
			delete(q.sent, id)
			a.kept -= overhead
		}
	}
	q.tidy()
}

// tidy forgets groups that are empty.
func (q *queue) tidy() {
	kept := q.groups[:0]
	for _, g := range q.groups {
		if len(g.messages) > 0 {
			kept = append(kept, g)
		} else {
			delete(q.byName, g.name)
		}
	}
	clear(q.groups[len(kept):])
	q.groups = kept
}

func (q *queue) expired(m *message, now time.Time) bool {
	return now.Sub(m.sent) >= q.seconds("MessageRetentionPeriod")
}

// counts returns how many messages can be received, are in flight, and are delayed.
func (q *queue) counts(now time.Time) (visible, inFlight, delayed int) {
	for _, m := range q.byID {
		switch {
		case q.expired(m, now):
		case !m.visible.After(now):
			visible++
		case m.inFlight:
			inFlight++
		default:
			delayed++
		}
	}
	return visible, inFlight, delayed
}

// empty drops all messages.
func (a *API) empty(q *queue) {
	for _, m := range q.byID {
		a.kept -= m.bytes()
		m.gone = true
	}
	q.byID, q.ready, q.groups, q.byName = map[string]*message{}, nil, nil, map[string]*group{}
}
