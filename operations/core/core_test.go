package core_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/operations/core"
)

func TestLines(t *testing.T) {
	for _, op := range core.Log().Operations {
		for _, fields := range []map[string]any{nil, {}, {"status": int64(200)}} {
			params := map[string]any{"message": "done"}
			if fields != nil {
				params["fields"] = fields
			}
			var got []any
			out, err := op.Run(t.Context(), &connector.Call{Params: params, Log: func(level connector.LogLevel, message string, fields map[string]any) {
				got = append(got, "log."+string(level), message, fields)
			}})
			if diff := cmp.Diff([]any{op.Name, "done", fields}, got); diff != "" || err != nil {
				t.Errorf("%s: %v (-want +got)\n%s", op.Name, err, diff)
			}
			if diff := cmp.Diff(any(map[string]any{}), out); diff != "" {
				t.Errorf("the result of %s (-want +got)\n%s", op.Name, diff)
			}
		}
	}
}

// Nobody listens, or a program gives what no flow does.
func TestLinesNobodyHears(t *testing.T) {
	op := core.Log().Operations[0]
	if _, err := op.Run(t.Context(), &connector.Call{Params: map[string]any{"message": "done"}}); err != nil {
		t.Error(err)
	}
	for _, params := range []map[string]any{{"message": 7}, {"message": "done", "fields": "none"}} {
		_, err := op.Run(t.Context(), &connector.Call{Params: params})
		if !errors.Is(err, &connector.Error{Code: "InvalidParameter", Class: connector.ClassInvalid}) {
			t.Errorf("%v: %v", params, err)
		}
	}
}
