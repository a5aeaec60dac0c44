package report

import (
	"time"

	"github.com/medlar-flow/medlar/connector"
)

// Remote is a run whose parts happen in several processes, none of which sees all of it,
// as on Temporal.
type Remote struct {
	RunID   string // of the run
	Flow    string // the name of its flow
	Trigger string // the name of the trigger that began the run; empty for none
	Version string // of the flow, where a trigger began it
	Caller  Caller // who asked for the run
	Began   time.Time
}

// RemoteObserver watches such runs. What it says of a run depends on nothing but the run,
// so that all processes say the same. Its methods may be called at the same time; they are
// quick.
type RemoteObserver interface {
	// Place is where the run stands in a trace; the zero value where it is in none.
	Place(run Remote) connector.Trace
	// Attempt is told that an attempt of a call of a run begins; place is that of the run.
	Attempt(place connector.Trace, runID string, a Attempt) AttemptWatch
	// Ended is told that a run has ended, by the process that sees that; failure is nil for
	// a run that is done. It can be told twice where that process is lost just then.
	Ended(run Remote, at time.Time, failure *RunError)
}
