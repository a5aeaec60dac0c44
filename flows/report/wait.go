package report

import "fmt"

// WaitError says that the context of a handle's Wait ended before the run did.
// The run goes on, and may be waited for again. errors.Is finds what ended the
// context.
type WaitError struct {
	RunID string // of the run that goes on
	Err   error  // the cause of the context's end
}

// Error names the run and why nobody waits for it.
func (e *WaitError) Error() string {
	return fmt.Sprintf("run %s goes on, waiting for it ended: %v", e.RunID, e.Err)
}

// Unwrap returns the cause of the context's end.
func (e *WaitError) Unwrap() error { return e.Err }
