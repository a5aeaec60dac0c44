package check

import (
	"sync/atomic"

	"github.com/medlar-flow/medlar/internal/bind"
	"github.com/medlar-flow/medlar/internal/yamlfile"
)

// reading is the steps of a large file that are read while those before them are
// checked: by a second goroutine, and by that of the check where it would wait for
// the other one.
type reading struct {
	rest   *yamlfile.Rest
	engine *bind.Engine
	parts  []readPart
	next   atomic.Int64 // the part that nobody has begun to read
	taken  int          // the parts that the check has
}

type readPart struct {
	done  chan struct{}
	ok    bool // it can be read alone
	steps yamlfile.Steps
	texts bind.Read
}

func newReading(rest *yamlfile.Rest, engine *bind.Engine) *reading {
	r := &reading{rest: rest, engine: engine, parts: make([]readPart, rest.Len())}
	for i := range r.parts {
		r.parts[i].done = make(chan struct{})
	}
	return r
}

// one reads the next part; it is false where there is none.
func (r *reading) one() bool {
	i := int(r.next.Add(1)) - 1
	if i >= len(r.parts) {
		return false
	}
	at := &r.parts[i]
	defer close(at.done)
	if at.steps, at.ok = r.rest.Read(i); at.ok {
		at.texts = r.engine.Read(at.steps.Texts)
	} else {
		r.stop()
	}
	return true
}

// all reads what is left.
func (r *reading) all() {
	for r.one() {
	}
}

// stop leaves unread what nobody has begun to read.
func (r *reading) stop() { r.next.Store(int64(len(r.parts))) }

// take returns the next part for the check; nil where there is none. Parts are begun
// in their order, so one that is not read yet is either being read, or left behind
// one that cannot be read, which is taken before.
func (r *reading) take() *readPart {
	if r.taken == len(r.parts) {
		return nil
	}
	at := &r.parts[r.taken]
	r.taken++
	for {
		select {
		case <-at.done:
			return at
		default:
		}
		if !r.one() {
			<-at.done
			return at
		}
	}
}

// moreSteps adds the steps of the next part to the list; it is false where there are
// no more.
func (c *checker) moreSteps() bool {
	if c.reading == nil {
		return false
	}
	at := c.reading.take()
	if at == nil || !at.ok {
		c.inWhole = at != nil
		c.reading = nil
		return false
	}
	at.steps.Number(c.ahead.Add(at.texts))
	c.stepList.Hold(nil, append(c.stepList.Items(), at.steps.Items...))
	found := c.diags
	c.diags = c.late
	for _, item := range at.steps.Items {
		c.collectIDs(item, 1)
	}
	c.declareMeantIDs()
	c.late, c.diags = c.diags, found
	return true
}

// stepNamed returns what is known of a step, also of one that is not read yet; nil for
// none.
func (c *checker) stepNamed(id string) *stepInfo {
	for c.steps[id] == nil && c.moreSteps() {
	}
	return c.steps[id]
}
