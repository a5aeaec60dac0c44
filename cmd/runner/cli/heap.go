package cli

import (
	"runtime"
	"runtime/debug"
	"sync"
	"time"
)

// spareHeap is how many bytes of memory the collector takes for used that are
// not: a heap that holds little is then collected after some 32 MiB of garbage
// and not after 4.
const spareHeap = 32 << 20

// smallHeap is how much garbage a process that carries durable runs gathers, in
// percent of what it holds.
const smallHeap = 50

// spareAfter is when the spare memory is made: a command that is done by then,
// as most are, does not pay for the collection that it costs.
const spareAfter = 200 * time.Millisecond

// heap keeps memory that is never touched, so that the system never provides it.
type heap struct {
	later *time.Timer // nil where the environment decides how the heap grows

	mu    sync.Mutex
	spare []byte
	ended bool
}

func newHeap(env func(string) (string, bool), after time.Duration) *heap {
	h := &heap{}
	for _, name := range []string{"GOGC", "GOMEMLIMIT"} {
		if value, _ := env(name); value != "" {
			return h
		}
	}
	h.later = time.AfterFunc(after, h.grow)
	return h
}

func (h *heap) grow() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.ended {
		h.spare = make([]byte, spareHeap)
	}
}

// end lets the spare memory go.
func (h *heap) end() {
	if h.later == nil {
		return
	}
	h.later.Stop()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended, h.spare = true, nil
}

// small lets the spare memory go for a process that carries durable runs: it
// stays small, and waits for disks and servers more than for its collector.
func (h *heap) small() {
	if h == nil || h.later == nil {
		return
	}
	h.end()
	debug.SetGCPercent(smallHeap)
	runtime.GC() // until it has run, the heap may grow as with the spare memory
}

// size gives the bytes that are kept.
func (h *heap) size() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.spare)
}
