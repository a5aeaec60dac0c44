package faults

import "slices"

// A journal tells a run that is resumed what is known in the order in which it
// became known: no branch is stopped before it has come to where it was.

// rewind begins to tell again what is known.
func (w *World) rewind() {
	w.known = nil
	for _, rec := range w.records {
		if rec.ended && (!rec.stop || w.plays(rec.call)) {
			w.known = append(w.known, rec.call.Rank)
		}
	}
	slices.Sort(w.known)
}

// plays reports whether the run was stopped while a call was under way because
// the plan says so.
func (w *World) plays(c *Call) bool {
	return c.Fault != nil && (c.Fault.Kind == Canceled || c.Fault.Kind == TimeLimit)
}

// untold reports whether something is to be told before a call, after a kill.
func (w *World) untold(c *Call) bool {
	return len(w.known) > 0 && !w.isNext(c)
}

func (w *World) isNext(c *Call) bool { return len(w.known) > 0 && w.known[0] == c.Rank }

// Told notes that a run was told what is known of a call.
func (w *World) Told(c *Call) {
	if w.life > 1 && c != nil && w.isNext(c) {
		w.known = w.known[1:]
	}
}

// unknown is a call of which nobody knows what came of it, and that is not made
// again: nothing strikes it a second time.
func (w *World) unknown(c *Call) *Call {
	again := *c
	again.Fault, again.Rank = nil, 0
	return &again
}
