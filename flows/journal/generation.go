package journal

import (
	"cmp"
	"strconv"

	"github.com/medlar-flow/medlar/flows/internal/generation"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/internal/wire"
)

var (
	_ runtime.KeyKeeper     = (*carrier)(nil)
	_ runtime.BranchWatcher = (*carrier)(nil)

	_ runtime.HandlerWatcher = (*carrier)(nil)
)

// Key returns the key of a step, or the generation for which it gets one: what is
// read back has that of the generation that made it.
func (r *carrier) Key(path string, undone int) (key string, generation int64) {
	g := r.run.gen
	if g == nil {
		return "", 0
	}
	for _, rec := range r.scope.queue {
		if rec.isAttempt() && rec.path == path {
			number := g.Of(rec.seq)
			return g.Key(path, undone, number), number
		}
		if rec.kind != kindTime && !r.scope.loose {
			break
		}
	}
	return g.For(path, undone)
}

// Named returns the path that a step had when the run began.
func (r *carrier) Named(path string) string { return r.run.gen.Named(path) }

func (r *record) isAttempt() bool {
	switch r.kind {
	case kindBegin, kindResult, kindFailure, kindWithheld:
		return true
	default:
		return false
	}
}

// BranchEnded notes how a branch ended, where the run is only read.
func (r *carrier) BranchEnded(err error) {
	if rd := r.run.reading; rd != nil && rd.trail != nil && !r.scope.cut {
		rd.trail.ended(rd.exec, r.scope, err)
	}
}

// Handles notes that a handler runs, where the run is only read.
func (r *carrier) Handles(try, block string) {
	if rd := r.run.reading; rd != nil && rd.trail != nil {
		rd.trail.handlers[block] = try
	}
}

// nextName names the generation behind one: RUN.2 behind RUN.
func (s *start) nextName() string {
	return s.name + "." + strconv.FormatInt(s.number()+2, 10)
}

func (s *start) number() int64 {
	if s.gen == nil {
		return 0
	}
	return s.gen.Number
}

// readGeneration reads what is stored of one.
func (s *start) readGeneration(m map[string]any) {
	s.name = cmp.Or(wire.TextAt(m, "name"), s.name)
	s.began = cmp.Or(wire.IntegerAt(m, "began"), s.began)
	s.gen = generation.Read(m)
}
