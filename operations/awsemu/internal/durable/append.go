package durable

import (
	"encoding/json"
	"strconv"
	"time"
)

// appendAnswer writes the answer to a checkpoint as JSON. It is written by hand
// because a function waits for one with each step.
func appendAnswer(b []byte, token string, list []*operation) []byte {
	b = append(b, '{')
	if token != "" {
		b = append(appendText(append(b, `"CheckpointToken":`...), token), ',')
	}
	b = append(b, `"NewExecutionState":{"Operations":[`...)
	for i, op := range list {
		if i > 0 {
			b = append(b, ',')
		}
		switch op.Type {
		case typeStep, typeContext:
			b = op.append(b)
		default:
			text, _ := json.Marshal(op.shape(false)) // texts and numbers always encode
			b = append(b, text...)
		}
	}
	return append(b, "]}}"...)
}

// append writes a step or a context as shape has it.
func (o *operation) append(b []byte) []byte {
	b = appendText(append(b, `{"Id":`...), o.ID)
	b = appendMember(b, "ParentId", o.Parent)
	b = appendMember(b, "Name", o.Name)
	b = appendMember(b, "Type", o.Type)
	b = appendMember(b, "SubType", o.SubType)
	b = appendStamp(b, "StartTimestamp", o.Started)
	b = appendStamp(b, "EndTimestamp", o.Ended)
	b = appendMember(b, "Status", o.Status)
	switch o.Type {
	case typeStep:
		b = strconv.AppendInt(append(b, `,"StepDetails":{"Attempt":`...), int64(o.Attempt), 10)
		b = append(o.appendEnd(appendStamp(b, "NextAttemptTimestamp", o.Due)), '}')
	case typeContext:
		b = strconv.AppendBool(append(b, `,"ContextDetails":{"ReplayChildren":`...), o.Replay)
		b = append(o.appendEnd(b), '}')
	}
	return append(b, '}')
}

func (o *operation) appendEnd(b []byte) []byte {
	if o.Result != nil {
		b = appendText(append(b, `,"Result":`...), *o.Result)
	}
	if o.Error != nil {
		text, _ := json.Marshal(o.Error) // texts always encode
		b = append(append(b, `,"Error":`...), text...)
	}
	return b
}

func appendMember(b []byte, name, text string) []byte {
	if text == "" {
		return b
	}
	b = append(append(append(b, `,"`...), name...), `":`...)
	return appendText(b, text)
}

func appendStamp(b []byte, name string, at time.Time) []byte {
	if at.IsZero() {
		return b
	}
	b = append(append(append(b, `,"`...), name...), `":`...)
	return stamp{at: at}.append(b)
}

// appendText writes a text as JSON.
func appendText(b []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			escaped, _ := json.Marshal(text) // texts always encode
			return append(b, escaped...)
		}
	}
	b = append(b, '"')
	b = append(b, text...)
	return append(b, '"')
}
