package report

import (
	"fmt"
	"strings"

	"github.com/medlar-flow/medlar/schema"
)

// SignalReason says why a run did not take a signal.
type SignalReason string

// The reasons.
const (
	SignalUnknown  SignalReason = "unknown"  // no wait of the run's program is for a signal of that name, or one with or without a key
	SignalInvalid  SignalReason = "invalid"  // the values are not those that the wait accepts
	SignalConflict SignalReason = "conflict" // the run was given other values under this name and key
	SignalEnded    SignalReason = "ended"    // the run has ended
	SignalRanOut   SignalReason = "ranOut"   // the wait's timeout is over, and nothing else waits for the signal
	SignalTooMany  SignalReason = "tooMany"  // more signals came before their waits than a run keeps
	SignalNeedsKey SignalReason = "needsKey" // the values hold a secret, and what keeps the run has no key to encrypt it
)

// SignalError says why a run did not take a signal: nothing of it is kept.
type SignalError struct {
	RunID  string       // of the run; empty where it is not known
	Name   string       // of the signal
	Key    string       // that it was given with; empty for none
	Reason SignalReason // one of the Signal constants
	// Detail is what there is to say beyond the reason: how the run ended, what
	// the names of its signals are; may be empty.
	Detail string
	// Errors are the mistakes in the values, of SignalInvalid.
	Errors schema.Errors
	// Accepts is what the values are to be, of SignalInvalid; nil where it is not
	// known.
	Accepts *schema.Schema
}

// Error says what was refused, and why.
func (e *SignalError) Error() string {
	what := "signal " + e.Name
	if e.Key != "" {
		what += fmt.Sprintf(" with the key %q", e.Key)
	}
	if e.RunID != "" {
		what += " of run " + e.RunID
	}
	return what + " was refused: " + e.why()
}

func (e *SignalError) why() string {
	switch e.Reason {
	case SignalUnknown:
		return e.Detail
	case SignalInvalid:
		lines := make([]string, len(e.Errors))
		for i, one := range e.Errors {
			lines[i] = withHelp(one)
		}
		return strings.Join(lines, "; ")
	case SignalConflict:
		return "it was given before, with other values"
	case SignalEnded:
		return "the run is " + e.Detail
	case SignalRanOut:
		return "its time is over, nothing waits for it any more"
	case SignalTooMany:
		return "the run keeps " + e.Detail + " signals that came before their waits, and has as many"
	case SignalNeedsKey:
		return "its values hold a secret: " + e.Detail
	default:
		return string(e.Reason)
	}
}
