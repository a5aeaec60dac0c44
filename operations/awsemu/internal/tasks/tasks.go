package tasks

import (
	"context"
	"sync"
	"time"
)

// Group counts what an emulator has under way, so that Close can wait for it:
// requests being answered and functions invoked as events.
type Group struct {
	mu      sync.Mutex
	closed  bool
	Closing chan struct{} // closed by shut
	cutting chan struct{} // closed by cut
	active  sync.WaitGroup
}

// New makes a group that nothing is under way in.
func New() *Group {
	return &Group{Closing: make(chan struct{}), cutting: make(chan struct{})}
}

// Enter registers one task that the caller ends with leave. It refuses once
// the emulator is closed.
func (t *Group) Enter() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return false
	}
	t.active.Add(1)
	return true
}

// Leave ends what Enter began.
func (t *Group) Leave() { t.active.Done() }

// Start runs f in the background. It is called inside a task, which is why it
// may still start one after shut.
func (t *Group) Start(f func()) {
	t.active.Go(f)
}

// Background returns a context that ends when the emulator is about to close and
// has waited long enough.
func (t *Group) Background() (context.Context, context.CancelFunc) {
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

// Pause waits that long; it gives false where the emulator closes meanwhile.
func (t *Group) Pause(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-t.Closing:
		return false
	}
}

// Shut refuses further tasks.
func (t *Group) Shut() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.closed {
		t.closed = true
		close(t.Closing)
	}
}

// Wait returns when every task has ended; call shut first. After grace it cuts
// off what has not ended.
func (t *Group) Wait(grace time.Duration) {
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
		t.Cut()
		<-done
	}
}

// Cut ends the contexts of Background.
func (t *Group) Cut() {
	t.mu.Lock()
	defer t.mu.Unlock()
	select {
	case <-t.cutting:
	default:
		close(t.cutting)
	}
}
