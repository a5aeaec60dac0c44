package faults

import (
	"time"

	"github.com/medlar-flow/medlar/flows/internal/runtime"
)

// Wait is a time in which a step waits: for an hour, for a signal, before it is
// tried again.
type Wait struct {
	Step   string
	Nth    int // of the step's waits, from 1
	Before int // how many calls were made before it
}

// Waiting notes that a step begins to wait, and does what goes wrong then.
func (w *World) Waiting(now time.Time, path string, d Driver) {
	if path == "" || w.dead {
		return
	}
	step := runtime.StepOf(path)
	w.waitNth[step]++
	at := Wait{Step: step, Nth: w.waitNth[step], Before: len(w.calls)}
	if w.life == 1 {
		w.waits = append(w.waits, at)
	}
	for i := range w.plan.Faults {
		f := &w.plan.Faults[i]
		if !f.Waiting || f.Step != at.Step || f.Attempt != at.Nth || f.kills() && (w.fired[i] || w.life > 1) {
			continue
		}
		w.fired[i] = true
		if f.kills() {
			w.die(now, d)
			return
		}
		w.stops(f, d)
	}
}

// Waits are the times of waiting, in order.
func (w *World) Waits() []Wait { return w.waits }
