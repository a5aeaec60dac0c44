package interp

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
)

// grace is how long an operation may take to return once its time is over. One
// that takes longer does not heed its context, and is left behind.
const grace = time.Second

// inTime makes an attempt that ends soon after its context, whatever the
// operation does. One that does not return then goes on in a goroutine of its
// own: what it answers is dropped, what it says is not heard, and the
// connections of the run stay open until it has ended.
func (r *inProcess) inTime(ctx context.Context, a *runtime.Attempt) (any, error) {
	c := r.guarded()
	say := a.Log
	c.rt, c.ctx, c.attempt = r, ctx, *a
	c.attempt.Log = c.log(say)
	runtime.Begin(r.begins, c.work)
	select {
	case <-c.ended:
		return c.answer()
	case <-ctx.Done():
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-c.ended:
		return c.answer()
	case <-timer.C:
	}
	if !c.leave() {
		<-c.ended
		return c.answer()
	}
	if say != nil {
		say(connector.LogWarn, a.Operation.Name+" does not end although its time is over: it goes on unheard, and nobody knows what it does", nil)
	}
	if !c.began.Load() {
		return nil, notCalled{ctx.Err()} // nor will it be
	}
	return nil, ctx.Err() //nolint:wrapcheck // attemptError says what it means
}

// guardedCall is a call of an operation in a goroutine of its own. One whose
// operation has returned serves another call.
type guardedCall struct {
	work    func() // its method run, made once
	rt      *inProcess
	ctx     context.Context //nolint:containedctx // of the call
	attempt runtime.Attempt
	began   atomic.Bool   // the operation was called
	ended   chan struct{} // takes one when v and err are known
	v       any
	err     error

	mu         sync.Mutex
	done, left bool
	next       *guardedCall // in the list of those that serve no call
}

// guards are those of a run that serve no call.
type guards struct {
	mu    sync.Mutex
	first *guardedCall
	count int
}

// mostGuards is how many are kept.
const mostGuards = 64

func (g *guards) get() *guardedCall {
	g.mu.Lock()
	c := g.first
	if c != nil {
		g.first, c.next = c.next, nil
		g.count--
	}
	g.mu.Unlock()
	return c
}

func (g *guards) put(c *guardedCall) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.count < mostGuards {
		g.first, c.next = c, g.first
		g.count++
	}
}

func (w *world) guarded() *guardedCall {
	if c := w.guards.get(); c != nil {
		return c
	}
	c := &guardedCall{ended: make(chan struct{}, 1)}
	c.work = c.run
	return c
}

// run makes the call. Nothing of c is touched once somebody has it again.
func (c *guardedCall) run() {
	c.v, c.err = c.rt.perform(c.ctx, &c.attempt, &c.began)
	c.mu.Lock()
	c.done = true
	left := c.left
	c.mu.Unlock()
	if left {
		c.rt.connections.cameBack()
		return
	}
	c.ended <- struct{}{}
}

// answer gives what the operation returned, and c away.
func (c *guardedCall) answer() (any, error) {
	v, err, guards := c.v, c.err, &c.rt.guards
	c.rt, c.ctx, c.attempt, c.v, c.err, c.done = nil, nil, runtime.Attempt{}, nil, nil, false
	c.began.Store(false)
	guards.put(c)
	return v, err
}

// leave leaves the operation behind; it is false where it has returned.
func (c *guardedCall) leave() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done {
		return false
	}
	c.left = true
	c.rt.lent.stop()
	c.rt.connections.leaveBehind()
	return true
}

// log hears nothing any more of an operation that was left behind.
func (c *guardedCall) log(next connector.LogFunc) connector.LogFunc {
	if next == nil {
		return nil
	}
	return func(level connector.LogLevel, message string, fields map[string]any) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if !c.left {
			next(level, message, fields)
		}
	}
}
