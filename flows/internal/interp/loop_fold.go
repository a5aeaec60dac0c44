package interp

import (
	"crypto/sha256"

	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
)

// fork runs the iterations.
func (l *loop) fork(rt runtime.Runtime, path string, n int64, limit int, enough *runtime.Enough) error {
	if local, ok := rt.(*inProcess); ok {
		return local.forkEach(n, limit, enough, l.inTurn)
	}
	folding, ok := rt.(runtime.LoopFolder)
	if !ok {
		return rt.Fork(path, n, limit, enough, l.Run)
	}
	if enough == nil {
		l.kept, l.failed = map[int64]bool{}, map[int64]*report.RunError{}
	}
	return folding.ForkFolding(path, n, limit, enough, l)
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

// Secret reports whether what is collected is made of secrets.
func (l *loop) Secret() bool { return l.c.Collect != nil && Taint(l.c.Collect, nil) != nil }

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

// Reads is equal where iterations get the same items and can read the same values.
func (l *loop) Reads(from, to int64) []byte {
	items := make([]any, 0, to-from)
	for i := from; i < to; i++ {
		items = append(items, value.Plain(l.item(i)))
	}
	return l.s.reads(items, l.c.Reads)
}

// reads is equal where a block gets the same and can read the same values: those
// of ctx that it names, of results and of the variables around it. It is nil where that cannot
// be said.
func (s *state) reads(given any, names CtxNames) []byte {
	var slots []any
	for f := s.frame; f != nil; f = f.parent {
		for _, v := range f.slots {
			if v != nil { // where there are other steps, slots have other places
				slots = append(slots, value.Plain(v))
			}
		}
	}
	text, err := value.EncodeJSON([]any{given, names.of(s.ctx), slots})
	if err != nil {
		return nil
	}
	sum := sha256.Sum256(text)
	return sum[:]
}

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
