package journal

import (
	"errors"
	"slices"

	"github.com/medlar-flow/medlar/flows/internal/runtime"
)

var _ runtime.RoundFolder = (*carrier)(nil)

// maxSpans bounds the ranges of records that one fold of rounds names. They are
// more than one where other branches write meanwhile.
const maxSpans = 64

// rounds are those of a repeat. What they wrote is taken out, some hundred at a
// time, for one record of what all of them leave: it takes the place of the one
// before it, too.
type rounds struct {
	carrier *carrier
	path    string
	of      runtime.Rounds
	outer   *trace // of what the repeat stands in

	// The rounds since the latest fold, or since something kept some from it.
	from    int64
	version int64
	trace   *trace

	// The latest fold: the first of its rounds, and the numbers of its records and
	// its own; none where a fold that follows may not take its place. The reader
	// of a run that is resumed uses it, and after that the writer alone.
	first int64
	chain []span
}

// FoldRounds begins the rounds of a repeat.
func (r *carrier) FoldRounds(path string, of runtime.Rounds) runtime.FoldedRounds {
	f := &rounds{carrier: r, path: path, of: of, outer: r.scope.trace}
	f.begin(0)
	return f
}

// begin begins a part.
func (f *rounds) begin(ended int64) {
	f.from, f.version, f.trace = ended, f.of.Version(), &trace{outer: f.outer}
	f.carrier.scope.trace = f.trace
}

// End is called after the last round.
func (f *rounds) End() { f.carrier.scope.trace = f.outer }

// Next restores what rounds of an earlier process left, or folds those that have
// ended.
func (f *rounds) Next(ended int64) (int64, error) {
	s := f.carrier.scope
	for rec := s.next(f.path, kindFold); rec != nil && rec.operation == "" && rec.index == ended && !f.carrier.foldLost(rec, f.of.Reads); rec = s.next(f.path, kindFold) {
		if err := f.unfold(); err != nil {
			return ended, err
		}
		ended = rec.count
		f.begin(ended)
	}
	if ended-f.from < f.carrier.run.journal.fold || s.replaying() || f.carrier.run.halted() != nil || f.carrier.run.reading != nil {
		return ended, nil
	}
	folded := f.version == f.of.Version() && f.fold(ended)
	if !folded {
		f.forget()
	}
	f.begin(ended)
	return ended, nil
}

// forget keeps the next fold from taking the place of the latest: rounds that
// stay lie between them.
func (f *rounds) forget() {
	r := f.carrier.run
	if err := r.journal.writer.add(&job{run: r, changes: func() []Change { f.chain = nil; return nil }}, false); err != nil {
		r.halt(err)
	}
}

// fold writes one record in place of those of the rounds that have ended. It
// gives false where something is left that the record cannot hold.
func (f *rounds) fold(ended int64) bool {
	r, s := f.carrier.run, f.carrier.scope
	rec := &record{scope: s.id, kind: kindFold, path: f.path, until: int64(s.forks), count: ended, at: s.stamp()}
	text, ok := r.leftText(rec, map[string]any{"ctx": f.of.Left()}, f.of.Secret())
	if !ok || f.trace.reaches(r.gen.Last()) {
		return false
	}
	from, part := f.from, f.trace
	err := r.journal.writer.add(&job{run: r, changes: func() []Change { return f.replace(rec, from, part, text) }}, false)
	if err != nil {
		r.halt(err)
		return false
	}
	s.passed(rec.at)
	return true
}

// replace returns what a fold changes. The writer calls it, when the records of
// the part have their numbers.
func (f *rounds) replace(rec *record, from int64, part *trace, text []byte) []Change {
	r := f.carrier.run
	rec.index = from
	spans := slices.Clone(part.spans())
	if all := merged(append(slices.Clone(f.chain), spans...)); f.chain != nil && len(all) <= maxSpans {
		rec.index, spans = f.first, all
	}
	changes := r.inPlaceOf(spans, rec, f.outer, r.sealFold(rec, text))
	f.first, f.chain = rec.index, merged(append(spans, span{r.seq, r.seq}))
	return changes
}

// unfold reads a fold.
func (f *rounds) unfold() error {
	r, s := f.carrier.run, f.carrier.scope
	s.trace = f.outer
	rec := s.take()
	if f.chain = nil; rec.seq > r.gen.Last() { // else it is of an earlier generation
		f.first, f.chain = rec.index, merged(append(slices.Clone(rec.spans), span{rec.seq, rec.seq}))
	}
	v, err := r.body(rec)
	m, _ := v.(map[string]any)
	left, ok := m["ctx"].(map[string]any)
	if err == nil && !ok {
		err = errors.New("it is no map")
	}
	if err != nil {
		return r.unread(rec, err)
	}
	s.forks = max(s.forks, int(rec.until))
	f.of.Restore(left)
	return nil
}
