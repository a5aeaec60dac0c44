package cli

import (
	"sync/atomic"

	"github.com/medlar-flow/medlar/internal/stack"
)

// goroutines are those that read a flow, start its run and carry it, one behind the
// other in most commands: the second finds the stack that the first has grown.
type goroutines struct {
	pool  stack.Pool
	begun atomic.Int32
}

// deepOnes is how many begin with a large stack: one that reads a flow, one that starts
// its run, one that carries it, and one that opens its connection and makes the first
// call beside it. A stack that grows in steps is copied each time, with a look into the
// tables of all functions on it. Of more there can be thousands, and most of them are
// calls that do not go deep.
const deepOnes = 4

// run has work done by a goroutine. It does not wait.
func (g *goroutines) run(work func()) {
	if g.begun.Load() >= deepOnes || g.begun.Add(1) > deepOnes {
		g.pool.Go(work)
		return
	}
	g.pool.Go(func() {
		stack.Grow()
		work()
	})
}
