package faults

import (
	"slices"

	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
)

// ledger is what a run says of itself, in the order in which it happens.
type ledger struct {
	seq       int
	changes   []changed
	undone    []mark // in this life
	past      []mark // those of earlier lives that this one has not told again
	notUndone map[string]bool
	tries     []string        // paths of try steps that began
	begun     map[string]bool // every step that began, or was skipped
	retried   map[string]bool
	texts     []*report.RunError
	said      []string
	// failedUndos counts the undos that failed.
	failedUndos int
}

// changed is a call that changed something.
type changed struct {
	call *Call
	seq  int
}

// mark is a step at a moment.
type mark struct {
	step string
	seq  int
}

// again begins another life: it tells all events again. What was taken back was so
// then, before what was done after it.
func (l *ledger) again() {
	kept := newLedger()
	kept.past = append(l.past, l.undone...)
	kept.seq, kept.changes, kept.texts, kept.said = l.seq, l.changes, l.texts, l.said
	*l = kept
}

func newLedger() ledger {
	return ledger{notUndone: map[string]bool{}, begun: map[string]bool{}, retried: map[string]bool{}}
}

func (l *ledger) changed(c *Call) {
	l.seq++
	l.changes = append(l.changes, changed{c, l.seq})
}

func (l *ledger) event(e report.Event) {
	l.seq++
	switch e.Type {
	case report.StepStarted, report.StepSkipped:
		l.begun[e.Step] = true
		if e.Type == report.StepStarted && e.Verb == "try" {
			l.tries = append(l.tries, e.Step)
		}
	case report.StepRetried:
		l.retried[e.Step] = true
	case report.UndoFinished:
		l.undone = append(l.undone, mark{e.Step, l.then(e.Step)})
	case report.UndoFailed:
		l.failedUndos++
	case report.StepLogged:
		l.said = append(l.said, e.Message)
	default:
	}
	if e.Err != nil {
		l.failure(e.Err)
	}
}

// then returns when a step was taken back that is told now.
func (l *ledger) then(step string) int {
	i := slices.IndexFunc(l.past, func(m mark) bool { return m.step == step })
	if i < 0 {
		return l.seq
	}
	seq := l.past[i].seq
	l.past = slices.Delete(slices.Clone(l.past), i, i+1)
	return seq
}

// failure notes what a failure says of steps that were not undone.
func (l *ledger) failure(e *report.RunError) {
	l.texts = append(l.texts, e)
	for _, step := range e.NotUndone {
		l.notUndone[step] = true
	}
}

// within reports whether a path is another one, or stands below it.
func within(path, outer string) bool {
	return path == outer || runtime.Inside(path, outer)
}

// tookBack reports whether a step, or one that it stands in, was ever taken back.
func (l *ledger) tookBack(step string) bool {
	return slices.ContainsFunc(l.undone, func(m mark) bool { return within(step, m.step) })
}

// undoneAfter reports whether a change was taken back.
func (l *ledger) undoneAfter(c changed) bool {
	return slices.ContainsFunc(l.undone, func(m mark) bool { return m.seq > c.seq && within(c.call.Step, m.step) })
}

// listed reports whether a step, or one that it stands in, is listed as not
// undone.
func (l *ledger) listed(step string) bool {
	for path := range l.notUndone {
		if within(step, path) {
			return true
		}
	}
	return false
}

// left returns the changes that are not taken back, without those of undos.
func (l *ledger) left() []changed {
	var left []changed
	for _, c := range l.changes {
		if !c.call.inUndo() && !l.undoneAfter(c) {
			left = append(left, c)
		}
	}
	return left
}
