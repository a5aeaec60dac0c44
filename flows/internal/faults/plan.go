package faults

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/connector"
)

// Kind is what goes wrong.
type Kind string

// The kinds of faults.
const (
	Fails        Kind = "fails"       // the call fails
	Slow         Kind = "slow"        // the call is not answered before a time limit is over
	Canceled     Kind = "canceled"    // somebody cancels the run while the call is under way
	TimeLimit    Kind = "timeLimit"   // the time of the whole run is over while the call is under way
	Killed       Kind = "killed"      // the process dies while the call is under way, and the run is resumed
	KilledAfter  Kind = "killedAfter" // the process dies when the call has been answered, and the run is resumed
	Ordered      Kind = "ordered"     // nothing goes wrong with the call, but branches come as far as it says
	SignalAbsent Kind = "absent"      // a signal is not given
	SignalEarly  Kind = "early"       // a signal is given before anything else happens
	SignalLate   Kind = "late"        // a signal is given a year later
	SignalTwice  Kind = "twice"       // a signal is given twice, with the same values
	SignalOther  Kind = "other"       // a signal is given a second time, with other values
)

// Kinds lists those that befall calls.
func Kinds() []Kind { return []Kind{Fails, Slow, Canceled, TimeLimit, Killed, KilledAfter, Ordered} }

// WaitKinds lists those that befall a step while it waits.
func WaitKinds() []Kind { return []Kind{Canceled, TimeLimit, Killed} }

// SignalKinds lists those that befall signals.
func SignalKinds() []Kind {
	return []Kind{SignalAbsent, SignalEarly, SignalLate, SignalTwice, SignalOther}
}

// Never is after how long a call is answered that is answered too late for
// every time limit.
const Never = 365 * 24 * time.Hour

// Fault is one thing that goes wrong.
type Fault struct {
	// Step is the path of the step whose call it befalls, "/smoke[17]/answer".
	Step string
	// Signal is the place of the signal that it befalls among those of the test,
	// from 1; 0 for a fault of a call.
	Signal int
	// Attempt says which call of the step it befalls, from 1. Those of a step that
	// runs again count on.
	Attempt int
	// Every is true where it befalls all calls of the step from Attempt on.
	Every bool
	Kind  Kind
	// Code, Class and RetryAfter are those of the error, of Fails.
	Code       string
	Class      connector.Class
	RetryAfter time.Duration
	// Unknown is true where nobody knows whether the call changed something.
	Unknown bool
	// Done is true where the call changed something although it does not succeed.
	Done bool
	// All is true where it befalls all calls of the step in every round of the loops
	// around it.
	All bool
	// Resent is true where the operation itself sends the request again, and that
	// is answered.
	Resent bool
	// After says which calls of other branches are answered before this one, and
	// that no others of them are; nil for any.
	After *Cut
	// Waiting is true where it befalls not a call of the step, but the Attempt-th
	// time that the step waits.
	Waiting bool
}

// Plan is what goes wrong in a run.
type Plan struct {
	Faults []Fault
	// Forgets is true where services do not keep idempotency keys.
	Forgets bool
	// Order, where not 0, is the seed of the order in which branches go on that
	// could go on at the same time.
	Order uint64
	// Other is true where answers that the test does not give are made otherwise
	// than usual.
	Other bool
}

// fits reports whether the fault befalls a call.
func (f *Fault) fits(steps Steps, step string, nth int) bool {
	if f.Waiting {
		return false
	}
	if f.All && f.Signal == 0 {
		return steps.Static(step) == steps.Static(f.Step)
	}
	return f.Signal == 0 && f.Step == step && (f.Attempt == nth || f.Every && nth > f.Attempt)
}

// kills reports whether the process dies.
func (f *Fault) kills() bool { return f.Kind == Killed || f.Kind == KilledAfter }

// What says in a few words what happens, without the step.
func (f *Fault) What() string {
	var parts []string
	switch f.Kind {
	case Fails:
		text := cmp.Or(f.Code, string(f.Class))
		if f.Code != "" && !strings.EqualFold(f.Code, string(f.Class)) {
			text += " (" + string(f.Class) + ")"
		}
		parts = append(parts, text)
	case Slow:
		parts = append(parts, "no answer")
	case Canceled:
		parts = append(parts, "canceled during the "+f.during())
	case TimeLimit:
		parts = append(parts, "the run's time is over")
	case Killed:
		parts = append(parts, "killed during the "+f.during())
	case KilledAfter:
		parts = append(parts, "killed after the call")
	case Ordered:
		parts = append(parts, "another order")
	default:
		parts = append(parts, "the signal comes "+string(f.Kind))
		switch f.Kind { //nolint:exhaustive // the others are said
		case SignalAbsent:
			parts = []string{"the signal never comes"}
		case SignalOther:
			parts = []string{"the signal comes again with other values"}
		}
	}
	if f.RetryAfter > 0 {
		parts = append(parts, "retry after "+f.RetryAfter.String())
	}
	if f.Unknown {
		parts = append(parts, "unknown")
	}
	switch {
	case f.Done:
		parts = append(parts, "done")
	case f.Unknown || f.Kind == Killed && !f.Waiting:
		parts = append(parts, "not done")
	}
	switch {
	case f.All:
		parts = append(parts, "in every round")
	case f.Every && f.Attempt > 1:
		parts = append(parts, fmt.Sprintf("from attempt %d on", f.Attempt))
	case f.Every:
		parts = append(parts, "every time")
	case f.Attempt > 1:
		parts = append(parts, fmt.Sprintf("attempt %d", f.Attempt))
	}
	if f.Resent {
		parts = append(parts, "sent again by the operation")
	}
	if f.After != nil && len(f.After.Calls) == 0 {
		parts = append(parts, "before those of other branches")
	}
	if f.After != nil && len(f.After.Calls) > 0 {
		parts = append(parts, "after "+strings.Join(f.After.Calls, " and "))
	}
	return strings.Join(parts, ", ")
}

// during names what it befalls.
func (f *Fault) during() string {
	if f.Waiting {
		return "wait"
	}
	return "call"
}

// String names the step, too.
func (f *Fault) String() string {
	if f.Signal > 0 {
		return fmt.Sprintf("signal %d: %s", f.Signal, f.What())
	}
	return f.Step + ": " + f.What()
}
