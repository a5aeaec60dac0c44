package flows_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/flows"
)

// stopAfter is when the runs of TestEverythingStops are stopped.
var stopAfter = 40 * time.Millisecond

// stoppable are blocks that would take ten seconds, with a step that owes an
// undo before and a finally around.
var stoppable = map[string]string{
	"call":              "{call: test.sleep, with: {for: 10s}}",
	"retry":             "{call: test.fail, with: {name: x}, retry: {attempts: 9, delay: 10s, jitter: false}}",
	"if":                "{if: true, then: [{wait: 10s}]}",
	"switch":            "{switch: a, cases: [{is: a, do: [{wait: 10s}]}]}",
	"forEach":           "{forEach: [1, 2], do: [{wait: 10s}]}",
	"concurrentForEach": "{forEach: [1, 2, 3], concurrency: 3, do: [{wait: 10s}]}",
	"collecting":        "{forEach: [1, 2, 3], concurrency: 2, onError: collect, do: [{wait: 10s}]}",
	"parallel":          "{parallel: {a: [{wait: 10s}], b: [{call: test.sleep, with: {for: 10s}}]}}",
	"parallelCollect":   "{parallel: {a: [{wait: 10s}], b: [{wait: 10s}]}, onError: collect}",
	"try":               "{try: [{wait: 10s}], retry: {attempts: 3, on: [timeout, canceled]}, catch: [{do: [{call: test.change, with: {name: caught}}]}]}",
	"repeat":            "{repeat: [], until: \"${false}\", every: 10s}",
	"busyRepeat":        "{repeat: [], until: \"${false}\"}",
	"wait":              "{wait: 10s}",
	"flow":              "{flow: sub.yaml}",
	"handler":           "{try: [{fail: {code: A, message: m}}], catch: [{do: [{wait: 10s}]}]}",
}

// Whatever a flow is doing when its time is over, or when somebody cancels it,
// stops at once; finally and the undos run all the same, and no handler does.
func TestEverythingStops(t *testing.T) {
	for name, block := range stoppable {
		text := func(header string) map[string]string {
			return map[string]string{
				"flow.yaml": "flow: f\n" + header + `steps:
  - {call: test.change, with: {name: made}, undo: {call: test.change, with: {name: undone}}}
  - try: [` + block + `]
    catch: [{do: [{call: test.change, with: {name: caught}}]}]
    finally: [{wait: 1ms}, {call: test.change, with: {name: finally}}]
`,
				"sub.yaml": "flow: s\nsteps: [{wait: 10s}]",
			}
		}
		runs := map[string]func(t *testing.T, r *recorder) error{
			"canceled": func(t *testing.T, r *recorder) error {
				f := probed(t, r, text(""))
				ctx, cancel := context.WithTimeout(t.Context(), stopAfter)
				defer cancel()
				_, err := carry(ctx, t, f, nil)
				return err
			},
			"timeout": func(t *testing.T, r *recorder) error {
				_, err := carry(t.Context(), t, probed(t, r, text("timeout: "+stopAfter.String()+"\n")), nil)
				return err
			},
			"timeout of the caller": func(t *testing.T, r *recorder) error {
				_, err := carry(t.Context(), t, probed(t, r, text("")), nil, flows.WithTimeout(stopAfter))
				return err
			},
		}
		for how, do := range runs {
			t.Run(name+" "+how, func(t *testing.T) {
				r := &recorder{}
				start := time.Now()
				err := do(t, r)
				if took := time.Since(start); took > 5*time.Second {
					t.Errorf("it took %s to stop", took)
				}
				if err == nil {
					t.Error("the run succeeded")
				}
				if got := strings.Replace(r.noted(), "fail:x ", "", 1); strings.ReplaceAll(got, "stopped: ", "") != "change:made change:finally change:undone" {
					t.Errorf("calls: %s", got)
				}
			})
		}
	}
}
