package tree

import (
	"fmt"
	"strings"

	"github.com/medlar-flow/medlar/flows/report"
)

// loop is what a step with iterations knows of them.
type loop struct {
	total  int64 // -1 where it is not known
	begun  int64
	over   bool // all iterations are done
	shown  int64
	kept   int // failed iterations that still have a node
	failed int // those and the ones that were let go

	undone, undoFailed int
}

// pass is one iteration.
type pass struct {
	running int  // steps under way in it
	failed  bool // counted in the loop's failed
}

// iterations returns n's loop, which it makes where there is none.
func (n *node) iterations() *loop {
	if n.loop == nil {
		n.loop = &loop{total: -1}
	}
	return n.loop
}

// loopOf returns the loop that n belongs to; outside of any, one that nobody
// shows.
func (n *node) loopOf() *loop {
	for p := n; p != nil; p = p.parent {
		if p.loop != nil {
			return p.loop
		}
	}
	return &loop{}
}

func (l *loop) begin(index int64) { l.begun = max(l.begun, index+1) }

func (l *loop) finish() { l.over = true }

// settle decides about an iteration in which nothing runs any more: a good one
// goes, a failed one stays where there are not too many.
func (l *loop) settle(iteration *node) {
	if !iteration.hasFailed() {
		iteration.parent.remove(iteration)
		return
	}
	if iteration.pass.failed {
		return
	}
	l.failed++
	if l.kept >= maxKept {
		iteration.parent.remove(iteration)
		return
	}
	iteration.pass.failed = true
	l.kept++
}

func (l *loop) countUndo(t report.EventType) {
	switch t {
	case report.UndoFinished:
		l.undone++
	case report.UndoFailed:
		l.undoFailed++
	default:
	}
}

// done counts the iterations that are over. active are those under way. It
// never goes back: between two steps of an iteration nothing runs in it.
func (l *loop) done(active int64) int64 {
	if l.over && l.total >= 0 {
		return l.total
	}
	if l.over {
		active = 0
	}
	l.shown = max(l.shown, l.begun-active)
	return l.shown
}

// progress returns "12/20, 1 failed".
func (l *loop) progress(active int64) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d", l.done(active))
	if l.total >= 0 {
		fmt.Fprintf(&b, "/%d", l.total)
	}
	count(&b, l.failed, "failed")
	count(&b, l.undone, "undone")
	count(&b, l.undoFailed, "not undone")
	return b.String()
}

func count(b *strings.Builder, n int, what string) {
	if n > 0 {
		fmt.Fprintf(b, ", %d %s", n, what)
	}
}

// active counts the iterations of n that are under way.
func (n *node) active() int64 {
	var sum int64
	for _, c := range n.children {
		if c.pass != nil && c.pass.running > 0 {
			sum++
		}
	}
	return sum
}
