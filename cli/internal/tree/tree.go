// Package tree shows a run as a tree of its steps.
//
// A [Tree] is a model: give it events with Apply, ask it for Lines. [Start]
// draws one on a terminal while a run goes on. The steps of loops are folded:
// a loop shows how far it is and what runs or failed in it, so that a million
// items take no more room than twenty.
package tree

import (
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
)

// maxKept bounds the failed iterations of one loop that are shown; the rest
// is counted.
const maxKept = 3

// Tree is the state of a run, as its events tell it. It is not safe for
// concurrent use.
type Tree struct {
	root  *node
	depth int // of flows that have started and not ended
}

// New returns an empty tree.
func New() *Tree { return &Tree{root: newNode("", nil)} }

// Apply takes an event into the tree.
func (t *Tree) Apply(e report.Event) {
	switch e.Type {
	case report.FlowStarted:
		t.flowStarted(e)
	case report.FlowFinished:
		t.flowEnded(e, finished)
	case report.FlowFailed:
		t.flowEnded(e, failed)
	case report.UndoStarted, report.UndoFinished, report.UndoFailed:
		t.undo(e)
	default:
		if !e.Undo {
			t.step(e)
		}
	}
}

// flowStarted names the tree after the outermost flow; flows that steps call
// have their step as their line.
func (t *Tree) flowStarted(e report.Event) {
	t.depth++
	if t.depth == 1 {
		t.root.name, t.root.state, t.root.started = e.Flow, running, e.Time
	}
}

func (t *Tree) flowEnded(e report.Event, s state) {
	t.depth--
	if t.depth == 0 {
		t.root.end(s, e)
	}
}

func (t *Tree) step(e report.Event) {
	path := splitPath(e.Step)
	if len(path) == 0 {
		return
	}
	n := t.root.reach(path)
	switch e.Type {
	case report.StepStarted:
		n.start(e)
	case report.StepProgress:
		n.iterations().total = e.Items
	case report.StepRetried:
		n.retried(e)
	case report.StepFinished:
		n.ended(finished, e)
	case report.StepFailed:
		n.ended(failure(e), e)
	case report.StepSkipped:
		n.ended(skipped, e)
	default:
	}
}

// undo marks the step that is taken back. A step of a loop is no longer there:
// the loop counts it.
func (t *Tree) undo(e report.Event) {
	n, found := t.root.find(splitPath(e.Step))
	if !found {
		n.loopOf().countUndo(e.Type)
		return
	}
	switch e.Type {
	case report.UndoStarted:
		n.state, n.started = undoing, e.Time
	case report.UndoFinished:
		n.end(undone, e)
	default:
		n.end(undoFailed, e)
	}
}

// failure tells a step that failed from one that was stopped because another
// one did, or because somebody ended the run.
func failure(e report.Event) state {
	if e.Err != nil && e.Err.Class == connector.ClassCanceled {
		return stopped
	}
	return failed
}

func message(err *report.RunError) string {
	if err == nil {
		return ""
	}
	text := err.Code
	if err.Message != "" {
		text += ": " + err.Message
	}
	if len(err.Details) > 0 {
		if said, encoded := value.EncodeJSON(value.Brief(err.Details)); encoded == nil {
			text += "  " + string(said)
		}
	}
	return text
}

// since is the time from start to now, zero where either is not known.
func since(start, now time.Time) time.Duration {
	if start.IsZero() || now.Before(start) {
		return 0
	}
	return now.Sub(start)
}
