package journal

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/generation"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/internal/wire"
	"github.com/medlar-flow/medlar/flows/past"
)

// cut is where a reading ends, and a restart begins: at a step, and in the
// branches beside it at the first of their steps that cannot be kept. What was
// read before is kept.
type cut struct {
	first *trail // where the run went
	// from is the step, and at the visit of it; nil where the run was stopped, and
	// goes on where that was found, or where the records know of no such step.
	from string
	at   *visit
	// loose is true where the program or the inputs are others: records are found
	// by the paths of their steps then, and have to fit them.
	loose    bool
	same     func(e runtime.Execution) bool // finds out whether they are the same
	sameLoop func(path string) bool         // finds out whether a loop or repeat is the same
	results  map[string]any                 // what steps gave, as somebody says
	moves    *past.Moves                    // steps that stand elsewhere now
	// takes finds out whether a signal may have some values.
	takes func(id runtime.SignalID, values any) bool

	reached  bool
	given    []*record         // those of results
	kept     []*visit          // steps that were come to, as the reading saw them
	forks    map[string]string // the ids that forks have now, by those in the records
	moved    map[string]string // scopes that have another id now, by the one in the records
	problems []problem
}

// problem is what keeps a step from being kept.
type problem struct {
	order        int
	path, reason string
	fresh        bool   // the run has not come to it before
	moved        string // where it stood, where it has no id
}

func (c *cut) problem(path, format string, args ...any) {
	c.problems = append(c.problems, problem{order: len(c.kept), path: path, reason: fmt.Sprintf(format, args...)})
}

// main reports whether the run is restarted in a scope, or in a branch of it.
func (c *cut) main(scope string) bool {
	return scope == "" || c.at != nil && (c.at.scope == scope || strings.HasPrefix(c.at.scope, scope+"/"))
}

// checkpoint notes a step, and ends the branch where it is to end.
func (rd *reading) checkpoint(r *carrier, path string) error {
	s, c := r.scope, rd.cut
	if s.visited == nil {
		s.visited = map[string]int{}
	}
	nth := s.visited[path]
	s.visited[path]++
	if c != nil && r.cleanup == nil && c.here(s, path, nth) {
		s.cut = true
		return runtime.StoppedError(runtime.ByShutdown)
	}
	v := rd.trail.pass(rd.exec, s, path, r.cleanup != nil)
	if c != nil {
		c.kept = append(c.kept, v)
	}
	return nil
}

// here reports whether a branch is to end before a step.
func (c *cut) here(s *scope, path string, nth int) bool {
	v := c.first.find(s.was, path, nth)
	if path == c.from && (c.at == nil || v == c.at) {
		c.reached = true
		return !c.isGiven(path)
	}
	if !s.beside || v == nil || c.main(s.was) {
		return false
	}
	end := c.first.scope(s.was)
	return v.undoneBehind(s.was) || end.failed && v == end.last && v.path == end.step && !end.inFork() && !c.isGiven(path)
}

func (c *cut) isGiven(path string) bool {
	_, given := c.results[path]
	return given
}

// givenResult returns what somebody says that a step gave, where a restart needs
// it. The branch ends behind it.
func (r *carrier) givenResult(a *runtime.Attempt) (v any, ok bool) {
	c := r.run.reading.cut
	if c == nil || !c.isGiven(runtime.StepOf(a.Path)) {
		return nil, false
	}
	place := runtime.StepOf(a.Path)
	if m := c.first.made[place]; m != nil && m.visit != nil && (m.visit.scope != r.scope.was || m.visit.nth != r.scope.visited[place]-1) {
		return nil, false // an earlier time
	}
	v, err := a.Operation.Result().Convert(c.results[place])
	if err == nil {
		v, err = wire.Result(a.Operation.Name, v)
	}
	if err != nil {
		c.problem(place, "the result that was given for it does not fit %s: %v", a.Operation.Name, err)
	}
	now := time.Now().UnixNano()
	rec := &record{scope: r.scope.id, kind: kindResult, path: a.Path, operation: a.Operation.Name, started: now, at: max(now, r.scope.now.Load())}
	rec.sealed = v != nil && a.Secret || r.run.exec.HoldsSecret(v)
	if rec.sealed && r.run.journal.keys.none() {
		c.problem(place, "the result that was given for it holds a secret: give a key in %s", whereKeys)
	}
	if rec.body, err = wire.Encode(v); err != nil {
		c.problem(place, "the result that was given for it cannot be stored: %v", err)
	}
	c.given = append(c.given, rec)
	r.scope.cut = true
	return v, true
}

// opens reports whether a fork is one in which branches are to end: the one with
// the step, or one in which a branch beside it, or the run, has not come to an end
// that can be kept.
func (c *cut) opens(s *scope, path string, f *forkEnd) bool {
	switch {
	case f == nil:
		return c.at == nil && runtime.Inside(c.from, path)
	case c.at != nil && strings.HasPrefix(c.at.scope, f.id+"."):
		return true
	case !s.beside && (s.was != "" || c.from != ""):
		return false
	case c.main(s.was) && s.was != "":
		return false
	}
	end := c.first.scope(s.was)
	if end.fork == f && end.inFork() && (end.failed || s.was == "") {
		return true
	}
	return s.was != "" && slices.ContainsFunc(c.first.inside[s.was], func(v *visit) bool {
		return strings.HasPrefix(v.scope, f.id+".") && v.undoneBehind(s.was)
	})
}

// stops reports whether a branch is to end where it was found to be stopped.
func (c *cut) stops(s *scope) bool {
	if s.was == "" {
		return c.from == ""
	}
	return s.beside && !c.main(s.was)
}

// missing is what a branch does that comes to something that the records do not
// have: one beside the step goes on there, elsewhere the step cannot be kept.
func (r *carrier) missing(path, reason string, moved ...string) error {
	rd := r.run.reading
	if rd == nil || rd.cut == nil {
		return r.diverged(path)
	}
	if !r.scope.beside || rd.cut.main(r.scope.was) {
		if !rd.cut.loose {
			return r.diverged(path)
		}
		rd.cut.problem(runtime.StepOf(path), "%s", reason+strings.Join(moved, ""))
		last := &rd.cut.problems[len(rd.cut.problems)-1]
		last.fresh, last.moved = true, strings.Join(moved, "")
	}
	r.scope.cut = true
	return runtime.StoppedError(runtime.ByShutdown)
}

// otherwise is what a branch does that comes to something that ends in another way than the
// records say, because the program is another one: elsewhere that is no run of the program.
func (r *carrier) otherwise(path, reason string, args ...any) error {
	rd := r.run.reading
	if rd == nil || rd.cut == nil || !rd.cut.loose {
		return r.diverged(path)
	}
	if !r.scope.beside || rd.cut.main(r.scope.was) {
		rd.cut.problem(path, reason, args...)
	}
	r.scope.cut = true
	return runtime.StoppedError(runtime.ByShutdown)
}

// fits reports whether a record can be kept for an attempt; the branch ends where
// it cannot.
func (r *carrier) fits(a *runtime.Attempt, rec *record) bool {
	c := r.run.reading.cut
	if c == nil || !c.loose {
		return true
	}
	m := c.first.prints[rec.seq]
	if m != nil && m.operation == a.Operation.Name && m.print != nil && bytes.Equal(m.print, generation.Print(r.run.exec, a)) {
		return true
	}
	what := "its parameters are not those that it was called with" + r.movedFrom(a)
	if m != nil && m.operation != a.Operation.Name {
		what = "it called " + m.operation + ", and is to call " + a.Operation.Name + r.movedFrom(a)
	}
	changed := a.Effect() != connector.EffectReadOnly && m != nil && m.happened && (m.visit == nil || !m.visit.undone())
	if changed || !r.scope.beside || c.main(r.scope.was) {
		c.problem(runtime.StepOf(a.Path), "%s", what)
	}
	r.scope.cut = true
	return false
}

// takesStill reports whether a wait would get the values that it got before, where the
// program may be another one now; the branch ends where it would not.
func (r *carrier) takesStill(path string, id runtime.SignalID, values any) bool {
	rd := r.run.reading
	if rd == nil || rd.cut == nil || !rd.cut.loose || rd.cut.takes(id, values) {
		return true
	}
	if !r.scope.beside || rd.cut.main(r.scope.was) {
		rd.cut.problem(path, "what its signal was given does not fit what it accepts now")
	}
	r.scope.cut = true
	return false
}

// signalWas returns the name of a signal in the program that made the records.
func (rd *reading) signalWas(name string) string {
	if rd == nil || rd.cut == nil {
		return name
	}
	return rd.cut.moves.SignalWas(name)
}

// forkOf finds a fork in the records, where it may have another id.
func (rd *reading) forkOf(s *scope, f *fork) {
	if s.forked == nil {
		s.forked = map[string]int{}
	}
	nth := s.forked[f.path]
	s.forked[f.path]++
	c := rd.cut
	if c == nil {
		f.seen = rd.trail.fork(s, f.path, f.id)
		return
	}
	if list := c.first.forks[placeOf(s.was, f.path)]; nth < len(list) {
		f.before = list[nth]
		f.was = f.before.id
	} else {
		f.was = f.id + "!" // no record is of it
	}
	c.forks[f.was] = f.id
	f.open = c.opens(s, f.path, f.before)
}
