package load

import (
	"runtime"
	"time"

	"github.com/medlar-flow/medlar/internal/bench/figures"
)

// Reading is what was used up to a moment.
type Reading struct {
	at                 time.Time
	own, stub, machine time.Duration
	hasOwn, hasMachine bool
	allocated          uint64 // objects
}

// Read reads the meters. stub is the process id of the stub, 0 without one.
func Read(stub int) Reading {
	var r Reading
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	r.allocated = memory.Mallocs
	r.machine, r.hasMachine = machineCPU()
	if stub > 0 {
		var ok bool
		r.stub, ok = processCPU(stub)
		r.hasMachine = r.hasMachine && ok
	}
	r.own, r.hasOwn = ownCPU()
	r.at = time.Now()
	return r
}

// AddUse puts what was used since an earlier reading into a sample, for each
// of n units of work.
func (r Reading) AddUse(s figures.Sample, before Reading, n float64) {
	s["allocs"] = float64(r.allocated-before.allocated) / n
	if !r.hasOwn {
		return
	}
	own := r.own - before.own
	s["cpu_us"] = float64(own) / float64(time.Microsecond) / n
	if !r.hasMachine {
		return
	}
	stub := r.stub - before.stub
	s["stub_us"] = float64(stub) / float64(time.Microsecond) / n
	// The kernel counts in ticks, so that a quiet machine can seem to do less
	// than nothing.
	s["noise"] = max(0, float64(r.machine-before.machine-own-stub)/float64(r.at.Sub(before.at)))
}

// Since returns the time between two readings.
func (r Reading) Since(before Reading) time.Duration { return r.at.Sub(before.at) }
