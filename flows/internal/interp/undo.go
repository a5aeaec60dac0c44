package interp

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
)

// registerUndo notes that the step is to be taken back if the flow fails.
func (s *state) registerUndo(st *Step, path stepPath, result any) {
	f := s.frame
	if s.repeated {
		f = f.snapshot(st.Undo.Reads) // the next round writes into the same slots
	}
	name := path.String()
	s.pendingUndos = append(s.pendingUndos, pendingUndo{
		run: s.run, step: st, path: name, ticket: s.run.owed.add(name), frame: f, ctx: s.share(), result: result,
	})
}

// takeOver takes over what another state of the run owes, and what came of its
// undos so far.
func (s *state) takeOver(inner *state) {
	s.pendingUndos = append(s.pendingUndos, inner.pendingUndos...)
	s.takeOutcomes(inner)
}

// takeOutcomes takes over what came of the undos of another state so far.
func (s *state) takeOutcomes(inner *state) {
	s.notUndone = append(s.notUndone, inner.notUndone...)
	s.undone = append(s.undone, inner.undone...)
	s.undoErrors = append(s.undoErrors, inner.undoErrors...)
}

// undoAll takes back what was done, last first, and adds to the failure what
// came of it. It works on when the run was stopped, for the cleanup timeout.
func (s *state) undoAll(failure *report.RunError) *report.RunError {
	if len(s.pendingUndos)+len(s.notUndone)+len(s.undone)+len(s.undoErrors) == 0 {
		return failure
	}
	out := *failure
	if s.run.interrupted() {
		s.oweAll(&out)
		return &out
	}
	undo, done := s.undoer()
	defer done()
	out.NotUndone = append(slices.Clone(failure.NotUndone), s.notUndone...)
	out.Undone = append(slices.Clone(failure.Undone), s.undone...)
	out.UndoErrors = append(slices.Clone(failure.UndoErrors), s.undoErrors...)
	for others, owed := range slices.Backward(s.pendingUndos) {
		if s.run.interrupted() {
			out.NotUndone = append(out.NotUndone, owed.path)
			continue
		}
		if err := undo(owed, others); err != nil {
			out.UndoErrors = append(out.UndoErrors, err)
			out.NotUndone = append(out.NotUndone, owed.path)
			continue
		}
		s.run.owed.settle(owed)
		out.Undone = append(out.Undone, owed.path)
	}
	s.pendingUndos, s.notUndone, s.undone, s.undoErrors = nil, nil, nil, nil
	return &out
}

// leftForEach is the cleanup time that an undo leaves to each one behind it, where
// there is that much: an operation that does not heed its limit takes a second more.
const leftForEach = 2 * time.Second

// undoer returns what undoes a step while a number of others wait, each with its
// share of the cleanup time once the run was stopped, so that one that hangs leaves
// some to the others.
func (s *state) undoer() (undo func(owed pendingUndo, others int) *report.RunError, done func()) {
	left := s.run.program.Cleanup
	if s.run.config.UndosTogether {
		rt, done := s.rt.Detached("/undo", left)
		return func(owed pendingUndo, _ int) *report.RunError { return s.undoOne(rt, owed) }, done
	}
	return func(owed pendingUndo, others int) *report.RunError {
		limit := max(left/time.Duration(others+1), left-time.Duration(others)*leftForEach)
		rt, done := s.rt.Detached("/undo", limit)
		defer done()
		began := rt.Clock()
		failure := s.undoOne(rt, owed)
		if s.rt.Stopped() != runtime.NotStopped {
			left -= min(rt.Clock().Sub(began), limit)
		}
		return failure
	}, func() {}
}

// oweAll adds to a failure what is owed and stays undone, last first, since the
// run was interrupted.
func (s *state) oweAll(failure *report.RunError) {
	failure.NotUndone = append(slices.Clone(failure.NotUndone), s.notUndone...)
	failure.Undone = append(slices.Clone(failure.Undone), s.undone...)
	failure.UndoErrors = append(slices.Clone(failure.UndoErrors), s.undoErrors...)
	for _, owed := range slices.Backward(s.pendingUndos) {
		failure.NotUndone = append(failure.NotUndone, owed.path)
	}
	s.pendingUndos, s.notUndone, s.undone, s.undoErrors = nil, nil, nil, nil
}

func (s *state) undoOne(rt runtime.Runtime, owed pendingUndo) *report.RunError {
	plan := owed.step.Undo
	f := owed.frame.child(plan.Slots)
	*f.at(plan.ResultSlot) = owed.result
	inner := &state{run: owed.run, rt: rt, frame: f, ctx: owed.ctx, prefix: stepPath{base: owed.path + "/undo"}, undo: true}
	start := rt.Clock()
	inner.emit(&report.Event{Type: report.UndoStarted, Time: start, Step: owed.path, Items: -1})
	if err := inner.block(plan.Steps); err != nil {
		failure := report.AsRunError(err)
		inner.emitEnd(start, &report.Event{Type: report.UndoFailed, Step: owed.path, Err: failure, Items: -1})
		return failure
	}
	s.run.undone.add(owed.path)
	inner.emitEnd(start, &report.Event{Type: report.UndoFinished, Step: owed.path, Items: -1})
	return nil
}

// undoneSteps counts how often the steps of a run were taken back.
type undoneSteps struct {
	some   atomic.Bool
	mu     sync.Mutex
	counts map[string]int // by path
	total  int64
}

func (u *undoneSteps) add(path string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.counts == nil {
		u.counts = map[string]int{}
	}
	u.counts[path]++
	u.total++
	u.some.Store(true)
}

// times is how often the step of a path was taken back, by its own undo or by
// that of a step around it.
func (u *undoneSteps) times(of stepPath) int {
	if !u.some.Load() {
		return 0
	}
	path := of.String()
	u.mu.Lock()
	defer u.mu.Unlock()
	n := 0
	for path != "" {
		n += u.counts[path]
		path = path[:max(0, strings.LastIndexAny(path, "/["))]
	}
	return n
}
