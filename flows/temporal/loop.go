package temporal

import (
	"fmt"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/internal/wire"
)

// chunkSize is how many iterations, or chunks, one workflow carries: 1,000
// iterations of one call make some 4,000 events, and a history may have
// 51,200.
const chunkSize = 250

// ForkFolding runs the iterations of a loop: few of them here, many in chunks that are
// workflows of their own. A loop that waits for signals stays here: the workflow
// of the flow is given them. So does one of which some items are enough: the first
// that succeed end it wherever they run. Of an iteration that is done and owes nothing only
// what it came to is kept.
func (r *carrier) ForkFolding(path string, n int64, limit int, enough *runtime.Enough, body runtime.Iterations) error {
	if enough != nil {
		return r.Fork(path, n, limit, enough, body.Run)
	}
	l := &loop{fork: r.newFork(path, n, nil, nil), body: body}
	l.branch = l.iterate
	switch {
	case l.only >= 0:
		return l.run(limit)
	case r.run.target == l.id:
		l.reach()
		return nil
	default:
		return l.over(span{0, n}, limit)
	}
}

// span is a part of a loop: from the first iteration to before the end.
type span struct{ from, to int64 }

func (s span) len() int64 { return s.to - s.from }

// loop is a ForkFolding under way.
type loop struct {
	*fork
	body runtime.Iterations
}

// over runs a part of the loop.
func (l *loop) over(s span, limit int) error {
	size := l.outer.run.engine.chunkSize
	if s.len() <= 2*size || l.body.Waits() {
		l.next, l.bound = s.from, min(l.bound, s.to)
		return l.run(limit)
	}
	for s.len() > size*l.outer.run.engine.chunkSize {
		size *= l.outer.run.engine.chunkSize
	}
	return l.chunked(s, size, limit)
}

// iterate runs one iteration, unless it is known what it came to.
func (l *loop) iterate(rt *carrier, i int64) error {
	log := l.outer.run.log
	if known, ok := log.forks[l.id][i]; ok {
		rt.scope.passed(known.at)
		l.body.Restore(i, known.value, known.gathered)
		return nil
	}
	if rec := rt.scope.next("", kindLost); rec != nil {
		return wire.FailureOf(rt.scope.take().value)
	}
	version := l.body.Version()
	if err := l.body.Run(rt, i); err != nil {
		return err //nolint:wrapcheck // it is the flow's
	}
	v, gathered, ok := l.body.Left(i)
	generation := l.outer.generation()
	if ok && version == l.body.Version() && (generation == 0 || !log.older(rt.scope.id, generation)) {
		l.outer.run.drop(rt.scope.id)
		log.settle(l.id, i, settled{value: v, gathered: gathered, at: rt.scope.now, generation: generation})
	}
	return nil
}

// reach runs the part of the loop that this workflow is for. It does not
// return: what is behind the loop happens elsewhere.
func (l *loop) reach() {
	run := l.outer.run
	l.outer.listen()
	_ = l.over(run.part, run.limit) // l.first says which iteration failed
	run.found = &findings{records: run.log.below(l.id), first: l.first}
	run.park(l.outer.co)
}

// lost is the error of a chunk whose workflow did not end well.
func lost(s span, err error) *connector.Error {
	return &connector.Error{
		Code: "ChunkLost", Class: connector.ClassInternal, Outcome: connector.OutcomeUnknown, Err: err,
		Message: fmt.Sprintf("the workflow that carried the items %d to %d ended without a result, what they did is not known: %v", s.from, s.to-1, err),
	}
}
