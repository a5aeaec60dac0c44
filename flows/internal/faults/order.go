package faults

import (
	"strconv"
	"strings"

	"github.com/medlar-flow/medlar/flows/internal/runtime"
)

// Cut says how far branches have come that run beside a call when it is
// answered. It holds the last call of each of them that is answered before:
// "/a/x", or "/a/x#2" for the second call of a step. A branch of which it holds
// none has answered nothing.
type Cut struct{ Calls []string }

// PlaceOf names a call as a Cut does.
func PlaceOf(c *Call) string {
	if c.Nth == 1 {
		return c.Step
	}
	return c.Step + "#" + strconv.Itoa(c.Nth)
}

// placed reads what PlaceOf writes.
func placed(text string) place {
	step, number, numbered := strings.Cut(text, "#")
	n, err := strconv.Atoi(number)
	if !numbered || err != nil {
		return place{text, 1}
	}
	return place{step, n}
}

// order is the fault of a plan that says how far other branches come, with what
// it says.
type order struct {
	at     place
	before []place
	// whole is true where a call reaches its service in that order, too, and not
	// only its answer the flow.
	whole bool
	// loose is true where the calls cannot be answered in that order.
	loose bool
}

func orderOf(plan *Plan) *order {
	for i := range plan.Faults {
		f := &plan.Faults[i]
		if f.After == nil {
			continue
		}
		o := &order{at: place{f.Step, f.Attempt}, whole: f.Kind == Ordered}
		for _, text := range f.After.Calls {
			o.before = append(o.before, placed(text))
		}
		return o
	}
	return nil
}

// Fork notes that the branches of a step run at the same time, so many at most.
func (w *World) Fork(path string, limit int) { w.forks[path] = limit }

// ForkAround returns the outermost step around another one, and below a path,
// whose branches ran at the same time; empty for none.
func (w *World) ForkAround(step, below string) string {
	for i := len(below) + 1; i < len(step); i++ {
		if step[i] != '/' && step[i] != '[' {
			continue
		}
		if _, forks := w.forks[step[:i]]; forks {
			return step[:i]
		}
	}
	return ""
}

// ForkLimit returns how many branches of such a step run at the same time.
func (w *World) ForkLimit(path string) int { return w.forks[path] }

// Beside reports whether two steps stand in branches that run at the same time.
func (w *World) Beside(a, b string) bool {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	if i == len(a) || i == len(b) {
		return false
	}
	begin := strings.LastIndexByte(a[:i], '/')
	if begin < 0 {
		return false
	}
	if _, branches := w.forks[a[:begin]]; branches {
		return true
	}
	index := strings.IndexByte(a[begin:i], '[')
	if index < 0 {
		return false
	}
	_, rounds := w.forks[a[:begin+index]]
	return rounds
}

// Early reports whether a call that was made waits until others are answered.
func (w *World) Early(c *Call) bool {
	o := w.turns
	switch {
	case c == nil:
		return false
	case w.life > 1:
		return w.untold(c)
	case o == nil || o.loose:
		return false
	}
	if (place{c.Step, c.Nth}) == o.at {
		for _, before := range o.before {
			if !w.hasEnded(before) {
				return true
			}
		}
		return false
	}
	if w.hasEnded(o.at) || !w.Beside(o.at.step, c.Step) {
		return false
	}
	for _, before := range o.before {
		if !w.hasEnded(before) && !w.Beside(before.step, c.Step) {
			return false // it stands in front of that one
		}
	}
	return true
}

// Coming returns the next call of a step, where it is not to be made before others
// are answered; nil where it may be made at once.
func (w *World) Coming(path string) *Call {
	if w.turns == nil || !w.turns.whole || w.life > 1 {
		return nil
	}
	step := runtime.StepOf(path)
	return &Call{Step: step, Nth: w.nth[step] + 1}
}

func (w *World) hasEnded(at place) bool {
	rec := w.records[at]
	return rec != nil && rec.ended
}

// Loosen lets calls be answered in any order, since the one that is asked for
// cannot be.
func (w *World) Loosen() {
	w.known = nil
	if w.life > 1 {
		return
	}
	if w.turns != nil {
		w.turns.loose = true
	}
}

// Kept reports whether calls were answered in the order that is asked for.
func (w *World) Kept() bool { return w.turns == nil || !w.turns.loose && !w.endless }
