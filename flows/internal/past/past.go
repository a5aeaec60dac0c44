// Package past is what is known of a run that has ended on one runtime, in the
// form in which a restart is planned that goes on with it there.
package past

import (
	"time"

	"github.com/medlar-flow/medlar/flows/internal/generation"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
)

// Run is a run that has ended failed or canceled.
type Run struct {
	ID string
	// Name is what it is called in the program, and Began when it began, in
	// nanoseconds since 1970: those of its first generation.
	Name  string
	Began int64

	Files        map[string]any // texts by name
	File, Origin string
	Inputs, Env  map[string]any
	Connections  map[string]any // their defaults
	Local        bool           // a sandbox replaced the services
	Timeout      time.Duration
	Generation   *generation.Generation // nil for the first one

	Canceled bool
	Failure  *report.RunError // how it ended
	Records  []Record         // those of a scope in their order
	Settled  []Settled
	Signals  []Signal
}

// Record is one thing that happened in a scope. Runtimes have the same kinds.
type Record struct {
	Scope, Path  string
	Kind         byte
	At, Until    int64
	Count, Index int64
	Cause        string
	Value        any   // a result, a failure, what a signal was given with; a signal's name and key
	Generation   int64 // that made it, of attempts
}

// Settled is what an iteration of a loop came to that nothing more is known of.
type Settled struct {
	Fork    string
	Index   int64
	At      int64
	Value   any
	Failure *report.RunError
}

// Signal is a value that the run was given.
type Signal struct {
	Name, Key string
	Asked     bool // a wait got it
	Value     any
}

// Next is what a run goes on as.
type Next struct {
	ID         string
	Name       string
	Began      int64
	Execution  runtime.Execution // with the program and the inputs that it begins with
	Flow       string            // its name
	Origin     string            // where its files are; empty for that of the run before
	Generation *generation.Generation
	Records    []Record
	Settled    []Settled
	Signals    []Signal
}
