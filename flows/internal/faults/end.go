package faults

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
)

// Numbers are how often an operation was called.
type Numbers struct{ Attempts, Succeeded, Changed int64 }

// End is how a run ended.
type End struct {
	World   *World
	Output  any
	Shown   any
	Err     *report.RunError // nil for a run that is done
	Virtual time.Duration
	// Panic is what the run panicked with; empty for nothing.
	Panic string
	// Waits names what the run waits for for ever; empty for nothing.
	Waits string
	// Timeout is true where the run took too much real time.
	Timeout bool
	// Broken says what in the test is not as it should be, so that nothing can be
	// said.
	Broken string
	Start  time.Time
}

// Outcome is done, failed or canceled; "hanging" where the run does not end.
func (e *End) Outcome() string {
	switch {
	case e.Hangs():
		return "hanging"
	case e.Err == nil:
		return runtime.EndState(nil)
	default:
		return runtime.EndState(e.Err)
	}
}

// Hangs reports whether the run would not have ended.
func (e *End) Hangs() bool { return e.Waits != "" || e.Timeout || e.World.endless }

// Numbers returns how often operations were called, by their names.
func (e *End) Numbers() map[string]Numbers {
	all := map[string]Numbers{}
	for _, c := range e.World.calls {
		n := all[c.Operation]
		n.Attempts++
		if c.answered && c.Failed == nil {
			n.Succeeded++
		}
		all[c.Operation] = n
	}
	for _, c := range e.World.ledger.left() {
		n := all[c.call.Operation]
		n.Changed++
		all[c.call.Operation] = n
	}
	return all
}

// Auto returns the steps whose calls were answered from a schema.
func (e *End) Auto() []string {
	var steps []string
	for _, c := range e.World.calls {
		if c.Auto && !slices.Contains(steps, c.Step) {
			steps = append(steps, c.Step)
		}
	}
	return steps
}

// Unbounded returns the steps with a call that no time limit ended.
func (e *End) Unbounded() []string {
	var steps []string
	for _, c := range e.World.calls {
		if c.answered && c.elapsed() >= Never {
			steps = append(steps, c.Step)
		}
	}
	return steps
}

// LeftBehind returns the steps that changed something which a run that is not
// done did not take back, and is not listed as not undone either. Of a run that
// is done it returns those that changed something when the process died, and
// again afterwards.
func (e *End) LeftBehind() []string {
	w := e.World
	var steps []string
	left := w.ledger.left()
	for _, c := range left {
		step := c.call.Step
		again := func(o changed) bool { return o.call.again && o.call.Step == step }
		if e.Err == nil && (!w.cutOff(c.call) || !slices.ContainsFunc(left, again)) {
			continue
		}
		if w.unseen(c.call) {
			continue
		}
		if !w.ledger.listed(step) && !slices.Contains(steps, step) {
			steps = append(steps, step)
		}
	}
	return steps
}

// cutOff reports whether a call was under way when the process died.
func (w *World) cutOff(c *Call) bool { return c.Life < w.life && !c.answered }

// unseen reports whether a call with an undo was under way when the process died,
// and was not made again, since the run was stopped before. Here it does not come
// to the call then; on a journal it does, and takes it back.
func (w *World) unseen(c *Call) bool {
	return w.cutOff(c) && w.steps.HasUndo(w.steps.Static(c.Step)) &&
		!slices.ContainsFunc(w.calls, func(o *Call) bool { return o.again && o.Step == c.Step })
}

// Twice returns the steps that changed something more than once although they
// were not taken back between, without those that had to be made again after a
// kill.
func (e *End) Twice() []string {
	count := map[string]int{}
	var steps []string
	for _, c := range e.World.ledger.left() {
		if c.call.again {
			continue
		}
		if count[c.call.Step]++; count[c.call.Step] == 2 {
			steps = append(steps, c.call.Step)
		}
	}
	return steps
}

// Stays names the steps whose changes stay, without iterations, and says whether
// the process died.
func (e *End) Stays() string {
	var steps []string
	for _, c := range e.World.ledger.left() {
		if static := e.World.steps.Static(c.call.Step); !slices.Contains(steps, static) {
			steps = append(steps, static)
		}
	}
	slices.Sort(steps)
	if e.World.killed {
		steps = append(steps, "after a kill")
	}
	return strings.Join(steps, " ")
}

// Undone returns the steps that were taken back, in order.
func (e *End) Undone() []string {
	var steps []string
	for _, m := range e.World.ledger.undone {
		steps = append(steps, m.step)
	}
	return steps
}

// NotUndone returns the steps that are listed as not undone.
func (e *End) NotUndone() []string { return slices.Sorted(maps.Keys(e.World.ledger.notUndone)) }

// Retried reports whether any call was tried again.
func (e *End) Retried() bool { return len(e.World.ledger.retried) > 0 }
