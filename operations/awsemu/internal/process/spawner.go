package process

import (
	"errors"
	"os/exec"
	"runtime"
	"sync"
)

// Spawner starts processes from one thread that lives as long as it does:
// Linux ends a child when the thread that forked it ends, not the process.
type Spawner struct {
	mu     sync.Mutex
	starts chan func() // nil before the first process
	ended  chan struct{}
	closed bool
}

// errClosed is a start after the end.
var errClosed = errors.New("the emulator is closed")

// start starts cmd in a process group of its own.
func (s *Spawner) start(cmd *exec.Cmd) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errClosed
	}
	if s.starts == nil {
		s.starts, s.ended = make(chan func()), make(chan struct{})
		go serveThread(s.starts, s.ended)
	}
	isolate(cmd)
	result := make(chan error)
	s.starts <- func() { result <- cmd.Start() }
	return <-result
}

// serveThread runs what it is sent on one thread, which ends with it.
func serveThread(starts <-chan func(), ended chan<- struct{}) {
	defer close(ended)
	runtime.LockOSThread()
	for f := range starts {
		f()
	}
}

// Close ends the thread. Close the pools first.
func (s *Spawner) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.starts != nil && !s.closed {
		close(s.starts)
		<-s.ended
	}
	s.closed = true
}
