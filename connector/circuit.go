package connector

import (
	"fmt"
	"time"

	"github.com/medlar-flow/medlar/internal/limit"
)

// CodeCircuitOpen is the code of a call that was not made, since the circuit breaker of
// its connection is open. Its class is [ClassUnavailable].
const CodeCircuitOpen = "CircuitOpen"

// Circuit is a circuit breaker: once so many calls in a row have failed it lets none pass
// for a time, and then one, whose end decides. It is safe for concurrent use.
type Circuit struct {
	of       *limit.Circuit
	failures int
}

// CircuitChange says what became of a circuit by the end of a call.
type CircuitChange int

// The changes of a circuit.
const (
	CircuitStayed CircuitChange = iota // as it was
	CircuitOpened                      // calls are refused from now on
	CircuitClosed                      // calls pass again
)

// Circuit returns the circuit breaker that a name stands for, over all runs of a process.
// It opens for a time after so many failures in a row, at least one. Runtimes ask for it
// where a connection has one. 10,000 are remembered, the latest ones.
func (r *Registry) Circuit(name string, failures int, open time.Duration) Circuit {
	if r == nil || r.circuits == nil {
		return Circuit{limit.NewCircuit(failures, open), failures} // it has no connector to call
	}
	return Circuit{r.circuits.Of(name, failures, open), failures}
}

// Refusal returns the failure of a call that may not be made now; nil where it may ask.
func (c Circuit) Refusal() *Error {
	if wait, open := c.of.Open(); open {
		return c.refusal(wait)
	}
	return nil
}

// Begin asks for a call that is about to be made. Whoever makes it says by end how it
// ended, once, nil for well: [ClassUnavailable] and [ClassTimeout] are failures of the
// service, and any other answer is one. [ClassCanceled] says nothing of it, nor do
// [ClassInvalid] and [ClassInternal] where no request left: nobody was asked. A call that
// may not be made has a refusal instead, with [CodeCircuitOpen].
func (c Circuit) Begin() (end func(failure *Error) CircuitChange, refusal *Error) {
	done, wait, ok := c.of.Allow()
	if !ok {
		return nil, c.refusal(wait)
	}
	return func(failure *Error) CircuitChange {
		switch done(resultOf(failure)) {
		case limit.Opened:
			return CircuitOpened
		case limit.Closed:
			return CircuitClosed
		default:
			return CircuitStayed
		}
	}, nil
}

func (c Circuit) refusal(wait time.Duration) *Error {
	message := fmt.Sprintf("the circuit breaker of the connection is open: %d calls in a row got no answer that helps", c.failures)
	if c.failures == 1 {
		message = "the circuit breaker of the connection is open: a call got no answer that helps"
	}
	if wait > 0 {
		message += fmt.Sprintf("; the next one may be made in %s", inWords(wait))
	} else {
		message += "; one that is under way tries whether the service is there again"
	}
	return &Error{Code: CodeCircuitOpen, Class: ClassUnavailable, Message: message, RetryAfter: wait, Outcome: OutcomeFailed}
}

// inWords is a time that is not told too short.
func inWords(wait time.Duration) time.Duration {
	unit := time.Second
	if wait < unit {
		unit = time.Millisecond
	}
	return (wait + unit - 1).Truncate(unit)
}

// resultOf is what a call that ended says of the service.
func resultOf(failure *Error) limit.Result {
	if failure == nil {
		return limit.Answers
	}
	switch failure.class() {
	case ClassUnavailable, ClassTimeout:
		return limit.Fails
	case ClassCanceled:
		return limit.Nothing
	case ClassInvalid, ClassInternal:
		if failure.Requests == 0 && failure.Status == 0 && failure.RequestID == "" {
			return limit.Nothing
		}
		return limit.Answers
	default:
		return limit.Answers
	}
}
