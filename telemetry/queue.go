package telemetry

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/medlar-flow/medlar/telemetry/internal/otlp"
)

// The bounds of a queue, unless others are given: those of OpenTelemetry's
// specification.
const (
	batchSize = 512
	queueSize = 2048
	sendTime  = 10 * time.Second
	// mostSpare is how many bytes are kept of a body that was sent, for the next, and
	// mostSpares of how many: one is collected while another one is sent.
	mostSpare  = 1 << 20
	mostSpares = 2
)

// queue collects what is to be sent, already written, and sends it in a goroutine of
// its own, which ends with end.
type queue struct {
	what    string // it has, for people
	form    otlp.Form
	client  *client
	by      *otlp.Sender
	room    int // before the elements of a body
	request func(f otlp.Form, by *otlp.Sender, body []byte) []byte
	notice  func(text string)
	delay   time.Duration
	batch   int
	most    int

	wake  chan struct{}   // something is to be done
	quit  chan struct{}   // closed by end
	done  chan struct{}   // closed when nothing is sent any more
	final context.Context //nolint:containedctx // that of end, set before quit is closed

	mu    sync.Mutex
	body  []byte   // the batch that is being collected, behind room for what a request begins with
	spare [][]byte // those that were sent, and that nobody reads any more
	n     int      // of it
	full  []batch
	large int   // how much room a full batch took, and a bit more
	held  int   // all that has neither left nor been lost
	lost  int64 // all that was
	told  int64 // of that
	ended bool
}

// batch is what goes into one request.
type batch struct {
	body []byte
	n    int
}

func newQueue(e *Endpoint, what string, delay time.Duration, by *otlp.Sender, request func(otlp.Form, *otlp.Sender, []byte) []byte, notice func(string)) *queue {
	q := &queue{
		what: what, client: newClient(e), by: by, room: by.Room(), request: request, notice: notice,
		delay: positive(e.Delay, delay), batch: positive(e.Batch, batchSize), most: positive(e.Queue, queueSize),
		wake: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{}),
	}
	if e.JSON {
		q.form = otlp.JSON
	}
	q.batch = min(q.batch, q.most)
	go q.send()
	return q
}

func positive[T int | time.Duration](v, otherwise T) T {
	if v <= 0 {
		return otherwise
	}
	return v
}

// put puts something behind the batch, unless the queue is full. It was written before, so
// that nobody waits for long.
func (q *queue) put(written []byte) {
	q.mu.Lock()
	if q.ended || q.held >= q.most {
		first, why := q.lose(1), "more wait for the collector than the queue has room for"
		if q.ended {
			why = "they came when nothing was sent any more"
		}
		q.mu.Unlock()
		if first {
			q.tell(why)
		}
		return
	}
	if q.n == 0 {
		q.body = q.empty()
	}
	q.body = append(q.body, written...)
	q.n++
	q.held++
	ring := q.n == 1
	if q.n >= q.batch {
		q.full = append(q.full, batch{q.body, q.n})
		q.large = len(q.body) + len(q.body)/16
		q.body, q.n, ring = nil, 0, true
	}
	q.mu.Unlock()
	if ring {
		q.ring()
	}
}

// empty returns a body without an element. q.mu is held.
func (q *queue) empty() []byte {
	last := len(q.spare) - 1
	if last < 0 {
		return make([]byte, q.room, max(q.room+1024, q.large))
	}
	body := q.spare[last]
	q.spare = q.spare[:last]
	return body[:q.room]
}

// used takes a body back that was sent.
func (q *queue) used(body []byte) {
	if cap(body) > mostSpare {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.spare) < mostSpares {
		q.spare = append(q.spare, body[:0])
	}
}

func (q *queue) ring() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// lose counts what is lost, and reports whether nothing was before. q.mu is held.
func (q *queue) lose(n int) (first bool) {
	first = q.lost == 0 && n > 0
	q.lost += int64(n)
	return first
}

// tell says that something was lost.
func (q *queue) tell(why string) {
	q.mu.Lock()
	n := q.lost
	q.told = n
	q.mu.Unlock()
	q.notice(fmt.Sprintf("%s were lost, %d so far: %s; runs go on", q.what, n, why))
}

// next returns the batch that is to be sent; with rest also one that is not full.
func (q *queue) next(rest bool) (b batch, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case len(q.full) > 0:
		b = q.full[0]
		q.full[0] = batch{}
		q.full = q.full[1:]
	case rest && q.n > 0:
		b = batch{q.body, q.n}
		q.body, q.n = nil, 0
	default:
		return b, false
	}
	return b, true
}

// pending reports whether something waits, and whether it is a batch that is full.
func (q *queue) pending() (some, full bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.n > 0 || len(q.full) > 0, len(q.full) > 0
}

// send sends until end is called.
func (q *queue) send() {
	defer close(q.done)
	defer q.client.close()
	for {
		if some, _ := q.pending(); some {
			q.sendAll(q.collect())
			continue
		}
		select {
		case <-q.wake:
		case <-q.quit:
			q.sendAll(true)
			return
		}
	}
}

// collect waits for what is sent together, and reports whether that is all there is:
// else it is the batches that are full, beside which others go on to be collected.
func (q *queue) collect() (all bool) {
	timer := time.NewTimer(q.delay)
	defer timer.Stop()
	for {
		if _, full := q.pending(); full {
			return false
		}
		select {
		case <-timer.C:
			return true
		case <-q.wake:
		case <-q.quit:
			return true
		}
	}
}

// sendAll sends what waits.
func (q *queue) sendAll(rest bool) {
	for {
		b, ok := q.next(rest)
		if !ok {
			return
		}
		rejected, free, err := q.deliver(q.request(q.form, q.by, b.body))
		if free {
			q.used(b.body)
		}
		if err == nil && rejected > 0 {
			err = fmt.Errorf("the collector rejected them")
		} else if err != nil {
			rejected = b.n
		}
		q.mu.Lock()
		q.held -= b.n
		first := q.lose(min(rejected, b.n))
		q.mu.Unlock()
		if first {
			q.tell(err.Error())
		}
	}
}

// end sends what waits, for as long as ctx allows, and says what was lost since that
// was said.
func (q *queue) end(ctx context.Context) {
	q.mu.Lock()
	q.ended = true
	q.mu.Unlock()
	q.final = ctx
	close(q.quit)
	<-q.done
	q.mu.Lock()
	lost, told := q.lost, q.told
	q.mu.Unlock()
	if lost > told && told > 0 {
		q.notice(fmt.Sprintf("%s were lost, %d in all", q.what, lost))
	}
}
