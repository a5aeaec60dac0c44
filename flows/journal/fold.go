package journal

import (
	"errors"
	"strconv"

	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/internal/wire"
	"github.com/medlar-flow/medlar/flows/report"
)

// foldSize is how many iterations of a loop, one after the other, become one
// record when all of them have ended.
const foldSize = 256

var _ runtime.LoopFolder = (*carrier)(nil)

// ForkFolding is Fork for a loop. What the iterations of a part of it wrote is
// taken out when all of them have ended, for one record of what they leave: a
// run that is resumed reads that in place of running them.
func (r *carrier) ForkFolding(path string, n int64, limit int, enough *runtime.Enough, loop runtime.Iterations) error {
	divided := r.Divided(path)
	if enough != nil && !divided {
		return r.Fork(path, n, limit, enough, loop.Run)
	}
	if (limit <= 1 && !divided || n <= 1) && !r.run.branched {
		return r.inTurnFolding(path, n, loop)
	}
	f := r.newFork(path, n, loop.Run)
	f.enough, f.starts = enough, r.run.apart[placeOf(r.scope.was, path)]
	err := f.sameEnough(n)
	switch {
	case err != nil:
	case enough != nil:
		err = f.readJoin()
	default:
		f.parts = &parts{loop: loop, n: n, size: r.run.journal.fold, open: map[int64]*part{}}
		err = f.readFolds()
	}
	if err != nil {
		f.stop(runtime.NotStopped)
		return err
	}
	return f.run(max(limit, 1))
}

func (r *carrier) inTurnFolding(path string, n int64, loop runtime.Iterations) error {
	turns := r.turnsOf(path)
	defer turns.end(r)
	var to int64
	for from := int64(0); from < n; from = to {
		if rec := r.scope.next(path, kindFold); rec != nil && rec.operation == "" && rec.index == from && !r.foldLost(rec, func() []byte { return loop.Reads(rec.index, rec.count) }) {
			if err := r.unfold(loop, r.scope.take()); err != nil {
				return err
			}
			r.scope.forks, to = max(r.scope.forks, int(rec.until)), rec.count
			continue
		}
		to = min(from+r.run.journal.fold, n)
		if err := r.partInTurn(path, from, to, loop, turns); err != nil {
			return err
		}
	}
	return nil
}

func (r *carrier) partInTurn(path string, from, to int64, loop runtime.Iterations, turns *turns) error {
	p := newPart(from, to, loop, r.scope.trace)
	r.scope.trace = p.trace
	defer func() { r.scope.trace = p.trace.outer }()
	for i := from; i < to; i++ {
		if cause := r.Stopped(); cause != runtime.NotStopped {
			return runtime.StoppedError(cause)
		}
		end := turns.begin(r, i)
		err := loop.Run(r, i)
		end(err)
		if err != nil {
			return err
		}
	}
	if to-from == r.run.journal.fold && !r.scope.replaying() && p.version == loop.Version() {
		rec := &record{scope: r.scope.id, kind: kindFold, path: path, until: int64(r.scope.forks), at: r.scope.stamp()}
		if r.run.fold(rec, p, loop) {
			r.scope.passed(rec.at)
		}
	}
	return nil
}

// part is a number of iterations that become one record.
type part struct {
	from, to int64
	left     int64 // how many have not ended
	version  int64 // of the run, when it began
	kept     bool  // something keeps it from becoming one record
	trace    *trace
}

func newPart(from, to int64, loop runtime.Iterations, outer *trace) *part {
	return &part{from: from, to: to, left: to - from, version: loop.Version(), trace: &trace{outer: outer}}
}

// parts are those of a loop whose iterations run side by side.
type parts struct {
	loop    runtime.Iterations
	n, size int64
	open    map[int64]*part
	folded  []span // sorted; those before the next iteration are dropped
}

// skip returns the first iteration from i on that is in no record of its part.
func (p *parts) skip(i int64) int64 {
	for p != nil && len(p.folded) > 0 && i >= p.folded[0].from {
		i = max(i, p.folded[0].to+1)
		p.folded = p.folded[1:]
	}
	return i
}

// of returns the part of an iteration that begins.
func (p *parts) of(i int64, outer *trace) *part {
	k := i / p.size
	if p.open[k] == nil {
		p.open[k] = newPart(k*p.size, min((k+1)*p.size, p.n), p.loop, outer)
	}
	return p.open[k]
}

// readFolds reads what earlier processes made of the parts of the loop.
func (f *fork) readFolds() error {
	r := f.outer
	for {
		rec := r.scope.next(f.path, kindFold)
		if rec == nil || rec.operation != f.was || r.foldLost(rec, func() []byte { return f.parts.loop.Reads(rec.index, rec.count) }) {
			break
		}
		if err := r.unfold(f.parts.loop, r.scope.take()); err != nil {
			return err
		}
		f.noted = true
		f.parts.folded = append(f.parts.folded, span{rec.index, rec.count - 1})
		f.known, f.latest = max(f.known, rec.count), max(f.latest, rec.at)
	}
	f.parts.folded = merged(f.parts.folded)
	if err := f.readJoin(); err != nil {
		return err
	}
	return f.readSettled()
}

// endPart makes one record of a part that has ended. f.mu is held.
func (f *fork) endPart(i int64, err error) {
	if f.parts == nil {
		return
	}
	p := f.parts.open[i/f.parts.size]
	p.left--
	p.kept = p.kept || err != nil
	if p.left > 0 {
		return
	}
	delete(f.parts.open, i/f.parts.size)
	if p.kept || p.to-p.from != f.parts.size || f.failed || f.outer.scope.beyond() || p.version != f.parts.loop.Version() {
		return
	}
	f.latest = max(f.latest, f.outer.scope.now.Load())
	rec := &record{scope: f.outer.scope.id, kind: kindFold, path: f.path, operation: f.id, at: f.latest}
	f.noted = f.outer.run.fold(rec, p, f.parts.loop) || f.noted
}

// fold writes one record in place of those of a part. Where something is left
// that the record cannot hold, the others stay, and it gives false.
func (r *run) fold(rec *record, p *part, loop runtime.Iterations) bool {
	if r.readToEnd() || p.trace.reaches(r.gen.Last()) {
		return false
	}
	rec.index, rec.count = p.from, p.to
	body, ok := r.leftovers(rec, p, loop)
	if !ok {
		return false
	}
	err := r.journal.writer.add(&job{run: r, changes: func() []Change {
		return r.inPlaceOf(p.trace.spans(), rec, p.trace.outer, body)
	}}, false)
	if err != nil {
		r.halt(err)
	}
	return err == nil
}

// inPlaceOf returns the changes that put a fold in the place of records. The
// writer calls it, when these have their numbers.
func (r *run) inPlaceOf(spans []span, rec *record, outer *trace, body []byte) []Change {
	changes := make([]Change, 0, len(spans)+1)
	for _, gone := range spans {
		changes = append(changes, DropRecords{RunID: r.id, From: gone.from, To: gone.to})
	}
	rec.body = append(appendSpans(nil, spans), body...)
	return append(changes, r.next(outer, rec.encode()))
}

// leftText encodes what a fold leaves, and says in the record whether that is to
// be sealed: where it is secret by its type, or holds a secret. It gives false where the
// record cannot hold it.
func (r *run) leftText(rec *record, left map[string]any, secret bool) (text []byte, ok bool) {
	rec.sealed = secret && len(left) > 0 || r.exec.HoldsSecret(left)
	if rec.sealed && r.journal.keys.none() {
		return nil, false
	}
	text, err := wire.Encode(left)
	return text, err == nil
}

// sealFold returns the text of a fold as it is stored, when it is known which
// iterations it is of.
func (r *run) sealFold(rec *record, text []byte) []byte {
	if !rec.sealed {
		return text
	}
	return r.journal.keys.seal(text, aboutRecord(r.id, rec.scope, foldPath(rec)))
}

// leftovers returns what the iterations of a part leave, as it is stored.
func (r *run) leftovers(rec *record, p *part, loop runtime.Iterations) (body []byte, ok bool) {
	values, failures := make([]any, 0, p.to-p.from), []any{}
	some := false
	for i := p.from; i < p.to; i++ {
		v, failure, alone := loop.Left(i)
		if !alone {
			return nil, false
		}
		some = some || v != nil
		values = append(values, v)
		if failure != nil {
			failures = append(failures, []any{i, wire.Failure(failure)})
		}
	}
	left := map[string]any{}
	if some {
		left["values"] = values
	}
	if len(failures) > 0 {
		left["failures"] = failures
	}
	text, ok := r.leftText(rec, left, loop.Secret())
	if !ok {
		return nil, false
	}
	return r.sealFold(rec, text), true
}

// unfold puts back what the iterations of a part left.
func (r *carrier) unfold(loop runtime.Iterations, rec *record) error {
	v, err := r.run.body(rec)
	left, ok := v.(map[string]any)
	if err == nil && !ok {
		err = errors.New("it is no map")
	}
	if err != nil {
		return r.run.unread(rec, err)
	}
	failures := map[int64]*report.RunError{}
	list, _ := left["failures"].([]any)
	for _, item := range list {
		if pair, ok := item.([]any); ok && len(pair) == 2 {
			i, _ := pair[0].(int64)
			failures[i] = wire.FailureOf(pair[1])
		}
	}
	values, _ := left["values"].([]any)
	for i := rec.index; i < rec.count; i++ {
		var v any
		if k := i - rec.index; k < int64(len(values)) {
			v = values[k]
		}
		loop.Restore(i, v, failures[i])
	}
	return nil
}

// foldPath names the iterations of a fold for people: "/smoke[0..255]".
func foldPath(rec *record) string {
	return rec.path + "[" + strconv.FormatInt(rec.index, 10) + ".." + strconv.FormatInt(rec.count-1, 10) + "]"
}
