package interp

import (
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
)

// fork runs the iterations.
func (l *loop) fork(rt runtime.Runtime, path string, n int64, limit int) error {
	folding, ok := rt.(runtime.LoopFolder)
	if !ok {
		return rt.Fork(path, n, limit, l.Run)
	}
	l.kept, l.failed = map[int64]bool{}, map[int64]*report.RunError{}
	return folding.ForkFolding(path, n, limit, l)
}

// Left returns what an iteration leaves behind.
func (l *loop) Left(i int64) (v any, failure *report.RunError, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	failure = l.failed[i]
	delete(l.failed, i)
	if l.c.Collect != nil {
		v = l.collected[i]
	}
	return v, failure, !l.kept[i]
}

// Restore takes over what an iteration of an earlier process left behind.
func (l *loop) Restore(i int64, v any, failure *report.RunError) {
	switch {
	case failure != nil:
		l.gather(i, failure)
	case l.c.Collect != nil:
		l.collected[i] = v
	}
}

// Waits reports whether an iteration can wait for a signal.
func (l *loop) Waits() bool { return l.c.Waits }

// Version counts what the run has learnt that is not part of any value.
func (l *loop) Version() int64 {
	return l.s.run.secrets.size() + l.s.run.undone.size()
}

func (r *redactor) size() int64 {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return int64(len(r.seen))
}

func (u *undoneSteps) size() int64 {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.total
}
