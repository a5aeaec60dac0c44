package interp

import (
	"maps"
	"slices"
	"sync"
)

// owedSteps knows at each moment of a run which steps it would have to take back.
// The blocks of the run know that, too, each its own part; this is for whoever
// asks from outside.
type owedSteps struct {
	mu    sync.Mutex
	last  int64
	paths map[int64]string // by ticket, which grow
}

// ticket stands for a step in owedSteps; 0 for none.
type ticket = int64

// add notes that the step of a path is to be taken back.
func (o *owedSteps) add(path string) ticket {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.last++
	if o.paths == nil {
		o.paths = map[int64]string{}
	}
	o.paths[o.last] = path
	return o.last
}

// settle forgets steps that were taken back, or that a later undo covers.
func (o *owedSteps) settle(list ...pendingUndo) {
	if len(list) == 0 {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, owed := range list {
		delete(o.paths, owed.ticket)
	}
}

// list returns the paths, those that would be undone first before the others.
func (o *owedSteps) list() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var paths []string
	for _, t := range slices.Backward(slices.Sorted(maps.Keys(o.paths))) {
		paths = append(paths, o.paths[t])
	}
	return paths
}

// Owed returns the paths of the steps that the run would have to undo if it
// failed now, and of those whose undo failed or cannot run; the latest first.
func (x *Run) Owed() []string { return x.owing.list() }

// Undone returns how often the step of a path was taken back by now.
func (e *carried) Undone(path string) int { return e.x.undone.times(stepPath{base: path}) }

// Owed is Run.Owed for the runtime that carries the run.
func (e *carried) Owed() []string { return e.x.owed.list() }
