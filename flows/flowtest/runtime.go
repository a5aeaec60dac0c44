package flowtest

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"strconv"
	"sync"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
)

// world is what all branches of one test share.
type world struct {
	scheduler
	//nolint:containedctx // the runtime is the run's context for the interpreter
	ctx  context.Context
	seed string
	root *scope // holds all others; stopped where the test cannot go on

	signals runtime.SignalBox
	awaits  map[*waiter]awaited // who waits for a signal
	missing func(awaited)       // told of one that nothing gives
	body    *scope              // of the flow itself
	run     *testRun            // where its world can be one in which something goes wrong

	answer func(*Call, runtime.Attempt) (*reply, bool)
	listen report.Listener
}

// reply is what an attempt is answered with.
type reply struct {
	after  time.Duration
	result any
	err    *connector.Error
	// changed is true of an error of a call that changed something.
	changed bool
}

// carrier is the runtime.Runtime of one branch. As in process it has two scopes:
// soft is also stopped when a branch beside this one fails, hard is not, and a
// call that changes something runs under hard.
type carrier struct {
	*world
	task       *task
	soft, hard *scope
}

var _ runtime.Runtime = (*carrier)(nil)

// newRuntime returns the runtime of a test that begins. The calling goroutine is
// its first task.
func newRuntime(w *world) *carrier {
	w.root = &scope{}
	w.stuck, w.late = w.nothingComes, w.loosen
	body := w.root.inside()
	w.body = body
	return &carrier{world: w, task: newTask(), soft: body, hard: body}
}

// Stopped says why the branch is to stop.
func (r *carrier) Stopped() runtime.Cause {
	r.poll()
	return r.soft.cause
}

// poll stops everything when whoever runs the test has had enough.
func (w *world) poll() {
	if w.ctx.Err() != nil {
		w.stop(w.root, runtime.ByUser)
	}
}

// Now returns the time of the test's clock.
func (r *carrier) Now() time.Time { return r.now }

// Clock returns the time of the test's clock.
func (r *carrier) Clock() time.Time { return r.now }

// Random hashes the test's name, the path and the count.
func (r *carrier) Random(path string, count int) uint64 {
	sum := sha256.Sum256([]byte(r.seed + "\x00" + path + "\x00" + strconv.Itoa(count)))
	return binary.BigEndian.Uint64(sum[:])
}

// Emit tells the test.
func (r *carrier) Emit(e report.Event) {
	if r.listen != nil {
		r.listen(e)
	}
}

// Checkpoint asks for nothing.
func (r *carrier) Checkpoint(string) error { return nil }

// Child runs the part in place.
func (r *carrier) Child(_ string, part func(rt runtime.Runtime) (any, error)) (any, error) {
	return part(r)
}

// Sleep waits on the test's clock.
func (r *carrier) Sleep(path string, until time.Time) error {
	r.poll()
	if until.After(r.now) {
		r.waits(path)
	}
	if !r.wait(r.task, r.soft, until) {
		return runtime.StoppedError(r.soft.cause)
	}
	return nil
}

// Within bounds both scopes.
func (r *carrier) Within(_ string, limit time.Duration) (runtime.Runtime, func()) {
	soft, hard := r.soft.inside(), r.hard.inside()
	timer := r.limit(limit, soft, hard)
	return &carrier{world: r.world, task: r.task, soft: soft, hard: hard}, func() {
		r.cancel(timer)
		soft.leave()
		hard.leave()
	}
}

// Detached begins a scope that is stopped limit after this one.
func (r *carrier) Detached(_ string, limit time.Duration) (runtime.Runtime, func()) {
	apart, watch := r.root.inside(), r.soft.inside()
	var timer *timer
	watch.after = func() { timer = r.limit(limit, apart) }
	if watch.cause != runtime.NotStopped {
		watch.after()
	}
	return &carrier{world: r.world, task: r.task, soft: apart, hard: apart}, func() {
		r.cancel(timer)
		apart.leave()
		watch.leave()
	}
}

// Fork runs the branches on at most limit tasks.
func (r *carrier) Fork(path string, n int64, limit int, enough *runtime.Enough, branch func(rt runtime.Runtime, i int64) error) error {
	if limit <= 1 || n <= 1 {
		return runtime.InTurn(r, n, enough, branch)
	}
	if r.run != nil && r.run.faults != nil {
		r.run.faults.Fork(path, limit)
	}
	soft := r.soft.inside()
	defer soft.leave()
	f := &fork{r: r, soft: soft, n: n, enough: enough, branch: branch, running: min(int64(limit), n)}
	var ended sync.WaitGroup
	for range f.running {
		t := newTask()
		r.resume(t)
		ended.Go(func() {
			<-t.wake
			f.work(&carrier{world: r.world, task: t, soft: soft, hard: r.hard})
		})
	}
	r.block(r.task)
	ended.Wait()
	if f.err == nil && r.Stopped() != runtime.NotStopped {
		return runtime.StoppedError(r.soft.cause)
	}
	return f.err
}

// fork is a Fork under way.
type fork struct {
	r       *carrier
	soft    *scope
	n, next int64
	enough  *runtime.Enough
	branch  func(rt runtime.Runtime, i int64) error
	running int64
	err     error
}

// work runs branches until there are no more, and lets the forking task go on
// when it is the last to end.
func (f *fork) work(r *carrier) {
	for f.next < f.n && r.Stopped() == runtime.NotStopped {
		i := f.next
		f.next++
		if err := f.enough.Ended(i, r.guarded(i, f.branch)); err != nil {
			if f.err == nil {
				f.err = err
				r.stop(f.soft, runtime.Ending(err))
			}
			break
		}
	}
	f.running--
	if f.running == 0 {
		r.resume(f.r.task)
	}
	r.exit()
}

// Attempt answers as the test file says. It calls nothing.
func (r *carrier) Attempt(a runtime.Attempt) (any, error) {
	if a.Refused != nil {
		return nil, a.Refused
	}
	known := r.run != nil && r.run.faults != nil && r.run.faults.Known(&a)
	if cause := r.Stopped(); cause != runtime.NotStopped && !known {
		return nil, runtime.StoppedError(cause)
	}
	call := &Call{Step: runtime.StepOf(a.Path), Attempt: a.Number, Operation: a.Operation.Name, Params: withoutFiles(a.Params), At: r.now, shown: a.Shown}
	if r.run != nil && r.run.faults != nil {
		return r.faulty(a, call)
	}
	answer, ok := r.answer(call, a)
	if !ok {
		r.stop(r.root, runtime.ByUser)
		return nil, runtime.StoppedError(runtime.ByUser)
	}
	v, failure := r.answered(a, answer.after, answer.result, answer.err)
	if failure != nil {
		return nil, failure
	}
	return v, nil
}

// withoutFiles returns parameters with files that nobody has read as a flow
// writes them.
func withoutFiles(params map[string]any) map[string]any {
	var out map[string]any
	for name, v := range params {
		if f, ok := v.(value.Unread); ok {
			if out == nil {
				out = maps.Clone(params)
			}
			out[name] = f.Shown()
		}
	}
	if out == nil {
		return params
	}
	return out
}
