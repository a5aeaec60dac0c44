package durable

import (
	"time"

	"github.com/medlar-flow/medlar/internal/late"
)

// event is one line of an execution's history.
type event struct {
	Kind string // such as StepStarted
	Op   string `json:",omitempty"` // the id of its operation; "" for the execution's own
	At   time.Time
	detail
}

// detail is what an event tells; each kind uses some of it.
type detail struct {
	Input    *string      `json:",omitempty"`
	Result   *string      `json:",omitempty"`
	Error    *ErrorObject `json:",omitempty"`
	Attempt  int          `json:",omitempty"`
	Delay    int          `json:",omitempty"` // before the next attempt, in seconds
	Seconds  int          `json:",omitempty"` // of a wait, of a timeout
	Beat     int          `json:",omitempty"` // seconds between heartbeats
	End      time.Time    `json:",omitzero"`
	Begin    time.Time    `json:",omitzero"`
	Callback string       `json:",omitempty"`
	Request  string       `json:",omitempty"` // the id of an invocation
	Function string       `json:",omitempty"`
	Tenant   string       `json:",omitempty"`
	Version  string       `json:",omitempty"`
	Child    string       `json:",omitempty"`
}

// prefixes are how the kinds of events begin, by the type of the operation.
var prefixes = late.Value[map[string]string]{Make: func() map[string]string {
	return map[string]string{
		typeExecution: "Execution", typeStep: "Step", typeWait: "Wait", typeContext: "Context",
		typeCallback: "Callback", typeChained: "ChainedInvoke",
	}
}}

// endings are how the kinds of events end, by the status of the operation.
var endings = late.Value[map[string]string]{Make: func() map[string]string {
	return map[string]string{
		started: "Started", succeeded: "Succeeded", failed: "Failed", timedOut: "TimedOut", stopped: "Stopped", cancelled: "Cancelled",
	}
}}

const invocationCompleted = "InvocationCompleted"

// object is JSON that is being put together.
type object = map[string]any

// shape is the event as the history tells it. data says whether payloads,
// results and errors are told, too.
func (v *event) shape(e *execution, number int, data bool) object {
	out := object{"EventId": number, "EventType": v.Kind, "EventTimestamp": stamp{at: v.At}}
	set := func(member, text string) {
		if text != "" {
			out[member] = text
		}
	}
	if op := e.byID[v.Op]; op != nil {
		set("Id", op.ID)
		set("Name", op.Name)
		set("SubType", op.SubType)
		set("ParentId", op.Parent)
	} else if v.Kind != invocationCompleted {
		out["Id"], out["Name"] = e.ID, e.Name
	}
	out[v.Kind+"Details"] = v.details(data)
	return out
}

// details is the member of an event that is called after its kind.
func (v *event) details(data bool) object {
	switch v.Kind {
	case "StepStarted", "ContextStarted":
		return object{}
	case "ExecutionStarted":
		return object{"Input": told(v.Input, data), "ExecutionTimeout": v.Seconds}
	case invocationCompleted:
		out := object{"StartTimestamp": stamp{at: v.Begin}, "EndTimestamp": stamp{at: v.End}, "RequestId": v.Request}
		if v.Error != nil {
			out["Error"] = toldError(v.Error, data)
		}
		return out
	case "WaitStarted":
		return object{"Duration": v.Seconds, "ScheduledEndTimestamp": stamp{at: v.End}}
	case "WaitSucceeded":
		return object{"Duration": v.Seconds}
	case "CallbackStarted":
		return v.callbackStarted()
	case "ChainedInvokeStarted":
		return v.chainedStarted(data)
	case "StepSucceeded":
		return object{"Result": told(v.Result, data), "RetryDetails": v.retry()}
	case "StepFailed":
		return object{"Error": toldError(v.Error, data), "RetryDetails": v.retry()}
	case "ExecutionTimedOut":
		return object{"Error": object{}}
	case "ExecutionSucceeded", "ContextSucceeded", "CallbackSucceeded", "ChainedInvokeSucceeded":
		return object{"Result": told(v.Result, data)}
	}
	return object{"Error": toldError(v.Error, data)}
}

func (v *event) callbackStarted() object {
	out := object{"CallbackId": v.Callback}
	if v.Seconds > 0 {
		out["Timeout"] = v.Seconds
	}
	if v.Beat > 0 {
		out["HeartbeatTimeout"] = v.Beat
	}
	return out
}

func (v *event) chainedStarted(data bool) object {
	out := object{"FunctionName": v.Function}
	if v.Version == "" {
		return out // the function could not be started
	}
	out["Input"], out["ExecutedVersion"] = told(v.Input, data), v.Version
	if v.Tenant != "" {
		out["TenantId"] = v.Tenant
	}
	if v.Child != "" {
		out["DurableExecutionArn"] = v.Child
	}
	return out
}

func (v *event) retry() object {
	out := object{"CurrentAttempt": v.Attempt}
	if v.Delay > 0 {
		out["NextAttemptDelaySeconds"] = v.Delay
	}
	return out
}

func told(payload *string, data bool) object {
	out := object{"Truncated": false}
	if payload != nil && data {
		out["Payload"] = *payload
	}
	return out
}

func toldError(err *ErrorObject, data bool) object {
	out := object{"Truncated": false}
	if data && err != nil {
		out["Payload"] = err
	}
	return out
}
