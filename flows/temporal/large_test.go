package temporal_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/flows/temporal"
	"github.com/medlar-flow/medlar/flows/temporal/temporaltest"
)

// TestLargeOutputs: what the server does not take fails while the run can undo
// what it did, and says what is too large and what to do. An output counts once.
func TestLargeOutputs(t *testing.T) {
	const done = "steps:\n  - {id: a, call: test.change, with: {name: a}, undo: {call: test.change, with: {name: undo}}}\n"
	const listed = "steps:\n  - {id: a, call: test.change, with: {name: a}, undo: {call: test.change, with: {name: broken}}}\n"
	tests := map[string]struct{ flow, code, message, undone, notUndone string }{
		"an output of 1.2 MB": {done + "output: \"${repeat('0123456789', 120000)}\"", "", "", "", ""},
		"an output of 3 MB": {
			done + "output: \"${repeat('0123456789', 300000)}\"", "TooLarge", "the output of the flow has 3", "/a", "",
		},
		"an output that is returned": {
			done + "  - {return: {big: \"${repeat('0123456789', 300000)}\"}}", "TooLarge", "--store FOLDER", "/a", "",
		},
		"an output too large, and an undo that fails": {
			listed + "output: \"${repeat('0123456789', 300000)}\"", "TooLarge", "", "", "/a",
		},
		"a parameter of 3 MB": {
			done + "  - {id: b, call: test.change, with: {name: b, value: \"${repeat('0123456789', 300000)}\"}}", "TooLarge", "most of it its parameter value,", "/a", "",
		},
		"a result of 3 MB": {done + "  - {id: b, call: test.large, with: {name: b}}", "TooLarge", "its result has 3", "/a", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			reg := largeRegistry(t)
			flow := loadFlow(t, "flow: large\n"+test.flow+"\n", reg)
			result, err := temporaltest.Run(t.Context(), flow, reg, nil, temporal.PrepareOptions{}, nil)
			if test.code == "" {
				if err != nil || len(result.Output.(string)) != 1200000 || result.Shown != result.Output {
					t.Errorf("the run ends with %v", err)
				}
				return
			}
			var failure *report.RunError
			if !errors.As(err, &failure) {
				t.Fatalf("the run ends with %v", err)
			}
			if failure.Code != test.code || !strings.Contains(failure.Message, test.message) {
				t.Errorf("the failure is %s: %s", failure.Code, failure.Message)
			}
			if got := strings.Join(failure.Undone, " "); got != test.undone {
				t.Errorf("undone: %s, want %s", got, test.undone)
			}
			if got := strings.Join(failure.NotUndone, " "); got != test.notUndone {
				t.Errorf("not undone: %s, want %s", got, test.notUndone)
			}
		})
	}
}

func largeRegistry(t *testing.T) *connector.Registry {
	t.Helper()
	change := func(_ context.Context, in stepIn) (any, error) {
		if in.Name == "broken" {
			return nil, &connector.Error{Code: "Broken", Class: connector.ClassInternal, Message: "as asked"}
		}
		return nil, nil
	}
	large := func(context.Context, stepIn) (any, error) { return strings.Repeat("0123456789", 300_000), nil }
	reg, err := connector.NewRegistry(&connector.Connector{Name: "test", Operations: []*connector.Operation{
		connector.Op("test.change", "Change something.", change),
		connector.Op("test.large", "Give much.", large),
	}})
	if err != nil {
		t.Fatal(err)
	}
	return reg
}
