package temporal

import "github.com/medlar-flow/medlar/flows/internal/runtime"

// generation is the number of the run's; 0 for the first.
func (r *carrier) generation() int64 {
	if g := r.run.start.gen; g != nil {
		return g.Number
	}
	return 0
}

// Key returns the key of a step, or the generation for which it gets one: what is
// read back has that of the generation that made it.
func (r *carrier) Key(path string, undone int) (key string, generation int64) {
	g := r.run.start.gen
	if g == nil {
		return "", 0
	}
	for _, rec := range r.scope.queue {
		if rec.kind == kindTime {
			continue
		}
		if rec.isAttempt() && rec.path == path {
			number := rec.index
			return g.Key(path, undone, number), number
		}
		break
	}
	return g.For(path, undone)
}

// Named returns the path that a step had when the run began.
func (r *carrier) Named(path string) string { return r.run.start.gen.Named(path) }

// callOnce makes an attempt, unless that would make a second time what was made
// before a restart with other parameters.
func (r *carrier) callOnce(a runtime.Attempt) (any, error) {
	if failure := r.run.start.gen.Refuses(r.run.exec, &a); failure != nil {
		return nil, failure
	}
	return r.call(a)
}
