package flowtest_test

import (
	"context"
	"errors"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/flowtest"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
)

type workIn struct {
	For  time.Duration `param:"for" default:"0s"`
	Fail string        `param:"fail"`
}

// works offers operations that really take their time: look reads, work
// changes something.
func works() *connector.Connector {
	work := func(ctx context.Context, in workIn) (any, error) {
		select {
		case <-time.After(in.For):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if in.Fail != "" {
			return nil, &connector.Error{Code: in.Fail, Class: connector.ClassUnavailable, Message: "it broke"}
		}
		return "done", nil
	}
	return &connector.Connector{Name: "real", Operations: []*connector.Operation{
		connector.Op("real.look", "Read.", work, connector.WithEffect(connector.EffectReadOnly)),
		connector.Op("real.work", "Change.", work),
	}}
}

// A flow ends in a test as it ends in process.
func TestEndsAsInProcess(t *testing.T) {
	const undo = "undo: {call: real.work}"
	tests := map[string]string{
		"success":         `steps: [{id: a, call: real.work}]`,
		"failure undone":  `steps: [{id: a, call: real.work, ` + undo + `}, {call: real.work, with: {fail: X}}]`,
		"late attempt":    `steps: [{id: a, call: real.look, with: {for: 1m}, timeout: 10ms}]`,
		"late change":     `steps: [{id: a, call: real.work, with: {for: 1m}, timeout: 10ms, ` + undo + `}]`,
		"late flow":       "timeout: 500ms\nsteps: [{id: a, call: real.work, " + undo + `}, {id: b, call: real.work, with: {for: 1m}}]`,
		"late block":      `steps: [{if: true, timeout: 20ms, then: [{id: b, call: real.look, with: {for: 1m}}]}]`,
		"late and caught": `steps: [{try: [{id: b, call: real.work, with: {for: 1m}}], timeout: 20ms, catch: [{on: timeout, do: [{return: caught}]}]}]`,
		"sibling": `steps: [{parallel: {
			a: [{id: a, call: real.work, ` + undo + `}, {id: b, call: real.look, with: {for: 1m}}],
			b: [{call: real.work, with: {for: 50ms, fail: X}}],
			c: [{id: c, call: real.work, with: {for: 100ms}, ` + undo + `}]}}]`,
		"loop":           `steps: [{forEach: [0, 1, 2, 3], as: i, concurrency: 2, do: [{id: a, call: real.work, with: {for: 20ms}, ` + undo + `}, {if: "${i == 3}", fail: {code: Third, message: x}}]}]`,
		"collect errors": `steps: [{id: l, forEach: [1, 0, 1], as: i, concurrency: 3, onError: collect, do: [{if: "${i == 0}", fail: {code: Zero, message: x}}]}]` + "\noutput: \"${steps.l}\"",
		"retry":          `steps: [{call: real.work, with: {fail: X}, retry: {attempts: 3, delay: 5ms, on: [unavailable]}}]`,
		"retry within":   `steps: [{call: real.work, with: {fail: X}, retry: {attempts: 3, delay: 5s, jitter: false, within: 20ms, on: [X]}}]`,
		"finally": `steps: [{try: [{id: a, call: real.work, with: {fail: X}}],
			catch: [{do: [{fail: {code: Other, message: y}}]}], finally: [{id: f, call: real.work, with: {fail: Z}}]}]`,
		"repeat": `steps: [{id: r, repeat: [{id: a, call: real.work}], until: false, every: 1ms, maxAttempts: 3}]`,
	}
	reg, err := connector.NewRegistry(works())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			fsys := fstest.MapFS{
				"f.yaml": {Data: []byte("flow: f\n" + text)},
				// The answers do what the operations do.
				"f.test.yaml": {Data: []byte(`tests: [{name: x, answers: [
					{call: real.work, with: {for: 50ms, fail: X}, error: {code: X, class: unavailable, message: it broke}, after: 50ms},
					{call: real.work, with: {fail: X}, error: {code: X, class: unavailable, message: it broke}},
					{call: real.work, with: {fail: Z}, error: {code: Z, class: unavailable, message: it broke}},
					{call: real.work, with: {for: 1m0s}, result: done, after: 1m},
					{call: real.look, with: {for: 1m0s}, result: done, after: 1m},
					{call: real.work, with: {for: 100ms}, result: done, after: 100ms},
					{call: real.work, with: {for: 20ms}, result: done, after: 20ms},
					{call: real.work, result: done}]}]`)},
			}
			suite, err := flowtest.Load(fsys, "f.test.yaml", reg)
			if err != nil {
				t.Fatal(err)
			}
			o := only(t, suite)
			result, err := suite.Flow().Run(t.Context(), nil)
			if err == nil {
				if diff := cmp.Diff(result.Output, o.Output); diff != "" || o.Err != nil {
					t.Errorf("in the test it ends with %v; output (-in process +test):\n%s", o.Err, diff)
				}
				return
			}
			if diff := cmp.Diff(ending(t, err), ending(t, o.Err)); diff != "" {
				t.Errorf("the end (-in process +test):\n%s", diff)
			}
		})
	}
}

// ending returns what of a failure does not depend on the clock.
func ending(t *testing.T, err error) string {
	t.Helper()
	var e *report.RunError
	if !errors.As(err, &e) {
		t.Fatalf("the run gave %v", err)
	}
	suppressed := make([]any, len(e.Suppressed))
	for i, s := range e.Suppressed {
		suppressed[i] = s.Error()
	}
	text, encodeErr := value.EncodeJSON(map[string]any{
		"error": e.Value(), "undone": anys(e.Undone), "notUndone": anys(e.NotUndone), "suppressed": suppressed,
	})
	if encodeErr != nil {
		t.Fatal(encodeErr)
	}
	return string(text)
}

func anys(list []string) []any {
	out := make([]any, len(list))
	for i, text := range list {
		out[i] = text
	}
	return out
}
