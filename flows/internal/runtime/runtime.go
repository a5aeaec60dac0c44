package runtime

import (
	"context"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/report"
)

// Runtime is everything that the interpreter needs from the world. The
// interpreter holds one value of it for each branch that runs at the same
// time, and never reads the clock, randomness or the environment itself. The
// same program so runs in process, on a journal, or on a workflow engine.
type Runtime interface {
	// Attempt makes one attempt of an operation. Its path ends in #2 for the
	// second attempt. What it gives can hold a *value.Payload, which a runtime
	// that records it keeps as its bytes.
	Attempt(a Attempt) (any, error)
	// Sleep waits until a time, or until the branch is to stop.
	Sleep(path string, until time.Time) error
	// Signal waits until a signal is given, which is true then and counts also
	// where its time is over at the same instant; until its time is over; or
	// until the branch is to stop. The value is as the program declares it.
	Signal(path string, wait SignalWait) (v any, given bool, err error)
	// Now returns the current time of the branch: of its latest record, before it
	// has one the time at which it started. A run that is read back gets the
	// same time at the same place.
	Now() time.Time
	// Clock returns the time for events, which nothing reads back.
	Clock() time.Time
	// Random returns 64 random bits. The same run, path and count give the same
	// bits again.
	Random(path string, count int) uint64
	// Fork runs branch for 0 to n-1, at most limit at once, and waits for all
	// that it started. The first error stops the others and is returned. What the
	// branches return goes through enough, which is nil where all have to succeed.
	Fork(path string, n int64, limit int, enough *Enough, branch func(rt Runtime, i int64) error) error
	// Within returns a runtime that stops when limit is over. Call done at the end.
	Within(path string, limit time.Duration) (rt Runtime, done func())
	// Detached returns a runtime for undo and finally, which go on when this one
	// is stopped: for at most limit, counted from when this one is stopped, or
	// from now where it was before. Call done at the end.
	Detached(path string, limit time.Duration) (rt Runtime, done func())
	// Child runs a part of the program that a runtime may keep apart: a chunk
	// of a loop, a flow of its own.
	Child(path string, part func(rt Runtime) (any, error)) (any, error)
	// Checkpoint is called between steps. An error asks the interpreter to stop
	// here.
	Checkpoint(path string) error
	// Emit reports an event.
	Emit(report.Event)
	// Stopped says why the branch is to stop; NotStopped while it is not.
	Stopped() Cause
}

// Beginner is a Runtime whose time can lie long ago where something begins: behind what
// a restart kept of an earlier run.
type Beginner interface {
	// Begin returns the time from which a wait is counted that begins now. Unlike
	// Now, a run that is read back may get another one.
	Begin() time.Time
}

// OutputTaker is a Runtime that may refuse what a run gives, while the run can
// still undo what it did.
type OutputTaker interface {
	// TakeOutput is called with the output, and with what people may see of it.
	TakeOutput(output, shown any) error
}

// LoopFolder is a Runtime that can give up what it knows of the iterations of a
// loop that have ended, for what they leave.
type LoopFolder interface {
	// ForkFolding is Fork for a loop. An iteration that the runtime knows the
	// leftovers of does not run: they are restored. Where enough is not nil none are.
	ForkFolding(path string, n int64, limit int, enough *Enough, loop Iterations) error
}

// Iterations is a loop as a Folding runtime sees it.
type Iterations interface {
	// Run runs one iteration.
	Run(rt Runtime, i int64) error
	// Left gives, once, what an iteration that Run ended without an error
	// leaves: the value that the loop collects, or the failure that it gathers.
	// ok is false where more is left, such as an undo that is owed.
	Left(i int64) (v any, failure *report.RunError, ok bool)
	// Secret reports whether something of it is secret by its type.
	Secret() bool
	// Restore takes that in place of running the iteration.
	Restore(i int64, v any, failure *report.RunError)
	// Waits reports whether an iteration can wait for a signal.
	Waits() bool
	// Reads is equal where iterations get the same items and can read the same
	// values; nil where that is not known.
	Reads(from, to int64) []byte
	// Version changes when the run learns what no leftovers hold: a secret that
	// it has not seen before, a step that was undone.
	Version() int64
}

// RoundFolder is a Runtime that can give up what it knows of the rounds of a
// repeat that have ended, for what they leave.
type RoundFolder interface {
	// FoldRounds begins the rounds of a repeat.
	FoldRounds(path string, rounds Rounds) FoldedRounds
}

// FoldedRounds are the rounds of a repeat under way.
type FoldedRounds interface {
	// Next is called before each round with how many have ended, and returns how
	// many have: more than that where what they left was restored.
	Next(ended int64) (int64, error)
	// End is called after the last round.
	End()
}

// Rounds are those of a repeat as a RoundFolder sees them. Between two of them
// all that is left are names of ctx, unless Version changes.
type Rounds interface {
	// Left returns the names of ctx that rounds can set, as far as they are set.
	Left() map[string]any
	// Secret reports whether one of them can be secret by its type.
	Secret() bool
	// Restore sets them in place of running the rounds.
	Restore(left map[string]any)
	// Reads is that of Iterations, for the next round.
	Reads() []byte
	// Version is that of Iterations. It changes with what is owed, too.
	Version() int64
}

// InTurn is what Fork does where one branch runs at once: each on rt itself,
// until one fails or rt is to stop.
func InTurn(rt Runtime, n int64, enough *Enough, branch func(rt Runtime, i int64) error) error {
	for i := range n {
		if cause := rt.Stopped(); cause != NotStopped {
			return StoppedError(cause)
		}
		if err := enough.Ended(i, branch(rt, i)); err != nil {
			return err
		}
	}
	return nil
}

// Attempt is one attempt of an operation.
type Attempt struct {
	Path       string // "/smoke[17]/answer#2"
	Number     int    // from 1
	Operation  *connector.Operation
	Owner      *connector.Connector
	Params     map[string]any // those of any type can be a *value.Payload, where the operation takes one
	Connection *ConnectionRef // nil where the operation needs none
	// SingleAttempt is true where the step has a retry of its own, or AtMostOnce.
	SingleAttempt bool
	// Repeat says which failed requests the operation may send again itself.
	Repeat connector.Repeat
	// Timeout bounds the attempt; 0 for no bound of its own.
	Timeout        time.Duration
	IdempotencyKey string
	// AtMostOnce is true where the operation must not be started a second time
	// because nobody knows whether the first time worked. A runtime that goes on
	// after the end of its process has to have written down that the attempt
	// begins before it begins, and gives an OutcomeUnknownError in place of
	// starting it again.
	AtMostOnce bool
	// Secret is true where the result can be secret by its type, or because the
	// step says that it is sensitive.
	Secret bool
	// Refused, where not nil, is why the operation is not called: its parameters
	// do not fit it. A run that is resumed with another version of the operation
	// may have made the attempt before, so what a runtime knows of it counts.
	Refused *connector.Error
	// Shown gives the parameters as people may see them; nil where none of them
	// can be secret.
	Shown func() map[string]any
	// Log takes what the operation has to say; nil where nobody listens. It is
	// not part of what a runtime records.
	Log connector.LogFunc
	// Watch gives the operation its context, with where the attempt stands in a trace;
	// nil where nobody watches.
	Watch report.AttemptWatch
	// Renewer knows newer values of the secrets in it; nil where there can be none.
	Renewer Renewer
	// Hide takes what the step made of secrets out of a failure; nil where it
	// made nothing of any.
	Hide func(error) error
}

// Hidden returns a failure of the attempt that everybody may read.
func (a *Attempt) Hidden(err error) error {
	if a.Hide == nil {
		return err
	}
	return a.Hide(err)
}

// Effect says what the attempt can do to the world.
func (a Attempt) Effect() connector.Effect { return a.Operation.EffectOf(a.Params) }

// ConnectionRef says which connection an attempt uses. Attempts with equal
// parameters share one.
type ConnectionRef struct {
	// Name is the connection's name in the flow; empty for one that stands in
	// the step or in no place at all.
	Name   string
	Params map[string]any
	// Key is equal for equal parameters and unequal for others.
	Key string
	// Pass waits until the connection's limit lets a call begin; nil for no limit.
	// It stays in the process.
	Pass func(ctx context.Context) error
	// Circuit is the connection's circuit breaker; nil for none. It stays in the
	// process.
	Circuit *connector.Circuit
}

// Cause says why a branch is to stop.
type Cause string

// The causes.
const (
	NotStopped   Cause = ""
	ByUser       Cause = "user"     // somebody canceled the run
	BySibling    Cause = "sibling"  // a branch beside this one failed
	ByEnough     Cause = "enough"   // enough branches beside this one have succeeded
	ByTimeout    Cause = "timeout"  // the time limit of a block or of the flow is over
	ByShutdown   Cause = "shutdown" // the process ends; the run may go on elsewhere
	ByAttempt    Cause = "attempt"  // the attempt's own time limit is over
	ByCompletion Cause = "done"     // released
)
