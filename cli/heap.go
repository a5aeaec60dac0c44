package cli

import (
	"runtime"
	"runtime/debug"
	"slices"
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

// Until then the heap is first collected at 16 MiB, four times what Go begins
// with: what a start reads and compiles is mostly kept, and comes to 3 or 4.
const (
	startPercent = 400
	usualPercent = 100
)

// percent is held while the collector's setting is exchanged, of which a process
// has one, however many commands it runs.
var percent sync.Mutex

// exchange changes the collector's setting from one value to another, and is
// false where it had neither: then it is as it was.
func exchange(to int, from ...int) bool {
	percent.Lock()
	defer percent.Unlock()
	found := debug.SetGCPercent(to)
	if !slices.Contains(from, found) {
		debug.SetGCPercent(found)
		return false
	}
	return true
}

// heap keeps memory that is never touched, so that the system never provides it.
type heap struct {
	later *time.Timer // nil where the environment or the program decides how the heap grows

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
	if exchange(startPercent, usualPercent) {
		h.later = time.AfterFunc(after, h.grow)
	}
	return h
}

func (h *heap) grow() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.ended {
		exchange(usualPercent, startPercent)
		h.spare = make([]byte, spareHeap)
	}
}

// end lets the spare memory go and leaves the collector as it was found.
func (h *heap) end() {
	if h.later == nil {
		return
	}
	h.later.Stop()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended, h.spare = true, nil
	exchange(usualPercent, startPercent, smallHeap)
}

// small lets the spare memory go for a process that carries durable runs: it
// stays small, and waits for disks and servers more than for its collector.
func (h *heap) small() {
	if h == nil || h.later == nil {
		return
	}
	h.end()
	exchange(smallHeap, usualPercent)
	runtime.GC() // until it has run, the heap may grow as with the spare memory
}

// size returns the bytes that are kept.
func (h *heap) size() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.spare)
}
