package wire

import (
	"fmt"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
)

// Failure returns an error as a value with all that decides how the run goes on. What cannot be stored of it is what the Go error behind it was.
func Failure(err error) map[string]any {
	e := report.AsRunError(err)
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
		"status": int64(e.Status), "attempts": int64(e.Attempts), "requests": int64(e.Requests), "retryAfter": int64(e.RetryAfter),
	} {
		if n != 0 {
			v[name] = n
		}
	}
	for name, list := range map[string][]string{"aliases": e.Aliases, "undone": e.Undone, "notUndone": e.NotUndone} {
		if list != nil {
			v[name] = Texts(list)
		}
	}
	for name, list := range map[string][]*report.RunError{"undoErrors": e.UndoErrors, "suppressed": e.Suppressed} {
		if list != nil {
			v[name] = failureValues(list)
		}
	}
	for name, m := range map[string]map[string]any{"details": e.Details, "params": e.Params} {
		if m != nil {
			v[name] = Stored(m)
		}
	}
	switch cause := e.Cause.(type) {
	case nil:
	case *report.RunError:
		v["causedBy"] = Failure(cause)
	case *connector.Error:
		if cause != nil {
			v["causedBy"] = Failure(cause)
		}
	default:
		v["cause"] = Stored(cause)
	}
	if runtime.IsStopped(e) {
		v["stopped"] = true
	}
	if e.InDoubt {
		v["inDoubt"] = true
	}
	return v
}

// Stored returns a value as it can be kept. Where an operation put
// something else than values of flows into its error, that part is lost.
func Stored(v any) any {
	n, err := value.Normalize(v)
	if err != nil {
		return nil
	}
	return n
}

// Texts returns texts as a list of values.
func Texts(list []string) []any {
	out := make([]any, len(list))
	for i, text := range list {
		out[i] = text
	}
	return out
}

func failureValues(list []*report.RunError) []any {
	out := make([]any, len(list))
	for i, e := range list {
		out[i] = Failure(e)
	}
	return out
}

// FailureOf reads what Failure wrote.
func FailureOf(v any) *report.RunError {
	m, _ := v.(map[string]any)
	e := &report.RunError{
		Failure: report.Failure{
			Code: TextAt(m, "code"), Class: connector.Class(TextAt(m, "class")), Message: TextAt(m, "message"),
			Outcome: connector.Outcome(TextAt(m, "outcome")), Operation: TextAt(m, "operation"), RequestID: TextAt(m, "requestId"),
			Status: int(IntegerAt(m, "status")), Requests: int(IntegerAt(m, "requests")), RetryAfter: time.Duration(IntegerAt(m, "retryAfter")),
			Aliases: TextsAt(m, "aliases"), Cause: m["cause"],
		},
		Step: TextAt(m, "step"), Place: TextAt(m, "place"), Attempts: int(IntegerAt(m, "attempts")),
		Undone: TextsAt(m, "undone"), NotUndone: TextsAt(m, "notUndone"),
		UndoErrors: failuresAt(m, "undoErrors"), Suppressed: failuresAt(m, "suppressed"),
	}
	e.Details, _ = m["details"].(map[string]any)
	e.Params, _ = m["params"].(map[string]any)
	if cause, ok := m["causedBy"]; ok {
		e.Cause = FailureOf(cause)
	}
	e.InDoubt = m["inDoubt"] == true
	if m["stopped"] == true {
		e.Err = runtime.StoppedError(runtime.ByUser).Err
	}
	return e
}

// TextAt returns a text of a map, or "".
func TextAt(m map[string]any, name string) string {
	text, _ := m[name].(string)
	return text
}

// IntegerAt returns an integer of a map, or 0.
func IntegerAt(m map[string]any, name string) int64 {
	n, _ := m[name].(int64)
	return n
}

// TextsAt returns the texts of a list of a map, or nil.
func TextsAt(m map[string]any, name string) []string {
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

func failuresAt(m map[string]any, name string) []*report.RunError {
	list, ok := m[name].([]any)
	if !ok {
		return nil
	}
	out := make([]*report.RunError, len(list))
	for i, item := range list {
		out[i] = FailureOf(item)
	}
	return out
}

// Result returns what an operation gave as it will be read back.
func Result(operation string, v any) (any, error) {
	n, err := value.NormalizeLazy(v)
	if err != nil {
		return nil, &report.Failure{
			Code: "InvalidResult", Class: connector.ClassInternal, Outcome: connector.OutcomeUnknown, Err: err,
			Message: fmt.Sprintf("%s gave what cannot be stored: %v", operation, err),
		}
	}
	return n, nil
}
