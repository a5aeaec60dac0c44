package report

import "github.com/medlar-flow/medlar/schema"

// SignalInfo is a signal that a run of a flow can be given.
type SignalInfo struct {
	// Name is the signal's name, with the path of the step in front that calls
	// the flow which waits for it: "approval", "/review/approval".
	Name string
	// Keyed is true where the signal is given with a key.
	Keyed bool
	// Accepts declares the values that it is given with; it has no fields for a
	// signal without values.
	Accepts *schema.Schema
	// Roles are those of people who may answer, where people are asked who they are:
	// somebody with one of them. It is nil where the wait names none.
	Roles     []string
	File      string // the flow file that waits for it
	Line, Col int    // of its first wait there; both count from 1
}
