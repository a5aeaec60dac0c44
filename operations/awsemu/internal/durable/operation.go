package durable

import "time"

// The types of operations.
const (
	typeExecution = "EXECUTION"
	typeStep      = "STEP"
	typeWait      = "WAIT"
	typeContext   = "CONTEXT"
	typeCallback  = "CALLBACK"
	typeChained   = "CHAINED_INVOKE"
)

// The statuses of operations, of which executions have some, too.
const (
	started   = "STARTED"
	pending   = "PENDING"
	ready     = "READY"
	succeeded = "SUCCEEDED"
	failed    = "FAILED"
	cancelled = "CANCELLED"
	timedOut  = "TIMED_OUT"
	stopped   = "STOPPED"
	running   = "RUNNING" // of executions alone
)

// operation is an operation as it is kept.
type operation struct {
	ID       string
	Parent   string `json:",omitempty"`
	Name     string `json:",omitempty"`
	Type     string
	SubType  string `json:",omitempty"`
	Status   string
	Started  time.Time
	Ended    time.Time    `json:",omitzero"`
	Result   *string      `json:",omitempty"`
	Error    *ErrorObject `json:",omitempty"`
	Attempt  int          `json:",omitempty"` // finished attempts of a step
	Due      time.Time    `json:",omitzero"`  // when a wait is over, a step tried again, a callback timed out
	Duration int          `json:",omitempty"` // of a wait, in seconds
	Replay   bool         `json:",omitempty"` // the children of a context stay
	Callback string       `json:",omitempty"` // its id
	Beat     int          `json:",omitempty"` // seconds between heartbeats
	Silent   time.Time    `json:",omitzero"`  // when the next heartbeat is missed
	Target   string       `json:",omitempty"` // of a chained invoke, as the function names it
	Tenant   string       `json:",omitempty"`
	Input    *string      `json:",omitempty"` // of a chained invoke under way
	Child    string       `json:",omitempty"` // the ARN of the execution that it has started
	Changed  int          // grows with each change in the execution
}

// open reports whether something outside the function is to end it.
func (o *operation) open() bool {
	switch o.Type {
	case typeWait, typeCallback, typeChained:
		return o.Status == started
	case typeStep:
		return o.Status == pending
	}
	return false
}

func (o *operation) closed() bool {
	switch o.Status {
	case started, pending, ready:
		return false
	}
	return true
}

// shape is the operation as it is told.
func (o *operation) shape(millis bool) Operation {
	out := Operation{
		ID: o.ID, ParentID: o.Parent, Name: o.Name, Type: o.Type, SubType: o.SubType, Status: o.Status,
		StartTimestamp: stamp{o.Started, millis}, EndTimestamp: stampOf(o.Ended, millis),
	}
	switch o.Type {
	case typeStep:
		out.StepDetails = stepDetails{o.Attempt, stampOf(o.Due, millis), o.Result, o.Error}
	case typeWait:
		out.WaitDetails = waitDetails{stampOf(o.Due, millis)}
	case typeContext:
		out.ContextDetails = contextDetails{o.Replay, o.Result, o.Error}
	case typeCallback:
		out.CallbackDetails = callbackDetails{o.Callback, o.Result, o.Error}
	case typeChained:
		out.ChainedInvokeDetails = chainedDetails{o.Result, o.Error}
	}
	return out
}
