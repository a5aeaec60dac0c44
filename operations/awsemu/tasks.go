package awsemu

import "sync"

// tasks counts what an emulator has under way, so that Close can wait for it:
// requests being answered and functions invoked as events.
type tasks struct {
	mu     sync.Mutex
	closed bool
	active sync.WaitGroup
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

// shut refuses further tasks.
func (t *tasks) shut() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
}

// wait returns when every task has ended; call shut first.
func (t *tasks) wait() { t.active.Wait() }
