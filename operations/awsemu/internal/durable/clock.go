package durable

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

func callbackTimeout() *ErrorObject {
	return &ErrorObject{ErrorType: "Callback.Timeout", ErrorMessage: "Callback timed out"}
}

func heartbeatTimeout() *ErrorObject {
	return &ErrorObject{ErrorType: "Callback.Heartbeat", ErrorMessage: "Callback timed out on heartbeat"}
}

func executionTimeout(e *execution) *ErrorObject {
	return &ErrorObject{ErrorMessage: fmt.Sprintf("Execution timed out after %d seconds.", e.Config.ExecutionTimeout)}
}

// advance does everything that is due in an execution. The lock must be held.
func (g *Engine) advance(e *execution, now time.Time) {
	if e.terminal() {
		return
	}
	var due []*operation
	for op := range e.open {
		if at := op.next(); !at.IsZero() && !at.After(now) {
			due = append(due, op)
		}
	}
	slices.SortFunc(due, func(a, b *operation) int {
		return cmp.Or(a.next().Compare(b.next()), cmp.Compare(a.Changed, b.Changed))
	})
	end := e.Started.Add(seconds(e.Config.ExecutionTimeout))
	for _, op := range due {
		if op.next().After(end) {
			break
		}
		e.fire(op, now)
	}
	if !end.After(now) {
		g.conclude(e, timedOut, detail{Error: executionTimeout(e)}, now)
	}
}

// next is when an operation does something by itself; the zero time is never.
func (o *operation) next() time.Time {
	if o.Silent.IsZero() || !o.Due.IsZero() && o.Due.Before(o.Silent) {
		return o.Due
	}
	return o.Silent
}

// fire does what an operation has waited for.
func (e *execution) fire(op *operation, now time.Time) {
	switch op.Type {
	case typeWait:
		e.close(op, succeeded, now, detail{Seconds: op.Duration})
	case typeStep:
		op.Status, op.Due = ready, time.Time{}
		e.touch(op)
	case typeCallback:
		err := callbackTimeout()
		if op.next().Equal(op.Silent) && !op.Silent.Equal(op.Due) {
			err = heartbeatTimeout()
		}
		e.close(op, timedOut, now, detail{Error: err})
	}
}

// arm has an execution looked at when something is due in it. The lock must be
// held.
func (g *Engine) arm(e *execution) {
	if e.terminal() {
		return
	}
	at, now := e.due(), g.now()
	if e.timer != nil {
		if at.Equal(e.alarm) && e.lead == g.offset && at.After(now) {
			return // it is set already
		}
		e.timer.Stop()
	}
	e.alarm, e.lead = at, g.offset
	e.timer = time.AfterFunc(at.Sub(now), func() { g.wake(e) })
}

// nap is when an execution goes on that only waits; the zero time is never.
func (e *execution) nap() time.Time {
	next := e.Retry
	if e.terminal() {
		return time.Time{}
	}
	for op := range e.open {
		if op.Type != typeCallback && !op.Due.IsZero() && (next.IsZero() || op.Due.Before(next)) {
			next = op.Due
		}
	}
	return next
}

// wake looks at an execution in which something is due.
func (g *Engine) wake(e *execution) {
	if !g.tasks.Enter() {
		return // the emulator closes
	}
	defer g.tasks.Leave()
	g.mu.Lock()
	defer g.mu.Unlock()
	e.alarm = time.Time{} // it has gone off
	g.look(e)
	g.saveAll(e)
	g.settle()
}

// look does what is due in an execution, and has its function go on if there
// is something new for it. The lock must be held, and a task be under way.
func (g *Engine) look(e *execution) {
	now := g.now()
	g.advance(e, now)
	if e.terminal() {
		return
	}
	if !e.busy() && (len(e.news()) > 0 || !e.Retry.IsZero() && !e.Retry.After(now)) {
		g.begin(e)
	}
	g.arm(e)
}

// idleBefore is how long nothing must have run before the clock jumps, so that
// a caller gets to do what comes next.
const idleBefore = 20 * time.Millisecond

// settle lets the clock jump in a moment, if it may and nothing runs. The lock
// must be held.
func (g *Engine) settle() {
	if !g.jump || g.active > 0 {
		return
	}
	if g.idle != nil {
		g.idle.Stop()
	}
	g.idle = time.AfterFunc(idleBefore, g.leap)
}

// leap moves the clock to the end of the next wait or delay. It does not move
// for the timeouts of callbacks and executions: somebody outside may still
// answer.
func (g *Engine) leap() {
	if !g.tasks.Enter() {
		return
	}
	defer g.tasks.Leave()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.active > 0 {
		return
	}
	type waiting struct {
		e  *execution
		at time.Time
	}
	var list []waiting
	for _, e := range g.order {
		if at := e.nap(); !at.IsZero() {
			list = append(list, waiting{e, at})
		}
	}
	if len(list) == 0 {
		return
	}
	first := slices.MinFunc(list, func(a, b waiting) int { return cmp.Compare(a.at.UnixNano(), b.at.UnixNano()) })
	if ahead := first.at.Sub(g.now()); ahead > 0 {
		g.offset += ahead
	}
	now := g.now()
	for _, e := range slices.Clone(g.order) {
		if at := e.due(); at.IsZero() {
			continue
		} else if at.After(now) {
			g.arm(e)
			continue
		}
		g.look(e)
		g.saveAll(e)
	}
	if g.active == 0 {
		g.settle()
	}
}
