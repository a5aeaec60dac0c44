package interp

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
)

// world is what all branches of a run in process share.
type world struct {
	connections connectionPool
	signals     runtime.SignalBox
	// interrupt says that the run is interrupted; nil where nobody can.
	interrupt *interruption

	watch   report.Watch // nil where nobody watches the run
	secrets *redactor    // of a run that is watched

	mu        sync.Mutex
	watched   *report.Event // what who watches is told of; nil before the first
	idle      *sync.Pool    // of those
	listeners []report.Listener
	guards    guards
	lent      lent
	begins    func(work func()) // a goroutine of the run; nil for the go statement

	// calls are those of the run's first calls, of which called have one.
	calls  [2]connector.Call
	called atomic.Int32
}

// newWorld returns what there is of a run with an id.
func newWorld(runID string) *world {
	w := &world{}
	w.connections.runID = runID
	return w
}

// newCall returns a call that nobody has. Those of a run that makes few are a part of it.
func (w *world) newCall() *connector.Call {
	if n := int(w.called.Load()); n < len(w.calls) && w.called.CompareAndSwap(int32(n), int32(n+1)) { //nolint:gosec // it is small
		return &w.calls[n]
	}
	return &connector.Call{}
}

// callFor returns what the operation of an attempt is given.
func (w *world) callFor(a *runtime.Attempt, conn connector.Connection) *connector.Call {
	c := w.newCall()
	*c = connector.Call{
		Params: a.Params, Connection: conn, SingleAttempt: a.SingleAttempt, Repeat: a.Repeat, IdempotencyKey: a.IdempotencyKey, Log: a.Log,
	}
	return c
}

// inProcess is the runtime of goroutines and the system's clock; it keeps
// nothing. It has two contexts: the hard one ends when the run must stop, the
// soft one also when a branch beside this one failed. A mutating operation in
// flight runs under the hard one, so that what it did is known and can be
// undone.
type inProcess struct {
	*world
	soft, hard context.Context //nolint:containedctx // a runtime is the branch's context for the interpreter
	// apart is true where soft can end before hard; elsewhere they are one.
	apart bool
}

func newInProcess(ctx context.Context, w *world) *inProcess {
	return &inProcess{world: w, soft: ctx, hard: ctx}
}

// Stopped says why the branch is to stop. That the run was interrupted counts
// more than what happened before: then nothing is undone any more.
func (r *inProcess) Stopped() runtime.Cause {
	if r.interrupt.isSet() {
		return runtime.ByShutdown
	}
	return runtime.CauseOf(r.soft)
}

// Now returns the system's time.
func (r *inProcess) Now() time.Time { return time.Now() }

// Clock returns the system's time.
func (r *inProcess) Clock() time.Time { return time.Now() }

// Random hashes the run's id, the path and the count.
func (r *inProcess) Random(path string, count int) uint64 {
	sum := sha256.Sum256([]byte(r.connections.runID + "\x00" + path + "\x00" + strconv.Itoa(count)))
	return binary.BigEndian.Uint64(sum[:])
}

// Emit tells the listeners, one event at a time.
func (r *inProcess) Emit(e report.Event) {
	if r.watch == nil && len(r.listeners) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.watch != nil {
		r.tell(&e)
	}
	for _, listen := range r.listeners {
		listen(e)
	}
}

// Checkpoint asks for nothing: a run in process has nowhere to go on.
func (r *inProcess) Checkpoint(string) error { return nil }

// Child runs the part in place.
func (r *inProcess) Child(_ string, part func(rt runtime.Runtime) (any, error)) (any, error) {
	return part(r)
}

// Sleep waits on the system's clock.
func (r *inProcess) Sleep(_ string, until time.Time) error {
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-r.soft.Done():
		return runtime.StoppedError(r.Stopped())
	}
}

// Within bounds both contexts.
func (r *inProcess) Within(_ string, limit time.Duration) (runtime.Runtime, func()) {
	return r.until(time.Now().Add(limit))
}

// with returns the runtime with other contexts.
func (r *inProcess) with(soft, hard context.Context) *inProcess {
	return &inProcess{world: r.world, soft: soft, hard: hard, apart: r.apart}
}

// until bounds both contexts.
func (r *inProcess) until(deadline time.Time) (inner *inProcess, done func()) {
	stop := runtime.StopCause(runtime.ByTimeout)
	hard, endHard := context.WithDeadlineCause(r.hard, deadline, stop)
	if !r.apart {
		return r.with(hard, hard), endHard
	}
	soft, endSoft := context.WithDeadlineCause(r.soft, deadline, stop)
	return r.with(soft, hard), func() { endSoft(); endHard() }
}

// Detached begins with a context that ends limit after this one.
func (r *inProcess) Detached(_ string, limit time.Duration) (runtime.Runtime, func()) {
	ctx, end := context.WithCancelCause(context.WithoutCancel(r.hard))
	var late *time.Timer
	var mu sync.Mutex
	stop := context.AfterFunc(r.soft, func() {
		mu.Lock()
		defer mu.Unlock()
		if ctx.Err() == nil {
			late = time.AfterFunc(limit, func() { end(runtime.StopCause(runtime.ByTimeout)) })
		}
	})
	inner, done := &inProcess{world: r.world, soft: ctx, hard: ctx}, func() {}
	if r.interrupt != nil {
		inner.apart = true
		inner.soft, done = r.world.interruptible(ctx)
	}
	return inner, func() {
		stop()
		done()
		end(runtime.StopCause(runtime.ByCompletion))
		mu.Lock()
		defer mu.Unlock()
		if late != nil {
			late.Stop()
		}
	}
}

// Fork runs the branches on at most limit goroutines.
func (r *inProcess) Fork(_ string, n int64, limit int, enough *runtime.Enough, branch func(rt runtime.Runtime, i int64) error) error {
	return r.forkEach(n, limit, enough, func() branchFunc { return branch })
}

// branchFunc runs one of the branches of a fork.
type branchFunc = func(rt runtime.Runtime, i int64) error

// forkEach is Fork with a function of its own for each goroutine, which can so keep
// from one branch to the next what it needs for each.
func (r *inProcess) forkEach(n int64, limit int, enough *runtime.Enough, branches func() branchFunc) error {
	if limit <= 1 || n <= 1 {
		return runtime.InTurn(r, n, enough, branches())
	}
	soft, cancel := context.WithCancelCause(r.soft)
	defer cancel(runtime.StopCause(runtime.ByCompletion))
	f := &fork{rt: &inProcess{world: r.world, soft: soft, hard: r.hard, apart: true}, n: n, enough: enough, cancel: cancel}
	for range min(int64(limit), n) {
		f.workers.Go(func() { f.work(branches()) })
	}
	f.workers.Wait()
	if cause := r.Stopped(); f.err == nil && cause != runtime.NotStopped {
		return runtime.StoppedError(cause)
	}
	return f.err
}

type fork struct {
	rt      *inProcess
	n       int64
	enough  *runtime.Enough
	cancel  context.CancelCauseFunc
	next    atomic.Int64
	workers sync.WaitGroup
	once    sync.Once
	err     error
}

func (f *fork) work(branch branchFunc) {
	for {
		i := f.next.Add(1) - 1
		if i >= f.n || f.rt.Stopped() != runtime.NotStopped {
			return
		}
		if err := f.enough.Ended(i, branch(f.rt, i)); err != nil {
			f.once.Do(func() {
				f.err = err
				f.cancel(runtime.StopCause(runtime.Ending(err)))
			})
			return
		}
	}
}
