package flows

import (
	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows/report"
)

// What a check finds; package diag describes it.
type (
	// Diagnostic is one mistake of a flow file, with its place.
	Diagnostic = diag.Diagnostic
	// Diagnostics is a list of mistakes; it encodes to JSON.
	Diagnostics = diag.List
)

// What a run tells; package report describes it.
type (
	// Event is something that happened in a run.
	Event = report.Event
	// EventType says what happened; package report has its values.
	EventType = report.EventType
	// Listener is told of every event of a run.
	Listener = report.Listener
	// InputError says which inputs are wrong; nothing ran.
	InputError = report.InputError
	// SignalError says why a run did not take a signal.
	SignalError = report.SignalError
	// SignalInfo is a signal that a run of a flow can be given.
	SignalInfo = report.SignalInfo
	// StepInfo says where a step of a flow stands and what it does.
	StepInfo = report.StepInfo
	// ConnectionInfo is a connection that a flow uses.
	ConnectionInfo = report.ConnectionInfo
)

// RunError is the failure of a run: what failed, where, and what was undone.
type RunError = report.RunError
