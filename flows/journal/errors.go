package journal

import (
	"errors"
	"fmt"
)

// ErrNotOwner is the error of a process that writes to a run which another one
// has taken, because the files that say who is alive were deleted.
var ErrNotOwner = errors.New("the run belongs to another process now: the file that says that this one is alive was deleted or replaced")

// RunningError says that a process runs a run, or is reading it back. Attach waits for its
// end.
type RunningError struct {
	RunID string // of the run
	// Owner names the process, as the journal does.
	Owner string
	// Here is true where it is this process, by the same Journal.
	Here bool
}

// Error names the run.
func (e *RunningError) Error() string {
	if e.Here {
		return fmt.Sprintf("run %s is under way in this process already", e.RunID)
	}
	return fmt.Sprintf("run %s is under way in another process", e.RunID)
}

// WithheldError says that a run cannot be read back behind a step whose result is
// not stored, since it holds a secret and there was no key.
type WithheldError struct {
	RunID string // of the run
	Step  string // whose result is not there
}

// Error names the step.
func (e *WithheldError) Error() string {
	return fmt.Sprintf("what run %s did behind %s is not known here: the result of that step holds a secret and is not stored", e.RunID, e.Step)
}

// InterruptedError says that a run stopped without ending: the process was
// told to end, or the journal could not be written. Nothing was undone; Resume
// goes on with the run.
type InterruptedError struct {
	RunID string // to resume it with
	Err   error  // why it was interrupted
}

// Error says why.
func (e *InterruptedError) Error() string {
	return fmt.Sprintf("run %s was interrupted and can be resumed: %v", e.RunID, e.Err)
}

// Unwrap returns the reason.
func (e *InterruptedError) Unwrap() error { return e.Err }

// ErrInterrupted is in an InterruptedError where somebody wanted that, by
// Handle.Interrupt or Journal.Close; not where the journal could not be written.
var ErrInterrupted = errors.New("the run was interrupted")

// WriteError says that the journal could not be written, such as for a full disk. The
// journal is tried again by itself; [Journal.Ready] says when it can be written.
type WriteError struct{ Err error }

// Error says why.
func (e *WriteError) Error() string { return fmt.Sprintf("writing the journal: %v", e.Err) }

// Unwrap returns what the store said.
func (e *WriteError) Unwrap() error { return e.Err }

// DivergedError says that a run, read back, did something else than its
// records say. It stops there: going on could do something twice.
type DivergedError struct {
	RunID    string // of the run that went another way
	Path     string // of the step that is not in the records
	Recorded string // what they have in its place
}

// Error says where.
func (e *DivergedError) Error() string {
	return fmt.Sprintf("the records of run %s do not fit its program: at %s they have %s; "+
		"it was recorded by another version, or a step whose result was not stored gave something else", e.RunID, e.Path, e.Recorded)
}

// DamagedError says that what is stored of a run is not what was written.
type DamagedError struct {
	RunID string // of the run that cannot be read
	Err   error  // what is wrong with what was read
}

// Error says what is wrong.
func (e *DamagedError) Error() string { return fmt.Sprintf("run %s is damaged: %v", e.RunID, e.Err) }

// Unwrap returns what is wrong.
func (e *DamagedError) Unwrap() error { return e.Err }

// SandboxError says that a run that began in a sandbox would go on without
// one, or the other way round.
type SandboxError struct {
	RunID string // of the run
	Local bool   // it began in a sandbox
}

// Error says which.
func (e *SandboxError) Error() string {
	if e.Local {
		return fmt.Sprintf("run %s began in a sandbox and goes on only in one", e.RunID)
	}
	return fmt.Sprintf("run %s did not begin in a sandbox and does not go on in one", e.RunID)
}

// ExistsError says that the name of a new run is taken.
type ExistsError struct{ RunID string }

// Error names the run.
func (e *ExistsError) Error() string {
	return fmt.Sprintf("run %s is in the journal already: resume it, or choose another name", e.RunID)
}

// UnknownRunError says that a journal has no run of that name.
type UnknownRunError struct{ RunID string }

// Error names the run.
func (e *UnknownRunError) Error() string {
	return fmt.Sprintf("there is no run %s in the journal", e.RunID)
}

// StateError says that a run is not in a state for what was asked for.
type StateError struct {
	RunID string // of the run
	State State  // that the run is in
	Want  string // what was asked for: "resume"
}

// Error names the run and its state.
func (e *StateError) Error() string {
	return fmt.Sprintf("run %s is %s: there is nothing to %s", e.RunID, e.State, e.Want)
}

// LockedError says that a run cannot go on without a key that is not there.
type LockedError struct {
	RunID string // of the run whose records are encrypted
	Err   error  // why it cannot be decrypted
}

// Error names the run.
func (e *LockedError) Error() string { return fmt.Sprintf("run %s: %v", e.RunID, e.Err) }

// Unwrap returns the reason.
func (e *LockedError) Unwrap() error { return e.Err }
