// Package past is what is known of a run that has ended on one runtime, in the
// form in which a restart is planned that goes on with it there. The runtimes of
// this module hand it to each other; nobody else makes or reads it.
package past

import (
	"time"

	"github.com/medlar-flow/medlar/flows/report"
)

// Run is a run that has ended failed or canceled.
type Run struct {
	ID string // of the run
	// Name is what it is called in the program, and Began when it began, in
	// nanoseconds since 1970: those of its first generation.
	Name  string
	Began int64 // see Name

	Files       map[string]any // texts by name
	File        string         // the name of the flow's own
	Origin      string         // where the files were, for people
	Inputs      map[string]any // as they are
	Env         map[string]any // the environment variables that the flow refers to
	Connections map[string]any // the defaults of connections
	Local       bool           // a sandbox replaced the services
	Timeout     time.Duration  // of the caller; 0 for none
	Generation  any            // what it has from runs before it; nil for the first one

	Failure *report.RunError // how it ended
	Records []Record         // those of a scope in their order
	Settled []Settled        // iterations of which no records are left
	Signals []Signal         // what it was given
}

// Record is one thing that happened in a scope. Runtimes have the same kinds.
type Record struct {
	Scope      string // the branch that did it; empty for the run itself
	Path       string // of the step
	Kind       byte   // what happened
	At         int64  // when, in nanoseconds since 1970
	Until      int64  // when a wait or a time limit ends
	Count      int64  // of branches, or of how often somebody asked whether to stop
	Index      int64  // of the branch that failed
	Cause      string // why the branch was to stop
	Value      any    // a result, a failure, what a signal was given with, or a signal's name and key
	Generation int64  // that made it, of attempts
}

// Settled is what an iteration of a loop came to that nothing more is known of.
type Settled struct {
	Fork    string           // the loop
	Index   int64            // of the iteration
	At      int64            // when it ended, in nanoseconds since 1970
	Value   any              // that the loop collects; nil for none
	Failure *report.RunError // that it gathers; nil for none
	// Generation is the one that made all of it.
	Generation int64
}

// Signal is a value that the run was given.
type Signal struct {
	Name  string // of the signal
	Key   string // of the signal; empty for none
	Asked bool   // a wait got it
	Value any    // what it was given
}

// Next is what a run goes on as.
type Next struct {
	ID         string    // of the new run
	Name       string    // as that of Run
	Began      int64     // as that of Run
	Execution  any       // has the program and the inputs that it begins with
	Flow       string    // the name of the flow
	Origin     string    // where its files are; empty for that of the run before
	Generation any       // what it has from those before it
	Records    []Record  // that are kept
	Settled    []Settled // that are kept
	Signals    []Signal  // that it has been given
}
