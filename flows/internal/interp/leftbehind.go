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
func (r *inProcess) inTime(ctx context.Context, a runtime.Attempt) (any, error) {
	c := &guardedCall{pool: &r.connections, ended: make(chan struct{})}
	say := a.Log
	a.Log = c.log(say)
	go func() {
		c.v, c.err = r.perform(ctx, &a, &c.began)
		c.end()
	}()
	select {
	case <-c.ended:
		return c.v, c.err
	case <-ctx.Done():
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-c.ended:
		return c.v, c.err
	case <-timer.C:
	}
	if !c.leave() {
		return c.v, c.err
	}
	if say != nil {
		say(connector.LogWarn, a.Operation.Name+" does not end although its time is over: it goes on unheard, and nobody knows what it does", nil)
	}
	if !c.began.Load() {
		return nil, notCalled{ctx.Err()} // nor will it be
	}
	return nil, ctx.Err() //nolint:wrapcheck // attemptError says what it means
}

// guardedCall is a call of an operation in a goroutine of its own.
type guardedCall struct {
	pool  *connectionPool
	began atomic.Bool   // the operation was called
	ended chan struct{} // closed when v and err are known
	v     any
	err   error

	mu         sync.Mutex
	done, left bool
}

// end says that the operation has returned.
func (c *guardedCall) end() {
	close(c.ended)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done = true
	if c.left {
		c.pool.cameBack()
	}
}

// leave leaves the operation behind; it is false where it has returned.
func (c *guardedCall) leave() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done {
		return false
	}
	c.left = true
	c.pool.leaveBehind()
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
