package interp

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime/debug"
	"strconv"
	"strings"
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

// Attempt calls the operation. One that was given secrets which are refused is
// made once more with the values that they have now, if they have others.
func (r *inProcess) Attempt(a runtime.Attempt) (any, error) {
	if a.Refused != nil {
		return nil, a.Refused
	}
	if cause := r.Stopped(); cause != runtime.NotStopped {
		return nil, runtime.StoppedError(cause)
	}
	if a.Connection != nil && a.Connection.Pass != nil && a.Connection.Pass(r.soft) != nil {
		return nil, runtime.StoppedError(r.Stopped())
	}
	if a.Renewer != nil {
		a = a.Renewer.Current(a)
	}
	if r.watch != nil {
		return r.observed(a)
	}
	return r.renewed(&a)
}

// renewed calls the operation, once more where a secret has another value now.
func (r *inProcess) renewed(a *runtime.Attempt) (any, error) {
	v, failure := r.once(a)
	if failure != nil && a.Renewer != nil && isRefusal(a, failure) && r.Stopped() == runtime.NotStopped {
		if again, ok := a.Renewer.Renew(r.soft, *a); ok {
			if a.Log != nil {
				a.Log(connector.LogWarn, "a secret has changed: the call is made once more with its new value", map[string]any{"code": failure.Code})
			}
			requests := failure.Requests
			if v, failure = r.once(&again); failure != nil {
				counted := *failure
				counted.Requests += requests
				failure = &counted
			}
		}
	}
	if failure != nil {
		return nil, a.Hidden(failure)
	}
	return v, nil
}

// isRefusal reports whether a call failed for its credentials, and may be made
// again.
func isRefusal(a *runtime.Attempt, failure *connector.Error) bool {
	return (failure.Class == connector.ClassDenied || failure.Class == connector.ClassExpired) &&
		(failure.Outcome != connector.OutcomeUnknown || a.Repeat == connector.RepeatAny || a.Effect() == connector.EffectReadOnly)
}

// once calls the operation.
func (r *inProcess) once(a *runtime.Attempt) (any, *connector.Error) {
	ctx := r.soft
	if a.Effect() != connector.EffectReadOnly {
		ctx = r.hard
	}
	if a.Timeout > 0 {
		bounded, cancel := context.WithTimeoutCause(ctx, a.Timeout, runtime.StopCause(runtime.ByAttempt))
		defer cancel()
		ctx = bounded
	}
	v, err := r.bounded(ctx, a)
	if err == nil {
		return v, nil
	}
	return nil, failureOf(ctx, a.Timeout, err)
}

// failureOf returns the failure of an attempt that ended with an error. It has a code
// and one of the classes, whatever the operation left out.
func failureOf(ctx context.Context, limit time.Duration, err error) *connector.Error {
	failure := attemptError(ctx, limit, err)
	early := isNotCalled(err)
	if !early && failure.Code != "" && connector.IsClass(string(failure.Class)) {
		return failure
	}
	whole := *failure
	if early {
		whole.Outcome = connector.OutcomeFailed
	}
	whole.Code = cmp.Or(whole.Code, "Internal")
	if !connector.IsClass(string(whole.Class)) { // none, or one that no flow can name
		whole.Class = connector.ClassInternal
	}
	return &whole
}

// bounded makes an attempt that ends soon after its context.
func (r *inProcess) bounded(ctx context.Context, a *runtime.Attempt) (any, error) {
	if ctx.Done() == nil {
		return r.perform(ctx, a, nil) // nothing ends it
	}
	conn, ok := r.endsInTime(a)
	switch {
	case !ok:
		return r.inTime(ctx, a)
	case ctx.Err() != nil:
		return nil, notCalled{ctx.Err()}
	}
	return r.call(ctx, a, conn)
}

// endsInTime reports whether a call surely ends with its context, and has nothing to
// wait for before: its connection is there.
func (r *inProcess) endsInTime(a *runtime.Attempt) (conn connector.Connection, ok bool) {
	if a.Connection != nil && a.Operation.EndsInTime != nil {
		if conn, ok = r.connections.atHand(a); !ok {
			return nil, false
		}
	}
	return conn, endsInTime(a.Operation, conn)
}

// endsInTime reports whether a call through a connection surely ends with its context.
func endsInTime(op *connector.Operation, conn connector.Connection) bool {
	return op.EndsInTime != nil && op.EndsInTime(conn)
}

// perform opens the connection and calls the operation. It says in began, which
// may be nil, that it does.
func (r *inProcess) perform(ctx context.Context, a *runtime.Attempt, began *atomic.Bool) (any, error) {
	conn, err := r.connections.open(ctx, a)
	if err != nil {
		return nil, notCalled{err}
	}
	if began != nil {
		began.Store(true)
		if ctx.Err() != nil {
			return nil, notCalled{ctx.Err()}
		}
	}
	return r.call(ctx, a, conn)
}

// call calls the operation.
func (r *inProcess) call(ctx context.Context, a *runtime.Attempt, conn connector.Connection) (any, error) {
	if a.Watch != nil {
		ctx = a.Watch.Context(ctx)
	}
	return protected(a.Operation.Name, "", a.Log, func() (any, error) {
		return a.Operation.Run(ctx, r.callFor(a, conn))
	})
}

// notCalled is an error that came before the operation was called.
type notCalled struct{ error }

// Unwrap returns the error itself.
func (e notCalled) Unwrap() error { return e.error }

func isNotCalled(err error) bool {
	var early notCalled
	return errors.As(err, &early)
}

// attemptError says why an attempt ended where it was our context that ended it.
func attemptError(ctx context.Context, limit time.Duration, err error) *connector.Error {
	failure := connector.AsError(err)
	if failure.Class != connector.ClassCanceled && failure.Class != connector.ClassTimeout {
		return failure
	}
	switch cause := runtime.CauseOf(ctx); cause {
	case runtime.NotStopped:
		return failure
	case runtime.ByAttempt:
		return &connector.Error{
			Code: "Timeout", Class: connector.ClassTimeout, Message: fmt.Sprintf("no answer within %s", limit),
			Outcome: connector.OutcomeUnknown, Requests: failure.Requests, Err: err,
		}
	default:
		e := runtime.StoppedError(cause)
		e.Requests = failure.Requests
		e.Outcome = connector.OutcomeUnknown
		return e
	}
}

// protected turns a panic of an operation, or of the opening of a connection,
// into an error, and tells the run's log where it happened; name and what it does
// say of which.
func protected[T any](name, doing string, log connector.LogFunc, do func() (T, error)) (v T, err error) {
	defer func() {
		if p := recover(); p != nil {
			stack := panicStack(debug.Stack())
			err = &connector.Error{
				Code: "Panic", Class: connector.ClassInternal, Outcome: connector.OutcomeUnknown,
				Message: fmt.Sprintf("%s%s panicked: this is a mistake in the operation; the log has the stack", name, doing),
				Err:     fmt.Errorf("panic: %v\n%s", p, stack),
			}
			if log != nil {
				log(connector.LogError, fmt.Sprintf("%s%s panicked: %v", name, doing, p), map[string]any{"stack": stack})
			}
		}
	}()
	return do()
}

// maxStack bounds the stack of a panic in the log; the innermost calls are its
// beginning.
const maxStack = 8 << 10

// panicStack returns what debug.Stack gave from the call that panicked on.
func panicStack(stack []byte) string {
	text := string(stack)
	// What stands before is ours: the deferred function and debug.Stack itself.
	if _, after, found := strings.Cut(text, "\npanic("); found {
		if _, calls, more := strings.Cut(after, "\n\t"); more {
			_, text, _ = strings.Cut(calls, "\n")
		}
	}
	if len(text) > maxStack {
		text = text[:strings.LastIndexByte(text[:maxStack], '\n')+1] + "…"
	}
	return strings.TrimRight(text, "\n")
}
