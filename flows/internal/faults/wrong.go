package faults

import (
	"slices"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
)

// wrong returns what the attempt is answered with where a fault befalls it.
func (w *World) wrong(c *Call, f *Fault, reply Reply) Reply {
	if f.Kind == Fails && f.Resent {
		return w.resent(c, reply)
	}
	switch f.Kind {
	case Fails:
		reply.Result = nil
		reply.Err = &connector.Error{
			Code: f.Code, Class: f.Class, Message: "as the schedule says", RetryAfter: f.RetryAfter, Outcome: connector.OutcomeFailed,
		}
		if f.Unknown {
			reply.Err.Outcome = connector.OutcomeUnknown
		}
	case Slow:
		reply.After = Never
		if limit := ownLimit(c.attempt.Params); limit > 0 {
			reply.After, reply.Result = limit, nil
			reply.Err = &connector.Error{
				Code: "Timeout", Class: connector.ClassTimeout, Message: "no answer within " + limit.String(), Outcome: connector.OutcomeUnknown,
			}
		}
	case Canceled, TimeLimit:
		reply.After = max(reply.After, time.Millisecond)
	default:
	}
	return reply
}

// Strike does what goes wrong while a call is under way, when it is the call's
// turn to be answered. It reports whether the process lives.
func (w *World) Strike(now time.Time, c *Call, d Driver) bool {
	if c == nil || c.Fault == nil {
		return true
	}
	if c.Fault.Kind == Killed {
		w.die(now, d)
		return false
	}
	w.stops(c.Fault, d)
	return true
}

// resent answers a request that the operation sends a second time, since it may
// be sent again whatever came of it.
func (w *World) resent(c *Call, reply Reply) Reply {
	c.answered, c.Ended = true, c.At
	c.Failed = &connector.Error{Code: c.Fault.Code, Class: c.Fault.Class, Outcome: connector.OutcomeUnknown}
	w.answered++
	c.Rank = w.answered
	second := *c
	second.Changed, second.Failed, second.answered, second.Ended, second.Rank = false, nil, false, time.Time{}, 0
	w.calls = append(w.calls, &second)
	w.records[place{c.Step, c.Nth}].call = &second
	w.change(&second, &reply)
	return reply
}

// ownLimit is the time that the operation itself waits for an answer, where a
// parameter says so; 0 for none.
func ownLimit(params map[string]any) time.Duration {
	text, _ := params["timeout"].(string)
	limit, err := time.ParseDuration(text)
	if err != nil {
		return 0
	}
	return limit
}

// stops stops the run where the fault says so.
func (w *World) stops(f *Fault, d Driver) {
	switch f.Kind {
	case Canceled:
		d.Stop(runtime.ByUser)
	case TimeLimit:
		d.Stop(runtime.ByTimeout)
	default:
	}
}

func (w *World) die(now time.Time, d Driver) {
	w.dead, w.killed, w.killedAt = true, true, now
	w.interrupted = slices.ContainsFunc(w.calls, func(c *Call) bool { return !c.answered })
	d.Stop(runtime.ByShutdown)
}
