package faults

import "fmt"

// notUndoneCode is the exit code of a run that failed and left something that is
// to be undone by hand.
const notUndoneCode = 3

// ExitCode holds the exit code that a program ends with against what the run
// told: an undo that failed, or was not begun, in a run that is not done.
func (e *End) ExitCode(code int) []Violation {
	owed := false
	if e.Err != nil {
		for _, c := range e.World.ledger.left() {
			owed = owed || e.World.ledger.listed(c.call.Step)
		}
	}
	text := ""
	switch {
	case e.Err == nil && code != 0:
		text = "the run is done, and the exit code is %d"
	case e.Err != nil && code == 0:
		text = "the run is " + e.Outcome() + ", and the exit code is %d"
	case owed && code != notUndoneCode:
		text = "a change is not undone, and the exit code is %d"
	case code == notUndoneCode && len(e.NotUndone()) == 0 && e.World.ledger.failedUndos == 0:
		text = "everything is undone, and the exit code is %d"
	default:
		return nil
	}
	return []Violation{{Rule: "exit-code", Text: fmt.Sprintf(text, code)}}
}
