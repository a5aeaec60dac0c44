package faults

import (
	"slices"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
)

// A run that makes manyCalls, and moreCalls for each of the run without faults,
// does not end.
const (
	manyCalls = 2_000
	moreCalls = 20
	maxCalls  = 20_000 // of a test that is not explored
)

// Reply is what an attempt is answered with.
type Reply struct {
	After  time.Duration
	Result any
	Err    *connector.Error
	// Changed is true of an error that a call gives that changed something.
	Changed bool
	// Begins is when a call reaches its service that is made again since the process
	// died; zero for at once.
	Begins time.Time
	// InDoubt is true of a call that is made again since the process died: a failure
	// leaves open whether it happened.
	InDoubt bool
	// Final is true where no time limit of the attempt counts any more: it is what
	// a journal knows of it.
	Final bool
	// Call is the attempt that it is the answer to; nil of one that the end of its
	// branch ended.
	Call *Call
	// Ended is when what is known was known; zero for an attempt that is made.
	Ended time.Time
}

// Steps knows the steps of the flow.
type Steps interface {
	// Static returns a path without the indices of iterations.
	Static(path string) string
	// HasUndo reports whether the step of a static path has an undo.
	HasUndo(static string) bool
	// Finally returns the path of the first step of the finally of a try with a
	// path; empty for none.
	Finally(path string) string
}

// Driver carries the run for the world.
type Driver interface {
	// Stop stops the run for a cause; all of it at once where the process dies.
	Stop(cause runtime.Cause)
	// Own returns what the test answers to an attempt with a number; nil for
	// nothing. It counts the answer as used.
	Own(number int) *Reply
}

// Call is an attempt that reached the world.
type Call struct {
	Step      string // its path
	Nth       int    // of the step's calls, from 1
	Number    int    // of the attempt
	Operation string
	At, Ended time.Time
	Life      int // 1 before the first kill
	Rank      int // of its answer among all, from 1; 0 without one
	// Changed is true where it changed something that was not so before.
	Changed bool
	// Failed says how it ended; nil for well.
	Failed *connector.Error
	// Auto is true where the answer was made from the operation's schema.
	Auto bool
	// Mutating is true of a call that can change something.
	Mutating bool
	Retries  bool // the step has a retry of its own
	Fault    *Fault
	answered bool
	again    bool // it was under way when the process died
	attempt  runtime.Attempt
}

// Attempt returns what the flow asked for.
func (c *Call) Attempt() *runtime.Attempt { return &c.attempt }

// inUndo reports whether the call takes something back.
func (c *Call) inUndo() bool { return strings.Contains(c.Step, "/undo/") }

// World is what one run meets, over all lives of its process.
type World struct {
	plan  Plan
	steps Steps
	pins  map[place]*Reply // what calls were answered with in the run of the test itself
	// pinning and shown are what other runs take over of this one.
	pinning map[place]*Reply
	shown   model

	life     int
	dead     bool // the process of this life has died
	killedAt time.Time
	killed   bool // any of the processes has died
	// interrupted is true where a call was under way when a process died.
	interrupted bool
	nth         map[string]int
	injected    map[string]int
	records     map[place]*record
	answers     map[string]*Reply // by operation and key: what a service answered that keeps keys
	applied     map[string]bool   // changes that are done once however often they are asked for
	told        map[string]string // what keys were seen without an undo between
	fired       []bool
	turns       *order         // of calls beside each other; nil for any
	forks       map[string]int // steps whose branches run at the same time, and how many of them
	known       []int          // the ranks of what is known and has not been told in this life
	waits       []Wait
	waitNth     map[string]int
	model       model
	calls       []*Call
	ledger      ledger
	answered    int // calls
	endless     bool
	keyBroken   []string
}

// place is a call of a step.
type place struct {
	step string
	nth  int
}

// record is what a journal knows of an attempt.
type record struct {
	call  *Call
	reply *Reply // that the service gave, or was to give
	ended bool
	at    time.Time // of its end
	v     any
	err   *connector.Error
	stop  bool // it ended because the branch was stopped
}

// New returns the world of a run. pins are those of a run without a plan; nil
// for none.
func New(plan Plan, steps Steps, pins *World) *World {
	w := &World{
		plan: plan, steps: steps, life: 1, nth: map[string]int{}, injected: map[string]int{},
		records: map[place]*record{}, answers: map[string]*Reply{}, applied: map[string]bool{}, told: map[string]string{},
		ledger: newLedger(), fired: make([]bool, len(plan.Faults)), turns: orderOf(&plan),
		forks: map[string]int{}, waitNth: map[string]int{},
	}
	if pins != nil {
		w.pins, w.model = pins.pinned()
	}
	return w
}

// pinned returns what calls were answered with, and what there was before them.
// The world is that of a run that has ended.
func (w *World) pinned() (map[place]*Reply, model) {
	if w.pinning == nil {
		w.pinning = make(map[place]*Reply, len(w.records))
		for at, rec := range w.records {
			if rec.reply != nil && !rec.call.Auto {
				w.pinning[at] = rec.reply
			}
		}
		w.shown = w.learned()
	}
	return w.pinning, w.shown.fresh()
}

// Plan returns what goes wrong.
func (w *World) Plan() Plan { return w.plan }

// Attempt returns what an attempt is answered with. ok is false where the branch
// is to stop at once.
func (w *World) Attempt(now time.Time, a runtime.Attempt, d Driver) (reply Reply, ok bool) {
	step := runtime.StepOf(a.Path)
	w.nth[step]++
	at := place{step, w.nth[step]}
	if rec := w.records[at]; rec != nil {
		return w.again(now, a, rec, d)
	}
	if w.tooMany() {
		w.endless = true
		w.dead = true
		d.Stop(runtime.ByUser)
		return Reply{}, false
	}
	c := &Call{
		Step: step, Nth: at.nth, Number: a.Number, Operation: a.Operation.Name, At: now, Life: w.life,
		Mutating: a.Effect() != connector.EffectReadOnly, Retries: a.SingleAttempt && !a.AtMostOnce, attempt: a,
	}
	rec := &record{call: c}
	w.records[at] = rec
	return w.live(c, rec, d)
}

// Known reports whether an attempt reaches no service: what came of it is known,
// or it may not be made again.
func (w *World) Known(a *runtime.Attempt) bool {
	step := runtime.StepOf(a.Path)
	rec := w.records[place{step, w.nth[step] + 1}]
	return rec != nil && (rec.ended || a.AtMostOnce)
}

// tooMany reports whether the run does not end. One without a plan is a test, and
// is bounded by that.
func (w *World) tooMany() bool {
	switch {
	case w.pins != nil:
		return len(w.calls) >= manyCalls+moreCalls*len(w.pins)
	case len(w.plan.Faults) > 0:
		return len(w.calls) >= maxCalls
	default:
		return false
	}
}

// again returns what a journal knows of an attempt, or makes it again that was
// under way when the process died.
func (w *World) again(now time.Time, a runtime.Attempt, rec *record, d Driver) (Reply, bool) {
	if before := &rec.call.attempt; before.IdempotencyKey != a.IdempotencyKey && !slices.Contains(w.keyBroken, rec.call.Step) {
		w.keyBroken = append(w.keyBroken, rec.call.Step)
	}
	switch {
	case rec.stop && w.plays(rec.call):
		return Reply{After: Never, Final: true, Call: rec.call}, true
	case rec.stop:
		return Reply{After: Never, Final: true}, true
	case rec.ended:
		return Reply{Ended: rec.at, Result: rec.v, Err: rec.err, Final: true, Call: rec.call}, true
	}
	begins := w.killedAt
	if now.After(begins) {
		begins = now
	}
	if a.AtMostOnce {
		return Reply{Begins: begins, Err: runtime.OutcomeUnknownError(), Final: true, Call: w.unknown(rec.call)}, true
	}
	c := *rec.call
	c.Life, c.At, c.Changed, c.Failed, c.Fault, c.answered, c.attempt = w.life, begins, false, nil, nil, false, a
	c.Rank = 0
	c.again = true
	rec.call = &c
	w.calls = append(w.calls, &c)
	reply := w.meets(&c, rec, rec.reply, d)
	reply.Begins = begins
	reply.InDoubt = a.Effect() != connector.EffectReadOnly
	return reply, true
}

// live answers an attempt that nobody knows anything of.
func (w *World) live(c *Call, rec *record, d Driver) (Reply, bool) {
	w.calls = append(w.calls, c)
	w.sameKey(c)
	return w.meets(c, rec, w.own(c, d), d), true
}

// meets answers a call as the service does that would answer own, and with what
// goes wrong.
func (w *World) meets(c *Call, rec *record, own *Reply, d Driver) Reply {
	given := own
	own = w.consistent(c, given)
	rec.reply = own
	f := w.befalls(c.Step, c.Nth)
	if f == nil {
		reply := *own
		w.change(c, &reply)
		reply.Call = c
		return reply
	}
	c.Fault = f
	if f.Kind == Fails || f.Kind == Slow {
		w.injected[c.Step]++
	}
	reply := *own
	if f.Kind != KilledAfter && f.Kind != Ordered {
		good := w.consistent(c, w.good(c, given, d))
		if f.Kind != Killed || f.Done {
			rec.reply = good
		}
		if f.Done {
			done := *good
			w.change(c, &done)
		}
		reply = *good
	} else {
		w.change(c, &reply)
	}
	reply = w.wrong(c, f, reply)
	reply.Call = w.records[place{c.Step, c.Nth}].call
	return reply
}

// Ended notes how an attempt ended.
func (w *World) Ended(now time.Time, path string, v any, failure *connector.Error, d Driver) {
	if w.dead {
		return
	}
	step := runtime.StepOf(path)
	rec := w.records[place{step, w.nth[step]}]
	if rec == nil || rec.ended {
		return
	}
	rec.ended, rec.at, rec.v, rec.err = true, now, v, failure
	rec.stop = failure != nil && runtime.IsStopped(failure)
	w.answered++
	rec.call.Ended, rec.call.answered, rec.call.Failed, rec.call.Rank = now, true, failure, w.answered
	if f := rec.call.Fault; f != nil && f.Kind == KilledAfter && w.life == 1 {
		w.die(now, d)
	}
}

// befalls returns the fault that befalls a call; nil for none. The process dies
// once of each.
func (w *World) befalls(step string, nth int) *Fault {
	for i := range w.plan.Faults {
		f := &w.plan.Faults[i]
		if !f.fits(w.steps, step, nth) || f.kills() && (w.fired[i] || w.life > 1) {
			continue
		}
		w.fired[i] = true
		return f
	}
	return nil
}

// Fired reports whether each fault of the plan befell something.
func (w *World) Fired() bool { return w.Kept() && !slices.Contains(w.fired, false) }

// Idle returns the first fault of the plan that befell nothing, by its place; -1
// for none.
func (w *World) Idle() int { return slices.Index(w.fired, false) }

// Fire notes that a fault of a signal befell one, and returns it; nil for none.
func (w *World) Fire(signal int) *Fault {
	for i := range w.plan.Faults {
		if f := &w.plan.Faults[i]; f.Signal == signal {
			w.fired[i] = true
			return f
		}
	}
	return nil
}

// Dead reports whether the process died: what happens in it now happens nowhere.
func (w *World) Dead() bool { return w.dead }

// Resume begins another life, where the process died. It reports whether.
func (w *World) Resume() bool {
	if !w.dead || w.endless || !w.killed {
		return false
	}
	w.dead = false
	w.life++
	w.nth, w.waitNth = map[string]int{}, map[string]int{}
	w.rewind()
	w.ledger.again()
	return true
}

// Calls are what reached the world, in order.
func (w *World) Calls() []*Call { return w.calls }

// Event is told of what happens in the run.
func (w *World) Event(e report.Event) {
	if !w.dead {
		w.ledger.event(e)
	}
}
