package journal

import (
	"strings"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/generation"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/internal/wire"
	"github.com/medlar-flow/medlar/flows/report"
)

// trail is where a run went, as a reading of its records finds out.
type trail struct {
	steps  []*visit            // in the order in which the run came to them
	at     map[string][]*visit // by scope and path
	inside map[string][]*visit // by scope, with those of the scopes in it
	newest map[string]*visit   // by path
	scopes map[string]*branchEnd
	forks  map[string][]*forkEnd // by scope and path
	made   map[string]*made      // the last time that a step was made, by its path
	prints map[int64]*made       // by the numbers of records
	reads  map[int64][]byte      // what iterations and rounds that are one record could read, by its number
	// handlers are those that ran: the paths of the try by those of their blocks.
	handlers map[string]string
	turns    map[string]*turns // loops that go one by one, by scope and path
}

// visit is one time that the run came to a step.
type visit struct {
	path, scope string
	nth         int  // of the visits of the step in the scope, from 0
	last        bool // the run did not come to the step again
	cleanup     bool // the step stands in an undo or a finally
	order       int
	before      int // how often the step was taken back before
	after       int // and before the next visit, or at the end
	// ends holds how often it was at the end of each branch around it.
	ends map[string]int
}

// undone reports whether what the step did this time was taken back.
func (v *visit) undone() bool { return v.after > v.before }

// undoneBehind reports whether that was when a branch had ended.
func (v *visit) undoneBehind(scope string) bool { return v.undone() && v.ends[scope] <= v.before }

// branchEnd is how a branch ended.
type branchEnd struct {
	failed bool
	step   string   // where it failed
	fork   *forkEnd // the last fork that it came to
	last   *visit   // the last step that it came to, but for undo and finally
}

// inFork reports whether it ended in its last fork.
func (b *branchEnd) inFork() bool {
	return b.fork != nil && b.fork.failed && (b.last == nil || b.last.order < b.fork.order)
}

// forkEnd is a fork that the run came to.
type forkEnd struct {
	id     string
	order  int
	failed bool
	// need is how many of its branches were enough, 0 for all; of how many.
	need, of int64
}

// made is a step as it was made the last time, with all of its attempts.
type made struct {
	path, operation, key string
	print                []byte
	changes, atMostOnce  bool
	happened             bool // it happened, or may have
	unknown              bool // nobody knows whether
	records              []*record
	order                int
	visit                *visit
}

func newTrail() *trail {
	return &trail{
		at: map[string][]*visit{}, inside: map[string][]*visit{}, newest: map[string]*visit{}, scopes: map[string]*branchEnd{}, forks: map[string][]*forkEnd{},
		made: map[string]*made{}, prints: map[int64]*made{}, reads: map[int64][]byte{}, handlers: map[string]string{}, turns: map[string]*turns{},
	}
}

func placeOf(scope, path string) string { return scope + "\x00" + path }

// pass notes that the run came to a step.
func (t *trail) pass(e runtime.Execution, s *scope, path string, cleanup bool) *visit {
	place, undone := placeOf(s.was, path), e.Undone(path)
	v := &visit{path: path, scope: s.was, last: true, cleanup: cleanup, order: len(t.steps), before: undone, after: undone}
	if earlier := t.newest[path]; earlier != nil {
		earlier.last, earlier.after = false, undone // in another scope, where a block is retried
	}
	t.newest[path], v.nth = v, len(t.at[place])
	t.at[place] = append(t.at[place], v)
	t.steps = append(t.steps, v)
	for outer := s.was; outer != ""; outer = outer[:strings.LastIndexByte(outer, '/')] {
		t.inside[outer] = append(t.inside[outer], v)
	}
	if !cleanup {
		t.scope(s.was).last = v
	}
	return v
}

func (t *trail) scope(id string) *branchEnd {
	if t.scopes[id] == nil {
		t.scopes[id] = &branchEnd{}
	}
	return t.scopes[id]
}

// find returns a visit of a step; nil where there was none.
func (t *trail) find(scope, path string, nth int) *visit {
	if list := t.at[placeOf(scope, path)]; nth < len(list) {
		return list[nth]
	}
	return nil
}

// ended notes how a branch ended.
func (t *trail) ended(e runtime.Execution, s *scope, err error) {
	if s.was == "" {
		return
	}
	end := t.scope(s.was)
	end.failed = err != nil
	if err != nil {
		end.step = report.AsRunError(err).Step
	}
	for _, v := range t.inside[s.was] {
		if v.ends == nil {
			v.ends = map[string]int{}
		}
		v.ends[s.was] = e.Undone(v.path)
	}
}

// fork notes that a fork begins.
func (t *trail) fork(s *scope, path, id string) *forkEnd {
	f := &forkEnd{id: id}
	place := placeOf(s.was, path)
	t.forks[place] = append(t.forks[place], f)
	t.scope(s.was).fork = f
	return f
}

// end notes how a fork ended.
func (t *trail) end(f *forkEnd, failed bool) { f.order, f.failed = len(t.steps), failed }

// finish notes what was taken back by the end of the run.
func (t *trail) finish(e runtime.Execution) {
	for _, v := range t.steps {
		if v.last {
			v.after = e.Undone(v.path)
		}
	}
}

// attempt notes an attempt.
func (t *trail) attempt(r *carrier, a *runtime.Attempt, begin, ended *record) {
	path := runtime.StepOf(a.Path)
	m := t.made[path]
	if a.Number <= 1 || m == nil {
		m = &made{
			path: path, operation: a.Operation.Name, key: a.IdempotencyKey, print: generation.Print(r.run.exec, a), atMostOnce: a.AtMostOnce,
			order: len(t.steps), changes: a.Effect() != connector.EffectReadOnly,
		}
		if list := t.at[placeOf(r.scope.was, path)]; len(list) > 0 {
			m.visit = list[len(list)-1]
		}
		t.made[path] = m
	}
	for _, rec := range []*record{begin, ended} {
		if rec != nil {
			m.records = append(m.records, rec)
			t.prints[rec.seq] = m
		}
	}
	happened, unknown := r.run.happened(ended)
	m.happened, m.unknown = m.happened || happened, unknown
}

// happened reports whether an attempt happened, or may have, and whether that is
// not known.
func (r *run) happened(ended *record) (happened, unknown bool) {
	switch {
	case ended == nil:
		return true, true
	case ended.kind != kindFailure:
		return true, false
	}
	v, err := r.body(ended)
	if err != nil {
		return true, true
	}
	failure := wire.FailureOf(v)
	unknown = failure.Outcome == connector.OutcomeUnknown || failure.InDoubt
	return unknown, unknown
}
