package journal

import (
	"context"
	"time"

	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/internal/stack"
)

// watchEvery is how often a process looks for what others have written for its
// runs: half of the time in which it promises to notice.
const watchEvery = 100 * time.Millisecond

// watch looks for what others have written for the runs that are under way
// here. Whoever writes it need not know which process that is: each process
// looks for its own runs. A run that is resumed reads what was written before
// when it has entered, so that nothing is missed in between.
func (j *Journal) watch() {
	stack.Grow() // SQLite goes deep
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	for {
		select {
		case <-j.quit:
			return
		case <-ticker.C:
		}
		if j.busy() {
			j.look(context.Background())
		}
		j.tryAgain(context.Background())
	}
}

func (j *Journal) busy() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.active) > 0 || len(j.parked.all) > 0
}

// look finds signals and requests to cancel runs. Where they cannot be read the
// writer will say it louder.
func (j *Journal) look(ctx context.Context) {
	j.newSignals(ctx)
	ids, err := j.store.Cancels(ctx)
	if err != nil {
		return
	}
	for _, id := range ids {
		j.mu.Lock()
		r, p := j.active[id], j.parked.all[id]
		j.mu.Unlock()
		switch {
		case r != nil:
			r.cancel(runtime.StopCause(runtime.ByUser))
		case p != nil:
			j.wake(p) // and it finds the request
		}
	}
}
