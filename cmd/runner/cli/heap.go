package cli

import (
	"runtime"
	"runtime/debug"
)

// spareHeap is how many bytes of memory the collector takes for used that are
// not: a heap that holds little is then collected after some 32 MiB of garbage
// and not after 4.
const spareHeap = 32 << 20

// smallHeap is how much garbage a process that carries durable runs gathers, in
// percent of what it holds.
const smallHeap = 50

// heap keeps memory that is never touched, so that the system never provides it.
type heap struct{ spare []byte }

// newHeap keeps none where the environment decides how the heap grows.
func newHeap(env func(string) (string, bool)) *heap {
	for _, name := range []string{"GOGC", "GOMEMLIMIT"} {
		if value, _ := env(name); value != "" {
			return &heap{}
		}
	}
	return &heap{make([]byte, spareHeap)}
}

// small lets the spare memory go: a process that carries durable runs stays
// small, and waits for disks and servers more than for its collector.
func (h *heap) small() {
	if h == nil || h.spare == nil {
		return
	}
	h.spare = nil
	debug.SetGCPercent(smallHeap)
	runtime.GC() // until it has run, the heap may grow as with the spare memory
}
