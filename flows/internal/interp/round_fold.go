package interp

import (
	"maps"
	"slices"

	"github.com/medlar-flow/medlar/flows/internal/runtime"
)

// roundsLeft is a repeat between two of its rounds, for a runtime that asks for
// what is left of them: no result is, since the next round begins without any.
type roundsLeft struct {
	c *RepeatStep
	s *state
}

// foldRounds begins the rounds of a repeat.
func (s *state) foldRounds(c *RepeatStep, path string) runtime.FoldedRounds {
	if folder, ok := s.rt.(runtime.RoundFolder); ok {
		return folder.FoldRounds(path, &roundsLeft{c, s})
	}
	return unfolded{}
}

// unfolded is what a runtime does that keeps nothing of rounds, or all.
type unfolded struct{}

func (unfolded) Next(ended int64) (int64, error) { return ended, nil }

func (unfolded) End() {}

// Left returns the names of ctx that the body can set, as far as they are set.
func (r *roundsLeft) Left() map[string]any {
	left := map[string]any{}
	for _, name := range r.c.Sets {
		if v, ok := r.s.ctx[name]; ok {
			left[name] = v
		}
	}
	return left
}

// Secret reports whether the body sets a name to what is made of secrets.
func (r *roundsLeft) Secret() bool { return setsSecret(r.c.Body) }

// Restore sets them.
func (r *roundsLeft) Restore(left map[string]any) {
	names := slices.Sorted(maps.Keys(left))
	values := make([]any, len(names))
	for i, name := range names {
		values[i] = left[name]
	}
	r.s.assign(names, values)
}

// Reads is equal where the next round can read the same values.
func (r *roundsLeft) Reads() []byte { return r.s.reads(nil, r.c.Reads) }

// Version counts what the run has learnt and what it owes.
func (r *roundsLeft) Version() int64 {
	s := r.s
	owed := len(s.pendingUndos) + len(s.notUndone) + len(s.undone) + len(s.undoErrors)
	return s.run.secrets.size() + s.run.undone.size() + int64(owed)
}
