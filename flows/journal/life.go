package journal

import (
	"context"
	"errors"
	"sync"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
)

// life is a run in this process from its start to its end, over all the times
// that it is put down meanwhile.
type life struct {
	journal *Journal
	ctx     context.Context //nolint:containedctx // it is the run's, which goes on
	done    chan struct{}   // closed at the end, after which result and err stay
	result  *flows.Result
	err     error
	answer  *flows.Answer
	rested  chan struct{} // closed when the run is put down for the first time
	resting sync.Once

	began            bool   // set by the goroutine that carries the run
	onEnd, onResting func() // nil for nobody

	mu                    sync.Mutex
	run                   *run    // nil while it is put down
	parked                *parked // nil while it is not
	canceled, interrupted bool    // what somebody has asked for
}

func newLife(ctx context.Context, r *run) *life {
	l := &life{journal: r.journal, ctx: ctx, done: make(chan struct{}), rested: make(chan struct{})}
	r.life = l
	return l
}

// carry carries the run until it ends or is put down.
func (l *life) carry(r *run) {
	r.life = l
	result, err := r.carry(l.ctx)
	p := r.parked
	if p == nil {
		l.answer = r.answer
		l.end(result, err)
		return
	}
	l.resting.Do(l.rest)
	if !l.journal.stays() {
		return // closed, which has ended the run
	}
	defer l.journal.ended.Done()
	l.mu.Lock()
	canceled, interrupted := l.canceled, l.interrupted
	l.mu.Unlock()
	switch {
	case interrupted:
		l.journal.drop(p)
	case canceled, l.missed(r.idle.waits):
		l.journal.wake(p)
	case l.ctx.Done() != nil:
		l.journal.wakeOn(l.ctx, p)
	}
}

// missed reports whether a signal is there that the run waited for: from when it
// is parked on, one that comes wakes it.
func (l *life) missed(waits []SignalID) bool {
	for _, id := range waits {
		if kept, err := l.journal.signals.Signal(context.Background(), id); err != nil || kept != nil {
			return true
		}
	}
	return false
}

// wakeOn wakes a run that was put down when its context ends.
func (j *Journal) wakeOn(ctx context.Context, p *parked) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.parked.all[p.id] == p {
		p.unhook = context.AfterFunc(ctx, func() { j.wake(p) })
	}
}

// rest tells that the run is put down for the first time.
func (l *life) rest() {
	close(l.rested)
	if l.onResting != nil {
		l.onResting()
	}
}

// begin notes that the run goes, and gives it what was asked for meanwhile.
func (l *life) begin(r *run) {
	l.began = true
	l.mu.Lock()
	l.run, l.parked = r, nil
	canceled, interrupted := l.canceled, l.interrupted
	l.mu.Unlock()
	if canceled {
		r.cancel(runtime.StopCause(runtime.ByUser))
	}
	if interrupted {
		r.halt(ErrInterrupted)
	}
}

func (l *life) end(result *flows.Result, err error) {
	l.result, l.err = result, err
	close(l.done)
	if l.onEnd != nil && l.began {
		l.onEnd()
	}
}

// cancel is Handle.Cancel.
func (l *life) cancel() {
	l.mu.Lock()
	l.canceled = true
	r, p := l.run, l.parked
	l.mu.Unlock()
	if r != nil {
		r.cancel(runtime.StopCause(runtime.ByUser))
	} else if p != nil {
		l.journal.wake(p)
	}
}

// interrupt is Handle.Interrupt.
func (l *life) interrupt() {
	l.mu.Lock()
	l.interrupted = true
	r, p := l.run, l.parked
	l.mu.Unlock()
	if r != nil {
		r.halt(ErrInterrupted)
	} else if p != nil {
		l.journal.drop(p)
	}
}

// owed is what the run has still to undo if it fails.
func (l *life) owed() []string {
	l.mu.Lock()
	r, p := l.run, l.parked
	l.mu.Unlock()
	switch {
	case r != nil:
		return r.exec.Owed()
	case p != nil:
		return p.owed
	}
	return nil
}

// signal is Handle.Signal.
func (l *life) signal(ctx context.Context, id SignalID, values map[string]any) error {
	l.mu.Lock()
	r, p := l.run, l.parked
	l.mu.Unlock()
	if r != nil {
		return l.journal.signal(ctx, r.plan.flow, id, values)
	}
	if p == nil {
		return errors.New("the run has not begun")
	}
	return l.journal.Signal(ctx, id.RunID, p.registry, id.Name, id.Key, values)
}

// toEnd carries a run and waits for its end.
func (r *run) toEnd(ctx context.Context) (*flows.Result, error) {
	l := newLife(ctx, r)
	l.carry(r)
	<-l.done
	return l.result, l.err
}
