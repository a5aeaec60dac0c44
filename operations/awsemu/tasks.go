package awsemu

import (
	"context"
	"sync"
	"time"
)

// waiter is a sync.WaitGroup; it has a name of its own so that it can be
// shared by pointer.
type waiter = sync.WaitGroup

// tasks counts what an emulator has under way, so that Close can wait for it:
// requests being answered and functions invoked as events.
type tasks struct {
	mu      sync.Mutex
	closed  bool
	closing chan struct{} // closed by shut
	cutting chan struct{} // closed by cut
	active  sync.WaitGroup
}

func newTasks() *tasks {
	return &tasks{closing: make(chan struct{}), cutting: make(chan struct{})}
}

// enter registers one task that the caller ends with leave. It refuses once
// the emulator is closed.
func (t *tasks) enter() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return false
	}
	t.active.Add(1)
	return true
}

func (t *tasks) leave() { t.active.Done() }

// start runs f in the background. It is called inside a task, which is why it
// may still start one after shut.
func (t *tasks) start(f func()) {
	t.active.Go(f)
}

// background gives a context that ends when the emulator is about to close and
// has waited long enough.
func (t *tasks) background() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		select {
		case <-t.cutting:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// pause waits that long; it gives false where the emulator closes meanwhile.
func (t *tasks) pause(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-t.closing:
		return false
	}
}

// shut refuses further tasks.
func (t *tasks) shut() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.closed {
		t.closed = true
		close(t.closing)
	}
}

// wait returns when every task has ended; call shut first. After grace it cuts
// off what has not ended.
func (t *tasks) wait(grace time.Duration) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		t.active.Wait()
	}()
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
		t.cut()
		<-done
	}
}

func (t *tasks) cut() {
	t.mu.Lock()
	defer t.mu.Unlock()
	select {
	case <-t.cutting:
	default:
		close(t.cutting)
	}
}
