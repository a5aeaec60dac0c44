package flows_test

import (
	"context"
	"errors"
	"testing"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
)

// An expression that takes long ends when its branch is to stop: this one would
// fail for what it does otherwise.
func TestExpressionsStop(t *testing.T) {
	const long = `"${let l = 1..300000; all(l, all(l, # > 0))}"`
	tests := map[string]struct {
		step  string
		class connector.Class
	}{
		"set":                   {"{set: {x: " + long + "}}", connector.ClassCanceled},
		"text":                  {`{set: {x: "so: ${let l = 1..300000; all(l, all(l, # > 0))}"}}`, connector.ClassCanceled},
		"a parameter":           {"{call: test.change, with: {name: a, value: " + long + "}}", connector.ClassCanceled},
		"a condition":           {"{if: " + long + ", then: [{set: {x: 1}}]}", connector.ClassCanceled},
		"a loop":                {`{forEach: "${1..(all(1..300000, all(1..300000, # > 0)) ? 1 : 2)}", do: [{set: {x: 1}}]}`, connector.ClassCanceled},
		"a branch":              {"{parallel: {a: [{set: {x: " + long + "}}], b: [{set: {y: 1}}]}}", connector.ClassCanceled},
		"a time limit of a try": {"{try: [{set: {x: " + long + "}}], timeout: 20ms}", connector.ClassTimeout},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := &recorder{}
			flow := load(t, c, "flow: f\nsteps: ["+tt.step+"]\n")
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			_, err := flow.Run(ctx, nil, flows.WithListener(func(e report.Event) {
				if e.Type == report.StepStarted && tt.class == connector.ClassCanceled {
					cancel()
				}
			}))
			var failure *report.RunError
			if !errors.As(err, &failure) || failure.Class != tt.class {
				t.Errorf("%v, want class %s", err, tt.class)
			}
			if len(c.calls) > 0 {
				t.Errorf("calls %v", c.calls)
			}
		})
	}
	// A run that began before goes on to the end of it.
	flow := load(t, &recorder{}, "flow: f\nsteps: [{set: {x: "+long+"}}]\n")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err := flow.Run(ctx, nil, runtime.WithWholeExpressions(true), flows.WithListener(func(e report.Event) {
		if e.Type == report.StepStarted {
			cancel()
		}
	}))
	if failure := (*report.RunError)(nil); !errors.As(err, &failure) || failure.Code != "ExpressionFailed" {
		t.Errorf("a run that began before: %v", err)
	}
}
