package journal

import (
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/schema"
)

// failureValue gives an error as a value with all that decides how the run
// goes on. What cannot be stored of it is what the Go error behind it was.
func failureValue(e *connector.Error) map[string]any {
	v := map[string]any{
		"code": e.Code, "class": string(e.Class), "message": e.Message, "outcome": string(e.Outcome),
	}
	for name, text := range map[string]string{
		"step": e.Step, "place": e.Place, "operation": e.Operation, "requestId": e.RequestID,
	} {
		if text != "" {
			v[name] = text
		}
	}
	for name, n := range map[string]int64{
		"status": int64(e.Status), "attempts": int64(e.Attempts), "retryAfter": int64(e.RetryAfter),
	} {
		if n != 0 {
			v[name] = n
		}
	}
	for name, list := range map[string][]string{"aliases": e.Aliases, "undone": e.Undone, "notUndone": e.NotUndone} {
		if list != nil {
			v[name] = texts(list)
		}
	}
	for name, list := range map[string][]*connector.Error{"undoErrors": e.UndoErrors, "suppressed": e.Suppressed} {
		if list != nil {
			v[name] = failureValues(list)
		}
	}
	for name, m := range map[string]map[string]any{"details": e.Details, "params": e.Params} {
		if m != nil {
			v[name] = stored(m)
		}
	}
	if cause, ok := e.Cause.(*connector.Error); ok && cause != nil {
		v["causedBy"] = failureValue(cause)
	} else if !ok && e.Cause != nil {
		v["cause"] = stored(e.Cause)
	}
	if flows.IsStopped(e) {
		v["stopped"] = true
	}
	return v
}

// stored gives a value as the journal can keep it. Where an operation put
// something else than values of flows into its error, that part is lost.
func stored(v any) any {
	n, err := schema.Normalize(v)
	if err != nil {
		return nil
	}
	return n
}

func texts(list []string) []any {
	out := make([]any, len(list))
	for i, text := range list {
		out[i] = text
	}
	return out
}

func failureValues(list []*connector.Error) []any {
	out := make([]any, len(list))
	for i, e := range list {
		out[i] = failureValue(e)
	}
	return out
}

// failureOf reads what failureValue wrote.
func failureOf(v any) *connector.Error {
	m, _ := v.(map[string]any)
	e := &connector.Error{
		Code: textAt(m, "code"), Class: connector.Class(textAt(m, "class")), Message: textAt(m, "message"),
		Outcome: connector.Outcome(textAt(m, "outcome")), Step: textAt(m, "step"), Place: textAt(m, "place"),
		Operation: textAt(m, "operation"), RequestID: textAt(m, "requestId"), Status: int(integerAt(m, "status")),
		Attempts: int(integerAt(m, "attempts")), RetryAfter: time.Duration(integerAt(m, "retryAfter")),
		Aliases: textsAt(m, "aliases"), Undone: textsAt(m, "undone"), NotUndone: textsAt(m, "notUndone"),
		UndoErrors: failuresAt(m, "undoErrors"), Suppressed: failuresAt(m, "suppressed"),
		Cause: m["cause"],
	}
	e.Details, _ = m["details"].(map[string]any)
	e.Params, _ = m["params"].(map[string]any)
	if cause, ok := m["causedBy"]; ok {
		e.Cause = failureOf(cause)
	}
	if m["stopped"] == true {
		e.Err = flows.StoppedError(flows.ByUser).Err
	}
	return e
}

func textAt(m map[string]any, name string) string {
	text, _ := m[name].(string)
	return text
}

func integerAt(m map[string]any, name string) int64 {
	n, _ := m[name].(int64)
	return n
}

func textsAt(m map[string]any, name string) []string {
	list, ok := m[name].([]any)
	if !ok {
		return nil
	}
	out := make([]string, len(list))
	for i, item := range list {
		out[i], _ = item.(string)
	}
	return out
}

func failuresAt(m map[string]any, name string) []*connector.Error {
	list, ok := m[name].([]any)
	if !ok {
		return nil
	}
	out := make([]*connector.Error, len(list))
	for i, item := range list {
		out[i] = failureOf(item)
	}
	return out
}
